"""The options of PS3.15 E.3 against the published table, and what each leaves in a header."""

import json
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from viewer.errors import MaskingError
from viewer.masking.header import rebuild
from viewer.masking.options import CODES, ROWS, Option
from viewer.masking.profile import MaskingProfile, read_profile
from viewer.masking.pseudonyms import derive_keys
from viewer.masking.retaining import capped_age, cleaned, moved

KEYS = derive_keys(bytes(32), "p")
COLUMNS = {
    Option.RETAIN_UIDS: "rtnUIDsOpt",
    Option.RETAIN_DEVICE: "rtnDevIdOpt",
    Option.RETAIN_INSTITUTION: "rtnInstIdOpt",
    Option.RETAIN_PATIENT: "rtnPatCharsOpt",
    Option.RETAIN_FULL_DATES: "rtnLongFullDatesOpt",
    Option.RETAIN_MODIFIED_DATES: "rtnLongModifDatesOpt",
    Option.CLEAN_DESCRIPTORS: "cleanDescOpt",
    Option.CLEAN_STRUCTURED: "cleanStructContOpt",
}


def source() -> Dataset:
    ds = Dataset()
    ds.PatientName, ds.PatientID = "OKONKWO^ZOE", "A-77"
    ds.StudyDate, ds.StudyTime, ds.AcquisitionDateTime = "20240305", "101112", "20240305101112.5"
    ds.PatientAge, ds.PatientSex, ds.PatientWeight = "093Y", "F", "61"
    ds.StudyDescription = "CT CHEST WITH CONTRAST FOR OKONKWO, Dr. Fenwick"
    ds.DeviceSerialNumber, ds.StationName = "SN12345", "CT1 Okonkwo"
    ds.InstitutionName = "Mercy Hospital"
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.SOPInstanceUID = "1.2.3", "1.2.3.4", "1.2.3.4.5"
    block = ds.private_block(0x0019, "SIEMENS MR HEADER", create=True)
    block.add_new(0x0C, "IS", "1000")
    block.add_new(0x50, "LO", "Okonkwo")
    return ds


def made(*options: Option) -> Dataset:
    return rebuild(source(), KEYS, "subject", MaskingProfile(options=frozenset(options))).dataset


@pytest.mark.parametrize("option", COLUMNS)
def test_every_row_of_the_published_option_and_no_other(shared_data: Path, option: Option) -> None:
    rows = json.loads((shared_data / "standards" / "ps315_e1-1.json").read_text())["rows"]
    column = COLUMNS[option]
    published = {
        int(row["id"], 16): row[column]
        for row in rows
        if column in row and re.fullmatch("[0-9a-f]{8}", row["id"])
    }
    assert published == ROWS[option]


def test_without_options_nothing_of_all_that_stays() -> None:
    kept = made()
    assert not {"StudyDescription", "PatientAge", "PatientWeight"} & set(kept.dir())
    assert (kept.DeviceSerialNumber, kept.InstitutionName) == ("REMOVED", "REMOVED")
    assert kept.StudyDate is None or kept.StudyDate == ""
    assert kept.LongitudinalTemporalInformationModified == "REMOVED"
    assert [code.CodeValue for code in kept.DeidentificationMethodCodeSequence] == ["113100"]


def test_dates_move_by_one_number_of_weeks() -> None:
    kept = made(Option.RETAIN_MODIFIED_DATES)
    distance = date(2024, 3, 5) - date.fromisoformat(str(kept.StudyDate))
    assert distance.days == -7 * KEYS.weeks("subject")
    assert str(kept.AcquisitionDateTime) == f"{kept.StudyDate}101112.5"
    assert kept.StudyTime == "101112"
    assert kept.LongitudinalTemporalInformationModified == "MODIFIED"


def test_whole_dates_device_institution_uids_and_patient() -> None:
    assert made(Option.RETAIN_FULL_DATES).StudyDate == "20240305"
    device = made(Option.RETAIN_DEVICE)
    assert (device.DeviceSerialNumber, device.StationName) == ("SN12345", "CT1")
    assert made(Option.RETAIN_INSTITUTION).InstitutionName == "Mercy Hospital"
    assert made(Option.RETAIN_UIDS).StudyInstanceUID == "1.2.3"
    patient = made(Option.RETAIN_PATIENT)
    assert (patient.PatientAge, patient.PatientSex, float(patient.PatientWeight)) == ("090Y", "F", 61)


def test_descriptors_keep_listed_words_that_are_no_names() -> None:
    assert made(Option.CLEAN_DESCRIPTORS).StudyDescription == "CT CHEST WITH CONTRAST FOR Dr"


def test_safe_private_numbers_stay_with_their_creator_and_nothing_else_private() -> None:
    kept = made(Option.RETAIN_SAFE_PRIVATE)
    assert [(element.tag, element.value) for element in kept if element.tag.is_private] == [
        (0x00190010, "SIEMENS MR HEADER"),
        (0x0019100C, 1000),
    ]


def test_options_are_written_as_codes() -> None:
    codes = [
        code.CodeValue
        for code in made(*sorted(set(Option) - {Option.RETAIN_FULL_DATES})).DeidentificationMethodCodeSequence
    ]
    assert codes == [
        "113100",
        *sorted(CODES[option][0] for option in set(Option) - {Option.RETAIN_FULL_DATES}),
    ]


@pytest.mark.parametrize("option", Option)
def test_no_option_keeps_a_name_or_a_number_of_the_patient_at_any_depth(option: Option) -> None:
    ds, inner = source(), source()
    for _ in range(8):
        outer = Dataset()
        outer.FrameContentSequence = Sequence([inner])
        inner = outer
    ds.SharedFunctionalGroupsSequence = Sequence([inner])
    kept = rebuild(ds, KEYS, "subject", MaskingProfile(options=frozenset({option}))).dataset
    assert not re.search("okonkwo|A-77|ZOE", str(kept), re.IGNORECASE)


@given(st.dates(date(1900, 1, 1)), st.integers(-520, -1))
def test_a_moved_date_keeps_its_weekday(day: date, weeks: int) -> None:
    text = moved("DA", f"{day:%Y%m%d}", weeks)
    assert text is not None
    assert (day - date.fromisoformat(text)).days == -7 * weeks


@pytest.mark.parametrize(
    ("age", "kept"),
    [("045Y", "045Y"), ("089Y", "089Y"), ("090Y", "090Y"), ("101Y", "090Y"), ("011M", "011M"), ("old", None)],
)
def test_ages(age: str, kept: str | None) -> None:
    assert capped_age(age) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("T2 TSE SAG 3MM", "T2 SAG 3MM"),
        ("Smith, chest PA", "chest PA"),
        ("MRN 1234567 abdomen", "MRN abdomen"),
        ("head of OKONKVO", "head of"),
    ],
)
def test_cleaned(text: str, kept: str) -> None:
    assert cleaned(text, ("OKONKWO^ZOE",)) == kept


def test_profiles_in_toml() -> None:
    root = Path(__file__).parents[2] / "deploy" / "masking"
    profiles = {path.stem: read_profile(path.read_text("utf-8")) for path in root.glob("*.toml")}
    assert all(stem == profile.name for stem, profile in profiles.items())
    assert profiles["clinical-strict"] == MaskingProfile()
    assert Option.RETAIN_MODIFIED_DATES in profiles["research-dates"].options


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name = 'A B'",
        "name = 'a'\n[options]\nkeep-all = true",
        "name = 'a'\nx = 1",
        "name = 'a'\n[options]\nretain-longitudinal-full-dates = true\nretain-longitudinal-modified-dates = true",
    ],
)
def test_a_wrong_profile_is_one_line(text: str) -> None:
    with pytest.raises(MaskingError, match="profile") as caught:
        read_profile(text)
    assert "\n" not in str(caught.value)
