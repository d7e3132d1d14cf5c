"""Projects and their labels."""

from dataclasses import dataclass

import sqlalchemy as sa

from gateway.store.schema import projects
from gateway.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRow:
    """A project. `labels`: [{"key", "name", "colour", "geometry": ["box" | "polygon" | "point", …]}, …]."""

    id: str
    name: str
    labels: list[dict[str, object]]
    schema_version: int
    created: float


_BY_ID = sa.select(projects).where(projects.c.id == sa.bindparam("wanted"))


def add_project(tx: Transaction, *, id: str, name: str, labels: list[dict[str, object]]) -> None:  # noqa: A002 - the column's name
    """Add a project. Errors: Conflict if the id or the name is taken."""
    tx.connection.execute(sa.insert(projects).values(id=id, name=name, labels=labels, created=tx.now))


def by_name(connection: sa.Connection, name: str) -> ProjectRow | None:
    """The project called `name`."""
    row = connection.execute(sa.select(projects).where(projects.c.name == name)).mappings().first()
    return ProjectRow(**row) if row else None


def by_id(connection: sa.Connection, project: str) -> ProjectRow | None:
    """The project with id `project`."""
    row = connection.execute(_BY_ID, {"wanted": project}).mappings().first()
    return ProjectRow(**row) if row else None


def all_projects(connection: sa.Connection) -> list[ProjectRow]:
    """Every project, by name."""
    rows = connection.execute(sa.select(projects).order_by(projects.c.name)).mappings()
    return [ProjectRow(**row) for row in rows]
