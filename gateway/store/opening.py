"""The store: rows, objects and keys, opened together."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa

from gateway.errors import StoreError, Unconfigured
from gateway.settings import Clock, StoreSettings, TokenBytes
from gateway.store import checkpoints, sessions, settings
from gateway.store.engines import WRITTEN, Engines, open_engines, translated
from gateway.store.growth import Growth
from gateway.store.keys import KeyRing, open_keys
from gateway.store.migrating import migrate
from gateway.store.objects import Objects
from gateway.store.transaction import Transaction

_KEYS = "keys"  # the setting that says which keys this store was made with
_WRITER_WAIT_S = 60.0


def open_store(where: StoreSettings, *, clock: Clock, token_bytes: TokenBytes) -> "Store":
    """The store at `where`, made or migrated if need be.

    Errors: Unconfigured if a setting is wrong or the keys are not this store's; StoreError if it is out of reach.
    """
    engines = open_engines(where.database_url)
    try:
        migrate(engines)
        store = Store(
            engines=engines,
            objects=Objects(where.objects_url),
            keys=_keys(engines, where, token_bytes),
            clock=clock,
            boot=token_bytes(8).hex(),
            growth=Growth(engines.reader),
        )
        store.checkpoint()  # covers what a crash left without one
    except BaseException:
        engines.close()
        raise
    return store


def _keys(engines: Engines, where: StoreSettings, token_bytes: TokenBytes) -> KeyRing:
    """The keys in `where.keys`; new ones only for a store that never had any."""
    with translated(), engines.reader.connect() as connection:
        known = settings.get(connection, _KEYS)
    keys = open_keys(where.keys, token_bytes, create=known is None)
    if known is None:
        with translated(), engines.writer.begin() as connection:
            known = settings.get(connection, _KEYS)
            if known is None:
                known = keys.fingerprints()
                settings.write(connection, _KEYS, known)
    other = [name for name, value in keys.fingerprints().items() if known.get(name) != value]
    if other:
        raise Unconfigured(
            f"the key `{other[0]}` in `{where.keys}` is not the one that this store was made with"
        )
    return keys


@dataclass(slots=True, kw_only=True)
class Store:
    """Rows, objects and keys. Safe between threads; a transaction belongs to the thread that opened it.

    `policy`: the digest of the policies in force, which each audit event names unless it says another. `growth`: of the
    audit log, for the one who watches it.
    """

    engines: Engines
    objects: Objects
    keys: KeyRing
    clock: Clock
    boot: str
    growth: Growth
    policy: str | None = None
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _writing: threading.local = field(default_factory=threading.local)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection that can only read, and sees one state of all rows. Errors: StoreError."""
        with translated(), self.engines.reader.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction, durable when the block is left; an exception leaves nothing of it.

        Errors: UnauditedWrite if rows changed without an event; Conflict if somebody else was first; StoreError.
        """
        with self._writer() as connection:
            tx = Transaction(
                connection=connection,
                now=self.clock.now(),
                clock=self.clock,
                boot=self.boot,
                keys=self.keys,
                objects=self.objects,
                policy=self.policy,
            )
            yield tx
            tx.finish()

    @contextmanager
    def upkeep(self) -> Iterator[sa.Connection]:
        """A connection for the statements that need no audit event (`engines.UPKEEP`), durable when the block is left.

        Errors: UnauditedWrite if anything else was changed on it; StoreError.
        """
        with self.write() as tx:
            yield tx.connection

    def touch(self, session: str, now: float) -> None:
        """Note `now` as the last input of `session`, unless a later one is noted. Errors: StoreError."""
        with self.upkeep() as connection:
            sessions.touch(connection, session, now)

    def checkpoint(self) -> str | None:
        """A signed checkpoint of the audit log, None if it did not grow since the last. Errors: StoreError."""
        with self.read() as connection:
            if not checkpoints.is_due(connection):
                return None
        with self._writer() as connection:
            return checkpoints.add(connection, self.keys, self.clock.now())

    def close(self) -> None:
        """Sign a last checkpoint and close every connection."""
        try:
            self.checkpoint()
        finally:
            self.growth.close()
            self.engines.close()

    @contextmanager
    def _writer(self) -> Iterator[sa.Connection]:
        if getattr(self._writing, "now", False):
            raise StoreError("a write transaction was opened inside another one")
        with self._taking_turns(), translated(), self.engines.writer.connect() as connection:
            connection.info.pop(WRITTEN, None)
            self._writing.now = True
            try:
                with connection.begin():
                    yield connection
            finally:
                self._writing.now = False

    @contextmanager
    def _taking_turns(self) -> Iterator[None]:
        """One writer at a time in this process, for SQLite: to wait here is fair and takes no processor time."""
        if not self.engines.one_writer:
            yield
            return
        if not self._turn.acquire(timeout=_WRITER_WAIT_S):
            raise StoreError(f"another transaction has been writing for {_WRITER_WAIT_S:g} s")
        try:
            yield
        finally:
            self._turn.release()
