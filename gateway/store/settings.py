"""Named values of the whole store."""

from typing import Any

import sqlalchemy as sa

from gateway.store.schema import settings
from gateway.store.transaction import Transaction


def get(connection: sa.Connection, name: str) -> Any:
    """The value of `name` (JSON); None if it was never set."""
    return connection.execute(sa.select(settings.c.value).where(settings.c.name == name)).scalar()


def put(tx: Transaction, name: str, value: object) -> None:
    """Set `name` to `value` (JSON)."""
    write(tx.connection, name, value)


def write(connection: sa.Connection, name: str, value: object) -> None:
    """The same outside an audited transaction: for what the store notes about itself when it is opened."""
    changed = connection.execute(sa.update(settings).where(settings.c.name == name).values(value=value))
    if changed.rowcount == 0:
        connection.execute(sa.insert(settings).values(name=name, value=value))
