"""Identifiers whose digits are broken by spaces, as scanned and dictated texts have them: `04/0 4/21`, `GB7 6XEPE110 4256`."""

import re
from collections.abc import Iterator
from dataclasses import replace

from viewer.masking.prose.patterns import find_patterns
from viewer.masking.prose.span import Kind, Span

_GAP = re.compile(
    r"(?<=\d) (?=[\d/.:,@-])|(?<=\d[/.:-]) (?=\d)|(?<=:\d{2}) (?=[\da-f]{1,2}:)|(?<=:\d{3}) (?=[\da-f]:)"
)
_KINDS = frozenset(
    {Kind.DATE, Kind.AGE, Kind.IBAN, Kind.PHONE, Kind.EMAIL, Kind.NETWORK}
)  # of a certain form


def find_broken(text: str) -> Iterator[Span]:
    """What a pattern matches once the single spaces between digits are closed, and did not before."""
    gaps = [match.start() for match in _GAP.finditer(text)]
    if not gaps:
        return
    dropped = set(gaps)
    at = [place for place in range(len(text)) if place not in dropped]
    closed = "".join(text[place] for place in at)
    for span in find_patterns(closed):
        start, end = at[span.start], at[span.end - 1] + 1
        if span.kind in _KINDS and end - start > span.end - span.start:
            yield replace(span, start=start, end=end)
