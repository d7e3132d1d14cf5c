"""What the allow list adds for objects that are not pictures: reports, segmentations, plans, structures, presentation states.

As in `viewer.masking.allowed`: numbers, defined terms, and sequences of these; and codes, whose meaning a dictionary gives.
"""

INTEGERS = """
    NumberOfBeams NumberOfFractionsPlanned FractionGroupNumber NumberOfBrachyApplicationSetups BeamNumber
    ReferencedBeamNumber NumberOfWedges NumberOfCompensators NumberOfBoli NumberOfBlocks NumberOfControlPoints
    ControlPointIndex NumberOfLeafJawPairs ROINumber ReferencedROINumber ObservationNumber NumberOfContourPoints
    ROIDisplayColor SegmentNumber ReferencedSegmentNumber RecommendedDisplayCIELabValue MaximumFractionalValue
    ReferencedFrameNumber DoseReferenceNumber ReferencedDoseReferenceNumber DisplayedAreaTopLeftHandCorner
    DisplayedAreaBottomRightHandCorner PresentationPixelAspectRatio ShutterLeftVerticalEdge ShutterRightVerticalEdge
    ShutterUpperHorizontalEdge ShutterLowerHorizontalEdge GraphicLayerOrder NumberOfGraphicPoints ImageRotation
    """
REALS = """
    SourceAxisDistance BeamDose BeamMeterset FinalCumulativeMetersetWeight CumulativeMetersetWeight NominalBeamEnergy
    DoseRateSet GantryAngle BeamLimitingDeviceAngle PatientSupportAngle TableTopEccentricAngle TableTopVerticalPosition
    TableTopLongitudinalPosition TableTopLateralPosition IsocenterPosition SurfaceEntryPoint SourceToSurfaceDistance
    LeafJawPositions LeafPositionBoundaries ContourData GridFrameOffsetVector DoseGridScaling TargetPrescriptionDose
    NumericValue GraphicData PresentationPixelSpacing PresentationPixelMagnificationRatio
    """
ITEMS = """
    FractionGroupSequence ReferencedBeamSequence BeamSequence ControlPointSequence BeamLimitingDevicePositionSequence
    BeamLimitingDeviceSequence StructureSetROISequence ROIContourSequence ContourSequence RTROIObservationsSequence
    DoseReferenceSequence SegmentSequence SegmentIdentificationSequence MeasuredValueSequence ReferencedSOPSequence
    ReferencedSeriesSequence DisplayedAreaSelectionSequence SoftcopyVOILUTSequence GraphicLayerSequence
    GraphicObjectSequence DerivationImageSequence CurrentRequestedProcedureEvidenceSequence ReferencedStructureSetSequence
    ReferencedRTPlanSequence ContourImageSequence RTReferencedStudySequence RTReferencedSeriesSequence
    ReferencedFrameOfReferenceSequence
    """
CODES = """
    ConceptNameCodeSequence ConceptCodeSequence MeasurementUnitsCodeSequence AnatomicRegionSequence
    AnatomicRegionModifierSequence SegmentedPropertyCategoryCodeSequence SegmentedPropertyTypeCodeSequence
    SegmentedPropertyTypeModifierCodeSequence ViewCodeSequence DerivationCodeSequence PurposeOfReferenceCodeSequence
    """


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TURNS = _words("CW CC NONE")
TERMS: dict[str, frozenset[str]] = {
    "ValueType": _words("CONTAINER NUM CODE IMAGE COMPOSITE WAVEFORM SCOORD SCOORD3D"),
    "RelationshipType": frozenset(
        {
            "CONTAINS",
            "HAS PROPERTIES",
            "HAS OBS CONTEXT",
            "HAS ACQ CONTEXT",
            "INFERRED FROM",
            "SELECTED FROM",
            "HAS CONCEPT MOD",
        }
    ),
    "ContinuityOfContent": _words("SEPARATE CONTINUOUS"),
    "CompletionFlag": _words("PARTIAL COMPLETE"),
    "VerificationFlag": _words("UNVERIFIED VERIFIED"),
    "GraphicType": _words("POINT MULTIPOINT POLYLINE CIRCLE ELLIPSE INTERPOLATED POLYGON ELLIPSOID"),
    "SegmentationType": _words("BINARY FRACTIONAL LABELMAP"),
    "SegmentAlgorithmType": _words("AUTOMATIC SEMIAUTOMATIC MANUAL"),
    "ContourGeometricType": _words("POINT OPEN_PLANAR OPEN_NONPLANAR CLOSED_PLANAR CLOSEDPLANAR_XOR"),
    "RTROIInterpretedType": _words(
        "EXTERNAL PTV CTV GTV TREATED_VOLUME IRRAD_VOLUME BOLUS AVOIDANCE ORGAN MARKER REGISTRATION ISOCENTER CONTRAST_AGENT"
        " CAVITY SUPPORT FIXATION DOSE_REGION CONTROL DOSE_MEASUREMENT"
    ),
    "BeamType": _words("STATIC DYNAMIC"),
    "RadiationType": _words("PHOTON ELECTRON NEUTRON PROTON"),
    "TreatmentDeliveryType": _words("TREATMENT OPEN_PORTFILM TRMT_PORTFILM CONTINUATION SETUP"),
    "RTBeamLimitingDeviceType": _words("X Y ASYMX ASYMY MLCX MLCY"),
    "PrimaryDosimeterUnit": _words("MU MINUTE"),
    "GantryRotationDirection": _TURNS,
    "BeamLimitingDeviceRotationDirection": _TURNS,
    "PatientSupportRotationDirection": _TURNS,
    "TableTopEccentricRotationDirection": _TURNS,
    "DoseUnits": _words("GY RELATIVE"),
    "DoseType": _words("PHYSICAL EFFECTIVE ERROR"),
    "DoseSummationType": _words("PLAN MULTI_PLAN FRACTION BEAM BRACHY CONTROL_POINT RECORD"),
    "RTPlanGeometry": _words("PATIENT TREATMENT_DEVICE"),
    "PlanIntent": _words("CURATIVE PALLIATIVE PROPHYLACTIC VERIFICATION MACHINE_QA RESEARCH SERVICE"),
    "DoseReferenceStructureType": _words("POINT VOLUME COORDINATES SITE"),
    "DoseReferenceType": _words("TARGET ORGAN_AT_RISK"),
    "ROIGenerationAlgorithm": _words("AUTOMATIC SEMIAUTOMATIC MANUAL"),
    "GraphicAnnotationUnits": _words("PIXEL DISPLAY MATRIX"),
    "GraphicFilled": _words("Y N"),
    "PresentationSizeMode": frozenset({"SCALE TO FIT", "TRUE SIZE", "MAGNIFY"}),
    "ImageHorizontalFlip": _words("Y N"),
    "ShutterShape": _words("RECTANGULAR CIRCULAR POLYGONAL"),
}
