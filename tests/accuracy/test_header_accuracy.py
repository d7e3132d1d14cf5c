"""The goals for headers: no canary left, geometry as it was, and the ten kinds of action of the MIDI-B challenge."""

import math
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence

from tests.accuracy.header_sets import GEOMETRY, KEYS, left, masked, planted, values
from viewer.imaging.reading import read
from viewer.masking.header import rebuild
from viewer.masking.options import Option
from viewer.masking.profile import MaskingProfile

CANARY = "ZQ9999C"
GROUPS = {"SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"}


def _filled(value: object) -> bool:
    return value is not None and str(value) != ""


def geometry(
    dataset: Dataset, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], list[object]]]:
    for element in dataset:
        if element.VR == "SQ":
            if element.keyword in GROUPS or path:
                for index, item in enumerate(element.value):
                    yield from geometry(item, (*path, element.keyword, index))
        elif element.keyword in GEOMETRY.split() and _filled(element.value):
            found = element.value
            yield (*path, element.keyword), list(found) if isinstance(found, (MultiValue, list)) else [found]


def same(one: object, other: object) -> bool:
    try:
        # A DS longer than 16 characters is not valid (PS3.5 6.2) and is rounded to what fits.
        return math.isclose(float(str(one)), float(str(other)), rel_tol=1e-9)
    except ValueError:
        return one == other


@pytest.mark.slow
def test_no_canary_of_twenty_files_is_left_and_geometry_stays(shared: Path, tmp_path: Path) -> None:
    count = kept = whole = 0
    for source, file, truth in planted(shared, tmp_path):
        assert left(masked(file), truth) == [], source.name
        count += len(truth)
        before, after = read(source.read_bytes()), dict(geometry(read(masked(source))))
        for path, value in geometry(before):
            whole += 1
            kept += path in after and all(
                same(one, other) for one, other in zip(value, after[path], strict=True)
            )
    assert count == 13_340
    assert kept / whole >= 0.999, (kept, whole)


@pytest.mark.parametrize(
    "option",
    [Option.RETAIN_PATIENT, Option.CLEAN_DESCRIPTORS, Option.CLEAN_STRUCTURED, Option.CLEAN_GRAPHICS],
)
def test_options_that_keep_words_let_no_canary_through(shared: Path, tmp_path: Path, option: Option) -> None:
    _, file, truth = next(planted(shared, tmp_path))
    profile = MaskingProfile(options=frozenset({option}))
    # Numbers of the patient (height, weight) are what that option is for.
    assert [
        each for each in left(masked(file, profile), truth) if each["vr"] not in {"DS", "IS", "US", "CS"}
    ] == []


PLACES = st.recursive(
    st.sampled_from(
        [
            "PatientName",
            "InstitutionName",
            "StudyDescription",
            "ImageComments",
            "private",
            "curve",
            "overlay",
            "unknown",
        ]
    ),
    lambda inner: st.tuples(
        st.sampled_from(
            [
                "FrameContentSequence",
                "SharedFunctionalGroupsSequence",
                "ContentSequence",
                "PlanePositionSequence",
                "RequestAttributesSequence",
                "OriginalAttributesSequence",
                "private",
            ]
        ),
        inner,
    ),
    max_leaves=12,
)


def plant(dataset: Dataset, place: object, depth: int = 0) -> None:
    match place:
        case (keyword, inner) if depth < 8:
            item = Dataset()
            plant(item, inner, depth + 1)
            if keyword == "private":
                dataset.private_block(0x0099, "ACME", create=True).add_new(1, "SQ", Sequence([item]))
            else:
                setattr(dataset, str(keyword), Sequence([item]))
        case "private":
            dataset.private_block(0x0099, "ACME", create=True).add_new(2, "LO", CANARY)
        case "curve":
            dataset.add_new(0x50002500, "LO", CANARY)
        case "overlay":
            dataset.add_new(0x60001500, "LO", CANARY)
        case "unknown":
            dataset.add_new(0x00181FFF, "LO", CANARY)
        case str(keyword):
            setattr(dataset, keyword, CANARY)


@settings(max_examples=200)
@given(
    st.lists(PLACES, max_size=4),
    st.frozensets(
        st.sampled_from(
            sorted(set(Option) - {Option.RETAIN_FULL_DATES, Option.RETAIN_INSTITUTION, Option.RETAIN_DEVICE})
        )
    ),
)
def test_fuzzed_nesting_leaves_no_canary(places: list[object], options: frozenset[Option]) -> None:
    dataset = Dataset()
    for place in places:
        plant(dataset, place)
    made = rebuild(dataset, KEYS, "subject", MaskingProfile(options=options)).dataset
    assert not any(CANARY in value for value in values(made))


def kinds(before: Dataset, after: Dataset, dates: Dataset) -> Iterator[tuple[str, bool]]:
    """The ten kinds of action of MIDI-B, each on one file: (kind, whether it was done)."""
    weeks = KEYS.weeks(str(after.PatientID))
    for keyword in ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"):
        if before.get(keyword):
            moved = dates.get(keyword)
            yield "date shifted", bool(moved) and (int(moved) != int(before[keyword].value)) and weeks < 0
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID"):
        if before.get(keyword):
            yield "uid changed", after[keyword].value == KEYS.replace_uid(before[keyword].value)
            yield "uid consistent", after[keyword].value == dates[keyword].value
    yield "patient id replaced", after.PatientID == dates.PatientID != before.get("PatientID")
    for keyword in (
        "Modality",
        "Rows",
        "Columns",
        "BitsAllocated",
        "PixelRepresentation",
        "PixelSpacing",
        "SliceThickness",
    ):
        if _filled(before.get(keyword)):
            yield "tag retained", keyword in after
    for keyword in ("PatientName", "AccessionNumber", "StudyID"):
        if keyword in before:
            yield "text removed or null", not after.get(keyword) or after.get(keyword) != before.get(keyword)
    for keyword in ("Modality", "PatientPosition"):
        if before.get(keyword):
            yield "text retained", after.get(keyword) == before.get(keyword)
    for keyword in ("InstitutionName", "DeviceSerialNumber", "StationName"):
        if before.get(keyword):
            yield "text not null", bool(after.get(keyword)) or keyword not in after
    yield "private removed", not any(element.tag.is_private for element in after.iterall())
    yield "pixels retained or hidden", "PixelData" in after


def test_the_ten_kinds_of_midi_b(shared: Path) -> None:
    profile = MaskingProfile(options=frozenset({Option.RETAIN_MODIFIED_DATES}))
    done = total = 0
    files = [
        *(shared / "data/dicom/ct-head-28").glob("*.dcm"),
        *sorted((shared / "data/dicom/ct-phantom-64").glob("*.dcm"))[:16],
    ]
    for file in files[:40]:
        before = read(file.read_bytes())
        failed = []
        for kind, held in kinds(before, read(masked(file)), read(masked(file, profile))):
            total += 1
            done += held
            if not held:
                failed.append(kind)
        assert not failed, (file.name, failed)
    assert total > 500
    assert done / total >= 0.9993


def complaints(file: Path) -> set[str]:
    """The errors of `dciodvfy`, without the values in them; no attribute and no value are one error."""
    result = subprocess.run(
        ["dciodvfy", str(file)], capture_output=True, text=True, check=False, errors="replace"
    )
    lines = (
        (result.stdout + result.stderr)
        .replace("Empty attribute (no value)", "Missing attribute")
        .splitlines()
    )
    return {line.split(" - ")[1] if " - " in line else line for line in lines if line.startswith("Error")}


@pytest.mark.parametrize(
    "name",
    [
        "header/CT_small.dcm",
        "ct-phantom-64/0001.dcm",
        "mr-t1w-96/0001.dcm",
        "ct-head-28/0001.dcm",
        "burned-in-phi/us_greyscale_image.dcm",
        "bit-depth/liver_1frame_1bit.dcm",
        "bit-depth/parametric_map_float.dcm",
        "bit-depth/rtdose_32bit.dcm",
        "bit-depth/emri_small_10frames.dcm",
        "derived/seg_image_ct_binary.dcm",
        "derived/seg_liver.dcm",
        "luts/eCT_Supplemental.dcm",
        "wsi/multiframe_camelyon.dcm",
        "wsi/sm_image.dcm",
    ],
)
def test_dciodvfy_finds_no_new_kind_of_error(shared: Path, tmp_path: Path, name: str) -> None:
    if shutil.which("dciodvfy") is None:
        pytest.skip("no dciodvfy: install dicom3tools")
    source = shared / "data/dicom" / name
    out = tmp_path / "out.dcm"
    out.write_bytes(masked(source))
    assert complaints(out) - complaints(source) == set()
