"""Tasks: who labels what, and how far it is. What was drawn is in `annotations`, how it came about in `ops`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from gateway.store.annotations import AnnotationRow, annotations_of
from gateway.store.ops import CommentRow, OpRow, comments_of, ops_of
from gateway.store.schema import frames, items, projects, tasks, users
from gateway.store.transaction import Transaction

__all__ = [
    "ACCEPTED",
    "ANNOTATE",
    "RETURNED",
    "REVIEW",
    "AnnotationRow",
    "CommentRow",
    "DeskRow",
    "OpRow",
    "QueuedTask",
    "TaskRow",
    "add_task",
    "advance",
    "annotations_of",
    "comments_of",
    "count_waiting",
    "desk",
    "for_review",
    "next_for_annotator",
    "of_item",
    "of_project",
    "of_project_named",
    "ops_of",
    "set_lease",
    "task_by_id",
]

ANNOTATE, REVIEW, RETURNED, ACCEPTED = "annotate", "review", "returned", "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """A task. `stage`: annotate | review | returned | accepted; `annotator`, `reviewer`: user ids, None before there is one.

    `lease_until`, `created`, `changed`: UTC seconds. `revision` counts the ops on it from 1; 0 before the first.
    """

    id: str
    project: str
    item: str
    stage: str
    annotator: str | None
    reviewer: str | None
    lease_session: str | None
    lease_until: float | None
    priority: int
    revision: int
    created: float
    changed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskRow:
    """A task and all that an op on it is checked against. `rows`, `columns`: of the item in pixels; `user_name`: who asks."""

    task: TaskRow
    item_state: str
    subject: str
    rows: int
    columns: int
    frames: int
    labels: list[dict[str, Any]]
    user_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedTask:
    """A task in a reviewer's list, with its item's title and its annotator's name."""

    task: TaskRow
    title: str
    annotator_name: str | None


_TASK = sa.select(tasks).where(tasks.c.id == sa.bindparam("wanted"))
_DESK = (
    sa.select(
        tasks,
        items.c.state.label("item_state"),
        items.c.subject,
        items.c.rows,
        items.c.columns,
        projects.c.labels,
        sa.select(sa.func.count())
        .select_from(frames)
        .where(frames.c.item == tasks.c.item)
        .scalar_subquery()
        .label("frames"),
        sa.select(users.c.name)
        .where(users.c.id == sa.bindparam("user"))
        .scalar_subquery()
        .label("user_name"),
    )
    .join(items, items.c.id == tasks.c.item)
    .join(projects, projects.c.id == tasks.c.project)
    .where(tasks.c.id == sa.bindparam("wanted"))
    .with_for_update(of=tasks, key_share=True)
)
_SHOWN = sa.and_(tasks.c.project == sa.bindparam("of_project"), items.c.state == "released")
_MINE = sa.and_(tasks.c.annotator == sa.bindparam("user"), tasks.c.stage.in_((ANNOTATE, RETURNED)))
# Nobody's: never taken, or taken by a session that is over without a single op.
_FREE = sa.and_(
    tasks.c.stage == ANNOTATE,
    sa.or_(
        tasks.c.annotator.is_(None),
        sa.and_(tasks.c.revision == 0, tasks.c.lease_until < sa.bindparam("now")),
    ),
)
_IN_ORDER = (tasks.c.priority.desc(), tasks.c.created, tasks.c.id)
_NEXT_MINE = (
    sa.select(tasks)
    .join(items, items.c.id == tasks.c.item)
    .where(_SHOWN, _MINE)
    .order_by(sa.case((tasks.c.stage == ANNOTATE, 0), else_=1), *_IN_ORDER)
    .limit(1)
    .with_for_update(of=tasks, key_share=True)
)
_NEXT_FREE = (
    sa.select(tasks)
    .join(items, items.c.id == tasks.c.item)
    .where(_SHOWN, _FREE)
    .order_by(*_IN_ORDER)
    .limit(1)
    .with_for_update(of=tasks, key_share=True, skip_locked=True)
)
_LOCK_USER = sa.select(users.c.id).where(users.c.id == sa.bindparam("user")).with_for_update(key_share=True)
_WAITING = (
    sa.select(sa.func.count())
    .select_from(tasks.join(items, items.c.id == tasks.c.item))
    .where(_SHOWN, sa.or_(_MINE, _FREE))
)
_ADVANCE = (
    sa.update(tasks)
    .where(tasks.c.id == sa.bindparam("task"))
    .values(
        revision=sa.bindparam("new_revision"),
        stage=sa.bindparam("new_stage"),
        reviewer=sa.bindparam("new_reviewer"),
        changed=sa.bindparam("now"),
    )
)


def add_task(tx: Transaction, *, id: str, project: str, item: str, priority: int = 0) -> None:  # noqa: A002 - the column's name
    """Add a task that waits for an annotator. The higher `priority` comes first. Errors: Conflict."""
    values = {"id": id, "project": project, "item": item, "priority": priority}
    tx.connection.execute(
        sa.insert(tasks), {**values, "stage": ANNOTATE, "revision": 0, "created": tx.now, "changed": tx.now}
    )


def task_by_id(connection: sa.Connection, task: str) -> TaskRow | None:
    """The task `task`."""
    row = connection.execute(_TASK, {"wanted": task}).mappings().first()
    return TaskRow(**row) if row else None


def of_project(connection: sa.Connection, project: str, stages: Sequence[str]) -> list[TaskRow]:
    """The tasks of `project` in one of `stages`, oldest first."""
    wanted = (
        sa.select(tasks)
        .where(tasks.c.project == project, tasks.c.stage.in_(stages))
        .order_by(tasks.c.created, tasks.c.id)
    )
    return [TaskRow(**row) for row in connection.execute(wanted).mappings()]


def of_project_named(connection: sa.Connection, name: str) -> list[TaskRow]:
    """Every task of the project called `name`, oldest first."""
    wanted = (
        sa.select(tasks)
        .join(projects, projects.c.id == tasks.c.project)
        .where(projects.c.name == name)
        .order_by(tasks.c.created, tasks.c.id)
    )
    return [TaskRow(**row) for row in connection.execute(wanted).mappings()]


def of_item(connection: sa.Connection, item: str) -> list[TaskRow]:
    """Every task on `item`, oldest first."""
    wanted = sa.select(tasks).where(tasks.c.item == item).order_by(tasks.c.created, tasks.c.id)
    return [TaskRow(**row) for row in connection.execute(wanted).mappings()]


def desk(tx: Transaction, task: str, user: str) -> DeskRow | None:
    """The task `task`, locked until the transaction ends, with what an op of `user` on it is checked against."""
    row = tx.connection.execute(_DESK, {"wanted": task, "user": user}).mappings().first()
    if row is None:
        return None
    columns = dict(row)
    beside = {
        name: columns.pop(name)
        for name in ("item_state", "subject", "rows", "columns", "frames", "labels", "user_name")
    }
    return DeskRow(task=TaskRow(**columns), **beside)


def next_for_annotator(tx: Transaction, project: str, user: str, now: float) -> TaskRow | None:
    """What `user` is to do next, locked until the transaction ends; None if there is nothing.

    The task in hand, else one that came back, else the first that is nobody's. A task that somebody else is about to
    take is passed over (PostgreSQL), or taken already (SQLite).
    """
    tx.connection.execute(_LOCK_USER, {"user": user})  # two sessions of one person take one task, not two
    asked = {"of_project": project, "user": user, "now": now}
    for query in (_NEXT_MINE, _NEXT_FREE):
        row = tx.connection.execute(query, asked).mappings().first()
        if row:
            return TaskRow(**row)
    return None


def count_waiting(connection: sa.Connection, project: str, user: str, now: float) -> int:
    """How many tasks `user` could be given, the one in hand among them."""
    return connection.scalar(_WAITING, {"of_project": project, "user": user, "now": now}) or 0


def for_review(connection: sa.Connection, project: str, user: str) -> list[QueuedTask]:
    """The tasks that `user` may review, the longest waiting first: nobody reviews what they drew."""
    wanted = (
        sa.select(tasks, items.c.title, users.c.name.label("annotator_name"))
        .join(items, items.c.id == tasks.c.item)
        .outerjoin(users, users.c.id == tasks.c.annotator)
        .where(tasks.c.project == project, tasks.c.stage == REVIEW, items.c.state == "released")
        .where(sa.or_(tasks.c.annotator.is_(None), tasks.c.annotator != user))
        .order_by(tasks.c.priority.desc(), tasks.c.changed, tasks.c.id)
    )
    found = []
    for row in connection.execute(wanted).mappings():
        columns = dict(row)
        title, name = columns.pop("title"), columns.pop("annotator_name")
        found.append(QueuedTask(task=TaskRow(**columns), title=title, annotator_name=name))
    return found


def set_lease(tx: Transaction, task: str, *, annotator: str, session: str, until: float) -> None:
    """Give `task` to `annotator` in `session`; unless there is an op on it `until`, it is nobody's again."""
    tx.connection.execute(
        sa.update(tasks)
        .where(tasks.c.id == task)
        .values(annotator=annotator, lease_session=session, lease_until=until, changed=tx.now)
    )


def advance(tx: Transaction, task: TaskRow, *, stage: str, reviewer: str | None) -> int:
    """The task's revision after one more op, in `stage`. `task` is as it stands in the row that this transaction locked."""
    tx.connection.execute(
        _ADVANCE,
        {
            "task": task.id,
            "new_revision": task.revision + 1,
            "new_stage": stage,
            "new_reviewer": reviewer,
            "now": tx.now,
        },
    )
    return task.revision + 1
