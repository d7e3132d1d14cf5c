"""Reports, segmentations, plans, structures and presentation states: codes and numbers stay, words go."""

from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from viewer.imaging.reading import read
from viewer.masking.header import rebuild
from viewer.masking.options import Option
from viewer.masking.profile import BASIC, MaskingProfile
from viewer.masking.pseudonyms import derive_keys

KEYS = derive_keys(bytes(32), "p")


def code(value: str, scheme: str, meaning: str) -> Dataset:
    ds = Dataset()
    ds.CodeValue, ds.CodingSchemeDesignator, ds.CodeMeaning = value, scheme, meaning
    return ds


def item(kind: str, name: Dataset | None, **values: object) -> Dataset:
    ds = Dataset()
    ds.ValueType, ds.RelationshipType = kind, "CONTAINS"
    if name is not None:
        ds.ConceptNameCodeSequence = Sequence([name])
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def number() -> Dataset:
    measured = Dataset()
    measured.NumericValue = "12.5"
    measured.MeasurementUnitsCodeSequence = Sequence([code("mm", "UCUM", "Okonkwo")])
    return item("NUM", code("103339001", "SCT", "Okonkwo"), MeasuredValueSequence=Sequence([measured]))


def rebuilt(ds: Dataset, *options: Option) -> Dataset:
    return rebuild(ds, KEYS, "subject", MaskingProfile(options=frozenset(options))).dataset


def test_a_report_keeps_numbers_and_codes_with_the_meanings_of_the_dictionary() -> None:
    finding = item(
        "CODE",
        code("121071", "DCM", "Okonkwo"),
        ConceptCodeSequence=Sequence([code("4147007", "SCT", "Okonkwo")]),
    )
    text = item(
        "TEXT", code("121071", "DCM", "Finding"), TextValue="Okonkwo", ContentSequence=Sequence([number()])
    )
    named = item("PNAME", code("121008", "DCM", "Person Observer Name"), PersonName="Okonkwo")
    own = item(
        "CODE",
        code("X1", "99ACME", "Okonkwo"),
        ConceptCodeSequence=Sequence([code("X2", "99ACME", "Okonkwo")]),
    )
    part = item("CONTAINER", None, ContentSequence=Sequence([number(), text, named, own]))
    ds = item("CONTAINER", code("126000", "DCM", "Okonkwo"), ContentSequence=Sequence([part, finding, text]))
    made = rebuilt(ds)
    assert "Okonkwo" not in str(made)
    assert [each.ValueType for each in made.ContentSequence] == ["CONTAINER", "CODE"]
    (measured,) = made.ContentSequence[0].ContentSequence
    assert measured.MeasuredValueSequence[0].NumericValue == 12.5
    assert measured.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0].CodeValue == "mm"
    assert made.ContentSequence[1].ConceptCodeSequence[0].CodeMeaning == "Mass"


def test_a_presentation_state_keeps_drawings_without_text_and_only_where_the_profile_says_so() -> None:
    drawn = Dataset()
    drawn.GraphicAnnotationUnits, drawn.GraphicDimensions = "PIXEL", 2
    drawn.NumberOfGraphicPoints, drawn.GraphicData, drawn.GraphicType = 2, [1.0, 2.0, 3.0, 4.0], "POLYLINE"
    words = Dataset()
    words.UnformattedTextValue = "Okonkwo"
    annotation = Dataset()
    annotation.GraphicLayer = "OKONKWO"
    annotation.GraphicObjectSequence, annotation.TextObjectSequence = Sequence([drawn]), Sequence([words])
    ds = Dataset()
    ds.GraphicAnnotationSequence = Sequence([annotation])
    ds.DisplayedAreaSelectionSequence = Sequence([Dataset()])
    ds.DisplayedAreaSelectionSequence[0].DisplayedAreaTopLeftHandCorner = [1, 1]
    assert "GraphicAnnotationSequence" not in rebuilt(ds)
    made = rebuilt(ds, Option.CLEAN_GRAPHICS)
    assert "okonkwo" not in str(made).lower()
    assert list(made.GraphicAnnotationSequence[0].GraphicObjectSequence[0].GraphicData) == [1, 2, 3, 4]
    assert list(made.DisplayedAreaSelectionSequence[0].DisplayedAreaTopLeftHandCorner) == [1, 1]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("rtplan", ("BeamSequence", 0, "ControlPointSequence", 0, "GantryAngle")),
        ("rtstruct_no_meta", ("ROIContourSequence", 0, "ContourSequence", 0, "ContourData")),
        ("seg_image_ct_binary", ("SegmentSequence", 0, "SegmentNumber")),
        ("seg_liver", ("SegmentSequence", 0, "SegmentedPropertyTypeCodeSequence", 0, "CodeValue")),
    ],
)
def test_real_objects_keep_their_numbers(shared_data: Path, name: str, path: tuple[str | int, ...]) -> None:
    source = read((shared_data / "dicom/derived" / f"{name}.dcm").read_bytes())
    made = rebuild(source, KEYS, "subject", BASIC).dataset
    before, after = source, made
    for step in path:
        before, after = (
            each[step].value if isinstance(step, str) else each[step] for each in (before, after)
        )
    assert after == before
    if "SegmentSequence" in made:
        assert made.SegmentSequence[0].SegmentLabel == "REMOVED"


@pytest.mark.parametrize("name", ["sr_document", "sr_reportsi", "sr_test-SR"])
def test_real_reports_keep_no_text(shared_data: Path, name: str) -> None:
    source = pydicom.dcmread(shared_data / "dicom/derived" / f"{name}.dcm")
    made = rebuild(source, KEYS, "subject", BASIC).dataset
    texts = [
        str(e.value)
        for e in source.iterall()
        if e.keyword in {"TextValue", "PersonName", "PatientName"} and e.value
    ]
    assert texts
    kept = [str(e.value) for e in made.iterall() if e.VR not in {"SQ", "UI"}]
    assert not [text for text in texts if text in kept]


def test_a_loop_points_to_its_times_and_to_nothing_that_is_gone() -> None:
    ds = Dataset()
    ds.SOPClassUID, ds.FrameTime = "1.2.840.10008.5.1.4.1.1.12.1", "33"
    ds.ScanningSequence, ds.RadiationSetting, ds.ExposureTime = ["SE", "OKONKWO"], "GR", "2000"
    ds.FrameIncrementPointer = 0x00181063
    made = rebuilt(ds)
    assert (made.FrameIncrementPointer, made.ScanningSequence, made.ExposureTime) == (0x00181063, "SE", 2000)
    for gone in (0x00100010, 0x00291010, 0x00181065 + 0x10000):  # a name, a private attribute, none at all
        ds.FrameIncrementPointer = gone
        assert not rebuilt(ds).get("FrameIncrementPointer")


def test_dimensions_keep_their_pointers_under_new_identifiers() -> None:
    organization, index = Dataset(), Dataset()
    organization.DimensionOrganizationUID = index.DimensionOrganizationUID = "1.2.3.4"
    index.DimensionIndexPointer, index.FunctionalGroupPointer = 0x00209057, 0x00209111
    index.DimensionDescriptionLabel = "Okonkwo"
    ds = Dataset()
    ds.DimensionOrganizationSequence, ds.DimensionIndexSequence = Sequence([organization]), Sequence([index])
    made = rebuilt(ds)
    (kept,), (whole,) = made.DimensionIndexSequence, made.DimensionOrganizationSequence
    assert kept.DimensionIndexPointer == 0x00209057
    assert kept.DimensionOrganizationUID == whole.DimensionOrganizationUID != "1.2.3.4"
    assert "DimensionDescriptionLabel" not in kept


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["DERIVED", "PRIMARY", "PERFUSION", "RCBF"], ["DERIVED", "PRIMARY", "PERFUSION", "RCBF"]),
        (["ORIGINAL", "PRIMARY", "OKONKWO", "NORM"], ["ORIGINAL", "PRIMARY", "OTHER", "NORM"]),
        (["DERIVED", "SECONDARY", "OKONKWO"], ["DERIVED", "SECONDARY", "OTHER"]),
        (["OKONKWO", "PRIMARY", "AXIAL"], None),
        (["DERIVED", "OKONKWO", "AXIAL"], None),
    ],
)
def test_a_word_of_the_image_type_stays_in_its_place(before: list[str], after: list[str] | None) -> None:
    ds = Dataset()
    ds.ImageType = before
    assert rebuilt(ds).get("ImageType") == after


def test_what_an_object_must_have_is_there_as_a_dummy_or_empty() -> None:
    ds, segment = Dataset(), Dataset()
    segment.SegmentNumber, segment.SegmentLabel = 1, "Okonkwo"
    ds.Manufacturer, ds.ManufacturerModelName, ds.SoftwareVersions = (
        "Okonkwo Ltd.",
        "Okonkwo 3",
        ["1", "Okonkwo"],
    )
    ds.ContentLabel, ds.ContentDescription, ds.StackID = "OKONKWO", "", "Okonkwo"
    ds.AcquisitionContextSequence = Sequence([code("1", "99ACME", "Okonkwo")])
    ds.SegmentSequence = Sequence([segment])
    made = rebuilt(ds)
    assert "OKONKWO" not in str(made).upper()
    texts = (
        made.Manufacturer,
        made.ManufacturerModelName,
        made.SoftwareVersions,
        made.ContentLabel,
        made.StackID,
    )
    assert {*texts, made.SegmentSequence[0].SegmentLabel} == {"REMOVED"}
    assert (made.ContentDescription, len(made.AcquisitionContextSequence)) == (None, 0)


@pytest.mark.parametrize(
    ("unit", "meaning"),
    [("ml/100ml/s", "ml/100ml/s"), ("mm2/s", "mm2/s"), ("okonkwo/s", None), ("1234567", None)],
)
def test_a_composed_unit_is_its_own_meaning(unit: str, meaning: str | None) -> None:
    measured = Dataset()
    measured.NumericValue, measured.MeasurementUnitsCodeSequence = (
        "1",
        Sequence([code(unit, "UCUM", "Okonkwo")]),
    )
    ds = Dataset()
    ds.MeasuredValueSequence = Sequence([measured])
    units = rebuilt(ds).MeasuredValueSequence[0].get("MeasurementUnitsCodeSequence")
    assert (units[0].CodeMeaning if units else None) == meaning
