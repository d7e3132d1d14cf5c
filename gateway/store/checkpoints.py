"""Signed checkpoints of the audit log."""

from dataclasses import dataclass

import sqlalchemy as sa

from gateway.audit.checkpoint import sign
from gateway.store.keys import KeyRing
from gateway.store.schema_evidence import checkpoints
from gateway.store.transaction import read_head

_NEWEST = sa.select(checkpoints.c.size, checkpoints.c.time).order_by(checkpoints.c.size.desc()).limit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointRow:
    """A signed checkpoint of the first `size` leaves, made at `time` (UTC seconds)."""

    size: int
    time: float


def newest(connection: sa.Connection) -> CheckpointRow | None:
    """The checkpoint of the most leaves, if there is one."""
    row = connection.execute(_NEWEST).mappings().first()
    return CheckpointRow(**row) if row else None


def is_due(connection: sa.Connection) -> bool:
    """Whether the log grew since the newest checkpoint."""
    last = newest(connection)
    return read_head(connection).size > (last.size if last else 0)


def add(connection: sa.Connection, keys: KeyRing, now: float) -> str | None:
    """The signed note of the log as it is, which is kept; None if the newest one says the same."""
    frontier = read_head(connection, lock=True)
    last = newest(connection)
    if frontier.size <= (last.size if last else 0):
        return None
    root = frontier.root()
    note = sign(keys.origin, frontier.size, root, keys.audit)
    connection.execute(sa.insert(checkpoints).values(size=frontier.size, root=root, note=note, time=now))
    return note


def notes(connection: sa.Connection) -> list[str]:
    """All signed notes, oldest first."""
    return list(connection.scalars(sa.select(checkpoints.c.note).order_by(checkpoints.c.size)))
