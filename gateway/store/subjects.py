"""The people in the pictures: a keyed pseudonym and a data key each. Without the key everything of theirs is gone."""

from collections.abc import Collection

import sqlalchemy as sa

from gateway.errors import StoreError
from gateway.store.keys import KEY_BYTES, KeyRing
from gateway.store.schema import subjects

_BY_ID = sa.select(subjects.c.wrapped_key).where(subjects.c.id == sa.bindparam("subject"))


def exists(connection: sa.Connection, subject: str) -> bool:
    """Whether there is or was a subject `subject`."""
    return connection.execute(_BY_ID, {"subject": subject}).first() is not None


def find_key(connection: sa.Connection, keys: KeyRing, subject: str) -> bytes | None:
    """The data key of `subject`, None if there is no such subject. Errors: StoreError once it was erased."""
    row = connection.execute(_BY_ID, {"subject": subject}).first()
    if row is None:
        return None
    if row.wrapped_key is None:
        raise StoreError("this was erased: its key is destroyed")
    return keys.unwrap(subject, row.wrapped_key)


def data_key(connection: sa.Connection, keys: KeyRing, subject: str) -> bytes:
    """The data key of `subject`. Errors: StoreError if there is none, or none any more."""
    key = find_key(connection, keys, subject)
    if key is None:
        raise StoreError(f"there is no subject `{subject}`")
    return key


def new_key(keys: KeyRing) -> bytes:
    """A fresh data key, not yet anybody's."""
    return keys.token_bytes(KEY_BYTES)


def keep_key(connection: sa.Connection, keys: KeyRing, subject: str, key: bytes, now: float) -> None:
    """Make `key` the data key of the new `subject`. Errors: Conflict at the transaction's end if it has one."""
    row = {"id": subject, "wrapped_key": keys.wrap(subject, key), "created": now}
    connection.execute(sa.insert(subjects), row)


def erased(connection: sa.Connection, subjects_: Collection[str]) -> set[str]:
    """Those of `subjects_` whose key is destroyed."""
    wanted = sa.select(subjects.c.id).where(subjects.c.id.in_(subjects_), subjects.c.wrapped_key.is_(None))
    return set(connection.scalars(wanted))
