"""What is known of this person: the roster's and the header's values, looked for before anything else."""

import re
from collections.abc import Iterable, Iterator

from rapidfuzz import fuzz, process

from viewer.masking.prose.span import Kind, Span

MAX_KNOWN = 1_000  # names and numbers of a roster
_SIMILAR = 85  # per cent; below it `Maria` would be `Mario` of another family
_FUZZY_LETTERS = 5  # shorter words have too many neighbours
_WORD = re.compile(r"[^\W\d_][^\W\d_'-]*")
_NUMBER = re.compile(r"\d(?:[ ./-]?\d){3,}")


def find_known(text: str, known: Iterable[str], *, allowed: frozenset[str] = frozenset()) -> Iterator[Span]:
    """Each known value: whole in any case and spacing, its words nearly so, its digits in any punctuation.

    `allowed`: words in lower case that a value may hold without identifying anybody.
    """
    stripped = {value.strip() for value in known}
    values = sorted((value for value in stripped if len(value) > 1), key=len, reverse=True)[:MAX_KNOWN]
    if not values:
        return
    either = "|".join(r"\s+".join(re.escape(word) for word in value.split()) for value in values)
    for match in re.finditer(rf"(?<!\w)(?:{either})(?!\w)", text, re.IGNORECASE):
        yield Span(start=match.start(), end=match.end(), kind=Kind.PERSON)
    yield from _numbers(text, values)
    yield from _words(text, values, allowed)


def _numbers(text: str, values: list[str]) -> Iterator[Span]:
    numbers = {re.sub(r"\D", "", value) for value in values}
    numbers = {number for number in numbers if len(number) >= 4}
    for match in _NUMBER.finditer(text):
        if re.sub(r"\D", "", match[0]) in numbers:
            yield Span(start=match.start(), end=match.end(), kind=Kind.NUMBER)


def _words(text: str, values: list[str], allowed: frozenset[str]) -> Iterator[Span]:
    words = {word.lower() for value in values for word in _WORD.findall(value)}
    words = {word for word in words if len(word) >= 3 and word not in allowed}
    long = [word for word in words if len(word) >= _FUZZY_LETTERS]
    seen: dict[str, bool] = {}
    for match in _WORD.finditer(text):
        word = match[0].lower()
        if word not in seen:
            near = len(word) >= _FUZZY_LETTERS and word not in allowed
            seen[word] = word in words or (
                near and process.extractOne(word, long, scorer=fuzz.ratio, score_cutoff=_SIMILAR) is not None
            )
        if seen[word]:
            yield Span(start=match.start(), end=match.end(), kind=Kind.PERSON)
