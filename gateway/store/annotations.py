"""Annotations as they are now: the fold of the ops on them."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from gateway.store.schema import annotations, users
from gateway.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationRow:
    """An annotation. `geometry`: as on the wire; `author`: the user id of who drew it first.

    `revision`: the task's at its last change; `created`: UTC seconds.
    """

    id: str
    task: str
    item: str
    author: str
    label: str
    frame: int
    geometry: dict[str, Any]
    revision: int
    deleted: bool
    created: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedAnnotation:
    """An annotation and its author's name."""

    row: AnnotationRow
    author_name: str


_NAMED = sa.select(annotations, users.c.name.label("author_name")).join(
    users, users.c.id == annotations.c.author
)
_BY_ID = _NAMED.where(annotations.c.id == sa.bindparam("wanted"))
_OF_TASK = _NAMED.where(
    annotations.c.task == sa.bindparam("of_task"), annotations.c.deleted.is_(sa.false())
).order_by(annotations.c.created, annotations.c.id)
_ADD = sa.insert(annotations)
_CHANGE = (
    sa.update(annotations)
    .where(annotations.c.id == sa.bindparam("wanted"))
    .values(
        {name: sa.bindparam(f"new_{name}") for name in ("label", "frame", "geometry", "revision", "deleted")}
    )
)


def annotation(connection: sa.Connection, wanted: str) -> NamedAnnotation | None:
    """The annotation `wanted`, even if it is deleted."""
    row = connection.execute(_BY_ID, {"wanted": wanted}).mappings().first()
    return _named(row) if row else None


def annotations_of(connection: sa.Connection, task: str) -> list[AnnotationRow]:
    """The annotations of `task` that are not deleted, oldest first."""
    return [each.row for each in named_annotations_of(connection, task)]


def named_annotations_of(connection: sa.Connection, task: str) -> list[NamedAnnotation]:
    """The same with their authors' names."""
    return [_named(row) for row in connection.execute(_OF_TASK, {"of_task": task}).mappings()]


def add_annotation(tx: Transaction, row: AnnotationRow) -> None:
    """Add an annotation. Errors: Conflict if its id is taken."""
    tx.connection.execute(_ADD, {column.name: getattr(row, column.name) for column in annotations.columns})


def change_annotation(tx: Transaction, row: AnnotationRow) -> None:
    """Write what an op can change: label, frame, geometry, revision, deleted."""
    tx.connection.execute(
        _CHANGE,
        {
            "wanted": row.id,
            "new_label": row.label,
            "new_frame": row.frame,
            "new_geometry": row.geometry,
            "new_revision": row.revision,
            "new_deleted": row.deleted,
        },
    )


def _named(row: sa.RowMapping) -> NamedAnnotation:
    columns: dict[str, Any] = {**row}
    name = columns.pop("author_name")
    return NamedAnnotation(row=AnnotationRow(**columns), author_name=name)
