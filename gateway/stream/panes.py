"""The pictures that a client shows side by side: each has its own pace, all share one link and one render at a time."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.stream.effects import RenderRequest
from gateway.stream.filming import Filming
from gateway.stream.limits import Limits
from gateway.stream.link import Link
from gateway.stream.messages import Look
from gateway.stream.pacing import Pacing
from viewer.render.view import View


@dataclass(slots=True)
class _Pane:
    pacing: Pacing
    asked: Look | None = None


class Panes:
    """The panes of one stream; there is always the first. `exact`: see `Pacing`. `film`: the client can decode a video."""

    def __init__(self, limits: Limits, *, film: bool = False) -> None:
        self.link = Link()
        self.exact = False
        self._limits = limits
        self._film = film
        self._panes = {0: self._made()}
        self._out: RenderRequest | None = None  # what is being rendered, for whichever pane
        self._turn = 0  # the pane that was served last

    @property
    def answered(self) -> int:
        """The newest view seq of the first pane that a frame has answered."""
        return self._panes[0].pacing.answered

    def look(self, look: Look, now: float, view: View) -> None:
        """Take the newest view of a pane, drawn as `view`; the pane is there from now on."""
        pane = self._panes.get(look.pane)
        if pane is None:
            pane = self._panes[look.pane] = self._made()
            pane.pacing.exact = self.exact
            self._share()
        pane.asked = look
        pane.pacing.look(look, now, view)

    def _made(self) -> _Pane:
        made = _Pane(Pacing(self._limits, self.link))
        made.pacing.filming = Filming() if self._film else None
        return made

    def cut(self) -> None:
        """The pictures go from the client, and with them what frames of a video are made from."""
        if self._film:
            for pane in self._panes.values():
                pane.pacing.cut()

    def unfilm(self) -> None:
        """The client can't decode the video after all: every view is rendered again, and what it got is written off."""
        if not self._film:
            return
        self._film = False
        self.link.forget()
        for pane in self._panes.values():
            pane.pacing.redo()
            pane.pacing.filming = None

    def keep(self, may_stay: Callable[[Look], bool]) -> bool:
        """Put away what is asked for and may not stay; whether there was anything."""
        gone = [name for name, pane in self._panes.items() if pane.asked and not may_stay(pane.asked)]
        for name in gone:
            if name:
                del self._panes[name]
            else:
                self._panes[0].asked = None
                self._panes[0].pacing.clear()
        self._share()
        return bool(gone)

    def clear(self) -> None:
        """Forget every view: another item comes, or none."""
        for pane in self._panes.values():
            pane.asked = None
            pane.pacing.clear()
            pane.pacing.exact = self.exact

    def redo(self, drawn: Callable[[Look], View] | None = None) -> None:
        """Render every view, as `drawn` now, again; what is being rendered is not sent."""
        for pane in self._panes.values():
            pane.pacing.redo(drawn(pane.asked) if drawn and pane.asked else None)

    def request(self, now: float, *, lossless: bool) -> RenderRequest | None:
        """The next frame to render, if one is due: the panes take turns."""
        if self._out is not None:
            return None
        names = (
            sorted(self._panes, key=lambda name: (name <= self._turn, name)) if len(self._panes) > 1 else [0]
        )
        for name in names:
            self._out = self._panes[name].pacing.request(now, lossless=lossless)
            if self._out is not None:
                self._turn = name
                return self._out
        return None

    def returned(self, request: RenderRequest) -> bool:
        """Whether the frame of `request`, which is no longer being rendered, may still be sent."""
        pane = self._took(request)
        return pane is not None and pane.returned(request)

    def drop(self, request: RenderRequest) -> bool:
        """Give up `request`, which can't be rendered, and its view; whether it still mattered."""
        pane = self._took(request)
        return pane is not None and pane.drop(request)

    def sent(self, request: RenderRequest, seq: int, size: int, now: float) -> None:
        """The frame of `request` left as number `seq`, a message of `size` bytes."""
        self._panes[request.view.pane].pacing.sent(request, seq, size, now)

    def deadline(self) -> float | None:
        """When `request` may have something new without any message, UTC seconds."""
        if self._out is not None:
            return None
        soonest: float | None = None
        for pane in self._panes.values():
            at = pane.pacing.deadline()
            if at is not None and (soonest is None or at < soonest):
                soonest = at
        return soonest

    def _took(self, request: RenderRequest) -> Pacing | None:
        """The pace of the pane that `request` is for, if it is what was being rendered and the pane is still there."""
        if self._out is None or (request.view.pane, request.number) != (
            self._out.view.pane,
            self._out.number,
        ):
            return None
        self._out = None
        pane = self._panes.get(request.view.pane)
        return pane.pacing if pane else None

    def _share(self) -> None:
        """Frames of several panes are small: as many of each may be in flight as of one."""
        for pane in self._panes.values():
            pane.pacing.window = self._limits.window * len(self._panes)
