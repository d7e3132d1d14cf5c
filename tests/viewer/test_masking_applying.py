"""The whole of masking: canaries anywhere in a header reach nothing that is kept."""

import importlib.util
import io
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import msgspec
import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.datadict import DicomDictionary, dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from tests.viewer.detecting import detectors
from viewer.errors import ImagingError
from viewer.imaging.image import RawFrame, RawImage
from viewer.imaging.presentation import Presentation
from viewer.imaging.reading import read
from viewer.masking.applying import DicomSource, PictureSource, TextSource, apply
from viewer.masking.header import MAX_DEPTH, rebuild
from viewer.masking.masked import Masked, with_pages
from viewer.masking.profile import BASIC, MaskingProfile
from viewer.masking.pseudonyms import derive_keys
from viewer.masking.report import Report, merge
from viewer.masking.verdict import Outcome, Reason, SafeHarborItem, Verdict

KEYS = derive_keys(bytes(range(32)), "p")
STRINGS = {
    "AE",
    "AS",
    "CS",
    "DA",
    "DS",
    "DT",
    "IS",
    "LO",
    "LT",
    "PN",
    "SH",
    "ST",
    "TM",
    "UC",
    "UI",
    "UR",
    "UT",
    "UN",
    "OB",
}
# What the picture itself is read by: a canary there leaves no picture.
NEEDED = {
    tag_for_keyword(keyword)
    for keyword in (
        *(
            "Rows",
            "Columns",
            "BitsAllocated",
            "BitsStored",
            "HighBit",
            "PixelRepresentation",
            "SamplesPerPixel",
        ),
        *("PhotometricInterpretation", "NumberOfFrames", "PixelData", "SpecificCharacterSet"),
    )
}
TAGS = sorted(
    tag
    for tag, entry in DicomDictionary.items()
    if tag >> 16 not in {0x0002, 0x7FE0} and entry[0] in STRINGS and tag not in NEEDED
)
SEQUENCES = sorted(tag for tag, entry in DicomDictionary.items() if entry[0] == "SQ")
PATHS = (
    "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
    "PlanePositionSequence",
    "FrameContentSequence",
    "SequenceOfUltrasoundRegions",
)


def ct(**more: object) -> Dataset:
    dataset = Dataset()
    dataset.SOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = "1.2.3.1"
    dataset.StudyInstanceUID = "1.2.3.2"
    dataset.SeriesInstanceUID = "1.2.3.3"
    dataset.Modality = "CT"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.PatientID = "MRN1"
    dataset.InstanceNumber = 7
    dataset.ImagePositionPatient = [0, 0, 2.5]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.PixelSpacing = [0.5, 0.5]
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1024
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows = dataset.Columns = 8
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 0
    dataset.PixelData = np.arange(64, dtype="<u2").tobytes()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    for keyword, value in more.items():
        setattr(dataset, keyword, value)
    return dataset


def masked(dataset: Dataset, origin: str = "o") -> Masked:
    return apply(DicomSource(dataset=dataset, origin=origin), BASIC, KEYS, detectors())


def unsearched(dataset: Dataset) -> Masked:
    """For what is about the header alone: without detectors the picture is blank, and quick to make."""
    return apply(DicomSource(dataset=dataset, origin="o"), BASIC, KEYS)


def everything(result: Masked) -> bytes:
    """All that a result holds, but its pixels, in bytes."""
    frames = result.image.frames if result.image else ()
    kept = {
        **{name: getattr(result, name) for name in Masked.__slots__ if name not in {"image", "header"}},
        "frames": [(frame.offset, frame.presentation) for frame in frames],
    }
    return msgspec.json.encode(kept) + repr(kept).encode()


def header_bytes(dataset: Dataset) -> bytes:
    made = rebuild(dataset, KEYS, "subject").dataset
    held = io.BytesIO()
    pydicom.dcmwrite(held, made, enforce_file_format=True)
    return held.getvalue()


def planted(vr: str, canary: str) -> bytes:
    """The canary as a value of `vr` that breaks no length; a damaged value where the form allows no words."""
    value = f"1.2.826.{canary[1:]}" if vr == "UI" else canary
    return value.encode().ljust(len(value) + len(value) % 2)


@st.composite
def plantings(draw: st.DrawFn) -> list[tuple[tuple[int, ...], int, str]]:
    """(sequences on the way, tag, VR as the file states it) for each canary."""
    way = st.lists(
        st.sampled_from([tag_for_keyword(name) for name in PATHS]) | st.sampled_from(SEQUENCES),
        max_size=MAX_DEPTH + 2,
    )
    odd = st.builds(
        lambda group, element: ((2 * group + 1) << 16) | element,
        st.integers(4, 0x7FE0),
        st.integers(0x1000, 0xFFFF),
    )
    overlay = st.builds(
        lambda group, element: ((0x6000 + 2 * group) << 16) | element,
        st.integers(0, 15),
        st.sampled_from([0x3000, 0x4000, 0x22, 0x1500]),
    )
    tag = st.sampled_from(TAGS) | odd | overlay
    found = []
    for path, where in draw(st.lists(st.tuples(way, tag), min_size=1, max_size=12)):
        known = dictionary_VR(where) if where in DicomDictionary else "LO"
        found.append((tuple(path), where, draw(st.sampled_from([known, known, known, "LO", "UN"]))))
    return found


def plant(dataset: Dataset, plantings: list[tuple[tuple[int, ...], int, str]]) -> list[str]:
    canaries = []
    for number, (path, tag, vr) in enumerate(plantings):
        here = dataset
        for step in path:
            if step not in here or not isinstance(here[step].value, Sequence) or not here[step].value:
                here.add_new(step, "SQ", Sequence([Dataset()]))
            here = here[step].value[0]
        canary = f"7{number:02d}7190455"
        # `Q` in front where words are allowed: digits alone could be a number that may stay.
        value = planted(vr, canary if vr == "UI" else f"Q{canary}")
        here[tag] = RawDataElement(Tag(tag), vr, len(value), value, 0, False, True)
        canaries.append(canary[1:])
    return canaries


@settings(max_examples=150)
@given(plantings())
def test_no_canary_survives_wherever_it_was_planted(where: list[tuple[tuple[int, ...], int, str]]) -> None:
    dataset = ct()
    canaries = plant(dataset, where)
    try:
        kept = everything(masked(dataset))
    except ImagingError:
        kept = b""  # the canary made the picture unreadable: nothing is kept
    header = header_bytes(dataset)
    for canary in canaries:
        assert canary.encode() not in kept
        assert canary.encode() not in header


def generator(shared: Path) -> ModuleType:
    path = shared / "bench" / "masking" / "dicom_header_set.py"
    if not path.exists():
        pytest.skip(f"no header generator at {path}")
    spec = importlib.util.spec_from_file_location("dicom_header_set", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "name",
    [
        "header/CT_small.dcm",
        "ct-phantom-64/0001.dcm",
        "bit-depth/emri_small_10frames.dcm",
        "overlays/overlay_test.dcm",
    ],
)
def test_every_attribute_of_the_table(shared: Path, shared_data: Path, name: str) -> None:
    dataset = read((shared_data / "dicom" / name).read_bytes())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        truth = generator(shared).seed(dataset)
    assert len(truth) > 600
    kept = everything(unsearched(dataset)) + header_bytes(dataset)
    # Short numbers and ages can stand in a keyed pseudonym by chance; every string of the set is unique.
    words = [row["value"] for row in truth if row["vr"] not in {"US", "SS", "FL", "FD", "AS", "UL", "SL"}]
    assert [word for word in words if word.encode() in kept] == []


def test_no_original_uid_is_left(shared_data: Path) -> None:
    dataset = read((shared_data / "dicom" / "bit-depth" / "emri_small_10frames.dcm").read_bytes())
    uids = {
        str(e.value)
        for e in dataset.iterall()
        if e.VR == "UI" and e.value and not str(e.value).startswith("1.2.840.10008.")
    }
    assert len(uids) > 3
    kept = everything(unsearched(dataset)) + header_bytes(dataset)
    assert [uid for uid in uids if uid.encode() in kept] == []


def test_a_new_header_is_new() -> None:
    dataset = ct(BodyPartExamined="HEAD", PatientName="Jane", StudyDate="20260101", KVP=120)
    dataset.preamble = b"Jane" * 32
    dataset.file_meta.SourceApplicationEntityTitle = "JANE"
    rebuilt = rebuild(dataset, KEYS, "subject")
    made, tally = rebuilt.dataset, rebuilt.tally
    assert made.preamble == bytes(128)
    assert "SourceApplicationEntityTitle" not in made.file_meta
    assert (made.PatientID, made.PatientName, made.StudyDate, made.KVP) == ("subject", None, None, 120)
    assert made.SOPInstanceUID == KEYS.replace_uid("1.2.3.1")
    assert made.file_meta.MediaStorageSOPInstanceUID == made.SOPInstanceUID
    assert made.DeidentificationMethodCodeSequence[0].CodeValue == "113100"
    assert tally.actions["PatientName", "Z"] == 1
    assert tally.actions["SOPInstanceUID", "U"] == 1
    assert "PixelData" not in made


@pytest.mark.parametrize(
    ("keyword", "value", "kept"),
    [
        ("InstanceNumber", "1234567", None),
        ("InstanceNumber", "12", 12),
        ("BodyPartExamined", "CHEST", "CHEST"),
        ("BodyPartExamined", "JANE", None),
        ("ImageType", ["ORIGINAL", "PRIMARY", "DOE", "AXIAL"], ["ORIGINAL", "PRIMARY", "OTHER", "AXIAL"]),
        ("RescaleType", "HU", "HU"),
        ("RescaleType", "Jane", None),
        ("SOPClassUID", "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2"),
        ("SOPClassUID", "1.2.840.10008.5.1.4.1.1.2.77", None),
        ("SOPClassUID", "1.2.3", None),
        ("KVP", float("inf"), None),
    ],
)
def test_allowed_values(keyword: str, value: object, kept: object) -> None:
    dataset = ct()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        setattr(dataset, keyword, value)
    made = rebuild(dataset, KEYS, "s")
    assert made.dataset.get(keyword) == kept
    assert made.tally.unreadable == (kept is None)


def test_what_is_kept_of_a_ct() -> None:
    result = masked(ct())
    assert result.verdict is Verdict.RELEASED
    assert result.title == "CT · 1 slice · 8\u00d78"
    assert result.image is not None
    frame = result.image.frames[0]
    assert frame.pixels.tolist() == np.arange(64).reshape(8, 8).tolist()
    assert frame.presentation.unit == "HU"
    (place,) = result.places
    assert place is not None
    assert (place.instance, place.position) == (7, (0.0, 0.0, 2.5))


@pytest.mark.parametrize(
    ("change", "same_subject", "same_series"),
    [
        ({}, True, True),
        ({"PatientID": " MRN1 "}, True, True),
        ({"PatientID": "MRN2"}, False, True),
        ({"IssuerOfPatientID": "H"}, False, True),
        ({"SeriesInstanceUID": "1.2.3.4"}, True, False),
        ({"Rows": 4, "PixelData": bytes(64)}, True, False),
        ({"BurnedInAnnotation": "YES"}, True, False),
        ({"PatientID": ""}, False, True),
    ],
)
def test_who_and_which_series(change: dict[str, object], same_subject: bool, same_series: bool) -> None:
    first, other = masked(ct()), masked(ct(**change))
    assert (first.subject == other.subject) == same_subject
    assert (first.series == other.series) == same_series


def test_strangers_are_told_apart_by_study_then_by_file() -> None:
    nameless = ct(PatientID="")
    assert masked(nameless, "a").subject == masked(nameless, "b").subject
    del nameless.StudyInstanceUID
    assert masked(nameless, "a").subject != masked(nameless, "b").subject


def test_a_multi_frame_file_is_an_item_by_itself() -> None:
    result = masked(ct(NumberOfFrames=2, PixelData=bytes(256)))
    assert result.series is None
    assert len(result.places) == 2
    assert result.title == "CT · 2 slices · 8\u00d78"


def test_rejected_files_hold_no_pixels() -> None:
    dataset = ct()
    del dataset.PixelData
    result = masked(dataset)
    assert (result.verdict, result.image, result.reasons) == (Verdict.REJECTED, None, (Reason.NO_PICTURE,))


def _lettered() -> Dataset:
    import cv2

    ink = np.zeros((256, 256), np.uint8)
    cv2.putText(ink, "FENWICK QUENBY", (10, 60), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 255, 2)
    pixels = (500 + ink.astype(np.uint16) * 12).astype("<u2")
    return ct(Rows=256, Columns=256, PixelData=pixels.tobytes())


def test_lettering_holds_a_ct() -> None:
    result = masked(_lettered())
    assert (result.verdict, result.reasons) == (Verdict.HELD, (Reason.LETTERING,))
    assert result.report.regions


def test_a_picture_is_held_and_keeps_no_metadata() -> None:
    frame = RawFrame(pixels=np.zeros((4, 6, 3), np.uint8), presentation=Presentation(photometric="RGB"))
    result = apply(PictureSource(image=RawImage(frames=(frame,)), origin="o"), BASIC, KEYS, detectors())
    assert (result.verdict, result.reasons) == (Verdict.HELD, (Reason.PHOTOGRAPH,))
    assert result.title == "picture · 6\u00d74"
    assert result.subject == KEYS.stranger("o")


def test_text_is_held_masked_and_drawn_by_somebody_else() -> None:
    profile = MaskingProfile(known=("Jane Doe",))
    result = apply(TextSource(text="Jane Doe, 12.03.2024", origin="o"), profile, KEYS)
    assert result.verdict is Verdict.HELD
    assert re.fullmatch(r"\[person \d{4}\], \[date\]", result.text or "")
    assert result.report.text == {"Date": 1, "Person": 1}
    assert b"Jane" not in everything(result)
    drawn = with_pages(result, [(np.zeros((10, 8), np.uint8), letters) for letters in ("one", "two")])
    assert drawn.pages == ("one", "two")
    assert drawn.title == "text · 2 pages"
    assert drawn.image is not None
    assert len(drawn.image.frames) == len(drawn.places) == 2


@pytest.mark.parametrize("make", [lambda: masked(ct()), lambda: masked(_lettered())])
def test_a_report_is_json_and_names_all_eighteen(make: Callable[[], Masked]) -> None:
    report = make().report
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report
    assert [line.item for line in report.safe_harbor] == list(SafeHarborItem)
    assert len(report.safe_harbor) == 18
    records = next(line for line in report.safe_harbor if line.item is SafeHarborItem.RECORDS)
    assert (records.outcome, records.count) == (Outcome.REPLACED, 1)


def test_reports_of_one_item_add_up() -> None:
    one, other = masked(ct()).report, masked(ct(PatientName="Jane", BodyPartExamined="HEAD")).report
    both = merge(one, other)
    assert both.head
    assert both.header.kept == one.header.kept + other.header.kept
    names = {line.item: line for line in both.safe_harbor}[SafeHarborItem.NAMES]
    assert (names.outcome, names.count) == (Outcome.REMOVED, 1)
    held = masked(_lettered()).report
    with pytest.raises(ValueError, match="different kinds"):
        merge(one, held)


def test_pixels_are_masked_the_same_twice() -> None:
    result = masked(ct())
    assert result.image is not None
    again = apply(
        PictureSource(
            image=RawImage(
                frames=tuple(
                    RawFrame(pixels=f.pixels, presentation=f.presentation) for f in result.image.frames
                )
            ),
            origin="o",
        ),
        BASIC,
        KEYS,
        detectors(),
    )
    assert again.image is not None
    for before, after in zip(result.image.frames, again.image.frames, strict=True):
        assert np.array_equal(before.pixels, after.pixels)


def test_titles_hold_no_word_of_the_file() -> None:
    assert re.fullmatch("image · 8\u00d78", masked(ct(Modality="JANE")).title)


def test_a_loop_keeps_when_each_frame_is_shown() -> None:
    path = pydicom.data.get_testdata_file("examples_ybr_color.dcm", download=False)
    if path is None:
        pytest.skip("this pydicom has no loop among its files")
    ds = read(Path(path).read_bytes())
    ds.FrameTime = "40"
    ds.pop("FrameTimeVector", None)
    masked = apply(DicomSource(dataset=ds, origin="o"), BASIC, KEYS, None)
    times = [here.time_ms for here in masked.places if here is not None]
    assert times == [40.0 * index for index in range(len(masked.places))]
