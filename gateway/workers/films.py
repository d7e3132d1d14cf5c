"""Frames as a video, VP8 by libvpx through PyAV, an extra: one encoder for each pane that plays, and few of them.

An encoder of 1024 x 1024 holds up to 40 MB, so it goes as soon as its pane rests. PyAV is loaded where a server is to
film, and nowhere else.
"""

import asyncio
import importlib
import importlib.util
from collections.abc import Hashable
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gateway.errors import GatewayError, Unconfigured
from viewer.render.drawing import Levels
from viewer.render.frame import Film

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext

MOST = 8  # encoders a process; a ninth pane that plays gets pictures
REST_S = 2.0  # so long after its last frame an encoder goes
# The coarsest steps a frame may be cut into: at this one the forensic mark was read blind from 17 of 18 frames of a video,
# with the frame that was sent from all; at the coarsest that VP8 has (63) from none (docs/decisions/0170).
MOST_QUANTIZER = 40
LEAST_QUANTIZER = 20  # 42 to 44 dB: finer is seen by nobody in a moving picture, and one such frame can hold up the next ones
# Frames are coded as if they came so often, whatever their pace: by their true times a link that falls behind would get
# fewer and larger ones, and fall further behind.
PER_S = 15
_KEY_SHARE = 300  # of a usual frame's bytes a whole one may have, in percent
_BUFFER_S = 0.5
_SPEED = "-16"  # VP8's fastest: half the processor time of -8, and the same sizes within 3 %
# ITU-R BT.601 studio range, VP8's only one.
_GREYS = np.round(16 + np.arange(256) * (219 / 255)).astype(np.uint8)


class Unfilmed(GatewayError):
    """A frame can't be made part of a video; a picture of it can be made."""


def available() -> bool:
    """Whether PyAV is installed."""
    return importlib.util.find_spec("av") is not None


def describe() -> str:
    """What there is to make video with, for an operator; loads PyAV."""
    if not available():
        return "not available (the extra `video` is not installed)"
    try:
        import av  # noqa: PLC0415 - an extra
        from av._core import library_meta  # noqa: PLC0415
    except ImportError as error:
        return f"not available (PyAV can't be loaded: {error})"
    found = av.codecs_available
    if "libvpx" not in found:
        return f"not available (PyAV {av.__version__} has no encoder `libvpx`)"
    meta: Any = library_meta
    built = str(meta.get("libavcodec", {}).get("configuration", ""))
    beside = [name for name in ("x264", "x265") if f"--enable-lib{name}" in built]
    gpl = f"; its FFmpeg holds {' and '.join(beside)} (GPL), which are not used" if beside else ""
    return f"VP8 by libvpx, PyAV {av.__version__}{gpl}"


def check() -> None:
    """Errors: Unconfigured where no video can be made."""
    told = describe()
    if told.startswith("not available"):
        raise Unconfigured(
            f"`--video` is {told}: install it with `pip install --require-hashes -r requirements-video.lock`"
        )


class Reel:
    """One pane's video. Frames are added on one thread at a time, in order."""

    def __init__(self) -> None:
        self.used = 0.0
        self._encoder: VideoCodecContext | None = None
        self._terms = (0, 0, 0)  # width, height, kbit/s of the encoder
        self._tick = -1

    def add(self, marked: Levels, kbps: int, *, key: bool) -> bytes:
        """VP8 of `marked`, (height, width) or (height, width, 3) in RGB; whole if `key`.

        It is of even sides: an odd one gets its last line twice. Errors: Unfilmed.
        """
        import av  # noqa: PLC0415 - an extra
        from av.video.frame import PictureType  # noqa: PLC0415

        planes = _planes(marked)
        height, width = planes.shape[0] * 2 // 3, planes.shape[1]
        try:
            if self._encoder is None or self._terms != (width, height, kbps):
                self._encoder, self._terms = _encoder(width, height, kbps), (width, height, kbps)
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            self._tick += 1
            frame.pts = self._tick
            if key:
                frame.pict_type = PictureType.I
            packets = self._encoder.encode(frame)
        except (av.FFmpegError, ValueError) as error:
            self._encoder = None
            raise Unfilmed(f"a frame of a video can't be encoded: {error}") from error
        if len(packets) != 1:  # none: the encoder left it out
            self._encoder = None
            raise Unfilmed("a frame of a video was left out by its encoder")
        return bytes(packets[0])


class Films:
    """The reels of one process. Used on its event loop."""

    def __init__(self, most: int = MOST) -> None:
        importlib.import_module("av")  # now: a first frame would wait for it
        self._most = most
        self._reels: dict[Hashable, Reel] = {}
        self._sweeping: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._reels)

    def film(self, owner: Hashable, kbps: int, *, key: bool) -> Film | None:
        """What adds one frame to the video of `owner`, a pane of a stream.

        None while as many others play as may.
        """
        loop = asyncio.get_running_loop()
        reel = self._reels.get(owner)
        if reel is None:
            if len(self._reels) >= self._most:
                return None
            reel = self._reels[owner] = Reel()
            if self._sweeping is None:
                self._sweeping = loop.call_later(REST_S / 2, self._sweep)
        reel.used = loop.time()
        return partial(reel.add, kbps=kbps, key=key)

    def drop(self, owner: Hashable) -> None:
        """The pane of `owner` plays no more."""
        self._reels.pop(owner, None)

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        self._reels = {name: reel for name, reel in self._reels.items() if loop.time() - reel.used < REST_S}
        self._sweeping = loop.call_later(REST_S / 2, self._sweep) if self._reels else None


def _planes(marked: Levels) -> NDArray[np.uint8]:
    """4:2:0, as one array of (3/2 height, width), both sides even."""
    height, width = marked.shape[:2]
    if height % 2 or width % 2:
        marked = np.asarray(
            cv2.copyMakeBorder(marked, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE), np.uint8
        )
        height, width = marked.shape[:2]
    if marked.ndim == 3:
        return np.asarray(cv2.cvtColor(marked, cv2.COLOR_RGB2YUV_I420), np.uint8)
    planes = np.empty((height * 3 // 2, width), np.uint8)
    cv2.LUT(marked, _GREYS, dst=planes[:height])
    planes[height:] = 128
    return planes


def _encoder(width: int, height: int, kbps: int) -> "VideoCodecContext":
    """Realtime, one thread, no frame held back, constant rate; nothing is left out to keep the rate."""
    import av  # noqa: PLC0415 - an extra
    from av.video.codeccontext import VideoCodecContext  # noqa: PLC0415

    made = av.CodecContext.create("libvpx", "w")
    assert isinstance(made, VideoCodecContext)
    made.width, made.height, made.pix_fmt = width, height, "yuv420p"
    made.time_base, made.framerate = Fraction(1, PER_S), Fraction(PER_S)
    made.bit_rate, made.thread_count = kbps * 1000, 1
    made.qmin, made.qmax = LEAST_QUANTIZER, MOST_QUANTIZER
    made.gop_size = 1 << 20  # a whole frame comes where it is asked for
    made.options = {
        "deadline": "realtime",
        "cpu-used": _SPEED,
        "lag-in-frames": "0",
        "auto-alt-ref": "0",
        "error-resilient": "default",
        "minrate": str(kbps * 1000),
        "maxrate": str(kbps * 1000),
        "bufsize": str(round(kbps * 1000 * _BUFFER_S)),
        "max-intra-rate": str(_KEY_SHARE),
        "drop-threshold": "0",
        "static-thresh": "100",
    }
    made.open()
    return made
