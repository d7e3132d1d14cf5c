"""The stream's loop: one socket, one protocol machine, and the machine's effects carried out in order.

The machine decides; this module only moves bytes, has errands run and frames drawn, and hands the answers back.
"""

import asyncio
from functools import partial

from anyio.to_thread import run_sync

from gateway.errors import GatewayError
from gateway.sessions.controls import controls_of, settled
from gateway.store.sessions import SessionRow
from gateway.stream.effects import (
    Close,
    Denial,
    Effect,
    Exposure,
    Reading,
    Record,
    Send,
)
from gateway.stream.machine import Machine
from gateway.stream.replies import Notice, Watched
from gateway.web.deeds import Deeds
from gateway.web.errands import Step
from gateway.web.outbox import Outbox
from gateway.web.reading import file_reading
from gateway.web.services import Services
from gateway.web.sockets import StreamSocket
from gateway.web.uncovered import granted
from gateway.web.workplace import Workplace
from policies.controls import Controls

INBOX = 256  # messages that may wait; a client that sends faster waits in its own socket
LOST = "the server can't reach its store"


class StreamLoop:
    """One open stream; also what its socket and the watch over live sessions see of it.

    Steps of the machine are taken where they come up, on the event loop, and one after the other: no task is woken for
    a message or for a frame. Its session is a settled one (`sessions.controls`).
    """

    def __init__(self, services: Services, socket: StreamSocket, session: SessionRow) -> None:
        self._services = services
        self._socket = socket
        self._session = session
        self._loop = asyncio.get_running_loop()
        self._outbox = Outbox(socket)
        self._workplace = Workplace(services, session)
        self._monotonic = services.clock.monotonic
        self._zero = services.clock.now() - self._monotonic()
        self._machine = Machine(self._now(), film=services.films is not None)
        self._deeds = Deeds(services, self._workplace, self._machine, self._outbox, self._later)
        self._inbox: list[Step] = []  # short: an empty deque takes 760 bytes
        self._watched = False
        self._deaf = False  # while too much waits there
        self._timer: asyncio.TimerHandle | None = None
        self._alarm = 0.0  # when the timer goes off, UTC seconds
        self._stepping = False
        self._held_up = False  # by a word to the audit log that has to come first
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._done = False

    def _now(self) -> float:
        """UTC seconds that do not go back: the wall clock once, then the monotonic one."""
        return self._zero + self._monotonic()

    # --- what the rest of the server says to it
    @property
    def session(self) -> SessionRow:
        """The session as the stream knows it: its controls are those in force here."""
        return self._session

    @property
    def number(self) -> int:
        """Its number among the session's streams, from 1; 0 before it is open."""
        return self._workplace.stream

    def end(self, reason: str) -> None:
        """Blank the picture, say why, close."""
        self._urgent(lambda now: self._machine.end(reason, now))

    def lock(self, reason: str) -> None:
        """Blank the picture; the person signs in again."""
        self._urgent(lambda now: self._machine.lock(reason, now))

    def tell(self, text: str, session: SessionRow) -> None:
        """A line from an admin."""
        self._workplace.session = self._session = settled(session)
        self._urgent(lambda now: self._machine.tell(Notice(level="warning", text=text), now))

    def watched(self, *, on: bool) -> None:
        """Tell the person whether an admin looks over their shoulder, if that is news."""
        if on != self._watched and self.number:
            self._watched = on
            self._urgent(lambda now: self._machine.tell(Watched(on=on), now))

    def change_controls(self, controls: Controls, policies: tuple[str, ...], session: SessionRow) -> None:
        """Put other controls in force."""
        more = granted(policies) - granted(self._session.policies)
        self._workplace.session = self._session = settled(session)
        self._workplace.lightbox.cover()

        def step(now: float) -> list[Effect]:
            return self._machine.change_controls(
                controls, list(policies), now, expires=session.expires, policy=session.policy_digest
            )

        self._urgent(step)
        if more:
            self._deeds.errands.background(self._uncover())

    async def _uncover(self) -> None:
        """What a new grant unmasks of the open item is shown once it is known, and everything is drawn again."""
        found = await run_sync(self._workplace.find_uncovered)

        def step(now: float) -> list[Effect]:
            self._workplace.lightbox.lay_over(found)
            session = self._session
            return self._machine.change_controls(
                controls_of(session),
                session.policies,
                now,
                expires=session.expires,
                policy=session.policy_digest,
            )

        if found:
            self._urgent(step)

    def _urgent(self, step: Step) -> None:
        self._inbox.insert(0, step)
        self._go_on()

    def _later(self, step: Step) -> None:
        self._inbox.append(step)
        self._go_on()

    # --- what the socket says to it
    def received(self, data: bytes) -> None:
        """A message came."""
        if self._done:
            return
        self._inbox.append(partial(self._machine.receive, data))
        self._go_on()
        if len(self._inbox) >= INBOX and not self._deaf:
            self._deaf = True
            self._socket.listen(on=False)

    def writable(self, *, free: bool) -> None:
        """The way out is blocked, or `free` again."""
        self._outbox.writable(free=free)

    def lost(self) -> None:
        """The socket is gone, or closes: what came before is still taken."""
        self._later(self._gone)
        self._outbox.lost()

    def _gone(self, now: float) -> list[Effect]:
        effects = self._machine.gone(now)
        self._loop.call_soon(self._finish)  # once these effects are carried out
        return effects

    # --- the loop
    async def run(self) -> None:
        """Serve the stream until it is over; what was drawn is committed even if the socket is gone."""
        self._services.live.add(self._session.id, self)
        self._outbox.over.add_done_callback(lambda _: self._urgent(self._gone))
        self._socket.take_over(self)
        self._set_timer()
        try:
            await self._over
        finally:
            self._done = True
            self._deeds.close()
            self._services.live.remove(self._session.id, self)
            if self._timer is not None:
                self._timer.cancel()
            self._outbox.close(1000, "")
            await asyncio.wait([self._outbox.over])
            await self._leave()

    def _go_on(self) -> None:
        """Take the steps that wait, each to its end; called again from inside, it leaves them to the call outside."""
        if self._stepping:
            return
        self._stepping = True
        try:
            while self._inbox and not (self._held_up or self._done):
                now = self._zero + self._monotonic()
                self._carry_out(self._inbox.pop(0)(now), now)
        except GatewayError:
            self._give_up()
        except Exception as error:  # noqa: BLE001 - a defect of ours ends the stream, and is told where it is awaited
            self._finish(error)
        finally:
            self._stepping = False
        if not self._done:
            self._set_timer()
            if self._deaf and len(self._inbox) < INBOX:
                self._deaf = False
                self._socket.listen(on=True)

    def _give_up(self) -> None:
        """The store is out of reach: say so, and leave."""
        now = self._now()
        for effect in self._machine.end(LOST, now):
            if isinstance(effect, Send | Close):
                self._deeds.do(effect, now)
        self._finish()

    def _finish(self, error: Exception | None = None) -> None:
        self._done = True
        if self._over.done():
            return
        if error is None:
            self._over.set_result(None)
        else:
            self._over.set_exception(error)

    def _carry_out(self, effects: list[Effect], now: float) -> None:
        for position, effect in enumerate(effects):
            if type(effect) is Record and not isinstance(effect.event, Exposure):
                self._held_up = True
                self._deeds.errands.background(self._file(effect.event, effects[position + 1 :]))
                return
            self._deeds.do(effect, now)

    async def _file(self, event: Denial | Reading, rest: list[Effect]) -> None:
        """Have `event` in the audit log before anything that follows is done."""
        try:
            if isinstance(event, Denial):
                await run_sync(self._workplace.deny, event)
            else:
                await run_sync(file_reading, self._services.store, self._session, event)
        except GatewayError:
            self._give_up()
            return
        finally:
            self._held_up = False
        self._urgent(lambda _now: rest)

    def _set_timer(self) -> None:
        """Have the machine asked when its deadline comes; a timer that goes off early is set again then."""
        deadline = self._machine.deadline()
        if deadline is None or (self._timer is not None and self._alarm <= deadline):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._alarm = deadline
        self._timer = self._loop.call_later(max(0.0, deadline - self._now()), self._ring)

    def _ring(self) -> None:
        self._timer = None
        deadline = self._machine.deadline()
        if deadline is not None and deadline <= self._now():
            self._later(self._machine.due)
        elif not self._done:
            self._set_timer()

    async def _leave(self) -> None:
        """Wait for what is in hand; the store's part of it goes on though nobody is there."""
        await self._deeds.errands.rest()
        if not self._services.live.of(self._session.id):
            self._services.ledger.leave(self._session.id, self._now())
        await run_sync(self._workplace.leave)
