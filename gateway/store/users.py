"""The people who work here, and the one-time links that they sign in with. Their names are in this table only."""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from gateway.store.schema import links, users
from gateway.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRow:
    """A person. `failures`: wrong passwords in a row; `locked_until`, `created`: UTC seconds.

    `totp`: the wrapped secret of an authenticator app; `totp_step`: the time step of the last code that was taken.
    """

    id: str
    name: str
    roles: list[str]
    groups: list[str]
    password_hash: str | None
    failures: int
    locked_until: float | None
    disabled: bool
    created: float
    totp: bytes | None = None
    totp_step: int = 0


_BY_NAME = sa.select(users).where(users.c.name == sa.bindparam("wanted"))
_BY_ID = sa.select(users).where(users.c.id == sa.bindparam("wanted"))


def add_user(tx: Transaction, *, id: str, name: str, roles: list[str], groups: list[str]) -> None:  # noqa: A002 - the column's name
    """Add a person, without a password. Errors: Conflict if the id or the name is taken."""
    tx.connection.execute(
        sa.insert(users).values(id=id, name=name, roles=roles, groups=groups, created=tx.now)
    )


def user_by_name(connection: sa.Connection, name: str) -> UserRow | None:
    """The person called `name`."""
    row = connection.execute(_BY_NAME, {"wanted": name}).mappings().first()
    return UserRow(**row) if row else None


def user_by_id(connection: sa.Connection, user: str) -> UserRow | None:
    """The person with id `user`."""
    row = connection.execute(_BY_ID, {"wanted": user}).mappings().first()
    return UserRow(**row) if row else None


def by_ids(connection: sa.Connection, wanted: Iterable[str]) -> dict[str, UserRow]:
    """Those of `wanted` that exist, by id."""
    rows = connection.execute(sa.select(users).where(users.c.id.in_(set(wanted)))).mappings()
    return {row["id"]: UserRow(**row) for row in rows}


def names_of(connection: sa.Connection, wanted: Iterable[str]) -> dict[str, str]:
    """Id → name of those of `wanted` that exist."""
    rows = connection.execute(sa.select(users.c.id, users.c.name).where(users.c.id.in_(set(wanted))))
    return {row.id: row.name for row in rows}


def ids_named(connection: sa.Connection, text: str) -> list[str]:
    """Of everybody in whose name `text` stands, in any case: compared here, since SQLite knows the case of ASCII alone."""
    rows = connection.execute(sa.select(users.c.id, users.c.name))
    return [row.id for row in rows if text.lower() in row.name.lower()]


def all_users(connection: sa.Connection) -> list[UserRow]:
    """Everybody, by name."""
    rows = connection.execute(sa.select(users).order_by(users.c.name)).mappings()
    return [UserRow(**row) for row in rows]


def set_password_hash(tx: Transaction, user: str, password_hash: str) -> None:
    """Keep the hash of a new password; what was wrong before is forgotten."""
    _set(tx, user, password_hash=password_hash, failures=0, locked_until=None)


def record_failure(tx: Transaction, user: str, locked_until: float | None) -> int:
    """How many wrong passwords in a row there are now; from `locked_until` on (UTC seconds) the next may be tried."""
    counted = (
        sa.update(users)
        .where(users.c.id == user)
        .values(failures=users.c.failures + 1, locked_until=locked_until)
        .returning(users.c.failures)
    )
    return int(tx.connection.execute(counted).scalar_one())


def clear_failures(tx: Transaction, user: str) -> None:
    """Forget wrong passwords: a right one came."""
    _set(tx, user, failures=0, locked_until=None)


def lock(tx: Transaction, user: str, until: float) -> None:
    """Take no password of `user` before `until` (UTC seconds)."""
    _set(tx, user, locked_until=until)


def disable(tx: Transaction, user: str, *, disabled: bool) -> None:
    """Close the account, or open it again."""
    _set(tx, user, disabled=disabled)


def add_link(tx: Transaction, token_hash: str, user: str, expires: float) -> None:
    """Add a one-time sign-in link, good until `expires` (UTC seconds)."""
    tx.connection.execute(sa.insert(links).values(token_hash=token_hash, user=user, expires=expires))


def link_owner(connection: sa.Connection, token_hash: str, now: float) -> UserRow | None:
    """The person whose unused link this is; it stays unused."""
    wanted = (
        sa.select(users)
        .join(links, links.c.user == users.c.id)
        .where(links.c.token_hash == token_hash, links.c.used.is_(None), links.c.expires > now)
    )
    row = connection.execute(wanted).mappings().first()
    return UserRow(**row) if row else None


def set_totp(tx: Transaction, user: str, wrapped: bytes | None) -> None:
    """Keep the secret of an authenticator app, or forget it."""
    _set(tx, user, totp=wrapped, totp_step=0)


def take_code(tx: Transaction, user: str, step: int) -> bool:
    """Note the time step of a code; whether it is a later one than any before."""
    later = sa.update(users).where(users.c.id == user, users.c.totp_step < step).values(totp_step=step)
    return tx.connection.execute(later).rowcount == 1


def change(tx: Transaction, user: str, *, roles: list[str], groups: list[str]) -> None:
    """Give a person other roles and groups."""
    _set(tx, user, roles=roles, groups=groups)


def redeem_link(tx: Transaction, token_hash: str, now: float) -> str | None:
    """The id of the person whose link this is, and the link is used up; None if it is unknown, used or too old."""
    used = (
        sa.update(links)
        .where(links.c.token_hash == token_hash, links.c.used.is_(None), links.c.expires > now)
        .values(used=now)
        .returning(links.c.user)
    )
    return tx.connection.execute(used).scalar()


def _set(tx: Transaction, user: str, **values: object) -> None:
    tx.connection.execute(sa.update(users).where(users.c.id == user).values(**values))
