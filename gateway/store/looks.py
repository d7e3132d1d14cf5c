"""Which parts of a held item were sent to whom as it is masked now: whoever releases it was shown all of it."""

import sqlalchemy as sa

from gateway.store.engines import insert_new
from gateway.store.items import ItemRow
from gateway.store.schema_masking import looks
from gateway.store.transaction import Transaction


def note(tx: Transaction, item: ItemRow, user: str, frame: int, part: int) -> None:
    """`part` of `frame` (both from 0) of `item` is sent to `user`. Its audit leaf is the caller's."""
    row = {"item": item.id, "user": user, "digest": item.masked_digest, "frame": frame, "part": part}
    tx.connection.execute(insert_new(tx.connection, looks, row))


def of(connection: sa.Connection, item: ItemRow, user: str) -> frozenset[tuple[int, int]]:
    """The frames and parts of `item` that were sent to `user`; what was sent before it was masked anew does not count."""
    wanted = sa.select(looks.c.frame, looks.c.part).where(
        looks.c.item == item.id, looks.c.user == user, looks.c.digest == item.masked_digest
    )
    return frozenset((row.frame, row.part) for row in connection.execute(wanted))
