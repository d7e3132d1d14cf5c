"""The two row stores behind one face: engines for reading and for writing, set up so that a commit is durable.

A reader can't write, by a setting of its connection. A writer remembers whether a statement changed a row, so that a
transaction that did can't commit without its audit event (`transaction`).
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL

from gateway.errors import Conflict, StoreError, Unconfigured

WRITTEN = (
    "isinglass.written"  # key in a writer connection's `info`: a statement changed a row in this transaction
)
# Execution option of the few statements that need no audit event: they say nothing that an auditor would ask for, and
# come so often that they would drown what does: the last input, when a frame stood on screen, whose a job is.
UPKEEP = {"isinglass_upkeep": True}
BUSY_S = 20.0  # how long a writer waits for another process to commit
POOL = 10
_READING = ("SELECT", "BEGIN", "SAVEPOINT", "RELEASE", "SHOW", "PRAGMA")
_TRY_AGAIN = frozenset(("40001", "40P01"))  # PostgreSQL: serialization failure, deadlock


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """`one_writer`: this process lets one transaction write at a time (SQLite has one writer anyway)."""

    reader: sa.Engine
    writer: sa.Engine
    one_writer: bool

    def close(self) -> None:
        """Close every connection."""
        self.reader.dispose()
        self.writer.dispose()


def open_engines(url: str) -> Engines:
    """Engines for `sqlite:///PATH` or `postgresql+pg8000://…`. Errors: Unconfigured for any other URL."""
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise Unconfigured("the database URL can't be read") from error
    match parsed.get_backend_name():
        case "sqlite":
            engines = _sqlite(parsed)
        case "postgresql":
            engines = _postgres(parsed.set(drivername="postgresql+pg8000"))
        case other:
            raise Unconfigured(
                f"`{other}` can't hold the rows: use `sqlite:///PATH` or `postgresql+pg8000://…`"
            )
    event.listen(engines.writer, "after_cursor_execute", _note_write)
    return engines


@contextmanager
def translated() -> Iterator[None]:
    """Turns the driver's errors into ours. Texts hold no parameter: they may be somebody's words."""
    try:
        yield
    except sa.exc.IntegrityError as error:
        raise Conflict("it is there already, or something that it needs is not") from error
    except sa.exc.DBAPIError as error:
        cause = _cause(error.orig)
        if cause in _TRY_AGAIN:
            raise Conflict("somebody else changed the same thing at the same moment: try again") from error
        raise StoreError(f"the row store failed: {cause}") from error
    except sa.exc.SQLAlchemyError as error:
        raise StoreError(f"the row store failed: {type(error).__name__}") from error


def insert_new(connection: sa.Connection, table: sa.Table, row: Mapping[str, object]) -> sa.Insert:
    """What puts `row` into `table` unless it is there: a statement of the connection's dialect."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    return insert(table).values(**row).on_conflict_do_nothing()


def _cause(error: BaseException | None) -> str:
    if isinstance(error, sqlite3.Error):
        return str(error)  # SQLite names tables and columns at most
    fields = error.args[0] if error is not None and error.args else None
    return str(fields.get("C")) if isinstance(fields, dict) else type(error).__name__


def _json(content: object) -> str:
    """JSON as compact as it gets, an order faster than the standard library's."""
    return msgspec.json.encode(content).decode()


def _sqlite(url: URL) -> Engines:
    if not url.database or url.database == ":memory:":
        raise Unconfigured("a database in memory would lose everything: give `sqlite:///PATH`")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    reader, writer = (
        sa.create_engine(
            url,
            hide_parameters=True,
            json_serializer=_json,
            pool_size=size,
            max_overflow=2 * size,
            pool_use_lifo=True,  # each connection has a cache of its own: the last one's is warm
            connect_args={"timeout": BUSY_S, "check_same_thread": False},
        )
        for size in (POOL, 1)
    )
    for engine, begin, query_only in ((reader, "BEGIN", 1), (writer, "BEGIN IMMEDIATE", 0)):
        _prepare_sqlite(engine, begin, query_only)
    return Engines(reader=reader, writer=writer, one_writer=True)


def _prepare_sqlite(engine: sa.Engine, begin: str, query_only: int) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late, after the first read
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",  # a commit is on the disk, not on its way there
            "foreign_keys = ON",
            f"query_only = {query_only}",
            "cache_size = -512",  # KiB a connection: the system caches the file for all of them
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)


def _postgres(url: URL) -> Engines:
    reader, writer = (
        sa.create_engine(
            url,
            hide_parameters=True,
            json_serializer=_json,
            pool_size=POOL,
            max_overflow=POOL,
            pool_pre_ping=True,
        )
        for _ in range(2)
    )

    @event.listens_for(reader, "connect")
    def on_reader(connection: Any, _record: Any) -> None:
        _run(
            connection,
            "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        )

    @event.listens_for(writer, "connect")
    def on_writer(connection: Any, _record: Any) -> None:
        # A commit that is acknowledged before it is on the disk would make "saved" a lie.
        _run(
            connection,
            "SELECT set_config('synchronous_commit', 'on', false)"
            " WHERE current_setting('synchronous_commit') = 'off'",
        )

    return Engines(reader=reader, writer=writer, one_writer=False)


def _run(connection: Any, statement: str) -> None:
    cursor = connection.cursor()
    cursor.execute(statement)
    cursor.close()
    connection.commit()


def _note_write(
    connection: sa.Connection,
    cursor: Any,
    statement: str,
    _parameters: Any,
    context: Any,
    _many: bool,  # noqa: FBT001 - the signature is SQLAlchemy's
) -> None:
    if context is not None and (context.isinsert or context.isupdate or context.isdelete):
        # What a driver does not know (-1), or not yet (a row comes back: RETURNING), counts as a change.
        changed = cursor.rowcount != 0 or cursor.description is not None
    else:
        changed = not statement.lstrip().upper().startswith(_READING)
    if changed and not (context is not None and context.execution_options.keys() & UPKEEP.keys()):
        connection.info[WRITTEN] = True
