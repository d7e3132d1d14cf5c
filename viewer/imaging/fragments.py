"""Encapsulated pixel data to one codestream a frame, PS3.5 A.4: walked once, offset tables believed only where they fit."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from viewer.errors import UnreadableFile

_ITEM, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE0DD
_HEAD = struct.Struct("<HHL")
_END_OF_IMAGE = b"\xff\xd9"  # JPEG, JPEG-LS and JPEG 2000 alike


@dataclass(frozen=True, slots=True)
class Fragment:
    """Bytes [start, stop) of the value; `offset`: of its item, from the first item after the offset table."""

    offset: int
    start: int
    stop: int


def frames(value: bytes, count: int, extended: bytes | None = None) -> list[bytes]:
    """The codestreams of `value`, at most `count`; fewer where it ends early: a fragment that is cut is left out.

    `extended`: the Extended Offset Table (7FE0,0001). Errors: UnreadableFile where no item is found.
    """
    table, fragments = _walk(value)
    groups = (
        _by_offsets(fragments, _numbers(extended, 8), count)
        or _by_offsets(fragments, _numbers(table, 4), count)
        or _by_count(value, fragments, count)
    )
    return [b"".join(value[each.start : each.stop] for each in group) for group in groups[:count]]


def _walk(value: bytes) -> tuple[bytes, list[Fragment]]:
    """The Basic Offset Table, and the fragments behind it."""
    fragments: list[Fragment] = []
    table: bytes | None = None
    first = position = 0
    while position + _HEAD.size <= len(value):
        group, element, length = _HEAD.unpack_from(value, position)
        start, stop = position + _HEAD.size, position + _HEAD.size + length
        if group << 16 | element != _ITEM or stop > len(value):
            break
        if table is None:
            table, first = value[start:stop], stop
        else:
            fragments.append(Fragment(position - first, start, stop))
        position = stop
    if table is None or not fragments:
        raise UnreadableFile("the pixel data holds no compressed picture")
    return table, fragments


def _numbers(table: bytes | None, width: int) -> tuple[int, ...]:
    if not table or len(table) % width:
        return ()
    return struct.unpack(f"<{len(table) // width}{'Q' if width == 8 else 'L'}", table)


def _by_offsets(
    fragments: Sequence[Fragment], offsets: Sequence[int], count: int
) -> list[list[Fragment]] | None:
    """Fragments by the frame that an offset table puts them in; None where the table is absent or does not fit."""
    starts = {fragment.offset: number for number, fragment in enumerate(fragments)}
    edges = [starts.get(offset, -1) for offset in offsets if offset <= fragments[-1].offset]
    if len(offsets) != count or not edges or edges[0] != 0 or edges != sorted(set(edges)):
        return None
    return [list(fragments[a:b]) for a, b in zip(edges, [*edges[1:], len(fragments)], strict=True)]


def _by_count(value: bytes, fragments: list[Fragment], count: int) -> list[list[Fragment]]:
    """One frame a fragment, or all fragments one frame, or a frame up to each end-of-image marker."""
    if count == 1:
        return [fragments]
    if len(fragments) <= count:
        return [[fragment] for fragment in fragments]
    groups: list[list[Fragment]] = [[]]
    for fragment in fragments:
        groups[-1].append(fragment)
        if _END_OF_IMAGE in value[max(fragment.start, fragment.stop - 10) : fragment.stop]:
            groups.append([])
    return [group for group in groups if group]
