"""Machines that are known, by the fingerprint of their client certificate or the name that was signed for them."""

from dataclasses import dataclass

import sqlalchemy as sa

from gateway.store.schema_rules import devices
from gateway.store.transaction import Transaction

LEVELS = ("known", "managed")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRow:
    """A machine. `level`: known | managed. `added`, `expires`, `revoked`: UTC seconds."""

    fingerprint: str
    name: str
    level: str
    added: float
    expires: float | None
    revoked: float | None

    def valid(self, now: float) -> bool:
        """Whether it counts at `now` (UTC seconds)."""
        return self.revoked is None and (self.expires is None or now < self.expires)


def put(tx: Transaction, row: DeviceRow) -> None:
    """Add a machine, or change what is known of it."""
    tx.connection.execute(sa.delete(devices).where(devices.c.fingerprint == row.fingerprint))
    tx.connection.execute(
        sa.insert(devices), {column.name: getattr(row, column.name) for column in devices.columns}
    )


def revoke(tx: Transaction, name: str) -> int:
    """Count the machines called `name` as unknown from now on; how many."""
    known = sa.update(devices).where(devices.c.name == name, devices.c.revoked.is_(None))
    return tx.connection.execute(known.values(revoked=tx.now)).rowcount


def by_fingerprint(connection: sa.Connection, fingerprint: str) -> DeviceRow | None:
    """The machine of `fingerprint`."""
    row = (
        connection.execute(sa.select(devices).where(devices.c.fingerprint == fingerprint)).mappings().first()
    )
    return DeviceRow(**row) if row else None


def all_devices(connection: sa.Connection) -> list[DeviceRow]:
    """Every machine, by name."""
    rows = connection.execute(sa.select(devices).order_by(devices.c.name, devices.c.fingerprint)).mappings()
    return [DeviceRow(**row) for row in rows]
