"""`isinglass policy`."""

from pathlib import Path
from typing import Annotated

import typer

from gateway import app as server
from gateway.commands.opening import DEFAULT_DATA, Data, err, open_existing, out, settings_of
from gateway.errors import GatewayError
from gateway.store import projects, users
from policies.checking import check as check_policies
from policies.deciding import Request, decide
from policies.explaining import explain as explain_decision

group = typer.Typer(no_args_is_help=True, help="Session policies.")


@group.command("check")
def policy_check(files: Annotated[list[Path], typer.Argument()]) -> None:
    """Read policy files and name every error by file, line and key."""
    texts = {}
    for path in files:
        try:
            texts[str(path)] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise GatewayError(f"`{path}` can't be read as UTF-8 text") from error
    errors = check_policies(texts)
    for found in errors:
        err.print(str(found), markup=False)
    if errors:
        raise typer.Exit(1)
    out.print(f"{len(texts)} {'policy is' if len(texts) == 1 else 'policies are'} good")


@group.command("explain")
def policy_explain(
    user: Annotated[str, typer.Option("--user")],
    project: Annotated[str, typer.Option("--project")],
    role: Annotated[
        str | None, typer.Option("--role", help="One role; all of the person's without it.")
    ] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Say what a person may do in a project, under which controls, and which policy says so."""
    store = open_existing(data)
    with store.read() as conn:
        row = users.user_by_name(conn, user)
        known = projects.by_name(conn, project)
    if row is None:
        raise GatewayError(f"there is no user `{user}`")
    if known is None:
        raise GatewayError(f"there is no project `{project}`")
    book = server.open_sessions(settings_of(data), store).book
    allowed = False
    for each in [role] if role else row.roles:
        request = Request(
            user=user, roles=tuple(row.roles), groups=tuple(row.groups), project=project, role=each
        )
        decision = decide(request, book.current)
        allowed = allowed or decision.allowed
        out.print(f"{user} as {each} in {project}", style="bold")
        out.print(explain_decision(decision), markup=False, highlight=False)
    store.close()
    if not allowed:
        raise typer.Exit(1)
