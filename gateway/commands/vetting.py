"""`isinglass user credential | totp`, and `isinglass device`."""

import os
import re
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from gateway.audit.events import Event, EventCode
from gateway.commands.opening import DEFAULT_DATA, Data, open_existing, out
from gateway.errors import GatewayError
from gateway.identity.signing import Signer
from gateway.sessions import proving
from gateway.store import credentials, devices, users
from gateway.store.credentials import CredentialRow
from gateway.store.devices import DeviceRow
from gateway.store.opening import Store
from gateway.store.users import UserRow
from policies.fields import FIELD_AT

credential_group = typer.Typer(no_args_is_help=True, help="What people have been vetted for.")
device_group = typer.Typer(no_args_is_help=True, help="Machines that are known or managed.")
user_group = typer.Typer()
user_group.add_typer(credential_group, name="credential")
Expires = Annotated[
    str | None, typer.Option(help="The day on which it ends (YYYY-MM-DD, UTC); never without it.")
]


@credential_group.command("grant")
def credential_grant(
    name: str,
    credential: str,
    issuer: Annotated[str, typer.Option(help="Who vouches for it.")] = "admin",
    expires: Expires = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Note that a person has a credential, such as `nda` or `hipaa-training`."""
    try:
        FIELD_AT["require.credentials"].domain.read([credential])
    except ValueError as error:
        raise GatewayError(str(error)) from error
    until = _day(expires)
    store = open_existing(data)
    user = find(store, name)
    with store.write() as tx:
        row = CredentialRow(
            id=os.urandom(6).hex(),
            user=user.id,
            name=credential,
            issuer=issuer,
            granted=tx.now,
            expires=until,
            revoked=None,
        )
        credentials.add(tx, row)
        payload = {"name": credential, "issuer": issuer, "expires": until}
        tx.append(Event(code=EventCode.CREDENTIAL_GRANT, actor="system", object=user.id, payload=payload))
    store.close()


@credential_group.command("revoke")
def credential_revoke(name: str, credential: str, data: Data = DEFAULT_DATA) -> None:
    """Take a credential away; sessions that need it end within a second."""
    store = open_existing(data)
    user = find(store, name)
    with store.write() as tx:
        count = credentials.revoke(tx, user.id, credential)
        payload = {"name": credential}
        tx.append(Event(code=EventCode.CREDENTIAL_REVOKE, actor="system", object=user.id, payload=payload))
    store.close()
    if not count:
        raise GatewayError(f"`{name}` has no valid credential `{credential}`")


@credential_group.command("list")
def credential_list(name: str, data: Data = DEFAULT_DATA) -> None:
    """A person's credentials, ended ones too."""
    store = open_existing(data)
    user = find(store, name)
    now = store.clock.now()
    with store.read() as conn:
        rows = credentials.of_users(conn, [user.id])[user.id]
    store.close()
    table = Table("credential", "issuer", "expires", "state", box=None, pad_edge=False)
    for row in rows:
        state = "valid" if row.valid(now) else "revoked" if row.revoked else "expired"
        table.add_row(row.name, row.issuer, _shown(row.expires), state)
    out.print(table if rows else f"{name} has no credentials")


@user_group.command("totp")
def user_totp(name: str, data: Data = DEFAULT_DATA) -> None:
    """Print a new secret for a person's authenticator app; from now on signing in asks for its code."""
    store = open_existing(data)
    typer.echo(proving.enrol(store, find(store, name)))
    store.close()


@device_group.command("add")
def device_add(
    name: str,
    level: Annotated[str, typer.Option(help="known or managed")],
    fingerprint: Annotated[
        str | None,
        typer.Option(help="SHA-256 of its client certificate in hex; without it a signed name is made."),
    ] = None,
    expires: Expires = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Note a machine. Without a fingerprint the value of its signed header `X-Isinglass-Device` is printed."""
    if level not in devices.LEVELS:
        raise GatewayError(f"`{level}` is no level: {' or '.join(devices.LEVELS)}")
    text = (fingerprint or os.urandom(32).hex()).lower().replace(":", "")
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise GatewayError(f"`{fingerprint}` is no SHA-256 fingerprint: 64 hex digits")
    until = _day(expires)
    store = open_existing(data)
    with store.write() as tx:
        devices.put(
            tx,
            DeviceRow(fingerprint=text, name=name, level=level, added=tx.now, expires=until, revoked=None),
        )
        tx.append(Event(code=EventCode.DEVICE_ADD, actor="system", object=text))
    if fingerprint is None:
        typer.echo(Signer(store.keys.signing, "device").sign(text.encode()).decode())
    store.close()


@device_group.command("revoke")
def device_revoke(name: str, data: Data = DEFAULT_DATA) -> None:
    """Count a machine as unknown from now on."""
    store = open_existing(data)
    with store.write() as tx:
        count = devices.revoke(tx, name)
        tx.append(Event(code=EventCode.DEVICE_REVOKE, actor="system"))
    store.close()
    if not count:
        raise GatewayError(f"there is no machine `{name}`")


@device_group.command("list")
def device_list(data: Data = DEFAULT_DATA) -> None:
    """Every machine that is or was known."""
    store = open_existing(data)
    now = store.clock.now()
    with store.read() as conn:
        rows = devices.all_devices(conn)
    store.close()
    table = Table("machine", "level", "expires", "state", "fingerprint", box=None, pad_edge=False)
    for row in rows:
        table.add_row(
            row.name,
            row.level,
            _shown(row.expires),
            "valid" if row.valid(now) else "ended",
            row.fingerprint[:16],
        )
    out.print(table if rows else "no machines are known")


def find(store: Store, name: str) -> UserRow:
    """The person called `name`. Errors: GatewayError."""
    with store.read() as conn:
        user = users.user_by_name(conn, name)
    if user is None:
        raise GatewayError(f"there is no user `{name}`")
    return user


def _day(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()
    except ValueError as error:
        raise GatewayError(f"`{text}` is not a day such as `2027-01-31`") from error


def _shown(moment: float | None) -> str:
    return "never" if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")
