"""The binary header, byte by byte, and that nothing but a marked frame gets one."""

import struct
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ProtocolError
from gateway.stream.wire import HEADER_BYTES, Flag, FrameType, pack, pack_blank, unpack
from tests.gateway.stream_visits import marked
from viewer.render.frame import Codec, Encoding

LOSSLESS, JPEG = Encoding(lossless=True), Encoding(lossless=False, quality=60, shrink=0.5)
numbers = st.integers(0, 2**32 - 1)


def test_a_frame_byte_by_byte() -> None:
    frame = marked(64, 48, LOSSLESS, 7)
    message = b"".join(pack(frame, seq=0x01020304, answers=0x05060708, pane=0x0A0B, last=False, scale=1.5))
    assert message[:4] == bytes([1, 1, 2, 1])
    assert message[4:14] == bytes([4, 3, 2, 1, 8, 7, 6, 5, 0x0B, 0x0A])
    assert message[14:22] == bytes([0, 0, 0, 0, 64, 0, 48, 0])
    assert message[22:26] == struct.pack("<f", 1.5)
    assert message[26:32] == bytes([7, 0, 0, 0, 0, 0])
    assert message[32:] == frame.payload
    assert HEADER_BYTES == 32


def test_a_blank_byte_by_byte() -> None:
    message = pack_blank(seq=1, answers=2, epoch=3)
    assert message[:12] == bytes([1, 2, 0, 6, 1, 0, 0, 0, 2, 0, 0, 0])
    assert message[12:22] == bytes(10)
    assert message[22:] == struct.pack("<f", 1.0) + bytes([3, 0, 0, 0, 0, 0])


@pytest.mark.parametrize(("encoding", "codec", "flags"), [(LOSSLESS, Codec.PNG, 3), (JPEG, Codec.JPEG, 2)])
@given(seq=numbers, answers=numbers, pane=st.integers(0, 2**16 - 1), last=st.booleans())
def test_unpack_undoes_pack(
    encoding: Encoding, codec: Codec, flags: int, seq: int, answers: int, pane: int, last: bool
) -> None:
    frame = marked(64, 48, encoding, 9)
    header, payload = unpack(b"".join(pack(frame, seq=seq, answers=answers, pane=pane, last=last, scale=2.0)))
    assert payload == frame.payload
    assert (header.type, header.codec, header.seq, header.answers) == (FrameType.FRAME, codec, seq, answers)
    assert header.flags == (flags if last else flags & ~Flag.LAST)
    assert (header.x, header.y, header.width, header.height) == (0, 0, frame.width, frame.height)
    assert (header.pane, header.scale, header.epoch) == (pane, 2.0, 9)


@given(seq=numbers, answers=numbers, epoch=numbers)
def test_unpack_undoes_pack_blank(seq: int, answers: int, epoch: int) -> None:
    header, payload = unpack(pack_blank(seq=seq, answers=answers, epoch=epoch))
    assert payload == b""
    assert (header.type, header.codec, header.flags) == (FrameType.BLANK, None, Flag.BLANK | Flag.LAST)
    assert (header.seq, header.answers, header.epoch, header.width) == (seq, answers, epoch, 0)


@dataclass
class Lookalike:
    payload: bytes = b"raw pixels"
    codec: Codec = Codec.PNG
    lossless: bool = True
    width: int = 1
    height: int = 1
    epoch: int = 0
    digest: str = ""


@pytest.mark.parametrize("other", [Lookalike(), b"raw pixels", None])
def test_only_a_marked_frame_is_packed(other: object) -> None:
    with pytest.raises(TypeError, match="only a marked frame leaves"):
        pack(other, seq=1, answers=1)  # type: ignore[arg-type]


FRAME = b"".join(pack(marked(64, 48, JPEG, 1), seq=1, answers=1))
BLANK = pack_blank(seq=1, answers=1, epoch=1)
DAMAGED = {
    "empty": b"",
    "cut": FRAME[:31],
    "version": b"\x02" + FRAME[1:],
    "type": FRAME[:1] + b"\x03" + FRAME[2:],
    "codec": FRAME[:2] + b"\x09" + FRAME[3:],
    "flags": FRAME[:3] + b"\x08" + FRAME[4:],
    "reserved": FRAME[:30] + b"\x01" + FRAME[31:],
    "a frame without payload": FRAME[:32],
    "a frame without codec": FRAME[:2] + b"\x00" + FRAME[3:],
    "a frame that says it is blank": FRAME[:3] + b"\x06" + FRAME[4:],
    "a blank with a payload": BLANK + b"x",
    "a blank with a codec": BLANK[:2] + b"\x01" + BLANK[3:],
    "a blank without its flag": BLANK[:3] + b"\x02" + BLANK[4:],
}


@pytest.mark.parametrize("message", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_message_is_not_read(message: bytes) -> None:
    with pytest.raises(ProtocolError, match="a frame"):
        unpack(message)
