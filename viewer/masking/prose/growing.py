"""A name is rarely alone: the initial, the second surname, the house number and the suffix beside it go with it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from viewer.masking.prose.casing import Casing
from viewer.masking.prose.lexicon import english, words
from viewer.masking.prose.span import Kind, Span, merge

_NAMES = frozenset({Kind.PERSON, Kind.UNKNOWN, Kind.ORGANIZATION, Kind.PLACE})
_PLACES = frozenset(
    {Kind.STREET, Kind.UNKNOWN, Kind.PLACE, Kind.ZIP, Kind.PERSON, Kind.NUMBER, Kind.ORGANIZATION}
)
_PARTICLE = r"(?:(?:de|del|la|van|von|der|den|di|da|dos|al|el|bin|y|and|&)[ ])"
_RIGHT = re.compile(
    rf"(?P<gap>[ ]|-|,[ ]{_PARTICLE}?|[ ]{_PARTICLE}|'s[ ]|[ ]v\.[ ])(?P<word>[^\W\d_][\w'-]{{0,40}})(?P<dot>\.(?=[ ][^\W\d_]))?(?![\w@:/-])"
)
_LEFT = re.compile(r"(?<![\w'@-])(?P<word>[^\W\d_][\w'-]{0,40})(?P<gap>\.?[ ]|-|,[ ]|[ ](?:and|y|&)[ ])$")
_DEGREE = re.compile(
    r",?[ ](?:md|m\.d\.|do|phd|ph\.d\.|rn|np|pa-c|mbbs|facr|jr|sr|iii?|iv|esq)\b\.?", re.IGNORECASE
)
_UNITS = r"(?:mg|mcg|ug|g|kg|ml|l|mm|cm|units?|iu|meq|%|x|years?|yrs?|yo|y/o|months?|weeks?|days?|hours?|times|tabs?|tablets?|puffs?)\b"
_NUMBER_RIGHT = re.compile(
    rf"[ ,]{{1,2}}(?:n[º°o.]{{1,2}}[ ]?|u\.[ ])?\d{{1,6}}[a-z]?(?![\w:%°]|[/.,-]\d|[ -]?{_UNITS})",
    re.IGNORECASE,
)
_NUMBER_LEFT = re.compile(r"(?<![\w./:#-])(?<!\d,)(?<!\d[ ])\d{2,6}[a-z]?(?:[ ]\d{1,6})?,?[ ]$")
_STOP = words(
    """
    the a an of in on at to for from by with and or but as is was are were be has had have this that these those he she it they we
    you i his her their our my your not no yes if when while where who which what so then than also please hello hi dear see call
    phone fax tel email mobile date dob sex age mrn chart patient history exam impression findings plan assessment note
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """`taken`: the first and last place of each passage found so far."""

    text: str
    casing: Casing
    taken: frozenset[int]

    def dictated(self, span: Span) -> bool:
        """Whether an initial beside `span` may be a small letter."""
        return self.casing is Casing.LOWER or self.text[span.start : span.end].islower()


def grow(spans: Iterable[Span], text: str, casing: Casing) -> list[Span]:
    """`spans` merged, each with what belongs to it on both sides."""
    grown = merge(spans)
    for _ in range(3):  # a name of more than four words besides the one that was found is rare
        taken = frozenset(place for span in grown for place in (span.start, span.end - 1))
        more = list(_more(grown, _Text(text=text, casing=casing, taken=taken)))
        if not more:
            break
        grown = merge((*grown, *more))
    return grown


def _more(spans: list[Span], whole: _Text) -> Iterator[Span]:
    for span in spans:
        if span.kind in _NAMES:
            yield from _degree(span, whole)
            yield from _right(span, whole)
            yield from _left(span, whole)
        if span.kind in _PLACES and span.kind is not Kind.NUMBER:
            yield from _number_right(span, whole)
            yield from _number_left(span, whole)


def _degree(span: Span, whole: _Text) -> Iterator[Span]:
    match = _DEGREE.match(whole.text, span.end) if span.kind is Kind.PERSON else None
    if match is not None and match.end() - 1 not in whole.taken:
        yield Span(start=span.end, end=match.end(), kind=span.kind)


def _right(span: Span, whole: _Text) -> Iterator[Span]:
    match = _RIGHT.match(whole.text, span.end)
    if match is None or match.start("word") in whole.taken:
        return
    if (
        _after_initial(span, whole)
        or _belongs(match["word"], match["gap"], whole.casing)
        or _initial(match, whole, dictated=whole.dictated(span))
    ):
        yield Span(start=match.start("word"), end=match.end(), kind=span.kind)


def _after_initial(span: Span, whole: _Text) -> bool:
    last = whole.text[max(span.start, span.end - 3) : span.end].rsplit(maxsplit=1)[-1]
    return span.kind is Kind.PERSON and whole.dictated(span) and len(last.rstrip(".")) == 1


def _left(span: Span, whole: _Text) -> Iterator[Span]:
    match = _LEFT.search(whole.text, max(0, span.start - 40), span.start)
    if match is None or match.start("word") in whole.taken:
        return
    word, gap = match["word"], match["gap"]
    if len(word) == 1:
        full_stop = gap == ". " and word.isupper()
        letter = (
            gap in {". ", " "} and (word.isupper() or whole.dictated(span)) and word.upper() not in {"A", "I"}
        )
        belongs = full_stop or letter
    else:
        inside = gap == "-" or (gap != ". " and not _leads(whole.text, match.start()))
        named = gap in {" ", "-", ", "} and _named(word) and word[0].isupper()
        belongs = named or (inside and _belongs(word, gap, whole.casing))
    if belongs:
        yield Span(start=match.start(), end=match.end("word"), kind=span.kind)


def _leads(text: str, start: int) -> bool:
    before = text[max(0, start - 6) : start].rstrip(" \t\"'(")
    return not before or before[-1] in ".!?:;\n"


def _initial(match: re.Match[str], whole: _Text, *, dictated: bool) -> bool:
    """A single letter between two names, or one with its full stop after a name."""
    word, end = match["word"], match.end("word")
    if len(word) != 1 or match["gap"] not in {" ", ", "} or not (word.isupper() or dictated):
        return False
    if dictated and word not in "aix":
        return True
    last = end >= len(whole.text) or whole.text[end] in ".\n"
    return last or any(end + step in whole.taken for step in (1, 2))


def _belongs(word: str, gap: str, casing: Casing) -> bool:
    lower = word.lower().removesuffix("'s")
    if len(lower) < 2 or lower in _STOP:
        return False
    if casing is not Casing.MIXED:
        return _named(lower) and gap in {" ", "-", ", "}
    if not word[0].isupper():
        return gap == "-"
    return gap == "-" or gap.startswith(" ") or _named(lower)


def _named(word: str) -> bool:
    return english().given_name(word) or english().family_name(word)


def _number_right(span: Span, whole: _Text) -> Iterator[Span]:
    match = _NUMBER_RIGHT.match(whole.text, span.end)
    if match is None or match.end() - 1 in whole.taken:
        return
    if span.kind is not Kind.PERSON or whole.text[match.end() : match.end() + 1] in {"", ".", ",", "\n", ";"}:
        yield Span(start=span.end, end=match.end(), kind=Kind.STREET)


def _number_left(span: Span, whole: _Text) -> Iterator[Span]:
    match = _NUMBER_LEFT.search(whole.text, max(0, span.start - 16), span.start)
    if match is None or match.start() in whole.taken:
        return
    place = span.kind in {Kind.STREET, Kind.UNKNOWN, Kind.PLACE} or whole.text[span.start].isupper()
    if place or len(match[0]) > 3:
        yield Span(start=match.start(), end=span.start, kind=Kind.STREET)
