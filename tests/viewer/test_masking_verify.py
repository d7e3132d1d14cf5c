"""What of an old header still stands in a result is named; what every result says is not taken for it."""

import numpy as np
import pytest

from tests.viewer import dicom_files
from viewer.imaging.reading import read
from viewer.masking.applying import DicomSource, apply
from viewer.masking.header import OWN_TEXTS
from viewer.masking.profile import BASIC
from viewer.masking.pseudonyms import derive_keys
from viewer.masking.verify import left_over
from viewer.masking.writing import to_dicom

KNOWN = (("PatientName", "QUENBY^FENWICK"), ("PatientID", "4711-0815"), ("StudyID", "12"))


@pytest.mark.parametrize(
    ("content", "keywords"),
    [
        (b"nobody", ()),
        (b"..FENWICK..", ("PatientName",)),
        (b"QUENBY^FENWICK 4711-0815", ("PatientName", "PatientID")),
        ("4711-0815".encode("utf-16-le"), ("PatientID",)),
        (b"12", ()),  # stands in any pixels by chance
    ],
)
def test_a_value_that_is_left_is_named(content: bytes, keywords: tuple[str, ...]) -> None:
    assert left_over(content, KNOWN) == keywords


@pytest.mark.parametrize("name", ["REMOVED", "Basic^Annex", "Clean", "19000101"])
def test_what_every_result_says_is_nobody(name: str) -> None:
    """A file that was made anonymous before has such names; a second time they stand there is one too many."""
    source = read(
        dicom_files.encoded(
            dicom_files.dataset(np.arange(64, dtype=np.uint16).reshape(8, 8), PatientName=name, PatientID="1")
        )
    )
    masked = apply(DicomSource(dataset=source, origin=""), BASIC, derive_keys(bytes(32), ""), None)
    assert masked.header is not None
    assert masked.image is not None
    content = to_dicom(masked.header, masked.image)
    assert left_over(content, (("PatientName", name),)) == ()
    if name not in OWN_TEXTS:
        part = name.split("^", maxsplit=1)[0]
        assert left_over(content + part.encode(), (("PatientName", part),)) == ("PatientName",)


@pytest.mark.parametrize(
    ("keyword", "value", "found"),
    [
        ("InstitutionName", "TOSHIBA", ()),  # the maker's name, which stays
        ("InstitutionName", "TOSHIBA HOSPITAL", ()),
        ("DeviceSerialNumber", "00000", ()),  # of any time of day that was emptied
        ("DeviceSerialNumber", "00001", ("DeviceSerialNumber",)),
    ],
)
def test_a_value_that_is_also_a_word_of_the_allow_list_names_nobody(
    keyword: str, value: str, found: tuple[str, ...]
) -> None:
    source = dicom_files.dataset(np.zeros((8, 8), np.uint16), PatientID="1", Manufacturer="TOSHIBA_MEC")
    setattr(source, keyword, value)
    masked = apply(
        DicomSource(dataset=read(dicom_files.encoded(source)), origin=""),
        BASIC,
        derive_keys(bytes(32), ""),
        None,
    )
    assert masked.header is not None
    assert masked.image is not None
    content = to_dicom(masked.header, masked.image)
    more = b" 00001" if found else b""
    assert left_over(content + more, ((keyword, value),)) == found
    assert left_over(content + value.encode(), ((keyword, value),)) == (
        () if value == "00000" else (keyword,)
    )
