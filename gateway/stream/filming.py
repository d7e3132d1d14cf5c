"""When the frames of a pane are a video, and of what rate: where a thin link has to carry slice after slice.

Neighbouring slices have much in common, and a loop's pictures more: what differs is a fifth to a tenth of a JPEG at the
same fidelity. The price is processor time, and that no frame may be lost on the way: then the next one is whole.
"""

import math

import msgspec

from gateway.stream.effects import RenderRequest
from gateway.stream.link import Link
from viewer.render.frame import Encoding
from viewer.render.view import View

SLICES = 4  # so many slices in a row begin a video: a whole frame is dear, and a nudge is no playback
THIN_RATE = 750_000  # bytes/s: a wider link carries good JPEGs, at a third of the processor time
LATEST_S = 0.085  # a frame should pass the link within this time: where slices have too little in common they are drawn
TELLING = 4  # frames that tell how large they are
SMALLER = 0.75  # ... so small, and where that is not enough they go as pictures
RETRY_SLICES = 90  # ... for so many slices
MOST_PIXELS = 3 << 19  # of a frame; a larger view is shrunk to it
LEAST_KBPS = 300
_SHARE = 0.75  # of the link: acknowledgements, words and the estimate's error have the rest
# Within this share of the link a rate stays as it is: the estimate wavers, and each change costs a whole frame.
_BAND = (0.55, 0.92)


class Filming:
    """That of one pane, whose client can decode a video."""

    def __init__(self) -> None:
        self._slices = 0
        self._kbps = 0
        self._detail = 1.0
        self._parts = 0  # frames at this detail that were not whole
        self._size = 0.0  # of a frame that is not whole, of late, bytes
        self._known: tuple[int, int, int] | None = None  # of the video's frame that the client got last

    @property
    def running(self) -> bool:
        """Whether the client has what the next frame of the video is made from."""
        return self._known is not None

    def look(self, view: View, before: View | None, *, quick: bool) -> None:
        """The view changes from `before`; `quick`: soon after the change before."""
        rolls = quick and before is not None and msgspec.structs.replace(before, frame=view.frame) == view
        self._slices = self._slices + 1 if rolls else 0
        if not rolls and self._detail < 1:
            self._draw_at(1.0)

    def encoding(self, view: View, link: Link, panes: int) -> Encoding | None:
        """How the next frame is encoded if it is one of a video; None if it is none. `panes` share the link."""
        if self._slices < SLICES or link.rate is None or link.rate > THIN_RATE:
            return None
        if self._parts >= TELLING and self._size > LATEST_S * link.rate / panes:
            if self._detail < 1:
                self._slices = SLICES - RETRY_SLICES
                self._draw_at(1.0)
                return None
            self._draw_at(SMALLER)
        kbps = link.rate * 8 / 1000 / panes
        if not _BAND[0] * kbps <= self._kbps <= _BAND[1] * kbps:
            self._kbps = max(LEAST_KBPS, round(_SHARE * kbps))
        shrink = min(self._detail, math.sqrt(MOST_PIXELS / (view.width * view.height)))
        return Encoding(lossless=False, shrink=shrink, video=self._kbps)

    def continues(self, view: View, encoding: Encoding) -> bool:
        """Whether a frame so encoded may be made from the one that the client got last."""
        return self._known == (encoding.video, view.width, view.height)

    def sent(self, request: RenderRequest, size: int) -> None:
        """The frame of `request`, one of the video, left in `size` bytes."""
        self._known = (request.encoding.video, request.view.width, request.view.height)
        if not request.key:
            self._parts += 1
            self._size += (size - self._size) / min(self._parts, 8)

    def _draw_at(self, detail: float) -> None:
        self._detail, self._parts, self._size = detail, 0, 0.0
        self.cut()

    def cut(self) -> None:
        """The client may have missed a frame, or has dropped what it had: the next one is whole."""
        self._known = None
