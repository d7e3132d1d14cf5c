"""Which files go on by themselves: a table, and no by default."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import uid
from pydicom.dataset import Dataset

from viewer.masking.triage import triage
from viewer.masking.verdict import Reason, Verdict

ORIGINAL = ["ORIGINAL", "PRIMARY"]
CT = {"SOPClassUID": uid.CTImageStorage, "Modality": "CT", "ImageType": ORIGINAL}
MR = {"SOPClassUID": uid.MRImageStorage, "Modality": "MR", "ImageType": ORIGINAL}
CR = {"SOPClassUID": uid.ComputedRadiographyImageStorage, "Modality": "CR", "ImageType": ORIGINAL}


def _dataset(values: dict[str, object], *, pixels: bool = True) -> Dataset:
    dataset = Dataset()
    dataset.PhotometricInterpretation = "MONOCHROME2"
    if pixels:
        dataset.PixelData = b"\0\0"
    for keyword, value in values.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    return dataset


@pytest.mark.parametrize(
    ("sop_class", "modality"),
    [
        (uid.CTImageStorage, "CT"),
        (uid.EnhancedCTImageStorage, "CT"),
        (uid.MRImageStorage, "MR"),
        (uid.EnhancedMRImageStorage, "MR"),
        (uid.PositronEmissionTomographyImageStorage, "PT"),
        (uid.EnhancedPETImageStorage, "PT"),
        (uid.NuclearMedicineImageStorage, "NM"),
        (uid.ComputedRadiographyImageStorage, "CR"),
        (uid.DigitalXRayImageStorageForPresentation, "DX"),
        (uid.DigitalMammographyXRayImageStorageForProcessing, "MG"),
    ],
)
def test_originals_of_these_kinds_go_on(sop_class: str, modality: str) -> None:
    values = {"SOPClassUID": sop_class, "Modality": modality, "ImageType": ORIGINAL}
    assert triage(_dataset(values)).verdict is Verdict.RELEASED


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (CT | {"BurnedInAnnotation": "YES"}, Reason.BURNED_IN),
        (CT | {"BurnedInAnnotation": "MAYBE"}, Reason.BURNED_IN),
        (MR | {"RecognizableVisualFeatures": "YES"}, Reason.FACE),
        (CT | {"Modality": "OT"}, Reason.MODALITY),
        (CT | {"Modality": "MR"}, Reason.MODALITY),
        (CT | {"Modality": ""}, Reason.MODALITY),
        (CT | {"PhotometricInterpretation": "RGB"}, Reason.COLOUR),
        (CT | {"PhotometricInterpretation": None}, Reason.COLOUR),
        (CT | {"ImageType": ["DERIVED", "SECONDARY"]}, Reason.DERIVED),
        (CT | {"ImageType": ["ORIGINAL", "PRIMARY", "SCREEN SAVE"]}, Reason.DERIVED),
        (MR | {"ImageType": ["DERIVED", "PRIMARY", "DOSE_INFO"]}, Reason.DERIVED),
        (CR | {"ImageType": ["ORIGINAL", "SECONDARY"]}, Reason.DERIVED),
        (CT | {"ImageType": ""}, Reason.TYPE_UNKNOWN),
        (CT | {"ImageType": ["X", "PRIMARY"]}, Reason.TYPE_UNKNOWN),
        (CT | {"ConversionType": "WSD"}, Reason.CAPTURE),
        (CT | {"SOPClassUID": uid.SecondaryCaptureImageStorage}, Reason.CAPTURE),
        (CT | {"SOPClassUID": uid.UltrasoundImageStorage}, Reason.ULTRASOUND),
        (CT | {"SOPClassUID": uid.EnhancedUSVolumeStorage}, Reason.KIND_UNKNOWN),
        (CT | {"SOPClassUID": uid.VLPhotographicImageStorage}, Reason.PHOTOGRAPH),
        (CT | {"SOPClassUID": uid.VLWholeSlideMicroscopyImageStorage}, Reason.SLIDE),
        (CT | {"SOPClassUID": uid.XRayAngiographicImageStorage}, Reason.ANGIOGRAPHY),
        (CT | {"SOPClassUID": uid.SegmentationStorage}, Reason.KIND_UNKNOWN),
        (CT | {"SOPClassUID": "1.2.3.4"}, Reason.KIND_UNKNOWN),
        (CT | {"SOPClassUID": ""}, Reason.KIND_UNKNOWN),
    ],
)
def test_doubt_holds(values: dict[str, object], reason: Reason) -> None:
    result = triage(_dataset(values))
    assert result.verdict is Verdict.HELD
    assert reason in result.reasons


@pytest.mark.parametrize(
    "values",
    [
        CT | {"BurnedInAnnotation": "NO"},
        CT | {"ImageType": ["DERIVED", "PRIMARY", "AXIAL"]},
        CT | {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]},
        MR | {"ImageType": ["DERIVED", "SECONDARY"]},
        CR | {"ImageType": ["DERIVED"]},
    ],
)
def test_no_doubt(values: dict[str, object]) -> None:
    assert triage(_dataset(values)).verdict is Verdict.RELEASED


@pytest.mark.parametrize(
    ("sop_class", "pixels", "reason"),
    [
        (uid.EncapsulatedPDFStorage, True, Reason.DOCUMENT),
        (uid.EncapsulatedPDFStorage, False, Reason.DOCUMENT),
        (uid.ComprehensiveSRStorage, False, Reason.REPORT),
        (uid.KeyObjectSelectionDocumentStorage, False, Reason.REPORT),
        (uid.TwelveLeadECGWaveformStorage, False, Reason.WAVEFORM),
        (uid.GrayscaleSoftcopyPresentationStateStorage, False, Reason.STATE),
        (uid.RTPlanStorage, False, Reason.PLAN),
        (uid.RTStructureSetStorage, False, Reason.PLAN),
        (uid.RawDataStorage, False, Reason.RAW_DATA),
        (uid.MediaStorageDirectoryStorage, False, Reason.INDEX),
        (uid.CTImageStorage, False, Reason.NO_PICTURE),
        ("1.2.3.4", False, Reason.NO_PICTURE),
    ],
)
def test_rejected(sop_class: str, pixels: bool, reason: Reason) -> None:
    result = triage(_dataset(CT | {"SOPClassUID": sop_class}, pixels=pixels))
    assert (result.verdict, result.reasons) == (Verdict.REJECTED, (reason,))


@given(
    st.sampled_from([None, *uid.UID_dictionary]),
    st.sampled_from(["CT", "MR", "US", "OT", "", "CT "]),
    st.lists(
        st.sampled_from(["ORIGINAL", "DERIVED", "PRIMARY", "SECONDARY", "AXIAL", "SCREEN SAVE", ""]),
        max_size=4,
    ),
    st.booleans(),
)
def test_a_release_needs_every_sign(
    sop_class: str | None, modality: str, types: list[str], pixels: bool
) -> None:
    dataset = _dataset({"Modality": modality, "ImageType": types}, pixels=pixels)
    if sop_class:
        dataset.SOPClassUID = sop_class
    result = triage(dataset)
    assert (result.verdict is Verdict.RELEASED) == (not result.reasons)
    if result.verdict is Verdict.RELEASED:
        assert pixels
        assert result.kind is not None
        assert modality.strip() in {"CT", "MR"}
        assert types[0] in {"ORIGINAL", "DERIVED"}
        assert "SCREEN SAVE" not in types
