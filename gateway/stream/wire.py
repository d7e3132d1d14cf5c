"""Frames as binary messages: a header of 32 bytes, little endian, then the payload.

offset  size  field
0       1     version, 1
1       1     type: 1 frame, 2 blank (no payload; the picture must go)
2       1     codec: 1 JPEG, 2 PNG, 3 VP8 (by what differs from the VP8 frame before it in its pane, unless it is a key frame); 0 for a blank
3       1     flags: 1 lossless, 2 last rectangle of its frame, 4 blank
4       4     frame seq
8       4     newest view seq that the frame answers
12      2     pane, 0..3
14      8     x, y, w, h in pixels of the frame
22      4     scale, float32: device pixels of the viewport per pixel of the frame; 1 unless the frame was shrunk
26      4     watermark epoch
30      2     reserved, 0
"""

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from gateway.errors import ProtocolError
from viewer.render.frame import Codec, MarkedFrame

VERSION = 1
HEADER_BYTES = 32
_HEADER = struct.Struct("<BBBBIIHHHHHfIH")


class FrameType(IntEnum):
    """What a binary message is."""

    FRAME = 1
    BLANK = 2


class Flag(IntFlag):
    """Properties of a frame."""

    LOSSLESS = 1
    LAST = 2
    BLANK = 4


_LOSSLESS, _LAST = int(Flag.LOSSLESS), int(Flag.LAST)  # an enum's own arithmetic takes twenty times as long


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A header, read. `codec` is None for a blank."""

    type: FrameType
    codec: Codec | None
    flags: Flag
    seq: int
    answers: int
    pane: int
    x: int
    y: int
    width: int
    height: int
    scale: float
    epoch: int


def pack(
    frame: MarkedFrame, *, seq: int, answers: int, pane: int = 0, last: bool = True, scale: float = 1.0
) -> tuple[bytes, bytes]:
    """The binary message that carries `frame`, as header and payload. Errors: TypeError for anything but a `MarkedFrame`."""
    # INVARIANT: only `viewer.render.frame.render` makes a MarkedFrame, so only marked pixels get a header.
    if type(frame) is not MarkedFrame:
        raise TypeError("only a marked frame leaves")
    flags = _LOSSLESS * frame.lossless | _LAST * last
    header = _HEADER.pack(
        *(VERSION, FrameType.FRAME, frame.codec, flags, seq, answers, pane),
        *(0, 0, frame.width, frame.height, scale, frame.epoch, 0),
    )
    return header, frame.payload


def pack_blank(*, seq: int, answers: int, epoch: int, pane: int = 0) -> bytes:
    """The binary message that takes the picture away."""
    flags = Flag.LAST | Flag.BLANK
    return _HEADER.pack(
        *(VERSION, FrameType.BLANK, 0, flags, seq, answers, pane), *(0, 0, 0, 0, 1.0, epoch, 0)
    )


def unpack(message: bytes) -> tuple[Header, bytes]:
    """The header and the payload of a binary message. Errors: ProtocolError if it is not one of ours."""
    if len(message) < HEADER_BYTES:
        raise ProtocolError("a frame is shorter than its header")
    version, kind, codec, flags, seq, answers, pane, *box, scale, epoch, reserved = _HEADER.unpack_from(
        message
    )
    payload = message[HEADER_BYTES:]
    blank = kind == FrameType.BLANK
    if version != VERSION or reserved or kind not in tuple(FrameType) or flags >= 8:
        raise ProtocolError("a frame's header is of another version")
    if blank != bool(flags & Flag.BLANK) or blank != (codec == 0) or blank != (not payload):
        raise ProtocolError("a frame's header contradicts itself")
    if codec not in (0, *Codec):
        raise ProtocolError("a frame's payload is of an unknown kind")
    x, y, width, height = box
    header = Header(
        type=FrameType(kind),
        codec=None if blank else Codec(codec),
        flags=Flag(flags),
        seq=seq,
        answers=answers,
        pane=pane,
        x=x,
        y=y,
        width=width,
        height=height,
        scale=scale,
        epoch=epoch,
    )
    return header, payload
