"""What one stream has done in the store: use cases on threads, one after the other, in the order in which they were asked for."""

import asyncio
import logging
from collections.abc import Callable, Coroutine

from anyio.to_thread import run_sync

from gateway.errors import GatewayError
from gateway.sessions.controls import controls_of
from gateway.stream.effects import (
    Commit,
    Effect,
    EndSession,
    Explain,
    FindWork,
    Leaks,
    Limit,
    LockSession,
    ReadPage,
    Redeem,
    Signal,
    TakeSurvey,
    TellValue,
)
from gateway.stream.grant import Grant
from gateway.stream.machine import Machine
from gateway.stream.replies import Receipt, Refused, Surveyed, Value
from gateway.web.reading import find_page
from gateway.web.services import Services
from gateway.web.workplace import Workplace

DEFECT = "something went wrong here; nothing that was saved is lost"
log = logging.getLogger(__name__)

Step = Callable[[float], list[Effect]]
Errand = (
    Commit
    | FindWork
    | TakeSurvey
    | ReadPage
    | TellValue
    | Redeem
    | LockSession
    | EndSession
    | Signal
    | Leaks
    | Explain
    | Limit
)


class Errands:
    """Those of one stream: `machine` gets their answers in steps that `later` takes."""

    def __init__(
        self, services: Services, workplace: Workplace, machine: Machine, later: Callable[[Step], None]
    ) -> None:
        self._services = services
        self._workplace = workplace
        self._machine = machine
        self._later = later
        self._last: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, errand: Errand) -> None:
        """Do `errand` after those that were asked for before."""

        async def work() -> None:
            try:
                await self._do(errand)
            except GatewayError as error:
                self._end(str(error))

        self._last = self.after(work)

    def after(self, work: Callable[[], Coroutine[None, None, None]]) -> asyncio.Task[None]:
        """Do `work` once the errands that were asked for before are done."""
        before = self._last

        async def later() -> None:
            if before is not None:
                await asyncio.wait({before})
            await work()

        return self.background(later())

    def background(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Do `work` beside the others."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    async def rest(self) -> None:
        """Wait for what is in hand; it goes on though nobody is there."""
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _finished(self, task: asyncio.Task[None]) -> None:
        """A defect of ours in the background ends the stream, loudly, instead of leaving it waiting for ever."""
        self._tasks.discard(task)
        if self._last is task:
            self._last = None
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("the stream of session %s ends on a defect", self._workplace.session.id, exc_info=error)
            self._end(DEFECT)

    def _end(self, reason: str, code: int = 1000) -> None:
        self._later(lambda now: self._machine.end(reason, now, code=code))

    async def _do(self, errand: Errand) -> None:
        match errand:
            case Commit(op=op, context=context):
                self._answer(await run_sync(self._workplace.commit, op, context))
                await self._tell_queue()
            case FindWork(kind=kind, task=task):
                found = await run_sync(self._workplace.find, kind, task)
                await asyncio.sleep(self._workplace.delay_s)
                coverage = self._workplace.coverage
                self._later(lambda now: self._machine.found(found, now, coverage=coverage))
            case TakeSurvey() | TellValue() | ReadPage():
                await self._look_up(errand)
            case Redeem():
                await self._redeem(errand)
            case LockSession() | EndSession():
                await run_sync(self._workplace.shut, errand)
            case Explain(item=item):
                await run_sync(self._workplace.note, errand)
                self._later(lambda now: self._machine.explained(item, now))
            case Signal() | Leaks() | Limit():
                await run_sync(self._workplace.note, errand)

    async def _look_up(self, wanted: TakeSurvey | TellValue | ReadPage) -> None:
        if isinstance(wanted, ReadPage):
            page = await run_sync(find_page, self._services.store, wanted)
            self._later(lambda now: self._machine.page(page, now))
            return
        found: Surveyed | Value | None
        if isinstance(wanted, TakeSurvey):
            found = await run_sync(self._workplace.survey, wanted.item)
        else:
            found = await run_sync(self._workplace.read_value, wanted.seen, wanted.column, wanted.row)
        if found is not None:
            self._later(lambda now: self._machine.tell(found, now))

    def _answer(self, answer: Receipt | Refused) -> None:
        if isinstance(answer, Receipt):
            self._later(lambda now: self._machine.receipt(answer, now))
        else:
            self._later(lambda now: self._machine.refuse(answer, now))

    async def _redeem(self, asked: Redeem) -> None:
        session = self._workplace.session
        redeem = self._services.sessions.redeem
        if not await run_sync(redeem, asked.ticket, session, asked.key, asked.proof):
            self._end("the ticket was used before or has expired, or it is not this page's", 1008)
            return
        welcome, first = await run_sync(self._workplace.welcome)
        session = self._workplace.session
        grant = Grant(
            session=session.id,
            user=session.user,
            role=session.role,
            project=session.project,
            controls=controls_of(session),
            expires=session.expires,
            policy=session.policy_digest,
            key=asked.key,
            seed=self._services.token_bytes(32),
        )
        self._later(lambda now: self._machine.admit(grant, now, welcome=welcome, first_frame=first))
        await self._tell_queue()

    async def _tell_queue(self) -> None:
        queue = await run_sync(self._workplace.queue)
        if queue is not None:
            self._later(lambda now: self._machine.tell(queue, now))
