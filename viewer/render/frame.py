"""The one way from masked pixels to bytes that leave: `render` draws, marks, then encodes.

# INVARIANT: `MarkedFrame` can be made here only, and the only encoder of this package is private to this module and
# called once, on marked levels. A film, which codes a frame by what differs from the one before it, gets marked levels in
the same place. The socket writer takes no other type.
"""

import hashlib
import struct
from collections.abc import Callable
from dataclasses import InitVar, dataclass
from enum import IntEnum

import cv2
import numpy as np
import simplejpeg
from isal import isal_zlib

from viewer.errors import MarkError, ViewError
from viewer.imaging.greyscale import driving_levels
from viewer.imaging.scratch import Scratch
from viewer.masking.image import MaskedFrame
from viewer.render.drawing import Levels, levels
from viewer.render.mark import Mark
from viewer.render.spotlight import spotlit
from viewer.render.turning import turned
from viewer.render.view import MIN_SIDE, View, check_view, upright

_SEAL = object()
_SCRATCH = Scratch()  # nothing of it is left in what `render` returns
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_UP = 2  # filter type 2, PNG 9.2: each byte less the one above it
_DEFLATE_LEVEL = 1  # of ISA-L: at 1024 x 1024 as fast as a JPEG, and a tenth larger than zlib's best


MAX_KBPS = 100_000
Film = Callable[[Levels], bytes]  # marked levels -> VP8


class Codec(IntEnum):
    """The payload's format, as the wire header numbers it."""

    JPEG = 1
    PNG = 2
    VP8 = 3  # RFC 6386: whole or by what differs from the frame before it


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How a frame is sent: PNG if `lossless`, as part of a video of `video` kbit/s (4:2:0), else JPEG of `quality` 1..100 (4:4:4).

    `shrink`, in (0, 1]: the share of the viewport's width and height that is drawn; the client scales it up.
    Errors: ViewError when out of range.
    """

    lossless: bool
    quality: int = 85
    shrink: float = 1.0
    video: int = 0

    def __post_init__(self) -> None:
        if not (
            1 <= self.quality <= 100
            and 0 < self.shrink <= 1
            and 0 <= self.video <= (not self.lossless) * MAX_KBPS
        ):
            raise ViewError(
                f"a frame of quality `{self.quality}`, shrunk to `{self.shrink}`, can't be encoded"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedFrame:
    """A frame that carries its watermark, encoded: what may leave. Made by `render` alone.

    `lossless`: the payload holds every level of the view at the viewport's own size. `epoch`: the mark's. `trace`: the
    CRC-32 of the payload, which tells it from any other that this program would have drawn; of a frame of a video, whose
    payload depends on the frames before it, that of its marked levels.
    """

    payload: bytes
    codec: Codec
    lossless: bool
    width: int
    height: int
    epoch: int
    trace: bytes
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("a MarkedFrame is made by viewer.render.frame.render alone")

    @property
    def digest(self) -> str:
        """The SHA-256 of the payload in hex; it costs a twentieth of the frame."""
        return hashlib.sha256(self.payload).hexdigest()


def output_size(view: View, encoding: Encoding) -> tuple[int, int]:
    """(width, height) in pixels of the frame that `render` returns: the size that its mark must have."""
    width, height = round(view.width * encoding.shrink), round(view.height * encoding.shrink)
    return max(MIN_SIDE, width), max(MIN_SIDE, height)


def render(
    view: View, frame: MaskedFrame, mark: Mark, encoding: Encoding, film: Film | None = None
) -> MarkedFrame:
    """`view` of `frame`, windowed, placed, marked and encoded; the same arguments give the same bytes, but for a `film`'s.

    A frame of a video is added to `film`; without one it is drawn again, as the PNG of what the video was made from.

    Errors: ViewError for a view that can't be drawn; MarkError for a mark that is not of `output_size`.
    """
    check_view(view, frame.presentation)
    width, height = output_size(view, encoding)
    if (mark.width, mark.height) != (width, height):
        raise MarkError(
            f"a watermark of `{mark.width}` x `{mark.height}` does not fit a frame of `{width}` x `{height}`"
        )
    drawn = _drawn(view, frame, width, height)
    codec, payload, trace = _encode(mark.on(drawn, _SCRATCH), encoding, film)
    return MarkedFrame(
        payload=payload,
        codec=codec,
        lossless=encoding.lossless and encoding.shrink == 1 and view.spot is None,
        width=width,
        height=height,
        epoch=mark.epoch,
        trace=trace,
        seal=_SEAL,
    )


def _drawn(view: View, frame: MaskedFrame, width: int, height: int) -> Levels:
    straight = upright(view)
    if view.turned % 180:
        width, height = height, width
    drawn = levels(straight, frame, width=width, height=height, scratch=_SCRATCH)
    if view.spot is not None:
        drawn = spotlit(drawn, straight, view.spot, frame.presentation)
    if view.luminance is not None and drawn.ndim == 2:
        drawn = np.asarray(cv2.LUT(drawn, driving_levels(*view.luminance)), np.uint8)
    return drawn if straight is view else turned(drawn, view.turned, mirrored=view.mirrored)


def _encode(marked: Levels, encoding: Encoding, film: Film | None) -> tuple[Codec, bytes, bytes]:
    """Codec, payload and trace."""
    if encoding.video:
        traced = _trace(marked)
        return (Codec.PNG, _png(marked), traced) if film is None else (Codec.VP8, film(marked), traced)
    codec, payload = (Codec.PNG, _png(marked)) if encoding.lossless else (Codec.JPEG, _jpeg(marked, encoding))
    return codec, payload, _trace(payload)


def _jpeg(marked: Levels, encoding: Encoding) -> bytes:
    if marked.ndim == 2:
        grey = marked[:, :, np.newaxis]
        return bytes(
            simplejpeg.encode_jpeg(grey, quality=encoding.quality, colorspace="GRAY", colorsubsampling="Gray")
        )
    return bytes(
        simplejpeg.encode_jpeg(marked, quality=encoding.quality, colorspace="RGB", colorsubsampling="444")
    )


def _png(marked: Levels) -> bytes:
    """PNG (ISO/IEC 15948), 8 bits, colour type 0 or 2: Pillow and OpenCV need six times as long for it."""
    height, width = marked.shape[:2]
    rows = marked.reshape(height, -1)
    filtered = _SCRATCH.take("filtered", (height, rows.shape[1] + 1))
    filtered[:, 0] = _PNG_UP
    filtered[0, 1:] = rows[0]  # the row above the first counts as zero
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    header = struct.pack(">IIBBBBB", width, height, 8, 0 if marked.ndim == 2 else 2, 0, 0, 0)
    body = isal_zlib.compress(filtered, _DEFLATE_LEVEL)
    return b"".join((_PNG_SIGNATURE, *_chunk(b"IHDR", header), *_chunk(b"IDAT", body), *_chunk(b"IEND", b"")))


def _chunk(kind: bytes, body: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    checksum = isal_zlib.crc32(body, isal_zlib.crc32(kind))  # four times as fast as zlib's
    return struct.pack(">I", len(body)), kind, body, struct.pack(">I", checksum)


def _trace(payload: bytes | Levels) -> bytes:
    return isal_zlib.crc32(payload).to_bytes(4, "big")
