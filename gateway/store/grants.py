"""The register of break-glass and unmask requests."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from gateway.audit.events import Event, EventCode
from gateway.store.schema_masking import derivatives
from gateway.store.schema_rules import grants
from gateway.store.transaction import Transaction

BREAK_GLASS, UNMASK = "break-glass", "unmask"
KINDS = (BREAK_GLASS, UNMASK)
ASKED, GRANTED, REFUSED, ENDED = "asked", "granted", "refused", "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRow:
    """A request. `state`: asked | granted | refused | ended. `duration`: seconds; `asked`, `decided`, `ends`: UTC seconds."""

    id: str
    kind: str
    user: str
    project: str | None
    item: str | None
    reason: str
    scope: dict[str, object]
    duration: float
    state: str
    asked: float
    decided_by: str | None
    decided: float | None
    ends: float | None


def add(tx: Transaction, row: GrantRow) -> None:
    """Add a request."""
    tx.connection.execute(
        sa.insert(grants), {column.name: getattr(row, column.name) for column in grants.columns}
    )


def by_id(connection: sa.Connection, grant: str) -> GrantRow | None:
    """The request `grant`."""
    row = connection.execute(sa.select(grants).where(grants.c.id == grant)).mappings().first()
    return GrantRow(**row) if row else None


def newest(connection: sa.Connection, limit: int = 200) -> list[GrantRow]:
    """The register, the newest first."""
    return _rows(connection, sa.select(grants).order_by(grants.c.asked.desc(), grants.c.id).limit(limit))


def in_force(connection: sa.Connection, users: Sequence[str], now: float) -> list[GrantRow]:
    """Grants of `users` that hold at `now`, oldest first; unmask grants only once there is a picture for them."""
    is_made = sa.exists().where(derivatives.c.grant == grants.c.id)
    held = sa.and_(
        grants.c.state == GRANTED, grants.c.ends > now, sa.or_(grants.c.kind == BREAK_GLASS, is_made)
    )
    wanted = sa.select(grants).where(grants.c.user.in_(users), held)
    return _rows(connection, wanted.order_by(grants.c.asked, grants.c.id))


def end_unmasking(tx: Transaction, item: str, by: str) -> None:
    """End every unmask request for `item`: its pictures are others now, or gone."""
    for row in unmasking(tx.connection, item):
        finish(tx, row.id)
        tx.append(Event(code=EventCode.GRANT_END, actor=by, object=row.id))


def unmasking(connection: sa.Connection, item: str) -> list[GrantRow]:
    """Unmask requests for `item` that wait or are granted, oldest first."""
    wanted = sa.select(grants).where(
        grants.c.item == item, grants.c.kind == UNMASK, grants.c.state.in_((ASKED, GRANTED))
    )
    return _rows(connection, wanted.order_by(grants.c.asked, grants.c.id))


def overdue(connection: sa.Connection, now: float) -> list[GrantRow]:
    """Grants whose time is up at `now` and that nobody has ended yet."""
    return _rows(connection, sa.select(grants).where(grants.c.state == GRANTED, grants.c.ends <= now))


def next_end(connection: sa.Connection) -> float | None:
    """When the first grant's time is up, UTC seconds; None where none is granted."""
    soonest = connection.scalar(sa.select(sa.func.min(grants.c.ends)).where(grants.c.state == GRANTED))
    return None if soonest is None else float(soonest)


def decide(tx: Transaction, grant: str, by: str, state: str, ends: float | None) -> None:
    """Note the second person's word."""
    _set(tx, grant, state=state, decided_by=by, decided=tx.now, ends=ends)


def finish(tx: Transaction, grant: str) -> None:
    """Note that it is over."""
    _set(tx, grant, state=ENDED, ends=tx.now)


def _rows(connection: sa.Connection, wanted: sa.Select[tuple[object, ...]]) -> list[GrantRow]:
    return [GrantRow(**row) for row in connection.execute(wanted).mappings()]


def _set(tx: Transaction, grant: str, **values: object) -> None:
    tx.connection.execute(sa.update(grants).where(grants.c.id == grant).values(**values))
