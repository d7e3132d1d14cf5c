"""The attributes that a rebuilt header keeps, and in what form.

Everything else is acted upon by PS3.15 or dropped. No free text is kept: numbers, defined terms of the
standard, standard UIDs, and sequences of these; where an object must have a text, a dummy stands in its place.
Lookup tables are not here: they travel with the frames, as numbers (`viewer.imaging.presentation`).
"""

from enum import StrEnum

from pydicom.datadict import tag_for_keyword

from viewer.masking import allowed_acquisition, allowed_enhanced, allowed_objects, vocabulary


class Form(StrEnum):
    """How a value is read before it is written anew."""

    INTEGER = "integer"
    REAL = "real"
    STANDARD_UID = "standard uid"  # only under the root of the standard, 1.2.840.10008
    POINTER = "pointer"  # to an attribute of the standard's dictionary
    ITEMS = "items"
    CODES = "codes"  # items of code sequences, by dictionary
    DUMMY = "dummy"  # a text that many objects must have: another stands in its place


_FORMS = {
    Form.INTEGER: """
        SamplesPerPixel PlanarConfiguration NumberOfFrames Rows Columns BitsAllocated BitsStored HighBit
        PixelRepresentation PixelAspectRatio PixelPaddingValue PixelPaddingRangeLimit SmallestImagePixelValue SeriesNumber
        LargestImagePixelValue InstanceNumber AcquisitionNumber TemporalPositionIndex InStackPositionNumber
        DimensionIndexValues FrameAcquisitionNumber NumberOfTemporalPositions NumberOfSlices ImageIndex
        RegionLocationMinX0 RegionLocationMinY0 RegionLocationMaxX1 RegionLocationMaxY1 RegionSpatialFormat
        RegionDataType RegionFlags PhysicalUnitsXDirection PhysicalUnitsYDirection ReferencePixelX0
        ReferencePixelY0
        """,
    Form.REAL: """
        RescaleSlope RescaleIntercept WindowCenter WindowWidth PixelSpacing ImagerPixelSpacing
        NominalScannedPixelSpacing EstimatedRadiographicMagnificationFactor ImagePositionPatient
        ImageOrientationPatient SliceThickness SpacingBetweenSlices SliceLocation GantryDetectorTilt FrameTime
        FrameTimeVector KVP EchoTime RepetitionTime InversionTime FlipAngle MagneticFieldStrength
        LossyImageCompressionRatio PhysicalDeltaX PhysicalDeltaY
        """,
    Form.STANDARD_UID: "SOPClassUID ReferencedSOPClassUID",
    Form.CODES: allowed_objects.CODES,
    Form.ITEMS: """
        SharedFunctionalGroupsSequence PerFrameFunctionalGroupsSequence PixelMeasuresSequence
        PlanePositionSequence PlaneOrientationSequence FrameVOILUTSequence FrameContentSequence
        PixelValueTransformationSequence CTImageFrameTypeSequence MRImageFrameTypeSequence
        PETFrameTypeSequence SequenceOfUltrasoundRegions
        """,
}

_TERMS = {
    **allowed_objects.TERMS,
    **allowed_acquisition.TERMS,
    **allowed_enhanced.TERMS,
    "Manufacturer": vocabulary.MANUFACTURERS,
    "PositionReferenceIndicator": vocabulary.REFERENCE_POINTS,
    "Modality": vocabulary.MODALITIES,
    "PhotometricInterpretation": vocabulary.PHOTOMETRIC,
    "ImageType": vocabulary.IMAGE_TYPES,
    "FrameType": vocabulary.IMAGE_TYPES,
    "RescaleType": vocabulary.UNITS,
    "Units": vocabulary.UNITS,
    "VOILUTFunction": vocabulary.VOI_FUNCTIONS,
    "PresentationLUTShape": vocabulary.LUT_SHAPES,
    "BodyPartExamined": vocabulary.BODY_PARTS,
    "PatientPosition": vocabulary.PATIENT_POSITIONS,
    "Laterality": vocabulary.LATERALITIES,
    "ImageLaterality": vocabulary.LATERALITIES,
    "FrameLaterality": vocabulary.LATERALITIES,
    "ViewPosition": vocabulary.VIEWS,
    "BurnedInAnnotation": vocabulary.YES_NO,
    "RecognizableVisualFeatures": vocabulary.YES_NO,
    "LossyImageCompression": vocabulary.LOSSY,
}


def _tag(keyword: str) -> int:
    tag = tag_for_keyword(keyword)
    if tag is None:  # a misspelt keyword would silently drop an attribute
        raise ValueError(f"`{keyword}` is no DICOM keyword")
    return tag


_OBJECTS = {
    Form.INTEGER: allowed_objects.INTEGERS,
    Form.REAL: allowed_objects.REALS,
    Form.ITEMS: allowed_objects.ITEMS,
}

_ACQUISITION = {
    Form.INTEGER: allowed_acquisition.INTEGERS,
    Form.REAL: allowed_acquisition.REALS,
    Form.POINTER: allowed_acquisition.POINTERS,
    Form.ITEMS: allowed_acquisition.ITEMS,
}

_ENHANCED = {
    Form.INTEGER: allowed_enhanced.INTEGERS,
    Form.REAL: allowed_enhanced.REALS,
    Form.ITEMS: allowed_enhanced.ITEMS,
    Form.CODES: allowed_enhanced.CODES,
    Form.DUMMY: allowed_enhanced.DUMMIES,
}

FORMS: dict[int, Form] = {
    _tag(keyword): form
    for forms in (_FORMS, _OBJECTS, _ACQUISITION, _ENHANCED)
    for form, keywords in forms.items()
    for keyword in keywords.split()
}
"""Tag -> form, for numbers, standard UIDs and sequences."""

TERMS: dict[int, frozenset[str]] = {_tag(keyword): words for keyword, words in _TERMS.items()}
"""Tag -> the words that may stay."""

POSITIONAL: frozenset[int] = frozenset(map(_tag, ("ImageType", "FrameType", "PatientOrientation")))
"""What a word says depends on where it stands: none moves into the place of one that may not stay."""

TYPE_1: frozenset[int] = frozenset(map(_tag, ("Manufacturer",)))
"""Where the old value may not stay, a dummy stands: enhanced objects must have one."""

TYPE_2: frozenset[int] = frozenset(
    map(_tag, ("PositionReferenceIndicator", "Laterality", "ContentDescription"))
)
"""Written without a value where the old one may not stay, since an image without them is not valid."""

EMPTY: frozenset[int] = frozenset(
    map(
        _tag,
        (
            "AcquisitionContextSequence",
            "ContainerTypeCodeSequence",
            "PerformedProcedureCodeSequence",
        ),
    )
)
"""Sequences that are type 2: present and without items, where none may stay."""
