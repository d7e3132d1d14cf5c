"""Structured identifiers in text: masked, everything else left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.errors import UnreadableFile
from viewer.masking.prose.surrogates import SURROGATE, numbered
from viewer.masking.text import mask_text, prepare, read_text

prepare()  # so that no single example pays for the model

MASKED = [
    ("write to jane.doe+x@mail.example.org today", "write to [e-mail] today"),
    ("see https://example.org/a?b=1 or www.example.org", "see [web address] or [web address]"),
    (
        "from 192.168.10.254 and 2001:db8:85a3:0:0:8a2e:370:7334",
        "from [network address] and [network address]",
    ),
    ("SSN 123-45-6789.", "SSN [social security number]."),
    ("SSN 123-45-6789 for the test", "SSN [social security number] for the test"),
    ("License plate 123 FOR was seen", "License plate [number] was seen"),
    ("seen 2024-03-05, 5/3/24 and 05.03.2024", "seen [date], [date] and [date]"),
    ("seen on March 5, 2024 and 5 March 2024", "seen on [date] and [date]"),
    ("el 12 de marzo de 2019", "el [date]"),
    ("in March 2024", "in [date]"),
    ("call +1 (555) 123-4567 or 555 123 4567", "call [phone or number] or [phone or number]"),
    ("zip 90210", "zip [postal code]"),
    ("device AB12C345", "device [number]"),
    ("Name: Jane Doe", "Name: [person]"),
    ("MRN: A-77; next", "MRN: [number]; next"),
    ("Seen by Dr. Fenwick-Ruiz today", "Seen by [person] today"),
    ("a 93-year-old man", "a [age over 89]-year-old man"),
    ("a 45-year-old man", "a [age 40-49]-year-old man"),
    ("split 55\u200b5-12\u200b3-45\u200b67 here", "split [phone or number] here"),
    ("dash 123\u201145\u20116789", "dash [social security number]"),
    (
        "full width 123-45-6789".translate({c: c + 0xFEE0 for c in b"0123456789-"}),
        "full width [social security number]",
    ),
    ("card 4111 1111 1111 1111", "card [card number]"),
    ("IBAN GB82 WEST 1234 5698 7654 32", "IBAN [bank account]"),
    ("She saw Ms. Okonkwo-Baptiste, MD", "She saw [person]"),
    ("SEEN BY DR. RODRIGUEZ", "SEEN BY [person]"),
    ("seen by dr. rodriguez", "seen by [person]"),
    ("Lives in Zwolle and works at Bloggs Ltd.", "Lives in [place] and works at [organization]"),
]
MASKED += [
    ("weight,name,note\n70,Young,well\n80,Price,ill", "weight,name,note\n70,[person],well\n80,[person],ill"),
    ("Last_Name\tMRN\r\nPrice\tA1\r\n", "Last_Name\tMRN\r\n[person]\t[number]\r\n"),
    ("| Name | Weight |\n|---|---|\n| Will Young | 70 |", "| Name | Weight |\n|---|---|\n| [person] | 70 |"),
    ("<p>Mr.&nbsp;Young was seen</p>", "<p>[person] was seen</p>"),
    ('{"note": "Seen by Dr. Price\\nand well"}', '{"note": "Seen by [person]\\nand well"}'),
    ("It was read by Dr.\nPrice today", "It was read by [person] today"),
    ("She saw Mr. Ander-\nson today", "She saw [person] today"),
    ("on the  5th  of  March  2024 it rained", "on the  [date] it rained"),
]
KEPT = [
    "blood pressure 120/80, pulse 72, 37.5 degrees",
    "a mass of 12 x 34 mm in segment 4",
    "he may return in 3 weeks",
    "T1 and T2 weighted, 1.5 T",
    "BP 142/86, HR 78, RR 16, T 98.6 F, SpO2 97% on RA",
    "GCS 15, strength 4/5 in LUE, reflexes 2+",
    "Parkinson disease, a Foley catheter and Bell's palsy",
    "Patient denies chest pain; they weren't short of breath.",
    "Metformin 1000 mg PO BID with meals.",
    "HISTORY OF PRESENT ILLNESS: CHEST PAIN",
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
            *(
                "\t",
                "\r",
                "\r\n",
                "&nbsp;",
                "&#233;",
                "\\u0041",
                "\\par ",
                "{",
                "e\u0301",
                "\u200b",
                "-\n",
                "\u00a0",
                "Name,DOB\n",
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


def test_the_roster_comes_first_and_ignores_case_line_breaks_and_small_slips() -> None:
    result = mask_text(
        "Seen: JANE\n  DOE and Jane; mrs fenwik was away.", ["Jane Doe", "Jane", "Fenwick", ""]
    )
    assert result.text == "Seen: [person] and [person]; [person] was away."


def test_a_known_number_is_found_in_any_punctuation() -> None:
    assert mask_text("number 12.34", ["1234"]).text == "number [number]"


@pytest.mark.parametrize("word", ["Grace", "Frank", "Maria", "John"])
@pytest.mark.parametrize(
    "frame", ["We spoke to {}.", "{}: I am well.", "Daughter {} was there.", "Her name is {}."]
)
def test_names_that_are_words_too(word: str, frame: str) -> None:
    assert word not in mask_text(frame.format(word)).text


def test_numbers_tell_people_apart_and_stay_the_same_for_one_subject() -> None:
    numbering = numbered(bytes(32), "somebody")
    once = mask_text("Dr. Okonkwo met Dr. Baptiste and Dr. Okonkwo.", (), numbering).text.split("[person ")[
        1:
    ]
    assert once[0][:4] == once[2][:4] != once[1][:4]
    other = mask_text("Dr. Okonkwo was there.", (), numbered(bytes(32), "somebody else")).text
    assert other.split("[person ")[1][:4] != once[0][:4]


@given(st.text(max_size=200) | FRAGMENTS)
def test_spans_are_in_order_apart_and_what_was_replaced(text: str) -> None:
    masked = mask_text(text)
    ends = [0]
    for span in masked.spans:
        assert ends[-1] <= span.start < span.end <= len(text)
        ends.append(span.end)
    starts = [span.start for span in masked.spans] + [len(text)]
    assert masked.text.startswith(text[: starts[0]])
    assert masked.text.endswith(text[ends[-1] :])


@given(st.text(max_size=200) | FRAGMENTS)
def test_what_is_outside_the_spans_stands_in_the_masked_text(text: str) -> None:
    masked = mask_text(text)
    place = end = 0
    for span in masked.spans:
        kept = text[end : span.start]
        assert masked.text.startswith(kept, place)
        place, end = masked.text.index("]", place + len(kept)) + 1, span.end
    assert masked.text[place:] == text[end:]


@given(st.text(max_size=200) | FRAGMENTS)
def test_what_was_masked_stays_masked(text: str) -> None:
    once = mask_text(text, ["Jane Doe"])
    again = mask_text(once.text, ["Jane Doe"])
    for surrogate in SURROGATE.findall(once.text):
        assert surrogate in again.text


@given(FRAGMENTS)
def test_no_long_run_of_digits_survives(text: str) -> None:
    masked = mask_text(text).text
    assert "5551255512" not in masked.replace("-", "").replace(".", "").replace(" ", "").replace("(", "")


@pytest.mark.parametrize(
    "piece", ["1", "a", "a.a@", "name: ", "1 1-", "Mr. A ", "www.", "a1", "may ", "1:", "5/"]
)
def test_time_is_linear(piece: str) -> None:
    mask_text(piece * 20_000)  # quadratic would be minutes, and the test's limit is not


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("é".encode(), "é"),
        ("é".encode("utf-8-sig"), "é"),
        ("é".encode("utf-16"), "é"),
        (b"caf\xe9\r\nb\rc\x0bd", "café\nb\nc\nd"),
    ],
)
def test_read_text(data: bytes, text: str) -> None:
    assert read_text(data) == text


def test_nul_is_no_text() -> None:
    with pytest.raises(UnreadableFile):
        read_text(b"a\0b")


FOREIGN = [
    (
        "El paciente, varón de 47 años, vive en Lugo y no presenta dolor. Remitido por: Pilar Rosa Bueno",
        "47 Lugo Pilar Rosa Bueno",
    ),
    (
        "La paciente fue vista en la consulta. C/ Olivo 5, 2º B. Responsable clínico: Jorge Campo.",
        "Olivo 2º Jorge Campo",
    ),
    (
        "Der Patient wurde am 3. Mai von Frau Fischer gesehen und ist seit März nicht mehr bei uns.",
        "Fischer März",
    ),
    (
        "Die Ehefrau, Rose Winter, ist nicht mit dem Patienten gekommen. Hausarzt: Dr. med. Klein",
        "Rose Winter Klein",
    ),
    ("Le patient est né à Tours et a été adressé par Rose Petit pour des douleurs.", "Tours Rose Petit"),
    (
        "La paziente non presenta dolore; medico curante: Dott.ssa Bianca Fontana, di 71 anni.",
        "Bianca Fontana 71",
    ),
    (
        "De patiënt is gezien door de arts. Huisarts: Jan de Boer. Hij woont in Zee en is 54 jaar oud.",
        "Boer Zee 54",
    ),
    (
        "O paciente não apresenta dor. Encaminhado por: Rosa Branca Pereira. Reside em Faro desde maio.",
        "Rosa Branca Faro maio",
    ),
]


@pytest.mark.parametrize(("text", "gone"), FOREIGN)
def test_names_that_are_words_in_other_languages(text: str, gone: str) -> None:
    masked = mask_text(text).text
    assert [word for word in gone.split() if word in masked] == []


@pytest.mark.parametrize(
    "piece", ["C/ A ", "Remitido por: A ", "hija A ", "nº 1 ", "n° 1-", "Ctra a ", "el año ", "de la A "]
)
def test_time_is_linear_in_other_languages(piece: str) -> None:
    mask_text("El paciente no presenta dolor y fue dado de alta. " + piece * 10_000)


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("Seen 04/0 4/21 in clinic.", "04/0 4/21"),
        ("Seen 16 Jun 20 2 7 in clinic.", "16 Jun 20 2 7"),
        ("He is 9 4 years old.", "9 4"),
        ("Account GB82 WEST 1234 5698 765 4 32 closed.", "GB82 WEST 1234 5698 765 4 32"),
        ("Write to laurie74 @example.com today.", "laurie74 @example.com"),
        ("Host 2001:db8:2e3b:c7d2:35 7b:312e:b5a2:205f down.", "2001:db8:2e3b:c7d2:35 7b:312e:b5a2:205f"),
    ],
)
def test_numbers_that_spaces_break_are_masked_whole(text: str, broken: str) -> None:
    start, end = text.index(broken), text.index(broken) + len(broken)
    covered = {place for span in mask_text(text).spans for place in range(span.start, span.end)}
    assert all(place in covered for place in range(start, end) if text[place].isalnum())


def test_measurements_side_by_side_stay() -> None:
    text = "Sizes 3 4 mm and 5 6 cm, 2 of 3 in 1 2 / 3."
    assert [text[span.start : span.end] for span in mask_text(text).spans] == []
