"""Which work a session gets: the next task for an annotator, one of their choice for a reviewer."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from gateway.audit.events import EventCode
from gateway.errors import Denied, NotFound
from gateway.store import annotations, items, ops, tasks
from gateway.store.annotations import NamedAnnotation
from gateway.store.framelists import FrameList, frame_list
from gateway.store.items import ItemRow
from gateway.store.opening import Store
from gateway.store.ops import NamedComment
from gateway.store.sessions import SessionRow, event_of
from gateway.store.tasks import TaskRow
from gateway.store.transaction import Transaction

REVIEWER = "reviewer"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTask:
    """A task and all that its screen shows.

    `mode`: annotate | review | read. `annotations`: [{"id", "label", "frame", "geometry", "revision", "author"}];
    `comments`: [{"text", "verdict", "by", "time"}]; `history`: ids of this person's ops that an undo can take back,
    oldest first; `waiting`: how many more tasks this person could be given. People appear by name.
    """

    task: TaskRow
    item: ItemRow
    frames: FrameList
    mode: str
    annotations: list[dict[str, Any]]
    comments: list[dict[str, Any]]
    history: list[str]
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEntry:
    """A task in a reviewer's list. `annotator`: a name; `changed`: UTC seconds."""

    id: str
    title: str
    stage: str
    annotator: str
    changed: float


class _Around(NamedTuple):
    """Who looks: the session, and their project."""

    session: SessionRow
    project: str


def take_next(store: Store, session: SessionRow) -> OpenTask | None:
    """The session's next task, which is this person's from now on; None if there is no work.

    The task in hand, else one that was returned to them, else the first of the queue. No task is given to two people;
    one that was given and never drawn on goes back to the queue when the session's time is up.
    Errors: Denied outside a project.
    """
    project = _project_of(session)
    with store.write() as tx:
        task = tasks.next_for_annotator(tx, project, session.user, tx.now)
        if task is None:
            return None
        if (task.annotator, task.lease_session) != (session.user, session.id):
            _take(tx, task, session)
        now = tx.now
        taken = tasks.task_by_id(tx.connection, task.id)
        if taken is None:
            raise NotFound(f"there is no task `{task.id}`")
    return _opened(store, _Around(session, project), taken, now)


def open_task(store: Store, session: SessionRow, task: str) -> OpenTask:
    """The task `task` of the session's project: to review it, to go on with it, or only to read it.

    Errors: NotFound if it is not there, or not for this person; Denied outside a project.
    """
    project = _project_of(session)
    with store.read() as connection:
        found = tasks.task_by_id(connection, task)
    if found is None or found.project != project or not _may_read(found, session):
        raise NotFound(f"there is no task `{task}` for you in this project")
    return _opened(store, _Around(session, project), found, store.clock.now())


def review_queue(store: Store, session: SessionRow) -> list[QueueEntry]:
    """What waits for a review by this person, in order. Errors: Denied outside a project."""
    project = _project_of(session)
    with store.read() as connection:
        waiting = tasks.for_review(connection, project, session.user)
    return [
        QueueEntry(
            id=each.task.id,
            title=each.title,
            stage=each.task.stage,
            annotator=each.annotator_name or "",
            changed=each.task.changed,
        )
        for each in waiting
    ]


def shown_annotation(named: NamedAnnotation) -> dict[str, Any]:
    """An annotation as messages hold it."""
    row = named.row
    return {
        "id": row.id,
        "label": row.label,
        "frame": row.frame,
        "geometry": row.geometry,
        "revision": row.revision,
        "author": named.author_name,
    }


def _take(tx: Transaction, task: TaskRow, session: SessionRow) -> None:
    tasks.set_lease(tx, task.id, annotator=session.user, session=session.id, until=session.expires)
    tx.append(
        event_of(
            session,
            EventCode.TASK_TAKE,
            object=task.id,
            decision="allow",
            details={"revision": task.revision},
        )
    )


def _opened(store: Store, around: _Around, task: TaskRow, now: float) -> OpenTask:
    session, user = around.session, around.session.user
    with store.read() as connection:
        item = items.item_by_id(connection, task.item)
        frames = frame_list(connection, task.item)
        if item is None or item.state != items.RELEASED or frames is None:
            raise NotFound(f"the item of the task `{task.id}` is not released")
        drawn = annotations.named_annotations_of(connection, task.id)
        said = ops.named_comments_of(connection, task.id)
        mode = _mode(task, session)
        history = ops.undoable(connection, task.id, user) if mode == "annotate" else []
        waiting = (
            len(tasks.for_review(connection, around.project, user))
            if session.role == REVIEWER
            else tasks.count_waiting(connection, around.project, user, now)
        )
    if mode != "read" and waiting:
        waiting -= 1  # the one that is open
    return OpenTask(
        task=task,
        item=item,
        frames=frames,
        mode=mode,
        annotations=[shown_annotation(each) for each in drawn],
        comments=[_shown_comment(each) for each in said],
        history=history,
        waiting=waiting,
    )


def _mode(task: TaskRow, session: SessionRow) -> str:
    if task.annotator == session.user:
        return "annotate" if task.stage in {tasks.ANNOTATE, tasks.RETURNED} else "read"
    return "review" if session.role == REVIEWER and task.stage == tasks.REVIEW else "read"


def _may_read(task: TaskRow, session: SessionRow) -> bool:
    return session.user == task.annotator or session.role == REVIEWER


def _shown_comment(named: NamedComment) -> dict[str, Any]:
    row = named.row
    return {"text": row.text, "verdict": row.verdict, "by": named.user_name, "time": row.time}


def _project_of(session: SessionRow) -> str:
    if session.project is None:
        raise Denied("this session is not in a project")
    return session.project
