"""How far the intake of each project is: counts and recent rates, as a page shows them."""

from dataclasses import dataclass, field

import sqlalchemy as sa

from gateway.store.schema import items, jobs, originals, projects


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Of one project. Files: `waiting`, `masked`, `rejected`; `causes`: of the rejected. Items by `states`; `reasons` of the held.

    `received_lately`, `masked_lately`: files within the last `window_s` seconds.
    """

    id: str
    name: str
    waiting: int = 0
    masked: int = 0
    rejected: int = 0
    erased: int = 0
    received_lately: int = 0
    masked_lately: int = 0
    last: float | None = None  # when a file came in or was finished, UTC seconds
    causes: dict[str, int] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)


def tallies(
    connection: sa.Connection, now: float, window_s: float, project: str | None = None
) -> list[Tally]:
    """Every project by name, or `project` alone."""
    wanted = sa.select(projects.c.id, projects.c.name).order_by(projects.c.name)
    if project is not None:
        wanted = wanted.where(projects.c.id == project)
    return [_tally(connection, row.id, row.name, now - window_s) for row in connection.execute(wanted).all()]


def _tally(connection: sa.Connection, project: str, name: str, since: float) -> Tally:
    mine = originals.c.project == project
    count = sa.func.count()
    of_state = sa.select(originals.c.state, count).where(mine).group_by(originals.c.state)
    files: dict[str, int] = dict(connection.execute(of_state).tuples().all())
    of_cause = (
        sa.select(originals.c.cause, count)
        .where(mine, originals.c.state == "rejected")
        .group_by(originals.c.cause)
        .order_by(count.desc(), originals.c.cause)
    )
    # A job's id is the start of its file's digest.
    done = sa.select(count, sa.func.max(jobs.c.finished)).where(
        jobs.c.id.in_(sa.select(sa.func.substr(originals.c.digest, 1, 32)).where(mine))
    )
    came = sa.select(sa.func.max(originals.c.received)).where(mine)
    lately, (_, finished) = done.where(jobs.c.finished > since), connection.execute(done).one()
    received = connection.scalar(came)
    states = sa.select(items.c.state, count).where(items.c.project == project).group_by(items.c.state)
    reasons: dict[str, int] = {}
    for why in connection.scalars(
        sa.select(items.c.reasons).where(items.c.project == project, items.c.state == "held")
    ):
        for reason in why:
            reasons[reason] = reasons.get(reason, 0) + 1
    return Tally(
        id=project,
        name=name,
        waiting=files.get("received", 0),
        masked=files.get("masked", 0),
        rejected=files.get("rejected", 0),
        erased=files.get("erased", 0),
        received_lately=connection.scalar(sa.select(count).where(mine, originals.c.received > since)) or 0,
        masked_lately=connection.execute(lately).one()[0],
        last=max((each for each in (finished, received) if each is not None), default=None),
        causes={cause or "no cause": number for cause, number in connection.execute(of_cause)},
        states=dict(connection.execute(states).tuples().all()),
        reasons=dict(sorted(reasons.items(), key=lambda each: (-each[1], each[0]))),
    )
