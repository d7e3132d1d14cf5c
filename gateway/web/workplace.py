"""What one session does with the store and the tasks, as the stream's loop calls it: every method but one runs on a thread."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

import msgspec

from gateway.audit.events import Event, EventCode
from gateway.errors import Conflict, Denied, GatewayError, NotFound
from gateway.sessions.budgets import Verdict, count_limit, count_opening, judge_opening
from gateway.sessions.controls import controls_of
from gateway.store import exposures, items, marks, openings, projects, sessions, users
from gateway.store.framelists import FrameList
from gateway.store.items import ItemRow
from gateway.store.sessions import Happened, SessionRow, event_of
from gateway.store.tiles import is_large
from gateway.store.volumes import VolumeSource
from gateway.stream.coverage import Coverage
from gateway.stream.effects import (
    Denial,
    EndSession,
    Explain,
    Exposure,
    Leaks,
    Limit,
    LockSession,
    RenderRequest,
    Signal,
    Work,
)
from gateway.stream.messages import Op
from gateway.stream.replies import Notice, Queue, Receipt, Refused, Surveyed, Task, Value, Welcome
from gateway.tasks import committing, work
from gateway.tasks.work import OpenTask
from gateway.web.covering import covered
from gateway.web.marking import Marking, Viewer, conditions, render_job
from gateway.web.presenting import States, states_of
from gateway.web.services import Services
from gateway.web.surveying import survey
from gateway.web.telling import told
from gateway.web.track import Scene
from gateway.web.uncovered import Overlay, Uncovered, uncovered
from gateway.workers.rendering import RenderJob
from policies.deciding import may_open
from policies.delivering import keeps_views
from viewer.errors import ViewerError, ViewError
from viewer.render.view import View

AHEAD = 4  # slices in the direction of the scroll
_OPENED = 4


class Workplace:
    """One session's work: the open task and item, and the use cases around them."""

    def __init__(self, services: Services, session: SessionRow) -> None:
        self.session = session
        self.stream = 0  # its number among the session's, once it is open
        self._services = services
        self._store = services.store
        self._viewer = Viewer(user="", project="", number=None, secret=b"")
        self.delay_s = 0.0  # before the work that was found is told
        self.coverage: Coverage | None = None  # of its item, where the policy allows less than all of it
        self._item: ItemRow | None = None
        self._frames: FrameList | None = None
        self._last, self._step = -1, 0  # the slice that was drawn last, and which way the hand went
        self._volume: VolumeSource | None = None
        self._states = States()
        self._queue: Queue | None = None
        self._scene: tuple[SessionRow, Scene] | None = None
        self._opened: dict[str, FrameList] = {}  # of late: a frame of the item before may be on its way
        self._overlay = Overlay(services.renderer.cache)
        self._marking = Marking()

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
        self._viewer = Viewer(
            user=user.name if user else "",
            project=project.name if project else "",
            number=number,
            secret=self._store.keys.watermark[-1],
        )
        message = Welcome(
            session=session.id,
            user=self._viewer.user,
            role=session.role,
            project=self._viewer.project,
            controls=controls_of(session).to_dict(),
            policies=session.policies,
            labels=project.labels if project else [],
        )
        return message, first

    def leave(self) -> None:
        """The stream is over."""
        self._overlay.lay((), lambda: self.session)
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
        self._item, self._volume, self._states = item, None, states
        self._overlay.open(item.id, found.frames)
        self.lay_over(shown)
        if len(self._opened) > _OPENED:
            del self._opened[next(iter(self._opened))]
        if not is_large(item.rows, item.columns):
            self._services.renderer.cache.read_ahead(item.subject, found.frames.object(0))
        if controls_of(self.session).share_of_item < 1:
            self.coverage = covered(self._store, self.session.user, item, found.frames)
        return told(found, states)

    def _judge(self, item: ItemRow) -> Verdict:
        if self._item is not None and self._item.id == item.id:
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
        item = self._item
        if item is None or item.id != wanted:
            return Surveyed(item=wanted, planes=None, why="the item is not open")
        with self._store.read() as conn:
            rows = items.frames_of(conn, item.id)
        surveyed, self._volume = survey(item, rows, controls_of(self.session))
        return surveyed

    def read_value(self, seen: Exposure, column: int, row: int) -> Value | None:
        """The value of a pixel of what was `seen` of the open item; None where it can't be seen there."""
        try:
            job, _ = self.render_job(seen)
            found = self._services.renderer.read(job, column, row)
        except (GatewayError, ViewerError):  # another item was opened, or it was erased
            return None
        if found is None:
            return None
        return Value(
            seen=seen.seq, column=column, row=row, stored=list(found.stored),
            value=found.value, unit=found.unit, suv=found.suv,
        )  # fmt: skip

    def look_over(
        self, session: str, item: ItemRow, frames: FrameList, volume: VolumeSource | None, states: States
    ) -> None:
        """Have `item` open as `session` has it, whose person is looked at over the shoulder; runs on the event loop."""
        self._viewer, self._volume = replace(self._viewer, watched=session), volume
        self._frames, self._item, self._states, self._scene = frames, item, states, None
        self._overlay.open(item.id, frames)
        self._opened = {item.id: frames}

    def find_uncovered(self) -> tuple[Uncovered, ...]:
        """What is unmasked of the open item for this session alone."""
        return uncovered(self._store, self.session, self._item.id) if self._item else ()

    def lay_over(self, found: Sequence[Uncovered]) -> None:
        """Show `found` in the open item from now on, as far as the session may see it; runs on the event loop."""
        self._overlay.lay(found, lambda: self.session)
        self._show_overlay()

    def cover(self) -> None:
        """Show no more of what was unmasked than the session may still see; runs on the event loop."""
        if self._overlay.cover(lambda: self.session):
            self._show_overlay()

    def _show_overlay(self) -> None:
        if self._item is not None and self._overlay.frames is not None:
            self._frames = self._opened[self._item.id] = self._overlay.frames
            self._scene = None

    # --- frames
    def render_job(self, request: RenderRequest | Exposure) -> tuple[RenderJob, str]:
        """The frame to draw for `request`, and the masked frame's digest; runs on the event loop.

        Errors: ViewError for an item that is not open or a frame that it does not have.
        """
        view, item = request.view, self._item
        if item is None or self._frames is None or view.item != item.id:
            raise ViewError("that item is not open")
        mark = self._marking.of(self.session, self._viewer, item.title, request)
        if view.cut is not None:
            if self._volume is None:
                raise ViewError("the slices of this item make no volume that may be shown")
            job = render_job(self.session, self._viewer, item, "", request, self._volume, mark=mark)
            return job, item.masked_digest
        if view.frame >= len(self._frames):
            raise ViewError(f"there is no frame {view.frame + 1}: the item has {len(self._frames)}")
        key = self._frames.object(view.frame)
        subject = self._overlay.subject(item, key)
        if subject != item.subject:
            item = replace(item, subject=subject)
        state = self._states.of(view)
        job = render_job(self.session, self._viewer, item, key, request, state=state, mark=mark)
        return job, self._frames.digest(view.frame)

    def read_ahead(self, view: View) -> None:
        """Have the slices read that the hand is about to reach; they stay here until somebody looks at them."""
        item, frames, before = self._item, self._frames, self._last
        if view.cut is not None:
            return
        self._last = view.frame
        if item is None or frames is None or before == view.frame or view.item != item.id:
            return
        if is_large(item.rows, item.columns):
            return
        step = 1 if view.frame > before else -1
        goes_on = (
            view.frame - before == step and self._step == step
        )  # then the nearer ones were asked for before
        self._step = step
        for away in range(AHEAD if goes_on else 1, AHEAD + 1):
            position = view.frame + step * away
            if 0 <= position < len(frames):
                key = frames.object(position)
                self._services.renderer.cache.read_ahead(self._overlay.subject(item, key), key)

    def scene(self, item: str) -> Scene:
        """What holds for a frame of `item`, for the exposure ledger; runs on the event loop."""
        session = self.session
        if self._scene is None or self._scene[0] is not session or self._scene[1].item != item:
            scene = Scene.of(
                session=session.id,
                user=session.user,
                policy=session.policy_digest,
                item=item,
                order=self._opened[item].digests(),
                controls=conditions(session, self._store.keys, self._viewer.watched),
                kept=keeps_views(controls_of(session)),
            )
            self._scene = session, scene
        return self._scene[1]

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
