"""What a session was shown of an item, as it is kept: segments of the view log (`stream.viewlog`), pieces of an open one, and terms."""

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from gateway.errors import StoreError
from gateway.stream.viewlog import Head, read
from gateway.stream.viewstate import Shown

MAX_SEGMENT_BYTES = 4 * 1024 * 1024  # inflated; a live segment is closed at a few KiB
_HEAD_START = b"{"  # a piece of the tail that begins a segment; no event begins with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """What segments name by `id`, which is taken from the content's SHA-256."""

    id: str
    content: bytes

    @classmethod
    def of(cls, content: bytes) -> "Term":
        """The term that stands for `content`."""
        return cls(id=hashlib.sha256(content).hexdigest()[:32], content=content)


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a session's open segment. `writer`: the run of a server that wrote it; `number` rises from piece to piece."""

    session: str
    writer: str
    number: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """What `session` was shown of `item` from `began` to `ended` (UTC seconds): frames `first` to `last`.

    `exact`: how many of its `frames` were lossless. `data`: as `viewlog.Writer` wrote it.
    `audit_index`: of the leaf that holds its digest; None before it is sealed.
    """

    session: str
    item: str
    first: int
    last: int
    frames: int
    exact: int
    began: float
    ended: float
    data: bytes
    audit_index: int | None = None


def packed(segment: Segment) -> bytes:
    """The segment as it is kept: deflated."""
    return zlib.compress(segment.data, 9)


def inflated(data: bytes) -> bytes:
    """What `packed` deflated. Errors: StoreError if it is damaged or longer than a segment is."""
    inflater = zlib.decompressobj()
    try:
        whole = inflater.decompress(data, MAX_SEGMENT_BYTES)
    except zlib.error as error:
        raise StoreError("a record of what was shown is damaged") from error
    if not inflater.eof:
        raise StoreError("a record of what was shown is damaged")
    return whole


def segment_of(data: bytes) -> Segment:
    """The segment that `data` is. Errors: Invalid."""
    head, entries = read(data)
    shown = [entry for entry in entries if isinstance(entry, Shown)]
    times = [entry.at for entry in entries if hasattr(entry, "at")]
    return _of(head, data, shown, times)


def _of(head: Head, data: bytes, shown: Sequence[Shown], times: Sequence[int]) -> Segment:
    return Segment(
        session=head.session,
        item=head.item,
        first=shown[0].seq if shown else 0,
        last=shown[-1].seq if shown else 0,
        frames=len(shown),
        exact=sum(each.exact for each in shown),
        began=head.at / 1000,
        ended=max((head.at, *times)) / 1000,
        data=data,
    )


def assembled(pieces: Iterable[Piece]) -> list[tuple[Segment, Piece]]:
    """The open segments that `pieces` are, in order, and the last piece of each."""
    found: list[list[Piece]] = []
    for piece in pieces:
        if piece.data.startswith(_HEAD_START):
            found.append([])
        found[-1].append(piece)
    return [(segment_of(b"".join(piece.data for piece in of_one)), of_one[-1]) for of_one in found]
