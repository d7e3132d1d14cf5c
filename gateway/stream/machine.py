"""The stream's protocol machine: what a client says goes in, what is to be done comes out. It does nothing itself.

    NEW ──hello──> ADMITTING ──admit──> OPEN ──lock──> LOCKED ──> CLOSED      (any state ──end, error──> CLOSED)

The caller owns one machine for one socket and uses it from one task. Each method returns effects; the caller does them
in order, and those of one call before those of the next. Then it asks `deadline()` anew and sets its timer by it.
`now` is in UTC seconds and must not go back: take the wall clock once, then add what the monotonic clock counts.

    it happens that                      call
    the socket is accepted               Machine(now)
    a message came, text or binary       receive(text, now)
    the time of `deadline()` has come    due(now)
    the session was locked, ended, or    lock(reason, now)   end(reason, now)
    got other controls, elsewhere        change_controls(controls, policies, now, expires=, policy=)
    something is to be told              tell(message, now)
    the socket is gone                   gone(now)

What each effect asks for, and what answers it, stands in `effects`. At most one Render, and at most one of Commit and FindWork,
is out at a time, and the machine works while they are: await them beside the loop. An answer that comes when it is too late is taken
and does nothing. `gone` and a client's bye may hand out several Commits at once: do them one after the other, behind the one in hand;
no answer is needed. `first_frame` is one more than the last frame number in the session's ledger, so that numbers are unique there.

A picture is shown only of the item that the last Task named. Nothing but `rendered`, which takes a MarkedFrame, makes a frame leave;
an Exposure is recorded before each.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum

import msgspec

from gateway.errors import ProtocolError
from gateway.stream.codec import decode, encode
from gateway.stream.coverage import Coverage
from gateway.stream.effects import Close, Effect, EndSession, LockSession, Redeem, RenderRequest, Send, Signal
from gateway.stream.grant import Grant
from gateway.stream.limits import Limits, TokenBucket
from gateway.stream.messages import Beat, Bye, ClientMessage, Hello, Input, Look
from gateway.stream.replies import (
    Controls,
    End,
    Lock,
    Page,
    Receipt,
    Refused,
    ServerMessage,
    Shadow,
    Task,
    Welcome,
)
from gateway.stream.tampering import halt
from gateway.stream.visit import Visit
from policies.actions import Action
from policies.controls import Controls as PolicyControls
from policies.deciding import permits
from viewer.render.frame import MarkedFrame

NORMAL, VIOLATION = 1000, 1008  # close codes, RFC 6455, 7.4.1
_REASON_BYTES = 123  # RFC 6455, 5.5: a close frame holds 125, two of them the code
_LIMITS = Limits()


class State(StrEnum):
    """Where a stream stands."""

    NEW = "new"
    ADMITTING = "admitting"
    OPEN = "open"
    LOCKED = "locked"
    CLOSED = "closed"


class Machine:
    """One stream. `state` is where it stands. `film`: frames may be a video's, if the client can decode it."""

    def __init__(self, now: float, *, limits: Limits = _LIMITS, film: bool = False) -> None:
        self.state = State.NEW
        self._limits = limits
        self._film = film
        self._hello_until = now + limits.hello_s
        self._bucket = TokenBucket(limits.messages_per_s, limits.burst, now)
        self._visit: Visit | None = None

    @property
    def grant(self) -> Grant | None:
        """The grant in force; None before `admit`."""
        return self._visit.grant if self._visit else None

    # --- the client
    def receive(self, text: str | bytes, now: float) -> list[Effect]:
        """What the client said. A message that is not as agreed, or one too many, ends the stream."""
        effects = self._overdue(now)
        if self.state is State.CLOSED:
            return effects
        if not self._bucket.take(now):
            return effects + self.end("too many messages came at once", now, code=VIOLATION)
        try:
            return effects + self._take(decode(text), now)
        except ProtocolError as error:
            return effects + self.end(str(error), now, code=VIOLATION)

    def gone(self, now: float) -> list[Effect]:  # noqa: ARG002 - every step takes the time
        """The socket is gone: what was drawn and waits is handed out, nothing is sent."""
        if self.state is State.CLOSED:
            return []
        self.state = State.CLOSED
        return self._visit.desk.leave() if self._visit else []

    # --- answers to effects
    def admit(self, grant: Grant, now: float, *, welcome: Welcome, first_frame: int = 1) -> list[Effect]:
        """The ticket was good: the stream is open under `grant`."""
        if self.state is not State.ADMITTING:
            return []
        self._visit = Visit(grant, self._limits, now, first_frame, film=self._film)
        self.state = State.OPEN
        return self._overdue(now) or [Send(encode(welcome))]

    def found(self, message: ServerMessage, now: float, *, coverage: Coverage | None = None) -> list[Effect]:
        """The answer to the ask for work: a task, or why there is none.

        `coverage`: what the person has seen of the task's item, where the policy allows less than all of it.
        """
        effects = self.tell(message, now)
        if self._visit is not None and isinstance(message, Task) and self._visit.showing.coverage is None:
            self._visit.showing.coverage = coverage  # of an item that was open before, the newer one is here
        if self._visit is None or self.state is State.CLOSED:
            return effects
        return effects + self._visit.desk.found()

    def rendered(
        self, request: RenderRequest, frame: MarkedFrame, masked_digest: str, now: float
    ) -> list[Effect]:
        """The frame of `request` is ready; `masked_digest` names the masked frame that it shows."""
        effects = self._overdue(now)
        if self._visit is None or self.state is not State.OPEN:
            return effects
        return self._visit.rendered(request, frame, masked_digest, now) + self._visit.frames(now)

    def failed(self, request: RenderRequest, reason: str, now: float) -> list[Effect]:
        """The frame of `request` can't be rendered; `reason` is for the person."""
        return self._if_open(now, lambda visit: visit.failed(request, reason) + visit.frames(now))

    def page(self, found: Page, now: float) -> list[Effect]:
        """The letters of a page that was asked for, or why there are none."""
        return self._if_open(now, lambda visit: visit.page(found, now))

    def explained(self, item: str | None, now: float) -> list[Effect]:
        """Why the person needs more of `item` than a budget allows is in the log."""
        return self._if_open(now, lambda visit: visit.explained(item, now))

    def receipt(self, receipt: Receipt, now: float) -> list[Effect]:
        """The op in hand is durable and audited."""
        return self._overdue(now) + self._answer(receipt)

    def refuse(self, refused: Refused, now: float) -> list[Effect]:
        """The op in hand was not done."""
        return self._overdue(now) + self._answer(refused)

    # --- the server
    def tell(self, message: ServerMessage, now: float) -> list[Effect]:
        """Send `message` if the stream is open; the item of a Task becomes the one that may be viewed."""
        effects = self._overdue(now)
        if self._visit is None or self.state is not State.OPEN:
            return effects
        if isinstance(message, Task):
            self._visit.open(message)
        return [Send(encode(message)), *self._visit.frames(now)]

    def shadow(
        self, look: Look | None, told: Shadow, now: float, *, exact: bool, coverage: Coverage | None = None
    ) -> list[Effect]:
        """Show what another session is shown: `look`, or nothing; `told` says whose it is. `exact`: it is text.

        `coverage`: as in `found`. A session that may not watch others (any more) is shown nothing.
        """
        effects = self._overdue(now)
        if self._visit is None or self.state is not State.OPEN:
            return effects
        if not permits(self._visit.grant.controls, Action.SESSION_WATCH):
            return [*effects, self._visit.blank(now)]
        answers = self._visit.shadow(look, exact=exact, coverage=coverage, now=now)
        blank = [] if answers else [self._visit.blank(now)]
        said = Send(encode(msgspec.structs.replace(told, answers=answers)))
        return [*effects, *blank, said, *self._visit.frames(now)]

    def change_controls(
        self,
        controls: PolicyControls,
        policies: Sequence[str],
        now: float,
        *,
        expires: float | None = None,
        policy: str | None = None,
    ) -> list[Effect]:
        """Put `controls` (and, if given, another end and policy digest) in force for what comes next."""
        if self._visit is None or self.state is State.CLOSED:
            return []
        effects = self._visit.change(controls, expires, policy, now)
        if self.state is State.LOCKED:
            return effects + self._overdue(now)
        effects.append(Send(encode(Controls(controls=controls.to_dict(), policies=list(policies)))))
        return effects + (self._overdue(now) or self._visit.frames(now))

    def lock(self, reason: str, now: float) -> list[Effect]:
        """The session is locked: the picture goes, and nothing is shown any more."""
        if self._visit is None or self.state is not State.OPEN:
            return []
        self.state = State.LOCKED
        self._visit.lock()
        return [self._visit.blank(now), Send(encode(Lock(reason=reason)), urgent=True)]

    def end(self, reason: str, now: float, *, code: int = NORMAL) -> list[Effect]:
        """The stream is over: the picture goes, the client hears why, the socket closes."""
        if self.state is State.CLOSED:
            return []
        blank = [self._visit.blank(now)] if self._visit and self.state is State.OPEN else []
        self.state = State.CLOSED
        brief = reason.encode()[:_REASON_BYTES].decode(errors="ignore")
        return [*blank, Send(encode(End(reason=reason)), urgent=True), Close(code, brief)]

    # --- time
    def due(self, now: float) -> list[Effect]:
        """What time alone brings: the exact frame of a resting hand, a new watermark, the lock, the end."""
        return self._if_open(
            now, lambda visit: visit.vigil.due(now) + visit.oath.due(now) + visit.frames(now)
        )

    def deadline(self) -> float | None:
        """When `due` has something to do if nothing else happens, UTC seconds; None for never."""
        if self.state is State.NEW:
            return self._hello_until
        if self._visit is None or self.state is State.CLOSED:
            return None
        return self._visit.grant.expires if self.state is State.LOCKED else self._visit.deadline()

    # --- inside
    def _if_open(self, now: float, do: Callable[[Visit], list[Effect]]) -> list[Effect]:
        """What `do` brings while the stream is open; what time brings before it."""
        effects = self._overdue(now)
        if self._visit is None or self.state is not State.OPEN:
            return effects
        return effects + do(self._visit)

    def _overdue(self, now: float) -> list[Effect]:
        """Asked at each step, so that a late timer lets nothing through."""
        visit = self._visit
        if visit is None:
            if self.state is not State.NEW or now < self._hello_until:
                return []
            return self.end(f"no hello came within {self._limits.hello_s:g} s", now, code=VIOLATION)
        if self.state is State.OPEN:
            if now < visit.idle_at and now < visit.grant.expires and now < visit.oath.fails_at:
                return []
        elif self.state is State.CLOSED or now < visit.grant.expires:
            return []
        return self._stop(visit, now)

    def _stop(self, visit: Visit, now: float) -> list[Effect]:
        """What follows from the time that has come."""
        if now >= visit.grant.expires:
            return self.end("the session has reached its longest duration", now)
        if now >= visit.idle_at:
            reason = "nothing was done for a while"
            return [*self.lock(reason, now), LockSession(reason)]
        reason = "the page did not show the key that this session belongs to"
        return [Signal("unproven"), *self.lock(reason, now), LockSession(reason)]

    def _take(self, message: ClientMessage, now: float) -> list[Effect]:
        if self._visit is None:
            return self._greet(message, now)
        effects = self._visit.take(message, now)
        if self._visit.bye:
            return [*effects, *self.gone(now), Close(NORMAL, "bye")]
        if self.state is not State.OPEN:
            return effects
        halted = self._overdue(now)
        if not halted and isinstance(message, Input | Beat):
            halted = self._react(self._visit, message, now)
        return effects + (halted or self._visit.frames(now))

    def _react(self, visit: Visit, message: Input | Beat, now: float) -> list[Effect]:
        """What the policy wants when developer tools seem to be open, or the page is not as it was sent."""
        signal = message.signal if isinstance(message, Input) else ""
        faults = message.faults if isinstance(message, Beat) else ()
        found = halt(visit.grant.controls, signal=signal, faults=faults)
        if found is None:
            return []
        if found.ends:
            return [EndSession(found.reason), *self.end(found.reason, now)]
        return [*self.lock(found.reason, now), LockSession(found.reason)]

    def _greet(self, message: ClientMessage, now: float) -> list[Effect]:
        if isinstance(message, Bye):
            return [*self.gone(now), Close(NORMAL, "bye")]
        if self.state is State.ADMITTING or not isinstance(message, Hello):
            raise ProtocolError("a message came before the stream was open")
        self.state = State.ADMITTING
        self._film = self._film and message.video
        return [Redeem(message.ticket, message.key, message.proof)]

    def _answer(self, answer: Receipt | Refused) -> list[Effect]:
        if self._visit is None or self.state is State.CLOSED:
            return []
        return self._visit.desk.answer(answer)
