"""The stream's loop: one socket, one protocol machine, and the machine's effects carried out in order.

The machine decides; this module only moves bytes, calls use cases on threads, and hands their answers back.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from functools import partial

from anyio.to_thread import run_sync
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.errors import GatewayError
from gateway.identity.cookies import SESSION_COOKIE
from gateway.sessions.controls import controls_of
from gateway.store.sessions import SessionRow
from gateway.stream.effects import (
    Close,
    Commit,
    Denial,
    Drawn,
    Effect,
    Exposure,
    FindWork,
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
from gateway.stream.messages import SUBPROTOCOL, Receipt, Refused
from gateway.web.outbox import Outbox
from gateway.web.routing import check_host
from gateway.web.services import Services
from gateway.web.workplace import Workplace
from policies.controls import Controls
from viewer.errors import ViewerError

INBOX = 256  # messages that may wait; a client that sends faster waits in its own socket
log = logging.getLogger(__name__)
LOST = "the server can't reach its store"

Step = Callable[[float], list[Effect]]
StoreEffect = (
    Commit | FindWork | Redeem | LockSession | Signal
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
    session = services.sessions.current(token) if token else None
    return session if session is not None and session.state == "active" else None


class StreamLoop:
    """One open stream; also what the watch over live sessions sees of it."""

    def __init__(self, services: Services, socket: WebSocket, session: SessionRow) -> None:
        self._services = services
        self._socket = socket
        self._session = session
        self._outbox = Outbox(socket)
        self._workplace = Workplace(services, session)
        self._wall = services.clock.now()
        self._started = services.clock.monotonic()
        self._machine = Machine(self._now())
        self._inbox: deque[Step] = deque()
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._store_work: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._done = False

    def _now(self) -> float:
        """UTC seconds that do not go back: the wall clock once, then the monotonic one."""
        return self._wall + self._services.clock.monotonic() - self._started

    # --- what the rest of the server says to it
    def end(self, reason: str) -> None:
        """Blank the picture, say why, close."""
        self._urgent(lambda now: self._machine.end(reason, now))

    def lock(self, reason: str) -> None:
        """Blank the picture; the person signs in again."""
        self._urgent(lambda now: self._machine.lock(reason, now))

    def change_controls(self, controls: Controls, policies: tuple[str, ...], session: SessionRow) -> None:
        """Put other controls in force."""
        self._workplace.session = self._session = session

        def step(now: float) -> list[Effect]:
            return self._machine.change_controls(
                controls, list(policies), now, expires=session.expires, policy=session.policy_digest
            )

        self._urgent(step)

    def _urgent(self, step: Step) -> None:
        self._inbox.appendleft(step)
        self._wake.set()

    def _later(self, step: Step) -> None:
        self._inbox.append(step)
        self._wake.set()

    # --- the loop
    async def run(self) -> None:
        """Serve the stream until it is over; what was drawn is committed even if the socket is gone."""
        self._services.live.add(self._session.id, self)
        writer = asyncio.create_task(self._write())
        reader = asyncio.create_task(self._read())
        try:
            while not self._done:
                step = await self._next_step()
                for effect in step(self._now()):
                    await self._do(effect)
        except GatewayError:
            for effect in self._machine.end(LOST, self._now()):
                if isinstance(effect, Send | Close):
                    await self._do(effect)
        finally:
            self._services.live.remove(self._session.id, self)
            reader.cancel()
            self._outbox.close(1000, "")
            await asyncio.gather(reader, writer, return_exceptions=True)
            await self._leave()

    async def _next_step(self) -> Step:
        while not self._inbox:
            self._wake.clear()
            deadline = self._machine.deadline()
            try:
                async with asyncio.timeout(None if deadline is None else max(0.0, deadline - self._now())):
                    await self._wake.wait()
            except TimeoutError:
                return self._machine.due
        self._room.set()
        return self._inbox.popleft()

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
        self._done = True
        return self._machine.gone(now)

    async def _write(self) -> None:
        with contextlib.suppress(TimeoutError, OSError, WebSocketDisconnect, RuntimeError):
            await self._outbox.run()
        self._urgent(self._gone)

    async def _leave(self) -> None:
        """Wait for what is in hand; the store's part of it goes on though nobody is there."""
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        await run_sync(self._workplace.leave)

    # --- effects
    async def _do(self, effect: Effect) -> None:
        match effect:
            case Send(data=data, urgent=urgent):
                self._outbox.put(data, urgent=urgent)
            case Record(event=event):
                await self._record(event)
            case Render(request=request):
                self._background(self._render(request))
            case Touch(now=at):
                self._services.ledger.touch(self._session.id, at)
            case Drawn(seq=seq):
                self._services.ledger.drawn(self._session.id, seq, self._now())
            case Close(code=code, reason=reason):
                self._outbox.close(code, reason)
            case _:
                self._after_store_work(effect)

    async def _record(self, event: Exposure | Denial) -> None:
        if isinstance(event, Denial):
            await run_sync(self._workplace.deny, event)
        else:
            self._services.ledger.record(self._session.id, self._session.user, event)

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
            self.end("something went wrong here; nothing that was saved is lost")

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
                self._later(lambda now: self._machine.found(found, now))
            case Redeem(ticket=ticket):
                await self._redeem(ticket)
            case LockSession(reason=reason):
                await run_sync(self._services.sessions.lock, self._session.id, reason)
            case Signal(kind=kind):
                await run_sync(self._workplace.signal, kind)

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

    async def _render(self, request: RenderRequest) -> None:
        try:
            job, digest = self._workplace.render_job(request)
            frame = await self._services.renderer.draw(job)
        except (GatewayError, ViewerError) as error:
            reason = str(error)
            self._later(lambda now: self._machine.failed(request, reason, now))
            return
        self._later(lambda now: self._machine.rendered(request, frame, digest, now))
