"""What one stream is shown: the pictures of the open item and its letters, as far as the controls allow, each frame on record."""

from dataclasses import replace

import msgspec

from gateway.errors import ProtocolError
from gateway.stream.codec import encode
from gateway.stream.coverage import COARSE, Coverage
from gateway.stream.display import bounded, limited, may_show, windows_of
from gateway.stream.effects import Drawn, Effect, Limit, Record, Render, RenderRequest, Send
from gateway.stream.limits import Limits
from gateway.stream.messages import Ack, Look
from gateway.stream.pacing import EPOCH_S
from gateway.stream.panes import Panes
from gateway.stream.reader import Reader
from gateway.stream.replies import Notice, Page, Task
from gateway.stream.screen import Screen
from policies.actions import Action
from policies.controls import Controls
from policies.deciding import permits
from policies.delivering import sends_text
from policies.values import OnLimit
from viewer.imaging.presentation import Window
from viewer.render.frame import Encoding, MarkedFrame


class Showing:
    """That of one stream; `controls` are those in force at each step.

    `item`: the open one's id. `coverage`: what was seen of it, where the policy allows less than all. `is_over`: nothing is
    shown any more.
    """

    def __init__(self, limits: Limits, first_frame: int, *, film: bool) -> None:
        self.item: str | None = None
        self.coverage: Coverage | None = None
        self.is_over = False
        self.panes = Panes(limits, film=film)
        self.screen = Screen(first_frame, limits)
        self._reader = Reader()
        self._past: set[str] = set()
        self._windows: tuple[Window, ...] = ()
        self._spent: str | None = None  # the item of which no more is shown at full detail
        self._shadows = 0  # looks over a shoulder

    # --- from the client
    def look(self, look: Look, controls: Controls, now: float) -> bool:
        """Take the newest view of a pane; False for one that may not be shown."""
        if look.item == self.item and may_show(look, controls):
            if not self.is_over:
                self.panes.look(look, now, bounded(look, controls, self._windows))
            return True
        # A view of the task before may still be under way; an item that was never opened is no slip.
        return look.item in self._past

    def ack(self, ack: Ack, now: float) -> list[Effect]:
        """A frame came. Errors: ProtocolError for one that was never sent."""
        if ack.seq >= self.screen.next:
            raise ProtocolError("a frame was acknowledged that was not sent")
        self.panes.link.acked(ack.seq, ack.held_ms / 1000, now)
        return [Drawn(ack.seq, ack.held_ms)] if self.screen.draw(ack.seq) else []

    def free(self) -> None:
        """Show the open item without a bound: its person said why they need more of it."""
        if self.coverage is not None:
            self.coverage.free = True
            self.panes.redo()
            self._reader.again()

    # --- frames
    def frames(self, controls: Controls, now: float) -> list[Effect]:
        """The next frame to render, if one is due."""
        request = self.panes.request(now, lossless=controls.lossless)
        if request is None:
            return []
        if request.plain is not None:
            request = self._filmed(request, request.plain, controls)
        encoding = limited(request.encoding, request.view, controls)
        if self.coverage is None or self.coverage.allows(request.view, encoding, controls.share_of_item):
            return [_render(request, encoding)]
        shrink = min(encoding.shrink, COARSE / request.view.scale)
        said = self._say_spent(request.view.item, controls)
        return [*said, _render(request, replace(encoding, shrink=shrink))]

    def _filmed(self, request: RenderRequest, plain: Encoding, controls: Controls) -> RenderRequest:
        """`request`, of a video only where all of the item may be shown: how much was, is counted by the frame."""
        plain = limited(plain, request.view, controls)
        if self.coverage is None:
            return msgspec.structs.replace(request, plain=plain)
        return msgspec.structs.replace(request, encoding=plain, plain=None)

    def _say_spent(self, item: str, controls: Controls) -> list[Effect]:
        """The word, once an item, that no more of it is shown at full detail."""
        if self._spent == item:
            return []
        self._spent = item
        text = f"You have seen {controls.share_of_item:.0%} of this item at full detail, as much as your session's policies allow."
        ask = controls.on_limit is OnLimit.ASK
        if ask:
            text += " Say why you need more, and go on."
        return [Limit(item), Send(encode(Notice(level="ask" if ask else "warning", text=text)))]

    def rendered(
        self, request: RenderRequest, frame: MarkedFrame, digest: str, controls: Controls, now: float
    ) -> list[Effect]:
        """The frame on its way, if it is still wanted."""
        if not self.panes.returned(request):
            return []
        seen, send = self.screen.show(request, frame, digest, now)
        self.panes.sent(request, seen.seq, len(send.data) + len(send.payload), now)
        if self.coverage is not None:
            self.coverage.add(request.view, request.encoding)
        own = self.panes.exact and self.item is not None  # over a shoulder there is no item
        reads = self._reader.follow(seen, controls) if own else []
        return [Record(seen), send, *reads]

    def page(self, found: Page, controls: Controls, now: float) -> list[Effect]:
        """The letters of the page that is shown, if they may still be."""
        if self.is_over:
            return []
        effects, spent = self._reader.put(found, controls, self.coverage, now)
        return [*effects, *(self._say_spent(found.item, controls) if spent else [])]

    # --- what is open
    def open(self, task: Task) -> None:
        """Let views of `task`'s item through, and of no other."""
        item = task.item or {}
        name, kind = item.get("id"), item.get("kind")
        if name == self.item:
            return
        if self.item is not None:
            self._past.add(self.item)
        self.item = str(name) if name is not None else None
        self._windows = windows_of(item.get("windows"))
        self.coverage = None
        self._reader.take_away()  # the client does so itself with another task
        self.panes.exact = kind == "text"
        self.panes.clear()

    def shadow(
        self, look: Look | None, controls: Controls, now: float, *, exact: bool, coverage: Coverage | None
    ) -> int:
        """Render `look`, which is what somebody else is shown; None: nothing. The number that its frames answer, from 1.

        What is being rendered for the look before is not sent: it may be about another session.
        """
        self.panes.exact = exact
        self.panes.clear()
        self.item, self._windows, self.coverage = None, (), coverage
        if look is None or self.is_over or not may_show(look, controls):
            return 0
        self._shadows += 1
        look = msgspec.structs.replace(look, seq=self._shadows)
        self.panes.look(look, now, bounded(look, controls, self._windows))
        return self._shadows

    def change(self, controls: Controls, now: float) -> list[Effect]:
        """Show what `controls`, the new ones, allow, and no frame that was made under the old ones."""
        unread = [] if sends_text(controls) else self._reader.take_away()
        hidden = self.panes.keep(lambda look: may_show(look, controls))
        self.panes.redo(lambda look: bounded(look, controls, self._windows))
        may_view = permits(controls, Action.ITEM_VIEW)
        if self.is_over or (may_view and not hidden):
            return unread
        if not may_view:
            self.panes.clear()
        return [*unread, self.blank(now)]

    def blank(self, now: float) -> Send:
        """The frame that takes the picture away; the client takes the text away with it."""
        self._reader.take_away()
        self.panes.cut()
        return Send(self.screen.blank(self.panes.answered, int(now // EPOCH_S)), urgent=True)

    def stop(self) -> None:
        """Show nothing from now on."""
        self.is_over = True
        self.panes.clear()


def _render(request: RenderRequest, encoding: Encoding) -> Render:
    return Render(
        request if encoding is request.encoding else msgspec.structs.replace(request, encoding=encoding)
    )
