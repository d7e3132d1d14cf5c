"""The stream's loop: one socket, one protocol machine, and the machine's effects carried out in order.

The machine decides; this module only moves bytes, has errands run and frames drawn, and hands the answers back.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial

from anyio.to_thread import run_sync
from starlette.websockets import WebSocket

from gateway.errors import GatewayError
from gateway.identity.cookies import SESSION_COOKIE
from gateway.sessions.controls import controls_of, settled
from gateway.store.sessions import SessionRow
from gateway.stream.effects import (
    Close,
    Denial,
    Drawn,
    Effect,
    Exposure,
    Follow,
    PutAway,
    Reading,
    Record,
    Render,
    Send,
    TellValue,
    Touch,
)
from gateway.stream.machine import Machine
from gateway.stream.messages import SUBPROTOCOL
from gateway.stream.replies import Notice, Watched
from gateway.stream.viewlog import Told
from gateway.web.easel import Easel
from gateway.web.errands import Errands, Step
from gateway.web.outbox import Outbox
from gateway.web.reading import file_reading
from gateway.web.routing import check_host
from gateway.web.services import Services
from gateway.web.shoulder import Shoulder
from gateway.web.sockets import StreamSocket, socket_of
from gateway.web.uncovered import granted
from gateway.web.workplace import Workplace
from policies.controls import Controls

INBOX = 256  # messages that may wait; a client that sends faster waits in its own socket
LOST = "the server can't reach its store"


def endpoint(services: Services) -> Callable[[WebSocket], Coroutine[None, None, None]]:
    """The WebSocket endpoint: exact host and origin and a live session, all before the socket is accepted."""

    async def stream(socket: WebSocket) -> None:
        session = await run_sync(_admissible, services, socket)
        if session is None:
            await socket.close(1008)  # before accept: the handshake is answered with 403
            return
        await socket.accept(subprotocol=SUBPROTOCOL)
        await StreamLoop(services, socket_of(socket), session).run()

    return stream


def _admissible(services: Services, socket: WebSocket) -> SessionRow | None:
    try:
        check_host(services, socket.headers.get("host", ""))
    except GatewayError:
        return None
    if socket.headers.get("origin") not in services.origins or SUBPROTOCOL not in socket["subprotocols"]:
        return None
    token = socket.cookies.get(SESSION_COOKIE)
    session = services.sessions.current(token, services.visitor(socket)) if token else None
    return settled(session) if session is not None and session.state == "active" else None


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
        self._errands = Errands(services, self._workplace, self._machine, self._later)
        self._shoulder = Shoulder(services, self._workplace, self._machine, self._later)
        self._easel = Easel(services, self._workplace, self._machine, self._later)
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
            self._errands.background(self._uncover())

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
            self._easel.close()
            self._shoulder.close()
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
                self._do(effect, now)
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
                self._errands.background(self._file(effect.event, effects[position + 1 :]))
                return
            self._do(effect, now)

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
        await self._errands.rest()
        if not self._services.live.of(self._session.id):
            self._services.ledger.leave(self._session.id, self._now())
        await run_sync(self._workplace.leave)

    # --- effects
    def _do(self, effect: Effect, now: float) -> None:  # noqa: C901 - one case an effect
        match effect:
            case Send():
                self._send(effect)
            case Record(event=Exposure() as seen):
                self._services.ledger.record(self._workplace.lightbox.scene(seen.view.item), seen)
            case Render(request=request):
                self._easel.draw(request, now)
            case Drawn(seq=seq):
                self._services.ledger.drawn(self._session.id, seq, now)
            case Touch() | PutAway():
                self._note(effect)
            case TellValue():
                self._tell_value(effect)
            case Follow(session=watched):
                self._shoulder.follow(watched, self._errands.after)
            case Close(code=code, reason=reason):
                self._outbox.close(code, reason)
            case Record():
                raise TypeError("what is not a frame is recorded before anything else is done")
            case _:
                self._errands.run(effect)

    def _tell_value(self, wanted: TellValue) -> None:
        """Have the value read and told, once it is in the ledger that it is."""
        seen = wanted.seen
        told = Told(seq=seen.seq, column=wanted.column, row=wanted.row, at=round(self._now() * 1000))
        if self._services.ledger.told(self._workplace.lightbox.scene(seen.view.item), told):
            self._errands.run(wanted)

    def _note(self, effect: Touch | PutAway) -> None:
        ledger, session = self._services.ledger, self._session.id
        match effect:
            case Touch(now=at):
                ledger.touch(session, at)
            case PutAway(count=count):
                ledger.put_away(session, count, self._now())

    def _send(self, send: Send) -> None:
        self._outbox.put(send.data, send.payload, urgent=send.urgent)
        if send.urgent and isinstance(send.data, bytes):  # the blank
            self._services.ledger.gone(self._session.id, self._now())
