"""What people have been vetted for: training, agreements, licences; each with an issuer and an end."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from gateway.store.schema_rules import credentials
from gateway.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRow:
    """A credential of `user`. `granted`, `expires`, `revoked`: UTC seconds; no `expires`: it does not end by itself."""

    id: str
    user: str
    name: str
    issuer: str
    granted: float
    expires: float | None
    revoked: float | None

    def valid(self, now: float) -> bool:
        """Whether it holds at `now` (UTC seconds)."""
        return self.revoked is None and (self.expires is None or now < self.expires)


def add(tx: Transaction, row: CredentialRow) -> None:
    """Add a credential. Errors: Conflict if its id is taken."""
    tx.connection.execute(
        sa.insert(credentials), {column.name: getattr(row, column.name) for column in credentials.columns}
    )


def revoke(tx: Transaction, user: str, name: str) -> int:
    """Take every credential `name` from `user`; how many still held."""
    taken = (
        sa.update(credentials)
        .where(credentials.c.user == user, credentials.c.name == name, credentials.c.revoked.is_(None))
        .where(sa.or_(credentials.c.expires.is_(None), credentials.c.expires > tx.now))
        .values(revoked=tx.now)
    )
    return tx.connection.execute(taken).rowcount


def of_users(connection: sa.Connection, users: Collection[str]) -> dict[str, list[CredentialRow]]:
    """Credentials by user id, oldest first, ended ones too; every user of `users` is there."""
    found: dict[str, list[CredentialRow]] = {user: [] for user in users}
    wanted = (
        sa.select(credentials)
        .where(credentials.c.user.in_(list(found)))
        .order_by(credentials.c.granted, credentials.c.id)
    )
    for row in connection.execute(wanted).mappings():
        found[row["user"]].append(CredentialRow(**row))
    return found
