"""Structured identifiers in narrative text: masked by pattern, each replaced by its kind in brackets.

This is the first of the passes that narrative text needs: names and places are found by the roster, by labels and
by titles only, which is why text is always held for a person.
"""

import codecs
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from viewer.errors import UnreadableFile

MAX_KNOWN = 1_000  # names and numbers of a roster
_MAX_PASSES = 5  # a replacement can bring another match to light beside it

_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?|januar|februar|märz|mai|juni|juli|oktober|dezember|enero|febrero|marzo|abril"
    "|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|janvier|février|mars|avril|juin|juillet"
    "|août|septembre|octobre|novembre|décembre"
)
_DAY = r"(?<!\d)\d{1,2}(?:st|nd|rd|th|\.)?"
_YEAR = r"(?:[12]\d{3}|'\d{2})"
_LABELS = (
    r"(?:patient(?:'s)?|first|last|full|family|given|mother's maiden)?[ \t]?names?"
    r"|patient(?: id)?|pt|id|mrn|ssn|npi|dob|d\.o\.b\.?|date of birth|born|next of kin|emergency contact"
    r"|(?:home |street |postal )?address|city|zip(?: code)?|phone|telephone|tel|mobile|cell|fax|e-?mail"
    r"|(?:(?:medical |patient )?record|account|accession|policy|licen[cs]e)(?: (?:number|no\.?|id))?"
    r"|insurance(?: id)?|employer|hospital|clinic|(?:electronically )?signed(?: by)?|dictated by"
    r"|(?:attending|referring|primary care|ordering)?[ \t]?(?:physician|doctor|provider)|radiologist"
    r"|nombre|apellidos|domicilio|nhc|localidad|médico|nom|prénom|adresse|geburtsdatum|vorname|nachname"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pattern:
    name: str
    replacement: str  # `\g<keep>` stands for what stays before it
    pattern: re.Pattern[str]
    holds: Callable[[str], bool] = bool


def _digits_at_least(least: int) -> Callable[[str], bool]:
    return lambda found: sum(character.isdigit() for character in found) >= least


def _make(name: str, replacement: str, pattern: str, holds: Callable[[str], bool] = bool) -> _Pattern:
    compiled = re.compile(pattern, re.IGNORECASE)
    return _Pattern(name=name, replacement=replacement, pattern=compiled, holds=holds)


# In this order: a later pattern sees what the earlier ones left. Each is linear in the length of the text.
_PATTERNS = (
    _make(
        "Labelled",
        r"\g<keep>[withheld]",
        rf"(?P<keep>(?:^|(?<=[\s(,;|]))(?=[^\n:=#]{{1,40}}[:=#])(?:{_LABELS})[ \t]?[:=#][ \t]*)"
        r"[^\s;|](?:[^\n;|\t ]|[ ](?![ ]))*",
    ),
    _Pattern(
        name="Labelled",
        replacement=r"\g<keep>[person]",
        pattern=re.compile(
            r"(?P<keep>\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Sr|Sra|Dra|Don|Doña|Herr|Frau|Mme|Mlle)\b\.?[ ]+)"
            r"[^\W\d_a-z][\w'\u2019.-]*(?:[ ]+(?:(?:de|del|la|van|von|der)[ ]+)?[^\W\d_a-z][\w'\u2019.-]*){0,3}"
        ),
    ),
    _make("Email", "[e-mail]", r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"),
    _make("Url", "[web address]", r"(?:\b[a-z][a-z0-9+.-]{1,15}://|\bwww\.)[^\s<>\"\]]+"),
    _make("Address", "[network address]", r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\d)"),
    _make("Address", "[network address]", r"(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}:?[0-9a-f]{1,4}(?![\w:])"),
    _make("SocialSecurity", "[social security number]", r"(?<![\d-])\d{3}[- ]\d{2}[- ]\d{4}(?![\d-])"),
    _make(
        "Date",
        "[date]",
        r"(?<!\d)(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d{2}))(?!\d)",
    ),
    _make(
        "Date",
        "[date]",
        rf"{_DAY}[ -]?(?:de |of )?(?:{_MONTHS})\b\.?(?:[ ,-]{{0,2}}(?:de |del )?{_YEAR})?(?!\d)",
    ),
    _make(
        "Date",
        "[date]",
        rf"\b(?=[jfmasonde])(?:{_MONTHS})\b\.?,?[ -]"
        rf"(?:\d{{1,2}}(?:st|nd|rd|th)?\b(?:,? ?{_YEAR})?|(?:de |del |of )?{_YEAR})(?!\d)",
    ),
    _make(
        "Date",
        "[age over 89]",
        r"(?<![\d.])(?:9\d|1[0-4]\d)[ -]?(?:years?|yrs?\.?|y/?o|años?|ans|jahre|jährig)\b(?:[ -](?:old|of age))?",
    ),
    _make(
        "Phone",
        "[phone or number]",
        r"(?<!\w)(?:\+|\()?\d{1,5}\)?(?:[ ./-]{0,2}\(?\d{2,5}\)?){1,5}(?!\w)",
        _digits_at_least(7),
    ),
    _make("LongNumber", "[number]", r"\d(?:[ .-]?\d){4,}"),
    _make("LongNumber", "[number]", r"\b(?=(?:[^\W\d_]*\d){3})(?=\d*[^\W\d_])[^\W_]{6,}\b"),
)
# Invisible characters could split a number in two.
_REMOVED = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_DASHES = re.compile("[\u2010-\u2015\u2212]")


def read_text(data: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 with a byte order mark, or Windows-1252.

    Errors: UnreadableFile if it holds NUL bytes: that is no text.
    """
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    if "\0" in text:
        raise UnreadableFile("it is not a text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedText:
    """Text with its identifiers replaced, and how many passages by pattern."""

    text: str
    counts: dict[str, int]


def mask_text(text: str, known: Iterable[str] = ()) -> MaskedText:
    """Every passage that a pattern or a `known` value (of the roster) finds, replaced by its kind in brackets."""
    text = _DASHES.sub("-", _SPACES.sub(" ", _REMOVED.sub("", text)))
    counts: Counter[str] = Counter()
    patterns = (*_roster(known), *_PATTERNS)
    for _ in range(_MAX_PASSES):
        before = text
        for pattern in patterns:
            text = _replace(pattern, text, counts)
        if text == before:
            break
    return MaskedText(text=text, counts={name: count for name, count in sorted(counts.items()) if count})


def _roster(known: Iterable[str]) -> tuple[_Pattern, ...]:
    stripped = {value.strip() for value in known}
    values = sorted((value for value in stripped if len(value) > 1), key=len, reverse=True)[:MAX_KNOWN]
    if not values:
        return ()
    either = "|".join(r"\s+".join(re.escape(word) for word in value.split()) for value in values)
    return (_make("Known", "[person]", rf"(?<!\w)(?:{either})(?!\w)"),)


def _replace(pattern: _Pattern, text: str, counts: Counter[str]) -> str:
    def replaced(match: re.Match[str]) -> str:
        if not pattern.holds(match[0]):
            return match[0]
        made = match.expand(pattern.replacement)
        counts[pattern.name] += made != match[0]
        return made

    return pattern.pattern.sub(replaced, text)
