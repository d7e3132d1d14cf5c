"""`isinglass user | project`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from gateway import demo as demonstration
from gateway.audit.events import Event, EventCode
from gateway.commands.deferred import deferred
from gateway.commands.opening import DEFAULT_DATA, Data, open_existing, open_new, open_sessions, out
from gateway.errors import GatewayError
from gateway.store import projects, users
from gateway.store.opening import Store

user_group = typer.Typer(
    cls=deferred(dict.fromkeys(("totp", "credential"), "vetting:user_group")),
    no_args_is_help=True,
    help="People.",
)
project_group = typer.Typer(no_args_is_help=True, help="Projects.")


@user_group.command("add")
def user_add(
    name: str,
    role: Annotated[
        list[str], typer.Option("--role", help="annotator, reviewer or admin; may be given again")
    ],
    group: Annotated[list[str] | None, typer.Option("--group")] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Add a person, and print a one-time sign-in token."""
    for each in role:
        if each not in {"annotator", "reviewer", "admin"}:
            raise GatewayError(f"there is no role `{each}`: annotator, reviewer or admin")
    store = open_existing(data)
    user_id = os.urandom(6).hex()
    with store.write() as tx:
        users.add_user(tx, id=user_id, name=name, roles=role, groups=group or [])
        tx.append(Event(code=EventCode.USER_CREATE, actor="system", object=user_id))
    _print_link(data, store, user_id)
    store.close()


@user_group.command("link")
def user_link(name: str, data: Data = DEFAULT_DATA) -> None:
    """Print a one-time sign-in link for a person."""
    store = open_existing(data)
    with store.read() as conn:
        user = users.user_by_name(conn, name)
    if user is None:
        raise GatewayError(f"there is no user `{name}`")
    _print_link(data, store, user.id)
    store.close()


def _print_link(data: Path, store: Store, user_id: str) -> None:
    token = open_sessions(data, store).make_link(user_id)
    out.print(f"/link/{token}", soft_wrap=True)


@project_group.command("add")
def project_add(name: str, data: Data = DEFAULT_DATA) -> None:
    """Add a project with the demo's labels."""
    store = open_new(data)
    with store.write() as tx:
        project_id = os.urandom(6).hex()
        projects.add_project(tx, id=project_id, name=name, labels=demonstration.LABELS)
        tx.append(Event(code=EventCode.PROJECT_CREATE, actor="system", object=project_id))
    store.close()
