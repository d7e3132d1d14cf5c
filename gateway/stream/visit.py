"""An admitted stream: what each message of the client leads to, once the grant allows it."""

from dataclasses import replace

from gateway.errors import ProtocolError
from gateway.stream.codec import encode
from gateway.stream.coverage import Coverage
from gateway.stream.denying import denied
from gateway.stream.desk import Desk
from gateway.stream.display import may_tell
from gateway.stream.effects import (
    Commit,
    Effect,
    Explain,
    FindWork,
    Follow,
    PutAway,
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
from gateway.stream.replies import Notice, Page, Refused, Task
from gateway.stream.showing import Showing
from gateway.stream.vigil import Vigil
from policies.controls import Controls
from policies.values import LeakTest, OnLimit
from viewer.render.frame import MarkedFrame

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
        self.showing = Showing(limits, first_frame, film=film)
        self._limits = limits
        self._denials = 0
        self._values = Allowance(now)
        self._signals: dict[str, float] = {}
        self._last_input = now
        self._touched = now
        self.idle_at = now + grant.controls.idle_lock_s

    def deadline(self) -> float:
        """When there is something to do without any message, UTC seconds."""
        soonest = min(self.grant.expires, self.idle_at, self.vigil.silent_at, self.oath.at)
        frame = self.showing.panes.deadline()
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
            case Ack():
                return self.showing.ack(message, now)
            case Op() | Next() | Open():
                return self._ask(message)
            case Input() | Reason() | Leak() | Beat() | Answer() | Unfilm():
                return self._heard(message, now)
            case Bye():
                self.bye = True
                return []
            case Hello():
                raise ProtocolError("the stream was greeted twice")

    def _heard(self, said: Input | Reason | Leak | Beat | Answer | Unfilm, now: float) -> list[Effect]:
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
            case Unfilm():
                self.showing.panes.unfilm()
        return []

    def _arrange(self, asked: Panes | Survey | Watch | Probe, now: float) -> list[Effect]:
        match asked:
            case Probe():
                return self._probe(asked, now)
            case Panes(count=count):
                self.showing.panes.keep(lambda look: look.pane < count)
                return [PutAway(count)]
            case Survey(item=item):
                return [TakeSurvey(item)] if item == self.showing.item and not self.showing.is_over else []
            case Watch(session=session):
                return [] if self.showing.is_over else [Follow(session)]

    def _probe(self, probe: Probe, now: float) -> list[Effect]:
        """Values of the open item are told so many a minute; one too many has no answer."""
        controls = self.grant.controls
        if not may_tell(controls):
            return self._deny(probe)
        seen = self.showing.screen.context(probe.seen)
        if (
            seen is None
            or seen.view.item != self.showing.item
            or self.showing.is_over
            or min(probe.x, probe.y) < 0
        ):
            return []
        if not self._values.take(controls.values_per_min, now):
            return []
        return [TellValue(seen, int(probe.x), int(probe.y))]

    def _look(self, look: Look, now: float) -> list[Effect]:
        return [] if self.showing.look(look, self.grant.controls, now) else self._deny(look)

    def _ask(self, asked: Op | Next | Open) -> list[Effect]:
        if self.showing.is_over:
            return [Send(encode(Refused(op=asked.id, reason=_LOCKED)))] if isinstance(asked, Op) else []
        match asked:
            case Op():
                return self.desk.put(Commit(asked, self.showing.screen.context(asked.seen)))
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
        if self.showing.is_over or self.grant.controls.on_limit is not OnLimit.ASK:
            return []
        return [Explain(self.showing.item, reason.text)]

    def _touch(self, message: ClientMessage, now: float) -> list[Effect]:
        if self.showing.is_over or (isinstance(message, Input) and message.signal in _ABSENT):
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
        """The next frame to render, if one is due and the page has passed its test."""
        controls = self.grant.controls
        if controls.require_leak_test is LeakTest.PASS and not self.vigil.passed:
            return []
        return self.showing.frames(controls, now)

    def rendered(self, request: RenderRequest, frame: MarkedFrame, digest: str, now: float) -> list[Effect]:
        """The frame on its way, if it is still wanted."""
        return self.showing.rendered(request, frame, digest, self.grant.controls, now)

    def page(self, found: Page, now: float) -> list[Effect]:
        """The letters of the page that is shown, if they may still be."""
        return self.showing.page(found, self.grant.controls, now)

    def failed(self, request: RenderRequest, reason: str) -> list[Effect]:
        """A word on a view that can't be rendered, if it still matters."""
        if not self.showing.panes.drop(request):
            return []
        return [Send(encode(Notice(level="error", text=reason)))]

    def explained(self, item: str | None, now: float) -> list[Effect]:
        """The reason is in the log: no bound any more for `item`, if it is still open and the policy still asks."""
        if item == self.showing.item and self.grant.controls.on_limit is OnLimit.ASK:
            self.showing.free()
        return self.frames(now)

    def open(self, task: Task) -> None:
        """Let views of `task`'s item through, and of no other."""
        self.showing.open(task)

    def shadow(self, look: Look | None, *, exact: bool, coverage: Coverage | None, now: float) -> int:
        """Show what somebody else is shown, as `Showing.shadow`."""
        return self.showing.shadow(look, self.grant.controls, now, exact=exact, coverage=coverage)

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
        shown = self.showing.change(controls, now)
        return shown + [
            effect for message in self.desk.withdraw(self.grant.permits) for effect in denied(message)
        ]

    def blank(self, now: float) -> Send:
        """The frame that takes the picture away; the client takes the text away with it."""
        return self.showing.blank(now)

    def lock(self) -> None:
        """No frame leaves from now on, and no work is found; ops that wait are still done."""
        self.showing.stop()
        self.desk.give_up_work()
