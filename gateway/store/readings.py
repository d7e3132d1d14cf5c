"""Which pages of masked text went out as characters, to which session and when. What they said is not here: `page_texts` has it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from gateway.store.schema import items, sessions
from gateway.store.schema_masking import readings
from gateway.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The text of `page` (from 0) of `item` went out to `session`. `digest`: of the page's picture; `time`: UTC seconds."""

    audit_index: int
    session: str
    item: str
    page: int
    digest: str
    time: float


def add(tx: Transaction, row: Reading) -> None:
    """Keep `row`; its audit leaf is the caller's."""
    tx.connection.execute(sa.insert(readings), asdict(row))


def of(
    connection: sa.Connection,
    *,
    user: str | None = None,
    subject: str | None = None,
    item: str | None = None,
    session: str | None = None,
) -> Sequence[Reading]:
    """Every one of a user (id), a subject (pseudonym), an item or a session, oldest first."""
    wanted = [
        column == value
        for column, value in (
            (sessions.c.user, user),
            (items.c.subject, subject),
            (readings.c.item, item),
            (readings.c.session, session),
        )
        if value is not None
    ]
    found = (
        sa.select(readings)
        .join(sessions, sessions.c.id == readings.c.session)
        .join(items, items.c.id == readings.c.item)
        .where(*wanted)
        .order_by(readings.c.audit_index)
    )
    return [Reading(**row) for row in connection.execute(found).mappings()]
