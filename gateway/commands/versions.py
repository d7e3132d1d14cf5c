"""`isinglass policy versions | approve | refuse`, and `isinglass grant`."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from gateway.commands.opening import DEFAULT_DATA, Data, open_existing, out
from gateway.commands.vetting import find
from gateway.errors import GatewayError
from gateway.sessions import granting, versioning
from gateway.store import grants, policy_versions, users
from gateway.store.opening import Store

policy_group = typer.Typer()
grant_group = typer.Typer(no_args_is_help=True, help="Break-glass and unmask requests.")
By = Annotated[str, typer.Option("--by", help="The admin who says so.")]


@policy_group.command("versions")
def policy_list(data: Data = DEFAULT_DATA) -> None:
    """The versions of the policies, the newest first, and who approved them."""
    store = open_existing(data)
    with store.read() as conn:
        rows = policy_versions.newest(conn)
        names = users.names_of(
            conn, {str(a["user"]) for row in rows for a in row.approvals} | {r.author for r in rows}
        )
    table = Table("digest", "state", "proposed", "by", "approvals", box=None, pad_edge=False)
    for row in rows:
        said = [
            f"{names.get(str(a['user']), a['user'])}: {a['verdict']}{'' if versioning.verify(store, row, a) else ' (BAD SIGNATURE)'}"
            for a in row.approvals
        ]
        needed = f" ({len(said)} of {row.needs})" if row.state == policy_versions.PROPOSED else ""
        table.add_row(
            row.digest[:16],
            row.state,
            _time(row.proposed),
            names.get(row.author, row.author),
            ", ".join(said) + needed,
        )
    store.close()
    out.print(table if rows else "there are no policies yet")


@policy_group.command("approve")
def policy_approve(digest: str, by: By, data: Data = DEFAULT_DATA) -> None:
    """Approve a proposed version, as a second person."""
    store = open_existing(data)
    row = versioning.approve(store, _whole(store, digest), find(store, by).id)
    store.close()
    out.print(f"the version `{row.digest[:16]}` is {row.state}")


@policy_group.command("refuse")
def policy_refuse(digest: str, by: By, data: Data = DEFAULT_DATA) -> None:
    """Refuse a proposed version."""
    store = open_existing(data)
    row = versioning.refuse(store, _whole(store, digest), find(store, by).id)
    store.close()
    out.print(f"the version `{row.digest[:16]}` is {row.state}")


def _whole(store: Store, start: str) -> str:
    with store.read() as conn:
        found = [row.digest for row in policy_versions.newest(conn) if row.digest.startswith(start)]
    if len(found) != 1:
        raise GatewayError(
            f"{'no' if not found else 'more than one'} version of the policies begins with `{start}`"
        )
    return found[0]


@grant_group.command("list")
def grant_list(data: Data = DEFAULT_DATA) -> None:
    """The register, the newest first."""
    store = open_existing(data)
    with store.read() as conn:
        rows = grants.newest(conn)
        names = users.names_of(conn, {r.user for r in rows} | {r.decided_by for r in rows if r.decided_by})
    store.close()
    table = Table(
        "request", "kind", "person", "scope", "state", "asked", "second person", "ends", "reason", box=None
    )
    for row in rows:
        table.add_row(
            row.id,
            row.kind,
            names.get(row.user, row.user),
            json.dumps(row.scope),
            row.state,
            _time(row.asked),
            names.get(row.decided_by or "", row.decided_by or "-"),
            _time(row.ends) if row.ends else "-",
            row.reason,
        )
    out.print(table if rows else "the register is empty")


@grant_group.command("ask")
def grant_ask(
    name: str,
    reason: Annotated[str, typer.Option(help="Why; it stands in the register and in the log.")],
    scope: Annotated[
        list[str],
        typer.Option(help="What is widened, such as 'surface.copy = \"allow\"'; may be given again."),
    ],
    hours: Annotated[float, typer.Option(help="For how long, at most 24.")] = 1.0,
    data: Data = DEFAULT_DATA,
) -> None:
    """Ask for a break-glass grant for a person; somebody else decides it."""
    store = open_existing(data)
    user = find(store, name)
    wanted = granting.scope_of("\n".join(scope))
    row = granting.ask(store, kind=grants.BREAK_GLASS, user=user.id, reason=reason, scope=wanted, hours=hours)
    store.close()
    out.print(row.id)


@grant_group.command("approve")
def grant_approve(request: str, by: By, data: Data = DEFAULT_DATA) -> None:
    """Say yes to a request, as the second person."""
    store = open_existing(data)
    row = granting.decide(store, request, find(store, by).id, yes=True)
    store.close()
    out.print(f"granted until {_time(row.ends or 0)}")


@grant_group.command("refuse")
def grant_refuse(request: str, by: By, data: Data = DEFAULT_DATA) -> None:
    """Say no to a request."""
    store = open_existing(data)
    granting.decide(store, request, find(store, by).id, yes=False)
    store.close()


@grant_group.command("end")
def grant_end(request: str, by: By, data: Data = DEFAULT_DATA) -> None:
    """End a grant before its time."""
    store = open_existing(data)
    granting.end(store, request, find(store, by).id)
    store.close()


def _time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%MZ")
