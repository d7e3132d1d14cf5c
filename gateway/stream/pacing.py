"""Which frame is rendered next, and when: the latest view wins, and no frame waits in a queue.

A moving hand gets JPEG as good as the link carries at once, or a video (`filming`); a resting one gets the exact frame. A frame that only
serves a resting hand is thrown away when the hand has moved on before it was ready.
"""

from dataclasses import dataclass

import msgspec

from gateway.stream.effects import RenderRequest
from gateway.stream.filming import Filming
from gateway.stream.limits import Limits
from gateway.stream.link import Link
from gateway.stream.messages import Look
from viewer.render.frame import Encoding
from viewer.render.view import View

EPOCH_S = 30  # a watermark epoch: a leak names session and half-minute
MOVING_S = 0.03  # a moving frame should pass the link within this time: thirty a second
SLOW_S = 0.085  # on a link that is too thin for that, within this one: about ten a second, their way included
LONE_S = 0.25  # a step that comes so long after the one before it begins no scroll, most likely
PROMPT_S = 0.008  # a frame that takes no longer waited for nobody
BUSY_STILL_S = 0.07  # so much later, at most, comes the exact frame on a busy server,
REST_S = 0.15  # and no later than this after a hand that steps as slowly: between two steps it does not rest
FILMED = 3  # times as many frames of a video as of pictures may be in flight
_PAUSE = 1.4  # of its time between steps
_STEADY = 0.8  # a better rung must fit with this much to spare, so that the ladder does not flicker
_FIRST_DENSITY = 0.085  # bytes per device pixel of a CT slice at quality 85


@dataclass(frozen=True, slots=True)
class _Rung:
    encoding: Encoding
    share: float  # of the top rung's bytes, on CT slices

    @classmethod
    def of(cls, quality: int, shrink: float, share: float) -> "_Rung":
        return cls(Encoding(lossless=False, quality=quality, shrink=shrink), share)


# Lower quality before lower size: a link short of bytes loses less to coarse steps than to lost detail.
_LADDER = (
    _Rung.of(85, 1.0, 1.0),
    _Rung.of(60, 1.0, 0.66),
    _Rung.of(40, 1.0, 0.54),
    _Rung.of(50, 0.75, 0.42),
    _Rung.of(50, 0.5, 0.26),
    _Rung.of(40, 0.375, 0.15),
)
_SMALL = 3  # the first of the rungs that cost detail
_SLOW = len(_LADDER) - 1  # coarser than a hand likes: only where the rung above it would come late
_EXACT = Encoding(lossless=True)


class Pacing:
    """The pace of one pane of a stream. `exact`: every frame of the open item is lossless, moving or not (text)."""

    def __init__(self, limits: Limits, link: Link | None = None) -> None:
        self.exact = False
        self.answered = 0  # newest view seq that a frame has answered
        self.link = link or Link()
        self.window = limits.window  # frames in flight
        self.filming: Filming | None = None  # only for a client that can decode a video
        self._limits = limits
        self._view: View | None = None
        self._seq = -1
        self._changed = 0.0
        self._still_at = 0.0  # when the exact frame is due to a hand that rests until then
        self._lone = False  # whether the view had rested before it changed
        self._step_s = 0.0  # between changes of the view, of late; 0 for a hand that was at rest
        self._fresh = False  # a frame has answered the newest view message
        self._settled = False  # ... and no better one is to come
        self._epoch = -1
        self._drawing: RenderRequest | None = None
        self._number = 0
        self._void = 0  # requests up to this number are not to be sent
        self._asked = 0.0  # when the frame that is being rendered was asked for
        self._took = 0.0  # from asking for a frame to having it, of late, s
        self._rung = _SLOW - 1
        self._density = _FIRST_DENSITY

    def look(self, look: Look, now: float, view: View | None = None) -> None:
        """Take the newest view, or `view` for it; one that is not newer is a resend, and does nothing."""
        if look.seq <= self._seq:
            return
        view = view or look.view()
        if view != self._view:
            if self.filming is not None:
                self.filming.look(view, self._view, quick=now - self._changed <= REST_S)
            self._lone = now - self._changed >= LONE_S
            self._step(now)
            self._still_at = now + self._still_s()
        self._view, self._seq = view, look.seq
        self._fresh = self._settled = False

    def _step(self, now: float) -> None:
        passed, self._changed = now - self._changed, now
        if passed > REST_S:
            self._step_s = 0.0
        else:
            self._step_s += (passed - self._step_s) / 4 if self._step_s else passed

    def clear(self) -> None:
        """Forget the view: nothing is rendered before the next one, and what is being rendered is not sent."""
        self._view = None
        self._void = self._number
        self.cut()

    def cut(self) -> None:
        """The client has dropped its picture, or may miss a frame."""
        if self.filming is not None:
            self.filming.cut()

    def redo(self, view: View | None = None) -> None:
        """Render the view, or `view` for it, again, and do not send what is being rendered: the controls are others now."""
        if self._view is not None and view is not None:
            self._view = view
        self._fresh = self._settled = False
        self._void = self._number
        self.cut()

    def request(self, now: float, *, lossless: bool) -> RenderRequest | None:
        """The next frame to render, if one is due and may be sent. `lossless`: what the controls say."""
        if self._drawing is not None or self._view is None:
            return None
        epoch = int(now // EPOCH_S)
        still = now >= self._still_at
        if self._fresh and epoch == self._epoch and (self._settled or not still):
            return None
        if not self._room():
            return None
        encoding = self._encoding(self._view, still=still, lossless=lossless)
        final = _EXACT if lossless or self.exact else _LADDER[0].encoding
        self._number += 1
        self._asked = now
        self._drawing = RenderRequest(
            number=self._number,
            view=self._view,
            answers=self._seq,
            encoding=encoding,
            epoch=epoch,
            preview=encoding is not final and encoding != final,
            still=still and not self.exact,
        )
        if self.filming is not None and not still and not self.exact:
            self._drawing = self._filmed(self._drawing, self.filming)
        return self._drawing

    def _filmed(self, request: RenderRequest, filming: Filming) -> RenderRequest:
        """`request`, as a frame of a video where the link is too thin for anything better."""
        encoding = None
        if self._rung >= _SMALL:
            encoding = filming.encoding(request.view, self.link, self.window // self._limits.window)
        if encoding is None:
            return request
        key = not filming.continues(request.view, encoding)
        return msgspec.structs.replace(request, encoding=encoding, plain=request.encoding, key=key)

    def _room(self) -> bool:
        # Frames of a video are small: on a long way more of them fill the link, whose bytes are bounded all the same.
        filmed = self.filming is not None and self.filming.running
        return self.link.room(self.window * FILMED if filmed else self.window)

    def returned(self, request: RenderRequest) -> bool:
        """Whether the frame of `request`, which is no longer being rendered, may still be sent."""
        if self._drawing is None or request.number != self._drawing.number:
            return False
        self._drawing = None
        passed = request.still and request.view != self._view
        leaves = request.number > self._void and not passed
        if request.encoding.video and not leaves:
            self.cut()
        return leaves

    def drop(self, request: RenderRequest) -> bool:
        """Give up `request`, which can't be rendered, and its view; whether it still mattered."""
        mattered = self.returned(request)
        if mattered and request.answers == self._seq:
            self._view = None
        return mattered

    def sent(self, request: RenderRequest, seq: int, size: int, now: float) -> None:
        """The frame of `request` left as number `seq`, a message of `size` bytes."""
        self.link.sent(seq, size, now)
        self._took += (now - self._asked - self._took) / 8
        self._still_at = self._changed + self._still_s()
        self.answered = request.answers
        self._epoch = request.epoch
        self._fresh = request.answers == self._seq
        self._settled = self._fresh and not request.preview
        if request.encoding.video:
            assert self.filming is not None
            self.filming.sent(request, size)
        elif not request.encoding.lossless:
            share = _LADDER[self._rung].share if not request.still else 1.0
            seen = size / (request.view.width * request.view.height) / share
            self._density += (seen - self._density) / 2

    def deadline(self) -> float | None:
        """When `request` may have something new without any message, UTC seconds."""
        if self._drawing is not None or self._view is None or not self._room():
            return None
        epoch_ends = float((self._epoch + 1) * EPOCH_S)
        return epoch_ends if self._settled or epoch_ends < self._still_at else self._still_at

    def _still_s(self) -> float:
        """How long a hand rests before the exact frame is due: longer than from step to step, or on a busy server."""
        waited = self._took - PROMPT_S
        least = self._limits.lone_s if self._lone else self._limits.still_s
        busy = least + min(BUSY_STILL_S, max(0.0, 6 * waited))
        return max(busy, min(REST_S, _PAUSE * self._step_s))

    def _encoding(self, view: View, *, still: bool, lossless: bool) -> Encoding:
        if self.exact or (still and lossless):
            return _EXACT
        if still:
            return _LADDER[0].encoding
        self._rung = self._choose(view)
        return _LADDER[self._rung].encoding

    def _choose(self, view: View) -> int:
        budget = self.link.budget(MOVING_S)
        top = self._density * view.width * view.height
        for k, rung in enumerate(_LADDER[:_SLOW]):
            bytes_ = self.link.budget(SLOW_S) if k == _SLOW - 1 else budget
            if top * rung.share <= bytes_ * (_STEADY if k < self._rung else 1.0):
                return k
        return _SLOW
