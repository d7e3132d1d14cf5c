"""What an option of the profile lets stay: dates whole or moved, ages up to 89, numbers, and text that names nobody.

A person's name (VR PN) stays under no option.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydicom.uid import UID
from rapidfuzz import fuzz

from viewer.masking.options import ROWS, Option
from viewer.masking.prose.lexicon import english, listed
from viewer.masking.pseudonyms import PseudonymKeys

_DATE = re.compile(r"\d{8}")
_DATE_TIME = re.compile(r"(\d{8})(\d{0,6}(?:\.\d{1,6})?(?:[+-]\d{4})?)")
_TIME = re.compile(r"\d{2,6}(?:\.\d{1,6})?")
_AGE = re.compile(r"(\d{3})([DWMY])")
_TOKEN = re.compile(r"[^\W_]+(?:\.\d+)?")
_SIMILAR = 80  # per cent: nearer to a value of the header is taken for it
_TEXT = frozenset({"LO", "SH", "CS", "ST", "LT", "UT", "UC", "AE"})
_NUMBERS = frozenset({"IS", "DS", "US", "SS", "UL", "SL", "FL", "FD", "UV", "SV"})
_TIMES = frozenset({"DA", "TM", "DT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """`weeks`: by how much dates move, None if they go; `known`: what the header says of the person."""

    keys: PseudonymKeys
    options: frozenset[Option]
    weeks: int | None
    known: tuple[str, ...]


def retained(option: Option, tag: int, vr: str, part: object, rules: Rules) -> object | None:
    """One value of an attribute that `option` names, as it may stay; None if it may not."""
    text = str(part)
    if vr in _TIMES:
        return moved(vr, text, rules.weeks) if rules.weeks is not None else None
    if vr in _TEXT:
        clean = ROWS[option][tag] == "C" or (option is Option.RETAIN_PATIENT and vr != "CS")
        return cleaned(text, rules.known) if clean else without_known(text, rules.known)
    if vr == "AS":
        return capped_age(text)
    if vr == "UI":
        return UID(text) if option is Option.RETAIN_UIDS else None
    return part if vr in _NUMBERS else None


def moved(vr: str, value: str, weeks: int) -> str | None:
    """A DA, TM or DT value `weeks` later; a time of day as it is. None if it is not of the form."""
    value = value.strip()
    if vr == "TM":
        return value if _TIME.fullmatch(value) else None
    match = _DATE_TIME.fullmatch(value) if vr == "DT" else _DATE.fullmatch(value)
    if match is None:
        return None
    try:
        day = datetime.strptime(value[:8], "%Y%m%d")  # noqa: DTZ007 - a calendar date has no zone
        return (day + timedelta(weeks=weeks)).strftime("%Y%m%d") + value[8:]
    except (ValueError, OverflowError):
        return None


def capped_age(value: str) -> str | None:
    """An AS value, at most 90 years: 45 CFR 164.514(b)(2)(i)(C)."""
    match = _AGE.fullmatch(value.strip())
    if match is None:
        return None
    return "090Y" if match[2] == "Y" and int(match[1]) > 89 else match[0]


def without_known(text: str, known: tuple[str, ...]) -> str:
    """`text` without the words that are near to a `known` value of the header."""
    words = {part.lower() for value in known for part in _TOKEN.findall(value) if len(part) > 2}
    return _TOKEN.sub(lambda match: "" if _near(match[0].lower(), words) else match[0], text).strip()


def _near(word: str, words: set[str]) -> bool:
    return word in words or (len(word) > 3 and any(fuzz.ratio(word, each) >= _SIMILAR for each in words))


def cleaned(text: str, known: tuple[str, ...]) -> str:
    """The words of `text` that a list allows and that are no names, and numbers of up to three digits."""
    words = [match[0] for match in _TOKEN.finditer(without_known(text, known))]
    return " ".join(word for word in words if _plain(word))


def _plain(word: str) -> bool:
    lower = word.lower()
    digits = sum(character.isdigit() for character in word)
    if digits:
        return digits <= 3 and len(word) <= 6
    if lower in listed("short") or lower in listed("drugs"):
        return not english().given_name(lower)
    named = english().given_name(lower) or (english().family_name(lower) and not english().common(lower))
    return len(word) > 1 and english().allows(lower) and not named and not english().surname_first(lower)
