"""Operations, the only truth about what was drawn, and what was said along with them."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from gateway.store.schema import comments, ops, users
from gateway.store.transaction import Transaction

DRAWING = ("create", "update", "delete")  # the kinds that can be undone


@dataclass(frozen=True, slots=True, kw_only=True)
class OpRow:
    """An operation. `revision`, `stage`: the task's after it; `time`: UTC seconds; `audit_index`: of its leaf.

    `before`, `after`: the annotation's state {"label", "frame", "geometry"}, None where there is none. `context`: what
    was on screen. `undone`: an undo took it back, and no redo brought it again.
    """

    id: str
    task: str
    session: str
    user: str
    kind: str
    annotation: str | None
    request_digest: str
    patch: dict[str, Any] | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    undone: bool
    revision: int
    stage: str
    time: float
    context: dict[str, Any] | None
    audit_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentRow:
    """What somebody said. `id`: the op's; `verdict`: accept | return, None for a plain remark; `time`: UTC seconds."""

    id: str
    task: str
    user: str
    verdict: str | None
    text: str
    time: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedComment:
    """A comment and the name of who wrote it."""

    row: CommentRow
    user_name: str


_BY_ID = sa.select(ops).where(ops.c.id == sa.bindparam("wanted"))
_OF_TASK = sa.select(ops).where(ops.c.task == sa.bindparam("of_task")).order_by(ops.c.revision)
_UNDOABLE = (
    sa.select(ops.c.id)
    .where(
        ops.c.task == sa.bindparam("of_task"),
        ops.c.user == sa.bindparam("of_user"),
        ops.c.kind.in_(DRAWING),
        ops.c.undone.is_(sa.false()),
    )
    .order_by(ops.c.revision)
)
_BY_OTHERS = sa.select(ops.c.id).where(
    ops.c.task == sa.bindparam("of_task"),
    ops.c.revision > sa.bindparam("base"),
    ops.c.session != sa.bindparam("of_session"),
    ops.c.kind != "comment",
)
_TASK_CHANGED = sa.select(_BY_OTHERS.exists())
_ANNOTATION_CHANGED = sa.select(_BY_OTHERS.where(ops.c.annotation == sa.bindparam("of_annotation")).exists())
_ADD = sa.insert(ops)
_SET_UNDONE = (
    sa.update(ops).where(ops.c.id == sa.bindparam("wanted")).values(undone=sa.bindparam("new_undone"))
)
_ADD_COMMENT = sa.insert(comments)
_COMMENTS = (
    sa.select(comments, users.c.name.label("user_name"))
    .join(users, users.c.id == comments.c.user)
    .where(comments.c.task == sa.bindparam("of_task"))
    .order_by(comments.c.time, comments.c.id)
)


def op_by_id(connection: sa.Connection, op: str) -> OpRow | None:
    """The operation `op`."""
    row = connection.execute(_BY_ID, {"wanted": op}).mappings().first()
    return OpRow(**row) if row else None


def ops_of(connection: sa.Connection, task: str) -> list[OpRow]:
    """Every operation on `task`, in order."""
    return [OpRow(**row) for row in connection.execute(_OF_TASK, {"of_task": task}).mappings()]


def undoable(connection: sa.Connection, task: str, user: str) -> list[str]:
    """The ids of the operations of `user` on `task` that an undo can take back, oldest first."""
    return list(connection.scalars(_UNDOABLE, {"of_task": task, "of_user": user}))


def changed_by_others(
    connection: sa.Connection, *, task: str, annotation: str | None, base: int, session: str
) -> bool:
    """Whether another session than `session` changed `annotation` after the task's revision `base`.

    Without an `annotation`: whether it changed anything about the task; comments change nothing.
    """
    asked: dict[str, object] = {"of_task": task, "base": base, "of_session": session}
    if annotation is None:
        return bool(connection.scalar(_TASK_CHANGED, asked))
    return bool(connection.scalar(_ANNOTATION_CHANGED, asked | {"of_annotation": annotation}))


def add_op(tx: Transaction, op: OpRow) -> None:
    """Add an operation. Errors: Conflict if its id or its task's revision is taken."""
    tx.connection.execute(_ADD, {column.name: getattr(op, column.name) for column in ops.columns})


def set_undone(tx: Transaction, op: str, *, undone: bool) -> None:
    """Note that `op` was taken back, or brought again."""
    tx.connection.execute(_SET_UNDONE, {"wanted": op, "new_undone": undone})


def add_comment(tx: Transaction, comment: CommentRow) -> None:
    """Add what somebody said."""
    tx.connection.execute(
        _ADD_COMMENT, {column.name: getattr(comment, column.name) for column in comments.columns}
    )


def comments_of(connection: sa.Connection, task: str) -> list[CommentRow]:
    """What was said about `task`, oldest first."""
    return [each.row for each in named_comments_of(connection, task)]


def named_comments_of(connection: sa.Connection, task: str) -> list[NamedComment]:
    """The same with names."""
    found = []
    for row in connection.execute(_COMMENTS, {"of_task": task}).mappings():
        columns: dict[str, Any] = {**row}
        name = columns.pop("user_name")
        found.append(NamedComment(row=CommentRow(**columns), user_name=name))
    return found
