"""Items in lists: what waits for a check, and a project's items by state and words, page by page. Reports stay where they are."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from gateway.store.items import HELD, ItemRow
from gateway.store.schema import items, projects


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A held item. `approvals`: ids of the people who said that it shows nobody."""

    id: str
    project_name: str
    title: str
    reasons: list[str]
    approvals: list[str]


def waiting(connection: sa.Connection, project: str | None = None) -> list[Waiting]:
    """What waits for a check, oldest first; of one project if given."""
    wanted = (
        sa.select(
            items.c.id,
            items.c.title,
            items.c.reasons,
            items.c.approvals,
            projects.c.name.label("project_name"),
        )
        .join(projects, projects.c.id == items.c.project)
        .where(items.c.state == HELD)
        .order_by(items.c.created, items.c.id)
    )
    if project is not None:
        wanted = wanted.where(items.c.project == project)
    return [Waiting(**row) for row in connection.execute(wanted).mappings()]


def states(connection: sa.Connection, project: str, words: str = "") -> Mapping[str, int]:
    """How many items of `project` are in each state, of those that `words` fit."""
    wanted = (
        sa.select(items.c.state, sa.func.count().label("number"))
        .where(_fits(project, words))
        .group_by(items.c.state)
    )
    return {row.state: row.number for row in connection.execute(wanted)}


def listed(
    connection: sa.Connection,
    project: str,
    *,
    state: str = "",
    words: str = "",
    start: int = 0,
    count: int = 200,
) -> list[ItemRow]:
    """The items of `project` from `start` on, newest first: in `state` if given, with `words` in its title or at the beginning of its id or subject."""
    wanted = sa.select(items).where(_fits(project, words)).order_by(items.c.created.desc(), items.c.id.desc())
    if state:
        wanted = wanted.where(items.c.state == state)
    return [ItemRow(**row) for row in connection.execute(wanted.offset(start).limit(count)).mappings()]


def _fits(project: str, words: str) -> sa.ColumnElement[bool]:
    given = items.c.project == project
    if not words:
        return given
    begun = [name.istartswith(words, autoescape=True) for name in (items.c.id, items.c.subject)]
    return sa.and_(given, sa.or_(items.c.title.icontains(words, autoescape=True), *begun))
