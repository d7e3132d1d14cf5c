"""Where a passage of a masked text stands in the original, and the other way; in code points, half-open.

A masked passage maps as a whole: no position inside a surrogate means one inside what it stands for.
"""

import bisect
from collections.abc import Iterable, Sequence
from typing import Annotated, NamedTuple

import msgspec

Position = Annotated[int, msgspec.Meta(ge=0, le=1 << 30)]


class Stretch(NamedTuple):
    """A masked passage: where it stood in the original, and where its surrogate stands."""

    start: Position
    end: Position
    masked_start: Position
    masked_end: Position


def stretches(spans: Iterable[tuple[int, int, int]]) -> tuple[Stretch, ...]:
    """The map of spans (start, end, length of the surrogate), in order and without overlap."""
    made, shift = [], 0
    for start, end, length in spans:
        made.append(Stretch(start, end, start + shift, start + shift + length))
        shift += length - (end - start)
    return tuple(made)


def to_original(offsets: Sequence[Stretch], start: int, end: int) -> tuple[int, int]:
    """The passage of the original that [start, end) of the masked text stands for, whole where it cuts a surrogate."""
    mirrored = [Stretch(each.masked_start, each.masked_end, each.start, each.end) for each in offsets]
    return to_masked(mirrored, start, end)


def to_masked(offsets: Sequence[Stretch], start: int, end: int) -> tuple[int, int]:
    """The passage of the masked text that stands for [start, end) of the original, whole where it cuts a masked one."""
    first, _ = _across(offsets, start)
    if end <= start:
        return first, first
    return first, _across(offsets, end - 1)[1]


def _across(offsets: Sequence[Stretch], position: int) -> tuple[int, int]:
    """The code point at `position` on the other side, or the whole passage that it belongs to."""
    index = bisect.bisect_right(offsets, position, key=lambda each: each.start) - 1
    if index < 0:
        return position, position + 1
    each = offsets[index]
    if position < each.end:
        return each.masked_start, each.masked_end
    moved = position - each.end + each.masked_end
    return moved, moved + 1
