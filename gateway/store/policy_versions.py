"""Versions of the policies: each a set of files under its digest. What a version says never changes, only its state."""

from dataclasses import dataclass

import sqlalchemy as sa

from gateway.store import settings
from gateway.store.schema_rules import policy_versions
from gateway.store.transaction import Transaction

PROPOSED, IN_FORCE, SUPERSEDED, REFUSED = "proposed", "in force", "superseded", "refused"
_POINTER = "policy"  # the setting that names the digest in force
_ORDER = (policy_versions.c.changed.desc(), policy_versions.c.proposed.desc(), policy_versions.c.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """A version. `files`: name -> text. `author`: a user's id, or `system`. `needs`: approvals by others than the author.

    `approvals`: {"user", "time", "verdict", "signature"}, the signature (base64) by the store's audit key.
    """

    digest: str
    files: dict[str, str]
    state: str
    author: str
    needs: int
    approvals: list[dict[str, object]]
    proposed: float
    changed: float


def add(tx: Transaction, row: VersionRow) -> None:
    """Add a version. Errors: Conflict if its digest is there."""
    tx.connection.execute(
        sa.insert(policy_versions),
        {column.name: getattr(row, column.name) for column in policy_versions.columns},
    )


def by_digest(connection: sa.Connection, digest: str) -> VersionRow | None:
    """The version `digest`."""
    found = connection.execute(sa.select(policy_versions).where(policy_versions.c.digest == digest))
    row = found.mappings().first()
    return VersionRow(**row) if row else None


def newest(connection: sa.Connection, limit: int = 100) -> list[VersionRow]:
    """Versions, the last changed first."""
    wanted = sa.select(policy_versions).order_by(*_ORDER).limit(limit)
    return [VersionRow(**row) for row in connection.execute(wanted).mappings()]


def in_force(connection: sa.Connection) -> str | None:
    """The digest in force; None before the first."""
    value = settings.get(connection, _POINTER)
    return value if isinstance(value, str) else None


def set_state(tx: Transaction, digest: str, state: str, approvals: list[dict[str, object]]) -> None:
    """Put `digest` into `state`, with all its approvals."""
    changed = {"state": state, "approvals": approvals, "changed": tx.now}
    tx.connection.execute(
        sa.update(policy_versions).where(policy_versions.c.digest == digest).values(**changed)
    )


def renew(tx: Transaction, digest: str, author: str, needs: int) -> None:
    """Propose a version of old again: it needs its approvals anew."""
    values = {"state": PROPOSED, "author": author, "needs": needs, "approvals": [], "proposed": tx.now}
    tx.connection.execute(
        sa.update(policy_versions).where(policy_versions.c.digest == digest).values(**values, changed=tx.now)
    )


def enforce(tx: Transaction, digest: str) -> None:
    """Make `digest` the one in force, in place of the last."""
    was = sa.update(policy_versions).where(policy_versions.c.state == IN_FORCE)
    tx.connection.execute(was.values(state=SUPERSEDED, changed=tx.now))
    now = sa.update(policy_versions).where(policy_versions.c.digest == digest)
    tx.connection.execute(now.values(state=IN_FORCE, changed=tx.now))
    settings.put(tx, _POINTER, digest)
