"""One-use tickets that open a session's stream."""

import sqlalchemy as sa

from gateway.store.schema import tickets
from gateway.store.transaction import Transaction


def add_ticket(tx: Transaction, token_hash: str, session: str, expires: float) -> None:
    """Add a ticket of `session`, good until `expires` (UTC seconds)."""
    tx.connection.execute(sa.insert(tickets).values(token_hash=token_hash, session=session, expires=expires))


def redeem_ticket(tx: Transaction, token_hash: str, now: float) -> str | None:
    """The session whose ticket this is, and the ticket is used up; None if it is unknown, used or too old."""
    used = (
        sa.update(tickets)
        .where(tickets.c.token_hash == token_hash, tickets.c.used.is_(None), tickets.c.expires > now)
        .values(used=now)
        .returning(tickets.c.session)
    )
    return tx.connection.execute(used).scalar()
