"""The stream's loop: one socket, one protocol machine, and the machine's effects carried out in order.

The machine decides; this module only moves bytes, calls use cases on threads, and hands their answers back.
"""

import asyncio
import contextlib
import logging
import zlib
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial

from anyio.to_thread import run_sync
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.errors import GatewayError
from gateway.identity.cookies import SESSION_COOKIE
from gateway.sessions.controls import controls_of, settled
from gateway.store.sessions import SessionRow
from gateway.stream.effects import (
    Close,
    Commit,
    Denial,
    Drawn,
    Effect,
    EndSession,
    Explain,
    Exposure,
    FindWork,
    Leaks,
    Limit,
    LockSession,
    Record,
    Redeem,
    Render,
    RenderRequest,
    Send,
    Signal,
    Touch,
)
from gateway.stream.grant import Grant
from gateway.stream.machine import Machine
from gateway.stream.messages import SUBPROTOCOL, Notice, Receipt, Refused
from gateway.stream.pacing import EPOCH_S
from gateway.web.outbox import Outbox
from gateway.web.routing import check_host
from gateway.web.services import Services
from gateway.web.workplace import Workplace
from gateway.workers.rendering import Drawn as Rendered
from policies.controls import Controls
from viewer.errors import ViewerError
from viewer.render.frame import MarkedFrame

INBOX = 256  # messages that may wait; a client that sends faster waits in its own socket
log = logging.getLogger(__name__)
LOST = "the server can't reach its store"
DEFECT = "something went wrong here; nothing that was saved is lost"

Step = Callable[[float], list[Effect]]
StoreEffect = (
    Commit | FindWork | Redeem | LockSession | EndSession | Signal | Leaks | Explain | Limit
)  # done in the order in which they were asked for


def endpoint(services: Services) -> Callable[[WebSocket], Coroutine[None, None, None]]:
    """The WebSocket endpoint: exact host and origin and a live session, all before the socket is accepted."""

    async def stream(socket: WebSocket) -> None:
        session = await run_sync(_admissible, services, socket)
        if session is None:
            await socket.close(1008)  # before accept: the handshake is answered with 403
            return
        await socket.accept(subprotocol=SUBPROTOCOL)
        await StreamLoop(services, socket, session).run()

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
    return session if session is not None and session.state == "active" else None


class StreamLoop:
    """One open stream; also what the watch over live sessions sees of it.

    Steps of the machine are taken where they come up, on the event loop, and one after the other: no task is woken for
    a message or for a frame.
    """

    def __init__(self, services: Services, socket: WebSocket, session: SessionRow) -> None:
        self._services = services
        self._socket = socket
        self._session = session = settled(session)
        self._loop = asyncio.get_running_loop()
        self._outbox = Outbox(socket)
        self._workplace = Workplace(services, session)
        self._wall = services.clock.now()
        self._started = services.clock.monotonic()
        self._machine = Machine(self._now())
        self._inbox: deque[Step] = deque()
        self._room = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._alarm = 0.0  # when the timer goes off, UTC seconds
        self._stepping = False
        self._held_up = False  # by a word to the audit log that has to come first
        self._store_work: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._marked: dict[tuple[int, float], RenderRequest] = {}
        self._marked_epoch = -1
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._done = False

    def _now(self) -> float:
        """UTC seconds that do not go back: the wall clock once, then the monotonic one."""
        return self._wall + self._services.clock.monotonic() - self._started

    # --- what the rest of the server says to it
    @property
    def session(self) -> SessionRow:
        """The session as the stream knows it: its controls are those in force here."""
        return self._session

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

    def change_controls(self, controls: Controls, policies: tuple[str, ...], session: SessionRow) -> None:
        """Put other controls in force."""
        self._workplace.session = self._session = settled(session)

        def step(now: float) -> list[Effect]:
            return self._machine.change_controls(
                controls, list(policies), now, expires=session.expires, policy=session.policy_digest
            )

        self._urgent(step)

    def _urgent(self, step: Step) -> None:
        self._inbox.appendleft(step)
        self._go_on()

    def _later(self, step: Step) -> None:
        self._inbox.append(step)
        self._go_on()

    # --- the loop
    async def run(self) -> None:
        """Serve the stream until it is over; what was drawn is committed even if the socket is gone."""
        self._services.live.add(self._session.id, self)
        writer = asyncio.create_task(self._write())
        reader = asyncio.create_task(self._read())
        self._set_timer()
        try:
            await self._over
        finally:
            self._done = True
            self._services.live.remove(self._session.id, self)
            if self._timer is not None:
                self._timer.cancel()
            reader.cancel()
            self._outbox.close(1000, "")
            await asyncio.gather(reader, writer, return_exceptions=True)
            await self._leave()

    def _go_on(self) -> None:
        """Take the steps that wait, each to its end; called again from inside, it leaves them to the call outside."""
        if self._stepping:
            return
        self._stepping = True
        try:
            while self._inbox and not (self._held_up or self._done):
                self._carry_out(self._inbox.popleft()(self._now()))
        except GatewayError:
            self._give_up()
        except Exception as error:  # noqa: BLE001 - a defect of ours ends the stream, and is told where it is awaited
            self._finish(error)
        finally:
            self._stepping = False
        if not self._done:
            self._room.set()
            self._set_timer()

    def _give_up(self) -> None:
        """The store is out of reach: say so, and leave."""
        for effect in self._machine.end(LOST, self._now()):
            if isinstance(effect, Send | Close):
                self._do(effect)
        self._finish()

    def _finish(self, error: Exception | None = None) -> None:
        self._done = True
        if self._over.done():
            return
        if error is None:
            self._over.set_result(None)
        else:
            self._over.set_exception(error)

    def _carry_out(self, effects: list[Effect]) -> None:
        for position, effect in enumerate(effects):
            if isinstance(effect, Record) and isinstance(effect.event, Denial):
                self._held_up = True
                self._background(self._deny(effect.event, effects[position + 1 :]))
                return
            self._do(effect)

    async def _deny(self, denial: Denial, rest: list[Effect]) -> None:
        """Have `denial` in the audit log before anything that follows is done."""
        try:
            await run_sync(self._workplace.deny, denial)
        except GatewayError:
            self._give_up()
            return
        finally:
            self._held_up = False
        self._inbox.appendleft(lambda _now: rest)
        self._go_on()

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

    async def _read(self) -> None:
        """Take messages in, as long as there is room."""
        try:
            while True:
                message = await self._socket.receive()
                if message["type"] != "websocket.receive":
                    break
                text = message.get("text")
                data: str | bytes = text if text is not None else message.get("bytes") or b""
                while len(self._inbox) >= INBOX:
                    self._room.clear()
                    await self._room.wait()
                self._later(partial(self._machine.receive, data))
        except (WebSocketDisconnect, RuntimeError):
            pass  # RuntimeError is starlette's word for a socket that was closed meanwhile
        self._later(self._gone)

    def _gone(self, now: float) -> list[Effect]:
        effects = self._machine.gone(now)
        self._loop.call_soon(self._finish)  # once these effects are carried out
        return effects

    async def _write(self) -> None:
        with contextlib.suppress(TimeoutError, OSError, WebSocketDisconnect, RuntimeError):
            await self._outbox.run()
        self._urgent(self._gone)

    async def _leave(self) -> None:
        """Wait for what is in hand; the store's part of it goes on though nobody is there."""
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        if not self._services.live.of(self._session.id):
            self._services.ledger.leave(self._session.id, self._now())
        await run_sync(self._workplace.leave)

    # --- effects
    def _do(self, effect: Effect) -> None:
        match effect:
            case Send():
                self._send(effect)
            case Record(event=Exposure() as seen):
                self._services.ledger.record(self._workplace.scene(seen.view.item), seen)
            case Render(request=request):
                self._render(request)
            case Touch(now=at):
                self._services.ledger.touch(self._session.id, at)
            case Drawn(seq=seq):
                self._services.ledger.drawn(self._session.id, seq, self._now())
            case Close(code=code, reason=reason):
                self._outbox.close(code, reason)
            case Record():
                raise TypeError("a denial is recorded before anything else is done")
            case _:
                self._after_store_work(effect)

    def _send(self, send: Send) -> None:
        self._outbox.put(send.data, urgent=send.urgent)
        if send.urgent and isinstance(send.data, bytes):  # the blank
            self._services.ledger.gone(self._session.id, self._now())

    def _background(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[None]) -> None:
        """A defect of ours in the background ends the stream, loudly, instead of leaving it waiting for ever."""
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("the stream of session %s ends on a defect", self._session.id, exc_info=error)
            self.end(DEFECT)

    def _after_store_work(self, effect: StoreEffect) -> None:
        """Use cases run one after the other, in the order in which they were asked for."""
        before = self._store_work

        async def work() -> None:
            if before is not None:
                await asyncio.wait({before})
            try:
                await self._store_effect(effect)
            except GatewayError as error:
                reason = str(error)
                self._later(lambda now: self._machine.end(reason, now))

        self._store_work = self._background(work())

    async def _store_effect(self, effect: StoreEffect) -> None:
        match effect:
            case Commit(op=op, context=context):
                answer = await run_sync(self._workplace.commit, op, context)
                self._answer(answer)
                await self._tell_queue()
            case FindWork(kind=kind, task=task):
                found = await run_sync(self._workplace.find, kind, task)
                await asyncio.sleep(self._workplace.delay_s)
                coverage = self._workplace.coverage
                self._later(lambda now: self._machine.found(found, now, coverage=coverage))
            case Redeem(ticket=ticket):
                await self._redeem(ticket)
            case LockSession() | EndSession():
                await run_sync(self._workplace.shut, effect)
            case Signal() | Leaks() | Explain() | Limit():
                await run_sync(self._workplace.note, effect)

    def _answer(self, answer: Receipt | Refused) -> None:
        if isinstance(answer, Receipt):
            self._later(lambda now: self._machine.receipt(answer, now))
        else:
            self._later(lambda now: self._machine.refuse(answer, now))

    async def _redeem(self, ticket: str) -> None:
        if not await run_sync(self._services.sessions.redeem, ticket, self._session):
            self._later(
                lambda now: self._machine.end("the ticket was used before or has expired", now, code=1008)
            )
            return
        welcome, first = await run_sync(self._workplace.welcome)
        grant = Grant(
            session=self._session.id,
            user=self._session.user,
            role=self._session.role,
            project=self._session.project,
            controls=controls_of(self._session),
            expires=self._session.expires,
            policy=self._session.policy_digest,
        )
        self._later(lambda now: self._machine.admit(grant, now, welcome=welcome, first_frame=first))
        await self._tell_queue()

    async def _tell_queue(self) -> None:
        queue = await run_sync(self._workplace.queue)
        if queue is not None:
            self._later(lambda now: self._machine.tell(queue, now))

    # --- frames
    def _render(self, request: RenderRequest) -> None:
        try:
            job, digest = self._workplace.render_job(request)
        except (GatewayError, ViewerError) as error:
            self._take_frame(request, "", error)
            return
        loop = self._loop

        def then(drawn: Rendered) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits for it any more
                loop.call_soon_threadsafe(self._take_frame, request, digest, drawn)

        self._services.renderer.ask(self, job, then)
        self._mark_ahead(request)
        self._workplace.read_ahead(request.view)

    def _take_frame(self, request: RenderRequest, digest: str, drawn: Rendered) -> None:
        if isinstance(drawn, MarkedFrame):
            self._later(lambda now: self._machine.rendered(request, drawn, digest, now))
        elif isinstance(drawn, GatewayError | ViewerError):
            reason = str(drawn)
            self._later(lambda now: self._machine.failed(request, reason, now))
        else:
            log.error("the stream of session %s ends on a defect", self._session.id, exc_info=drawn)
            self.end(DEFECT)

    def _mark_ahead(self, request: RenderRequest) -> None:
        """Have the next epoch's marks made before it comes, each session at a moment of its own."""
        if request.epoch != self._marked_epoch:
            self._marked_epoch = request.epoch
            self._marked = {}
            share = zlib.crc32(self._session.id.encode()) / 2**32
            until_end = (request.epoch + 1) * EPOCH_S - self._now()
            self._loop.call_later(until_end * (0.2 + 0.6 * share), self._prepare, request.epoch)
        self._marked[request.view.width * request.view.height, request.encoding.shrink] = request

    def _prepare(self, epoch: int) -> None:
        if self._done or epoch != self._marked_epoch:
            return
        for request in self._marked.values():
            with contextlib.suppress(GatewayError, ViewerError):  # the item was closed meanwhile
                job, _ = self._workplace.render_job(replace(request, epoch=epoch + 1))
                self._services.renderer.marks.ask(job.mark())
