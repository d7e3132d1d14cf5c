"""Structured identifiers in text: masked, everything else left, and twice is once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.errors import UnreadableFile
from viewer.masking.text import mask_text, read_text

MASKED = [
    ("write to jane.doe+x@mail.example.org today", "write to [e-mail] today"),
    ("see https://example.org/a?b=1 or www.example.org", "see [web address] or [web address]"),
    (
        "from 192.168.10.254 and 2001:db8:85a3:0:0:8a2e:370:7334",
        "from [network address] and [network address]",
    ),
    ("SSN 123-45-6789.", "SSN [social security number]."),
    ("seen 2024-03-05, 5/3/24 and 05.03.2024", "seen [date], [date] and [date]"),
    ("seen on March 5, 2024 and 5 March 2024", "seen on [date] and [date]"),
    ("el 12 de marzo de 2019", "el [date]"),
    ("in March 2024", "in [date]"),
    ("call +1 (555) 123-4567 or 555 123 4567", "call [phone or number] or [phone or number]"),
    ("chart 00123456", "chart [phone or number]"),
    ("zip 90210", "zip [number]"),
    ("device AB12C345", "device [number]"),
    ("Name: Jane Doe", "Name: [withheld]"),
    ("MRN: A-77; next", "MRN: [withheld]; next"),
    ("Seen by Dr. Fenwick-Ruiz today", "Seen by Dr. [person] today"),
    ("a 93-year-old man", "a [age over 89] man"),
    ("split 55\u200b5-12\u200b3-45\u200b67 here", "split [phone or number] here"),
    ("dash 123\u201145\u20116789", "dash [social security number]"),
]
KEPT = [
    "blood pressure 120/80, pulse 72, 37.5 degrees",
    "a mass of 12 x 34 mm in segment 4",
    "a 45-year-old man",
    "he may return in 3 weeks",
    "T1 and T2 weighted, 1.5 T",
]
FRAGMENTS = st.lists(
    st.sampled_from(
        [
            *(
                "Name:",
                "Dr. ",
                "Mr",
                "Jane",
                "Doe",
                "555",
                "12",
                "-",
                "/",
                ".",
                " ",
                "  ",
                "\n",
                "@",
                "www.",
                "://",
            ),
            *(
                "March",
                "2024",
                "de ",
                ",",
                "(",
                ")",
                "+",
                ":",
                ";",
                "a1b2c3",
                "mail.org",
                "[",
                "]",
                "phone",
                "#",
            ),
        ]
    ),
    max_size=30,
).map("".join)


@pytest.mark.parametrize(("text", "masked"), MASKED)
def test_masked(text: str, masked: str) -> None:
    result = mask_text(text)
    assert result.text == masked
    assert sum(result.counts.values()) == masked.count("[")


@pytest.mark.parametrize("text", KEPT)
def test_kept(text: str) -> None:
    assert mask_text(text).text == text


def test_the_roster_comes_first_and_ignores_case_and_line_breaks() -> None:
    result = mask_text("Seen: JANE\n  DOE and Jane; not Janet.", ["Jane Doe", "Jane", ""])
    assert result.text == "Seen: [person] and [person]; not Janet."
    assert result.counts == {"Known": 2}


@given(st.text(max_size=200) | FRAGMENTS)
def test_masking_is_idempotent(text: str) -> None:
    once = mask_text(text, ["Jane Doe"])
    assert mask_text(once.text, ["Jane Doe"]).text == once.text


@given(FRAGMENTS)
def test_no_long_run_of_digits_survives(text: str) -> None:
    masked = mask_text(text).text
    assert "5551255512" not in masked.replace("-", "").replace(".", "").replace(" ", "").replace("(", "")


@pytest.mark.parametrize(
    "piece", ["1", "a", "a.a@", "name: ", "1 1-", "Mr. A ", "www.", "a1", "may ", "1:", "5/"]
)
def test_time_is_linear(piece: str) -> None:
    mask_text(piece * 100_000)  # quadratic would be minutes, and the test's limit is not


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("é".encode(), "é"),
        ("é".encode("utf-8-sig"), "é"),
        ("é".encode("utf-16"), "é"),
        (b"caf\xe9\r\nb\rc", "café\nb\nc"),
    ],
)
def test_read_text(data: bytes, text: str) -> None:
    assert read_text(data) == text


def test_nul_is_no_text() -> None:
    with pytest.raises(UnreadableFile):
        read_text(b"a\0b")
