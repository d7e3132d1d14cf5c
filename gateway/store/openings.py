"""Which items a person opened when, and when they gave a reason for more: what the exposure budgets count."""

from dataclasses import dataclass

import sqlalchemy as sa

from gateway.store.schema_evidence import exposure_reasons, openings
from gateway.store.transaction import Transaction

HOUR_S, DAY_S = 3600.0, 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a person opened of late, a certain item and its subject left out: `items` in an hour, `subjects` in a day.

    Only since they last gave a reason. `item_frees`, `subject_frees`: when the oldest of them no longer counts, UTC seconds.
    """

    items: int
    subjects: int
    item_frees: float
    subject_frees: float


def use(connection: sa.Connection, user: str, item: str, subject: str, now: float) -> Use:
    """What `user` opened but for `item` and `subject`."""
    last = sa.select(sa.func.max(exposure_reasons.c.time)).where(exposure_reasons.c.user == user)
    reason = connection.scalar(last) or 0.0
    others = _since(connection, user, openings.c.item, item, max(now - HOUR_S, reason))
    people = _since(connection, user, openings.c.subject, subject, max(now - DAY_S, reason))
    return Use(
        items=len(others),
        subjects=len(people),
        item_frees=min(others, default=now) + HOUR_S,
        subject_frees=min(people, default=now) + DAY_S,
    )


def note(tx: Transaction, user: str, item: str, subject: str) -> None:
    """`user` opens `item` of `subject` now."""
    mine = (openings.c.user == user, openings.c.item == item)
    moved = tx.connection.execute(sa.update(openings).where(*mine).values(time=tx.now, subject=subject))
    if not moved.rowcount:
        row = {"user": user, "item": item, "subject": subject, "time": tx.now}
        tx.connection.execute(sa.insert(openings), row)


def give_reason(tx: Transaction, user: str) -> None:
    """`user` said why they need more: the budgets count from now on."""
    tx.connection.execute(sa.insert(exposure_reasons), {"user": user, "time": tx.now})


def _since(
    connection: sa.Connection, user: str, column: sa.Column[str], but: str, since: float
) -> list[float]:
    """When each other value of `column` was opened last, of those opened after `since`."""
    wanted = (
        sa.select(sa.func.max(openings.c.time))
        .where(openings.c.user == user, column != but, openings.c.time > since)
        .group_by(column)
    )
    return list(connection.scalars(wanted))
