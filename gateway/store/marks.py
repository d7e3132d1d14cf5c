"""Which number a session's frames carry, invisibly: what a tracer reads out of a leak, and whom it stands for."""

from collections.abc import Iterable

import sqlalchemy as sa

from gateway.settings import TokenBytes
from gateway.store.schema_evidence import session_marks
from gateway.store.transaction import Transaction

NUMBER_BYTES = 4  # the payload holds no more


def number_for(tx: Transaction, session: str, token_bytes: TokenBytes) -> int:
    """The number of `session`, 0..2**32-1; drawn on first use, never one that another session has."""
    known = tx.connection.scalar(sa.select(session_marks.c.number).where(session_marks.c.session == session))
    if known is not None:
        return int(known)
    while True:
        number = int.from_bytes(token_bytes(NUMBER_BYTES), "big")
        taken = sa.select(session_marks.c.session).where(session_marks.c.number == number)
        if tx.connection.scalar(taken) is None:
            tx.connection.execute(sa.insert(session_marks), {"session": session, "number": number})
            return number


def session_of(connection: sa.Connection, number: int) -> str | None:
    """The id of the session whose frames carry `number`."""
    wanted = sa.select(session_marks.c.session).where(session_marks.c.number == number)
    found: str | None = connection.scalar(wanted)
    return found


def numbers_of(connection: sa.Connection, wanted: Iterable[str]) -> dict[str, int]:
    """Session id → number, of those of `wanted` that have one."""
    rows = connection.execute(
        sa.select(session_marks.c.session, session_marks.c.number).where(
            session_marks.c.session.in_(list(wanted))
        )
    )
    return {session: int(number) for session, number in rows}
