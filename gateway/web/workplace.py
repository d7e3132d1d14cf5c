"""What one session does with the store and the tasks, as the stream's loop calls it: every method but one runs on a thread."""

from typing import Unpack

import msgspec

from gateway.audit.events import Event, EventCode
from gateway.errors import Conflict, Denied, GatewayError, NotFound
from gateway.sessions.budgets import Verdict, count_limit, count_opening, judge_opening
from gateway.sessions.controls import controls_of
from gateway.store import exposures, items, marks, openings, projects, sessions, users
from gateway.store.items import ItemRow
from gateway.store.sessions import Happened, SessionRow, event_of
from gateway.stream.coverage import Coverage
from gateway.stream.effects import (
    Denial,
    EndSession,
    Explain,
    Exposure,
    Leaks,
    Limit,
    LockSession,
    Signal,
    Work,
)
from gateway.stream.messages import Op
from gateway.stream.replies import Notice, Queue, Receipt, Refused, Surveyed, Task, Value, Welcome
from gateway.tasks import committing, work
from gateway.tasks.work import OpenTask
from gateway.web.covering import covered
from gateway.web.lightbox import Lightbox
from gateway.web.marking import Viewer
from gateway.web.presenting import states_of
from gateway.web.services import Services
from gateway.web.surveying import survey
from gateway.web.telling import told
from gateway.web.uncovered import Uncovered, uncovered
from policies.deciding import may_open
from viewer.errors import ViewerError


class Workplace:
    """One session's work: the open task and item, and the use cases around them."""

    def __init__(self, services: Services, session: SessionRow) -> None:
        self.session = session
        self.stream = 0  # its number among the session's, once it is open
        self._services = services
        self._store = services.store
        self.delay_s = 0.0  # before the work that was found is told
        self.coverage: Coverage | None = None  # of its item, where the policy allows less than all of it
        self.lightbox = Lightbox(services, lambda: self.session)
        self._queue: Queue | None = None

    def welcome(self) -> tuple[Welcome, int]:
        """The first message, and the number of the session's next frame."""
        session = self.session
        with self._store.read() as conn:
            user = users.user_by_id(conn, session.user)
            project = projects.by_id(conn, session.project) if session.project else None
        with self._store.write() as tx:
            sessions.set_streaming(tx, session.id, streaming=True)
            self.stream = sessions.count_stream(tx, session.id)
            first = exposures.reserve(tx, session.id)
            number = marks.number_for(tx, session.id, self._services.token_bytes)
            tx.append(
                Event(
                    code=EventCode.STREAM_OPEN,
                    actor=session.user,
                    session=session.id,
                    payload={"mark": f"{number:08x}"},
                )
            )
        self.lightbox.viewer = Viewer(
            user=user.name if user else "",
            project=project.name if project else "",
            number=number,
            secret=self._store.keys.watermark[-1],
        )
        message = Welcome(
            session=session.id,
            user=self.lightbox.viewer.user,
            role=session.role,
            project=self.lightbox.viewer.project,
            controls=controls_of(session).to_dict(),
            policies=session.policies,
            labels=project.labels if project else [],
        )
        return message, first

    def leave(self) -> None:
        """The stream is over."""
        self.lightbox.close()
        with self._store.write() as tx:
            row = sessions.by_id(tx.connection, self.session.id)
            if row is not None and row.streams == self.stream:  # else another tab shows it now
                sessions.set_streaming(tx, self.session.id, streaming=False)
            tx.append(Event(code=EventCode.STREAM_CLOSE, actor=self.session.user, session=self.session.id))

    # --- tasks
    def find(self, kind: Work, task: str | None) -> Task | Notice:
        """The next task, or `task`; a notice if it can't be had. `delay_s` and `coverage` say more of it."""
        self.delay_s, self.coverage = 0.0, None
        try:
            if kind is Work.OPEN and task is not None:
                found: OpenTask | None = work.open_task(self._store, self.session, task)
            else:
                found = work.take_next(self._store, self.session)
            if found is None:
                return Task(id=None)
            verdict = self._judge(found.item)
            if not verdict.allowed:
                count_limit(self._store, self.session, found.item.id)
                return Notice(level="ask" if verdict.ask else "warning", text=verdict.why)
            self.delay_s = verdict.delay_s
            return self._open(found)
        except (Conflict, Denied, NotFound) as error:
            return Notice(level="warning", text=str(error))

    def _open(self, found: OpenTask) -> Task:
        item = found.item
        profile = str(item.report.get("profile", ""))
        if item.state != items.RELEASED or not may_open(controls_of(self.session), profile):
            raise Denied("this item is not masked as your session's policies require")
        with self._store.write() as tx:
            sessions.set_item(tx, self.session.id, item.id)
            count_opening(tx, self.session, item)
        shown = uncovered(self._store, self.session, item.id)
        states = states_of(self._store, item.id)
        self.lightbox.open(item, found.frames, shown, states)
        if controls_of(self.session).share_of_item < 1:
            self.coverage = covered(self._store, self.session.user, item, found.frames)
        return told(found, states)

    def _judge(self, item: ItemRow) -> Verdict:
        if self.lightbox.item is not None and self.lightbox.item.id == item.id:
            return Verdict(allowed=True)
        return judge_opening(self._store, self.session, item)

    def queue(self) -> Queue | None:
        """A reviewer's list if it changed since it was last told."""
        if self.session.role != "reviewer":
            return None
        queue = Queue(
            tasks=[msgspec.to_builtins(entry) for entry in work.review_queue(self._store, self.session)]
        )
        if queue == self._queue:
            return None
        self._queue = queue
        return queue

    def commit(self, op: Op, context: Exposure | None) -> Receipt | Refused:
        """The op's receipt once it is durable and audited, or why it was not done."""
        try:
            return committing.commit(
                self._store, self.session, op, msgspec.to_builtins(context) if context is not None else None
            )
        except GatewayError as error:
            return Refused(op=op.id, reason=str(error))

    def survey(self, wanted: str) -> Surveyed:
        """What the slices of the open item are as a whole. From here on its sections can be drawn, if they may be."""
        item = self.lightbox.item
        if item is None or item.id != wanted:
            return Surveyed(item=wanted, planes=None, why="the item is not open")
        with self._store.read() as conn:
            rows = items.frames_of(conn, item.id)
        surveyed, self.lightbox.volume = survey(item, rows, controls_of(self.session))
        return surveyed

    def read_value(self, seen: Exposure, column: int, row: int) -> Value | None:
        """The value of a pixel of what was `seen` of the open item; None where it can't be seen there."""
        try:
            job, _ = self.lightbox.render_job(seen)
            found = self._services.renderer.read(job, column, row)
        except (GatewayError, ViewerError):  # another item was opened, or it was erased
            return None
        if found is None:
            return None
        return Value(
            seen=seen.seq, column=column, row=row, stored=list(found.stored),
            value=found.value, unit=found.unit, suv=found.suv,
        )  # fmt: skip

    def find_uncovered(self) -> tuple[Uncovered, ...]:
        """What is unmasked of the open item for this session alone."""
        return uncovered(self._store, self.session, self.lightbox.item.id) if self.lightbox.item else ()

    # --- evidence
    def deny(self, denial: Denial) -> None:
        """Record a message that the grant did not permit."""
        self._record(EventCode.OP_REFUSED, object=denial.object, decision="deny")

    def note(self, said: Signal | Leaks | Explain | Limit) -> None:
        """Record what the page or the machine noticed, or what the person said."""
        match said:
            case Signal(kind=kind, faults=faults):
                payload = {"faults": list(faults)} if faults else None
                self._record(EventCode.CLIENT_SIGNAL, details={"signal": kind}, payload=payload)
            case Leaks(passed=passed, failed=failed):
                self._record(
                    EventCode.LEAK_TEST,
                    details={"count": len(passed), "failures": len(failed)},
                    payload={"passed": list(passed), "failed": list(failed)},
                    decision="deny" if failed else "allow",
                )
            case Explain(text=text):
                with self._store.write() as tx:
                    openings.give_reason(tx, self.session.user)
                    tx.append(event_of(self.session, EventCode.EXPOSURE_REASON, payload={"text": text}))
            case Limit(item=item):
                count_limit(self._store, self.session, item)

    def shut(self, wanted: LockSession | EndSession) -> None:
        """Lock or end the session."""
        sessions_of = self._services.sessions
        if isinstance(wanted, LockSession):
            sessions_of.lock(self.session.id, wanted.reason)
        else:
            sessions_of.end(self.session.id, wanted.reason, by=self.session.user)

    def _record(self, code: EventCode, **more: Unpack[Happened]) -> None:
        with self._store.write() as tx:
            tx.append(event_of(self.session, code, **more))
