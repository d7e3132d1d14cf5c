"""The view log: what one session was shown of one item, in order, at a few bytes an event; enough to draw each frame again.

A segment is a JSON line (`Head`) and events. Each event begins with a varint whose two lowest bits are its kind; of
a frame the others say what differs, of a drawn one how many frames ago it was sent:

    0 frame    handed to the socket: only what differs from the frame before is written (`viewstate`)
    1 drawn    the client drew a frame
    2 gone     the picture was taken away
              or the value of a pixel was told: which frame's, column and row
    3 carried  the first event of a segment whose picture still stands from the segment before: coded as a frame

Times are steps in milliseconds from the event before. A segment is read without any other one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from gateway.errors import Invalid
from gateway.stream.compact import Reader, put_count, put_step
from gateway.stream.viewstate import Shown, ViewState
from viewer.errors import ViewerError

VERSION = 1
TRACE_BYTES = 4  # of each frame: enough to find the one that is not the same when a session is drawn again
_FRAME, _DRAWN, _GONE, _CARRIED = range(4)
_VALUE = 8  # of `_GONE`: no pane has that number
_KIND = 0b11


class Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What holds for a whole segment.

    `order` names the item's frames in their order, `controls` what they are drawn under: the first 32 hex digits of
    the SHA-256 of each. `at`: UTC milliseconds, from which the first event's time counts.
    """

    v: int
    session: str
    item: str
    order: str
    controls: str
    at: int


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """Frame `seq` was drawn; `at`: UTC milliseconds."""

    seq: int
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The picture was taken away, or another item's came: of one pane, or of all. `at`: UTC milliseconds."""

    at: int
    pane: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The exact value of the pixel at (`column`, `row`), from 0, of frame `seq` was told; `at`: UTC milliseconds."""

    seq: int
    column: int
    row: int
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A picture that stood when the segment began: it was sent in the segment before."""

    shown: Shown


Entry = Shown | Drawn | Gone | Told | Carried


class Writer:
    """Writes one segment. `data` is all of it; `take` gives what came since the last call, to be made durable."""

    def __init__(self, head: Head, standing: Iterable[Shown] = ()) -> None:
        self.head = head
        self.data = bytearray(msgspec.json.encode(head) + b"\n")
        self._state = ViewState(head.item)
        self._at = head.at
        self._taken = 0
        for shown in standing:
            self._show(_CARRIED, msgspec.structs.replace(shown, at=head.at))

    def take(self) -> bytes:
        """What was written since the last call."""
        new = bytes(self.data[self._taken :])
        self._taken = len(self.data)
        return new

    def frame(self, shown: Shown) -> None:
        """A frame was handed over."""
        self._show(_FRAME, shown)

    def drawn(self, drawn: Drawn) -> None:
        """A frame stood on screen; one that was sent before this segment counts for the segment before."""
        ago = self._state.seq - drawn.seq
        if ago >= 0:
            put_count(self.data, _DRAWN | ago << 2)
            self._step(drawn.at)

    def gone(self, gone: Gone) -> None:
        """The picture went."""
        put_count(self.data, _GONE | (0 if gone.pane is None else gone.pane + 1) << 2)
        self._step(gone.at)

    def told(self, told: Told) -> None:
        """A value was told."""
        put_count(self.data, _GONE | _VALUE << 2)
        self._step(told.at)
        for number in (told.seq, told.column, told.row):
            put_count(self.data, number)

    def _show(self, kind: int, shown: Shown) -> None:
        flags, body = self._state.put(shown)
        put_count(self.data, kind | flags << 2)
        self._step(shown.at)
        self.data += shown.trace
        self.data += body

    def _step(self, at: int) -> None:
        put_step(self.data, at - self._at)
        self._at = at


def read(data: bytes) -> tuple[Head, list[Entry]]:
    """A segment's head and its events. Errors: Invalid if `data` is none that `Writer` made."""
    line, found, rest = data.partition(b"\n")
    try:
        head = msgspec.json.decode(line, type=Head)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Invalid("a record of what was shown is damaged") from error
    if not found or head.v != VERSION:
        raise Invalid("a record of what was shown is of another version")
    try:
        return head, list(_entries(head, Reader(rest)))
    except ViewerError as error:  # a frame that no renderer would have made
        raise Invalid("a record of what was shown is damaged") from error


def _entries(head: Head, reader: Reader) -> Iterator[Entry]:
    state, at = ViewState(head.item), head.at
    while not reader.done:
        tag = reader.count()
        at += reader.step()
        match tag & _KIND:
            case 1:  # _DRAWN
                yield Drawn(seq=state.seq - (tag >> 2), at=at)
            case 2 if tag >> 2 == _VALUE:  # _GONE
                yield Told(seq=reader.count(), column=reader.count(), row=reader.count(), at=at)
            case 2:
                yield Gone(at=at, pane=(tag >> 2) - 1 if tag >> 2 else None)
            case kind:
                shown = state.get(tag >> 2, reader, at=at, trace=reader.take(TRACE_BYTES))
                yield shown if kind == _FRAME else Carried(shown=shown)


def standing(entries: list[Entry]) -> dict[int, Shown]:
    """Pane -> the frame that is on screen there after `entries`, as far as the client said."""
    sent: dict[int, Shown] = {}
    on_screen: dict[int, Shown] = {}
    for entry in entries:
        match entry:
            case Shown():
                sent[entry.seq] = entry
            case Carried(shown=shown):
                sent[shown.seq] = on_screen[shown.view.pane] = shown
            case Drawn(seq=seq) if seq in sent:
                on_screen[sent[seq].view.pane] = sent[seq]
            case Gone(pane=pane):
                for name in [name for name in on_screen if pane in {None, name}]:
                    del on_screen[name]
            case Drawn() | Told():
                pass
    return on_screen
