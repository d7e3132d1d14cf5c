"""What the stream machine asks its caller to do: values, in the order in which they are to be done.

Those of each frame are structs, which are made in a tenth of the time that a frozen dataclass takes.

    effect                    do                                            and call back, once
    Redeem(ticket, key,       redeem the ticket                             admit(grant, now, welcome=, first_frame=)
           proof)                                                           or end(reason, now, code=1008)
    FindWork(kind, task)      find the next task, or open `task`            found(message, now): a Task (also one
                                                                            without id: no work) or a Notice
    ReadPage(item, frame,     find the letters of that page                 page(Page, now)
             digest)
    TakeSurvey(item)          find what the slices are as a whole           tell(message, now)
    TellValue(seen, column,   record it, read that pixel of the frame seen  tell(message, now), if it may be seen
              row)
    Follow(session)           look over the shoulder of `session`           shadow(look, told, now, ...) whenever
                                                                            what it is shown has changed
    Render(request)           draw `request.view` as `request.encoding`     rendered(request, frame, digest, now),
                              with the mark of `request.epoch`, or as       digest of the masked frame, or
                              `request.plain` (put it into `request`)
                                                                            failed(request, reason, now)
    Commit(op, context)       one transaction                               receipt(Receipt, now)
                                                                            or refuse(Refused, now)
    Record(Exposure|Denial    write it down; the next effect waits for it   -   (if it can't be written: end)
           |Reading)
    Send(data, payload,       str as text, bytes and payload as one binary  -
         urgent)              message; urgent: ahead of all frames still
                              queued, which are dropped
    Explain(item, text)       write it down                                 explained(item, now)
    Touch, Drawn, PutAway,    write down; may be batched                    -
    Signal, Limit
    LockSession, EndSession   lock or end the session in the store          -
    Close(code, reason)       close the socket; nothing is sent after it    -
"""

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from gateway.stream.messages import Op
from viewer.render.frame import Encoding
from viewer.render.view import View


class RenderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A frame to render.

    `answers`: seq of the view message that it answers. `epoch`: of the watermark. `preview`: a better frame of the
    same view follows when the hand rests. `still`: asked for because the hand rests. `number` rises from 1 per stream.
    `plain`: how a frame of a video is encoded where there is no encoder for it; `key`: the client may not know the one before it.
    """

    number: int
    view: View
    answers: int
    encoding: Encoding
    epoch: int
    preview: bool
    still: bool
    plain: Encoding | None = None
    key: bool = False


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """A frame that was handed to the socket. `time`: UTC seconds.

    `digest`: of the masked frame, SHA-256 in hex; `sent`: its trace (`MarkedFrame`), in hex.
    """

    seq: int
    view: View
    encoding: Encoding
    digest: str
    sent: str
    lossless: bool
    epoch: int
    time: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """A message without permission. `message`: its tag, or an op's kind; `object`: the id of the op, task or item."""

    message: str
    object: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The text of `page` (from 0) of `item` on its way. `digest`: of the page's picture; `size`: bytes of it in UTF-8; `time`: UTC seconds."""

    item: str
    page: int
    digest: str
    size: int
    time: float


class Work(StrEnum):
    """How work is asked for."""

    NEXT = "next"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Redeem:
    """Redeem `ticket` with the page's `key` and what it signed, then `admit` or `end`."""

    ticket: str
    key: str | None = None
    proof: str | None = None


@dataclass(frozen=True, slots=True)
class FindWork:
    """Find the next task, or open `task`, then `found`."""

    kind: Work
    task: str | None


@dataclass(frozen=True, slots=True)
class TakeSurvey:
    """Find out what the slices of the open `item` are as a whole, and `tell` it."""

    item: str


@dataclass(frozen=True, slots=True)
class ReadPage:
    """Find the letters of page `frame` (from 0) of `item`, whose picture is `digest`, then `page`."""

    item: str
    frame: int
    digest: str


@dataclass(frozen=True, slots=True)
class TellValue:
    """Record that the pixel at (`column`, `row`) of the frame of `seen` is told, then `tell` its value."""

    seen: Exposure
    column: int
    row: int


class Render(msgspec.Struct, frozen=True):
    """Render `request`, then `rendered` or `failed`."""

    request: RenderRequest


@dataclass(frozen=True, slots=True)
class Follow:
    """Show what `session` is shown, with `shadow`, until it is told otherwise; None: each live session in turn."""

    session: str | None


@dataclass(frozen=True, slots=True)
class Commit:
    """Commit `op`, made while `context` was on screen, then `receipt` or `refuse`."""

    op: Op
    context: Exposure | None


class Touch(msgspec.Struct, frozen=True):
    """Note `now` as the session's last input."""

    now: float


@dataclass(frozen=True, slots=True)
class Signal:
    """Audit what the page's deterrents noticed; `faults`: what of a tampered page is not as it was sent."""

    kind: str
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Leaks:
    """Audit the outcome of the page's leak self-test."""

    passed: tuple[str, ...]
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explain:
    """Note why the person, who has `item` open, needs to see more than a budget allows."""

    item: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Limit:
    """Audit that the share of `item` that may be shown at full detail is used up."""

    item: str


class Record(msgspec.Struct, frozen=True):
    """Write down, durably, before anything that follows is done."""

    event: Exposure | Denial | Reading


class Drawn(msgspec.Struct, frozen=True):
    """Note that frame `seq` stood on screen, `held_ms` after it arrived."""

    seq: int
    held_ms: float


@dataclass(frozen=True, slots=True)
class PutAway:
    """Note that panes from `count` on are not shown any more."""

    count: int


class Send(msgspec.Struct, frozen=True):
    """Send: text (str), or a frame (bytes), which `payload` is the rest of, so that nobody copies it.

    `urgent` overtakes every frame that is not on the wire yet.
    """

    data: bytes | str
    payload: bytes = b""
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class LockSession:
    """Lock the session in the store."""

    reason: str


@dataclass(frozen=True, slots=True)
class EndSession:
    """End the session in the store."""

    reason: str


@dataclass(frozen=True, slots=True)
class Close:
    """Close the socket with a WebSocket `code` (RFC 6455, 7.4) and a `reason` of at most 123 bytes."""

    code: int
    reason: str


Effect = (
    Redeem
    | FindWork
    | Follow
    | TakeSurvey
    | ReadPage
    | TellValue
    | Render
    | Commit
    | Touch
    | Signal
    | Leaks
    | Explain
    | Limit
    | Record
    | Drawn
    | PutAway
    | Send
    | LockSession
    | EndSession
    | Close
)
