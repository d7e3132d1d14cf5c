"""How far the audit log is, asked for next to nothing: on a connection that is kept, past the query builder.

No row that anybody follows changes without an event in the same transaction (`transaction`, `engines.UPKEEP`). So where the
log has not grown, nothing of it has to be read again.
"""

from typing import Any

import sqlalchemy as sa

from gateway.errors import StoreError
from gateway.store.engines import translated
from gateway.store.schema_evidence import audit_head

_SIZE = str(sa.select(audit_head.c.size).where(audit_head.c.id == sa.literal_column("1")))


class Growth:
    """Of one store; one thread at a time."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._connection: Any = None

    def size(self) -> int:
        """How many leaves the log has. Errors: StoreError."""
        if self._connection is not None:
            try:
                return self._ask()
            except self._broken:  # the database was started again
                self._drop()
        try:
            with translated():
                self._connection = self._engine.raw_connection()
            return self._ask()
        except self._broken as error:
            self._drop()
            raise StoreError(f"the row store failed: {type(error).__name__}") from error

    def close(self) -> None:
        """Give the connection back."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()

    @property
    def _broken(self) -> tuple[type[BaseException], ...]:
        return (self._engine.dialect.loaded_dbapi.Error, OSError)

    def _ask(self) -> int:
        cursor = self._connection.cursor()
        try:
            cursor.execute(_SIZE)
            row = cursor.fetchone()
        finally:
            cursor.close()
            self._connection.rollback()  # or the next answer would be this one
        if row is None:
            raise StoreError("the head of the audit log is missing")
        return int(row[0])
