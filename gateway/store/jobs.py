"""Jobs that wait for a worker. A lease that runs out gives the job to the next worker."""

from dataclasses import dataclass

import sqlalchemy as sa

from gateway.store.engines import UPKEEP
from gateway.store.schema import jobs
from gateway.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """A job. `state`: waiting | running | done | failed; `attempts`: how often it was leased; `finished`: UTC seconds."""

    id: str
    kind: str
    payload: dict[str, object]
    state: str
    lease_until: float | None
    attempts: int
    cause: str | None
    created: float
    finished: float | None = None


def add_job(tx: Transaction, *, id: str, kind: str, payload: dict[str, object]) -> None:  # noqa: A002 - the column's name
    """Add a job. Errors: Conflict if the id is taken."""
    tx.connection.execute(
        sa.insert(jobs).values(id=id, kind=kind, payload=payload, state="waiting", created=tx.now)
    )


def by_id(connection: sa.Connection, job: str) -> JobRow | None:
    """The job `job`, in whatever state."""
    row = connection.execute(sa.select(jobs).where(jobs.c.id == job)).mappings().first()
    return JobRow(**row) if row else None


def lease_job(tx: Transaction, kind: str, now: float, seconds: float) -> JobRow | None:
    """The oldest job of `kind` that waits or whose lease ran out, leased until `now + seconds`; None if there is none.

    A lease alone needs no audit event: what the job does has its own.
    """
    oldest = (
        sa.select(jobs.c.id)
        .where(jobs.c.kind == kind, _is_free(now))
        .order_by(jobs.c.created, jobs.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    job = tx.connection.scalar(oldest)
    if job is None:
        return None
    leased = (
        sa.update(jobs)
        .where(jobs.c.id == job)
        .values(state="running", lease_until=now + seconds, attempts=jobs.c.attempts + 1)
        .returning(jobs)
        .execution_options(**UPKEEP)
    )
    return JobRow(**tx.connection.execute(leased).mappings().one())


def is_due(connection: sa.Connection, kind: str, now: float) -> bool:
    """Whether `lease_job` would find one."""
    return bool(connection.scalar(sa.select(sa.exists().where(jobs.c.kind == kind, _is_free(now)))))


def finish(tx: Transaction, job: str) -> None:
    """The job is done."""
    _set(tx, job, state="done", lease_until=None, cause=None, finished=tx.now)


def fail(tx: Transaction, job: str, cause: str) -> None:
    """The job failed for good; `cause` names no patient."""
    _set(tx, job, state="failed", lease_until=None, cause=cause, finished=tx.now)


def count(connection: sa.Connection, kind: str, state: str) -> int:
    """How many jobs of `kind` are in `state`."""
    counted = sa.select(sa.func.count()).select_from(jobs).where(jobs.c.kind == kind, jobs.c.state == state)
    return connection.scalar(counted) or 0


def _is_free(now: float) -> sa.ColumnElement[bool]:
    return sa.or_(jobs.c.state == "waiting", sa.and_(jobs.c.state == "running", jobs.c.lease_until < now))


def _set(tx: Transaction, job: str, **values: object) -> None:
    tx.connection.execute(sa.update(jobs).where(jobs.c.id == job).values(**values))
