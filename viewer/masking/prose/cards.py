"""Lines of a letterhead or visiting card: what stands under a name, or between two masked lines, belongs to it."""

import re
from collections.abc import Iterator

from viewer.masking.prose.span import Kind, Span

_LINE = re.compile(r"[^\n]+")
_LETTER = re.compile(r"[^\W_]")
_NAMES = frozenset({Kind.PERSON, Kind.UNKNOWN, Kind.ORGANIZATION})
_NAME = re.compile(r"[\W_]{0,6}(?:[^\W\d_][\w'.-]*[ ,]{0,2}){1,5}[ ]{0,2}")
_ROLE = re.compile(r"[\W_]{0,6}[^\W\d_][^\W\d_]*(?:[ ,'/&-]{1,2}[^\W\d_]+){0,6}[ ]{0,2}")


def find_roles(spans: list[Span], text: str) -> Iterator[Span]:
    """The short lines, without a colon or a full stop, that stand under a line which is a name, or between masked lines."""
    covered = bytearray(len(text))
    kinds: dict[int, Kind] = {}
    for span in spans:
        covered[span.start : span.end] = b"\1" * (span.end - span.start)
        kinds[span.start] = span.kind
    lines = [match for match in _LINE.finditer(text) if _LETTER.search(match[0])]
    masked = [_masked(match, covered) for match in lines]
    for place, line in enumerate(lines):
        if masked[place] or not _ROLE.fullmatch(line[0]) or place == 0 or not masked[place - 1]:
            continue
        above = lines[place - 1]
        name = _NAME.fullmatch(above[0]) and any(
            kinds.get(at) in _NAMES for at in range(above.start(), above.end())
        )
        if name or (place + 1 < len(lines) and masked[place + 1]):
            yield Span(
                start=line.start() + len(line[0]) - len(line[0].lstrip(" ?*-")),
                end=line.end(),
                kind=Kind.TITLE,
            )


def _masked(line: re.Match[str], covered: bytearray) -> bool:
    """Whether all its letters are."""
    return all(covered[line.start() + match.start()] for match in _LETTER.finditer(line[0]))
