"""An admitted stream: what each message of the client leads to, once the grant allows it."""

from dataclasses import replace

import msgspec

from gateway.errors import ProtocolError
from gateway.stream.codec import encode
from gateway.stream.coverage import COARSE, Coverage
from gateway.stream.denying import denied
from gateway.stream.desk import Desk
from gateway.stream.display import bounded, limited, may_show, may_tell, windows_of
from gateway.stream.effects import (
    Commit,
    Drawn,
    Effect,
    Explain,
    FindWork,
    Follow,
    Limit,
    PutAway,
    Record,
    Render,
    RenderRequest,
    Send,
    Signal,
    TakeSurvey,
    TellValue,
    Touch,
    Work,
)
from gateway.stream.grant import Grant
from gateway.stream.limits import Allowance, Limits
from gateway.stream.messages import (
    Ack,
    Answer,
    Beat,
    Bye,
    ClientMessage,
    Hello,
    Input,
    Leak,
    Look,
    Next,
    Op,
    Open,
    Panes,
    Probe,
    Reason,
    Survey,
    Unfilm,
    Watch,
)
from gateway.stream.oath import Oath
from gateway.stream.pacing import EPOCH_S
from gateway.stream.panes import Panes as ShownPanes
from gateway.stream.reader import Reader
from gateway.stream.replies import Notice, Page, Refused, Task
from gateway.stream.screen import Screen
from gateway.stream.vigil import Vigil
from policies.actions import Action
from policies.controls import Controls
from policies.deciding import permits
from policies.delivering import sends_text
from policies.values import LeakTest, OnLimit
from viewer.imaging.presentation import Window
from viewer.render.frame import Encoding, MarkedFrame

_ABSENT = frozenset({"blur", "hidden", "devtools"})  # signals that are no sign of a person at work
_BY_ITSELF = (Ack, Unfilm, Beat, Leak, Answer)  # what a page says though nobody is there
_LOCKED = "the session is locked: sign in again and do it once more"


class Visit:
    """One person at one stream, from admission on. `bye` turns True when the client leaves.

    `idle_at`: when the session is to be locked if nothing is done until then, UTC seconds.
    """

    def __init__(
        self, grant: Grant, limits: Limits, now: float, first_frame: int, *, film: bool = False
    ) -> None:
        self.grant = grant
        self.bye = False
        self.desk = Desk(limits)
        self.vigil = Vigil(limits, now)
        self.oath = Oath(grant.key, grant.seed, limits, now)
        self.coverage: Coverage | None = None  # where the policy allows less than all of an item
        self._limits = limits
        self._panes = ShownPanes(limits, film=film)
        self._screen = Screen(first_frame, limits)
        self._reader = Reader()
        self._locked = False
        self._item: str | None = None
        self._past: set[str] = set()
        self._windows: tuple[Window, ...] = ()
        self._spent: str | None = None  # the item of which no more is shown at full detail
        self._denials = 0
        self._shadows = 0  # looks over a shoulder
        self._values = Allowance(now)
        self._signals: dict[str, float] = {}
        self._last_input = now
        self._touched = now
        self.idle_at = now + grant.controls.idle_lock_s

    def deadline(self) -> float:
        """When there is something to do without any message, UTC seconds."""
        soonest = min(self.grant.expires, self.idle_at, self.vigil.silent_at, self.oath.at)
        frame = self._panes.deadline()
        return soonest if frame is None or frame > soonest else frame

    # --- from the client
    def take(self, message: ClientMessage, now: float) -> list[Effect]:
        """What `message` leads to. Errors: ProtocolError if it has no place here, or one too many was denied."""
        # INVARIANT: nothing below this line sees a message that the grant does not permit.
        if not self.grant.permits(message):
            return self._deny(message)
        touched = [] if isinstance(message, _BY_ITSELF) else self._touch(message, now)
        return touched + self._dispatch(message, now)

    def _dispatch(self, message: ClientMessage, now: float) -> list[Effect]:
        match message:
            case Look():
                return self._look(message, now)
            case Panes() | Survey() | Watch() | Probe():
                return self._arrange(message, now)
            case Ack() | Unfilm():
                return self._ack(message, now)
            case Op() | Next() | Open():
                return self._ask(message)
            case Input() | Reason() | Leak() | Beat() | Answer():
                return self._heard(message, now)
            case Bye():
                self.bye = True
                return []
            case Hello():
                raise ProtocolError("the stream was greeted twice")

    def _heard(self, said: Input | Reason | Leak | Beat | Answer, now: float) -> list[Effect]:
        match said:
            case Input():
                return self._signal(said, now)
            case Reason():
                return self._explain(said)
            case Leak():
                return self.vigil.leak(said)
            case Beat():
                return self.vigil.beat(said, now)
            case Answer():
                self.oath.answer(said, now)
                return []

    def _arrange(self, asked: Panes | Survey | Watch | Probe, now: float) -> list[Effect]:
        match asked:
            case Probe():
                return self._probe(asked, now)
            case Panes(count=count):
                self._panes.keep(lambda look: look.pane < count)
                return [PutAway(count)]
            case Survey(item=item):
                return [TakeSurvey(item)] if item == self._item and not self._locked else []
            case Watch(session=session):
                return [] if self._locked else [Follow(session)]

    def _probe(self, probe: Probe, now: float) -> list[Effect]:
        """Values of the open item are told so many a minute; one too many has no answer."""
        controls = self.grant.controls
        if not may_tell(controls):
            return self._deny(probe)
        seen = self._screen.context(probe.seen)
        if seen is None or seen.view.item != self._item or self._locked or min(probe.x, probe.y) < 0:
            return []
        if not self._values.take(controls.values_per_min, now):
            return []
        return [TellValue(seen, int(probe.x), int(probe.y))]

    def _look(self, look: Look, now: float) -> list[Effect]:
        if look.item == self._item and may_show(look, self.grant.controls):
            if not self._locked:
                self._panes.look(look, now, bounded(look, self.grant.controls, self._windows))
            return []
        # A view of the task before may still be under way; an item that was never opened is no slip.
        return [] if look.item in self._past else self._deny(look)

    def _ack(self, ack: Ack | Unfilm, now: float) -> list[Effect]:
        if isinstance(ack, Unfilm):
            self._panes.unfilm()
            return []
        if ack.seq >= self._screen.next:
            raise ProtocolError("a frame was acknowledged that was not sent")
        self._panes.link.acked(ack.seq, ack.held_ms / 1000, now)
        return [Drawn(ack.seq, ack.held_ms)] if self._screen.draw(ack.seq) else []

    def _ask(self, asked: Op | Next | Open) -> list[Effect]:
        if self._locked:
            return [Send(encode(Refused(op=asked.id, reason=_LOCKED)))] if isinstance(asked, Op) else []
        match asked:
            case Op():
                return self.desk.put(Commit(asked, self._screen.context(asked.seen)))
            case Next():
                return self.desk.put(FindWork(Work.NEXT, None))
            case Open():
                return self.desk.put(FindWork(Work.OPEN, asked.task))

    def _signal(self, said: Input, now: float) -> list[Effect]:
        if (
            said.signal == "activity"
            or now - self._signals.get(said.signal, float("-inf")) < self._limits.signal_s
        ):
            return []
        self._signals[said.signal] = now
        return [Signal(said.signal)]

    def _explain(self, reason: Reason) -> list[Effect]:
        if self._locked or self.grant.controls.on_limit is not OnLimit.ASK:
            return []
        if self.coverage is not None:
            self.coverage.free = True
            self._panes.redo()
            self._reader.again()
        return [Explain(reason.text)]

    def _touch(self, message: ClientMessage, now: float) -> list[Effect]:
        if self._locked or (isinstance(message, Input) and message.signal in _ABSENT):
            return []
        self._last_input = now
        self.idle_at = now + self.grant.controls.idle_lock_s
        # A short idle time needs the store to know sooner: it locks by what was written there.
        if now - self._touched < min(self._limits.touch_s, self.grant.controls.idle_lock_s / 8):
            return []
        self._touched = now
        return [Touch(now)]

    def _deny(self, message: ClientMessage) -> list[Effect]:
        self._denials += 1
        if self._denials > self._limits.denials:
            raise ProtocolError("too much was asked for that the session policy does not allow")
        return denied(message)

    # --- from the server
    def frames(self, now: float) -> list[Effect]:
        """The next frame to render, if one is due."""
        controls = self.grant.controls
        if controls.require_leak_test is LeakTest.PASS and not self.vigil.passed:
            return []
        request = self._panes.request(now, lossless=controls.lossless)
        if request is None:
            return []
        if request.plain is not None:
            request = self._filmed(request, request.plain)
        encoding = limited(request.encoding, request.view, controls)
        if self.coverage is None or self.coverage.allows(request.view, encoding, controls.share_of_item):
            return [_render(request, encoding)]
        shrink = min(encoding.shrink, COARSE / request.view.scale)
        return [*self._say_spent(request.view.item), _render(request, replace(encoding, shrink=shrink))]

    def _filmed(self, request: RenderRequest, plain: Encoding) -> RenderRequest:
        """`request`, of a video only where all of the item may be shown: how much was, is counted by the frame."""
        plain = limited(plain, request.view, self.grant.controls)
        if self.coverage is None:
            return msgspec.structs.replace(request, plain=plain)
        return msgspec.structs.replace(request, encoding=plain, plain=None)

    def _say_spent(self, item: str) -> list[Effect]:
        """The word, once an item, that no more of it is shown at full detail."""
        if self._spent == item:
            return []
        self._spent = item
        controls = self.grant.controls
        text = f"You have seen {controls.share_of_item:.0%} of this item at full detail, as much as your session's policies allow."
        ask = controls.on_limit is OnLimit.ASK
        if ask:
            text += " Say why you need more, and go on."
        return [Limit(item), Send(encode(Notice(level="ask" if ask else "warning", text=text)))]

    def rendered(self, request: RenderRequest, frame: MarkedFrame, digest: str, now: float) -> list[Effect]:
        """The frame on its way, if it is still wanted."""
        if not self._panes.returned(request):
            return []
        seen, send = self._screen.show(request, frame, digest, now)
        self._panes.sent(request, seen.seq, len(send.data) + len(send.payload), now)
        if self.coverage is not None:
            self.coverage.add(request.view, request.encoding)
        own = self._panes.exact and self._item is not None  # over a shoulder there is no item
        reads = self._reader.follow(seen, self.grant.controls) if own else []
        return [Record(seen), send, *reads]

    def page(self, found: Page, now: float) -> list[Effect]:
        """The letters of the page that is shown, if they may still be."""
        if self._locked:
            return []
        effects, spent = self._reader.put(found, self.grant.controls, self.coverage, now)
        return [*effects, *(self._say_spent(found.item) if spent else [])]

    def failed(self, request: RenderRequest, reason: str) -> list[Effect]:
        """A word on a view that can't be rendered, if it still matters."""
        return [Send(encode(Notice(level="error", text=reason)))] if self._panes.drop(request) else []

    def open(self, task: Task) -> None:
        """Let views of `task`'s item through, and of no other."""
        item = task.item or {}
        name, kind = item.get("id"), item.get("kind")
        if name == self._item:
            return
        if self._item is not None:
            self._past.add(self._item)
        self._item = str(name) if name is not None else None
        self._windows = windows_of(item.get("windows"))
        self.coverage = None
        self._reader.take_away()  # the client does so itself with another task
        self._panes.exact = kind == "text"
        self._panes.clear()

    def shadow(self, look: Look | None, *, exact: bool, coverage: Coverage | None, now: float) -> int:
        """Render `look`, which is what somebody else is shown; None: nothing. The number that its frames answer, from 1.

        What is being rendered for the look before is not sent: it may be about another session.
        """
        self._panes.exact = exact
        self._panes.clear()
        self._item, self._windows, self.coverage = None, (), coverage
        if look is None or self._locked or not may_show(look, self.grant.controls):
            return 0
        self._shadows += 1
        look = msgspec.structs.replace(look, seq=self._shadows)
        self._panes.look(look, now, bounded(look, self.grant.controls, self._windows))
        return self._shadows

    def change(
        self, controls: Controls, expires: float | None, policy: str | None, now: float
    ) -> list[Effect]:
        """Put `controls` in force: a frame that was made under the old ones does not leave."""
        grant = self.grant
        self.grant = replace(
            grant,
            controls=controls,
            expires=grant.expires if expires is None else expires,
            policy=grant.policy if policy is None else policy,
        )
        self.idle_at = self._last_input + controls.idle_lock_s
        unread = [] if sends_text(controls) else self._reader.take_away()
        hidden = self._panes.keep(lambda look: may_show(look, controls))
        self._panes.redo(lambda look: bounded(look, controls, self._windows))
        refused = [effect for message in self.desk.withdraw(self.grant.permits) for effect in denied(message)]
        if self._locked or (permits(controls, Action.ITEM_VIEW) and not hidden):
            return unread + refused
        if not permits(controls, Action.ITEM_VIEW):
            self._panes.clear()
        return [*unread, self.blank(now), *refused]

    def blank(self, now: float) -> Send:
        """The frame that takes the picture away; the client takes the text away with it."""
        self._reader.take_away()
        self._panes.cut()
        return Send(self._screen.blank(self._panes.answered, int(now // EPOCH_S)), urgent=True)

    def lock(self) -> None:
        """No frame leaves from now on, and no work is found; ops that wait are still done."""
        self._locked = True
        self._panes.clear()
        self.desk.give_up_work()


def _render(request: RenderRequest, encoding: Encoding) -> Render:
    return Render(
        request if encoding is request.encoding else msgspec.structs.replace(request, encoding=encoding)
    )
