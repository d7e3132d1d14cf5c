"""Tables: under a heading that is a label, each cell is its value, whatever words stand in it."""

import re
from collections.abc import Iterator

from viewer.masking.prose.labels import label_of
from viewer.masking.prose.span import Span
from viewer.masking.prose.surrogates import SURROGATE

_LEAST_COLUMNS = 2
_MOST_CELL = 120  # characters: more is no value but a text
_MOST_HEADING = 60
_LETTER = re.compile(r"[^\W_]")
_CELLS = {
    mark: re.compile(
        rf'"(?:[^"\n]|"")*"|[^{re.escape(mark)}"\n][^{re.escape(mark)}\n]*|(?<={re.escape(mark)})(?={re.escape(mark)})'
    )
    for mark in ("\t", "|", ";", ",")
}


def find_columns(text: str) -> Iterator[Span]:
    """The cells of every table whose heading names a person, a place, a number or a date.

    A table is a line of short headings between tabs, bars, semicolons or commas, and the lines below it with as many cells.
    """
    headings: dict[int, Span] = {}
    mark, count, start = "", 0, 0
    for line in text.splitlines(keepends=True):
        if not count or len(cells := _cells(line, mark)) != count:
            mark, headings = _headings(line)
            count = len(_cells(line, mark)) if headings else 0
        else:
            for number, heading in headings.items():
                begin, end = cells[number]
                is_value = end - begin <= _MOST_CELL and _LETTER.search(line, begin, end)
                if is_value and not SURROGATE.search(line, begin, end):
                    yield Span(start=start + begin, end=start + end, kind=heading.kind)
        start += len(line)


def _headings(line: str) -> tuple[str, dict[int, Span]]:
    """What separates the cells of `line`, if they are headings, and those of its cells that are labels."""
    for mark in _CELLS:
        cells = _cells(line, mark) if mark in line else []
        names = [line[begin:end].strip(" \"'*") for begin, end in cells]
        if len(names) < _LEAST_COLUMNS or any(
            not name or len(name) > _MOST_HEADING or ":" in name for name in names
        ):
            continue
        found = {
            number: Span(start=cells[number][0], end=cells[number][1], kind=kind)
            for number, name in enumerate(names)
            if (kind := label_of(name)) is not None
        }
        if found:
            return mark, found
    return "", {}


def _cells(line: str, mark: str) -> list[tuple[int, int]]:
    """Where the cells of `line` stand. A bar at its ends opens and closes it."""
    if not mark:
        return []
    cells = [_trimmed(line, *match.span()) for match in _CELLS[mark].finditer(line.rstrip("\r\n"))]
    return [(begin, end) for begin, end in cells if begin < end] if mark == "|" else cells


def _trimmed(line: str, begin: int, end: int) -> tuple[int, int]:
    """Without the spaces at its ends."""
    cell = line[begin:end]
    return begin + len(cell) - len(cell.lstrip()), max(end - len(cell) + len(cell.rstrip()), begin)
