"""`isinglass policy`."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.deferred import deferred
from gateway.commands.opening import DEFAULT_DATA, Data, err, has_store, open_existing, open_sessions, out
from gateway.errors import GatewayError
from gateway.sessions import reading
from gateway.store import credentials, projects, users
from gateway.store.opening import Store
from policies import differing, requests
from policies.checking import check as check_policies
from policies.conditions import Facts, read_address, read_country
from policies.deciding import Request, decide
from policies.errors import PolicyError, shown_path
from policies.explaining import explain as explain_decision
from policies.loading import PolicySet, load_all
from policies.schema import schema as policy_schema
from policies.values import Device, Mfa

SHOWN = 50  # sessions that `simulate` lists unless it is asked for all; errors, at most

group = typer.Typer(
    cls=deferred(
        {"simulate": "simulating:group"}
        | dict.fromkeys(("versions", "approve", "refuse"), "versions:policy_group")
    ),
    no_args_is_help=True,
    help="Session policies.",
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@group.command("check")
def policy_check(
    files: Annotated[list[Path], typer.Argument(help="Policy files, or folders of them.")],
) -> None:
    """Read policy files and name every error by file, line and key."""
    texts, _ = reading.sorted_out(files)
    errors = check_policies(texts)
    if errors:
        err.print(_listed(errors), markup=False, soft_wrap=True)
        raise typer.Exit(1)
    if not texts:
        raise GatewayError(f"there is no policy file in {_named_paths(files)}")
    out.print(f"{len(texts)} {'policy is' if len(texts) == 1 else 'policies are'} good")


@group.command("schema")
def policy_print_schema() -> None:
    """Print the language as a JSON Schema (Draft 2020-12), for editors."""
    typer.echo(json.dumps(policy_schema(), indent=2))


@group.command("test")
def policy_test(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Policies and request tables (`*.test.toml`, `*.json`), or folders of both."),
    ] = None,
    policy: Annotated[
        list[Path] | None,
        typer.Option("--policy", help="Policies to test instead of those beside the tables."),
    ] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Run request tables: who asks, how and from where, and what the decision must be."""
    texts, tables = reading.sorted_out(paths or [data / "policies"])
    if policy:
        texts, _ = reading.sorted_out(policy)
        if not texts:
            raise GatewayError(f"there is no policy file in {_named_paths(policy)}")
    elif not texts:
        texts = {str(path): reading.read(path) for path in reading.policy_files(data / "policies")}
    policies = _good(load_all(texts))
    if not tables:
        raise GatewayError("there is no request table here: its name ends in `.test.toml` or `.test.json`")
    try:
        rows = [row for file, text in tables.items() for row in requests.read(text, file=file)]
    except PolicyError as error:
        raise GatewayError(str(error)) from error
    outcomes = requests.run(rows, policies)
    if as_json:
        typer.echo(json.dumps([_tested(outcome) for outcome in outcomes], indent=2))
    else:
        _print_tests(outcomes)
    if any(outcome.differences for outcome in outcomes):
        raise typer.Exit(1)


def _print_tests(outcomes: list[requests.Outcome]) -> None:
    for outcome in outcomes:
        out.print(
            f"{'FAIL' if outcome.differences else 'ok  '} {outcome.row.name}",
            markup=False,
            soft_wrap=True,
        )
        for difference in outcome.differences:
            out.print(f"       {difference}", markup=False, soft_wrap=True)
    passed = sum(not outcome.differences for outcome in outcomes)
    out.print(f"{passed} of {len(outcomes)} requests were decided as expected")


def _tested(outcome: requests.Outcome) -> dict[str, object]:
    return {
        "file": outcome.row.file,
        "name": outcome.row.name,
        "passed": not outcome.differences,
        "decision": "allow" if outcome.decision.allowed else "deny",
        "policies": list(outcome.decision.policies),
        "differences": list(outcome.differences),
    }


@group.command("diff")
def policy_diff(
    before: Annotated[Path, typer.Argument(help="A policy file or a folder of them.")],
    after: Annotated[Path, typer.Argument(help="The one that takes its place.")],
    data: Data = DEFAULT_DATA,
    as_json: Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Say what changes for whom: the people of the data folder, or without one everybody whom the policies tell apart."""
    old, new = loaded([before]), loaded([after])
    people = _people(data) if has_store(data) else []
    changes = differing.diff(old, new, people or differing.audiences(old, new))
    if as_json:
        rows = [
            {"field": c.field, "before": c.before, "after": c.after, "loosens": c.loosens, "who": list(c.who)}
            for c in changes
        ]
        typer.echo(json.dumps(rows, indent=2))
        return
    for change in changes:
        out.print(
            f"{'looser  ' if change.loosens else 'stricter'}  {change.field}: {change.before} -> {change.after}",
            markup=False,
            soft_wrap=True,
        )
        out.print(f"          for {'; '.join(change.who)}", markup=False, soft_wrap=True)
    if not changes:
        out.print("nothing changes for anybody")


def _people(data: Path) -> list[Request]:
    store = open_existing(data)
    with store.read() as conn:
        people, known = users.all_users(conn), [project.name for project in projects.all_projects(conn)]
    store.close()
    return [
        Request(
            user=user.name, roles=tuple(user.roles), groups=tuple(user.groups), project=project, role=role
        )
        for user in people
        for role in user.roles
        for project in ([None] if role == "admin" else known)
    ]


@group.command("explain")
def policy_explain(  # noqa: PLR0913, PLR0917 - one parameter an option
    user: Annotated[str, typer.Option("--user")],
    project: Annotated[str, typer.Option("--project")],
    role: Annotated[
        str | None, typer.Option("--role", help="One role; all of the person's without it.")
    ] = None,
    mfa: Annotated[Mfa, typer.Option(help="How the person has proved who they are.")] = Mfa.NONE,
    address: Annotated[str | None, typer.Option(help="From which address.")] = None,
    country: Annotated[str | None, typer.Option(help="From which country, two letters.")] = None,
    device: Annotated[Device, typer.Option(help="What is known of the machine.")] = Device.ANY,
    purpose: Annotated[str, typer.Option(help="For which purpose.")] = "",
    data: Data = DEFAULT_DATA,
) -> None:
    """Say what a person may do in a project, now and from there, under which controls, and which policy says so."""
    address = _fact(address, read_address)
    country = _fact(country, read_country)
    store = existing(data)
    with store.read() as conn:
        row = users.user_by_name(conn, user)
        known = projects.by_name(conn, project)
        held = credentials.of_users(conn, [row.id])[row.id] if row else []
    if row is None:
        raise GatewayError(f"there is no user `{user}`")
    if known is None:
        raise GatewayError(f"there is no project `{project}`")
    book = open_sessions(data, store).book
    now = store.clock.now()
    valid = frozenset(credential.name for credential in held if credential.valid(now))
    facts = Facts(mfa=mfa, credentials=valid, address=address, country=country, device=device, now=now)
    allowed = False
    for each in [role] if role else row.roles:
        request = Request(
            user=user,
            roles=tuple(row.roles),
            groups=tuple(row.groups),
            project=project,
            role=each,
            purpose=purpose,
            facts=facts,
        )
        decision = decide(request, book.current)
        allowed = allowed or decision.allowed
        out.print(f"{user} as {each} in {project}", style="bold")
        out.print(explain_decision(decision), markup=False, highlight=False, soft_wrap=True)
    store.close()
    if not allowed:
        raise typer.Exit(1)


def _fact(given: str | None, read_fact: Callable[[str], str]) -> str | None:
    try:
        return None if given is None else read_fact(given)
    except ValueError as error:
        raise GatewayError(str(error)) from error


def existing(data: Path) -> Store:
    """The store of `data`, which is only asked. Errors: GatewayError if there is none: it is not made."""
    if data.is_dir() and not has_store(data):
        raise GatewayError(f"{shown_path(data)} holds no store: is it your data folder?")
    return open_existing(data)


def loaded(paths: list[Path]) -> PolicySet:
    """The policies among `paths`. Errors: GatewayError, also if there is none: a wrong folder is no lack of rules."""
    texts, _ = reading.sorted_out(paths)
    if not texts:
        raise GatewayError(f"there is no policy file in {_named_paths(paths)}")
    return _good(load_all(texts))


def _good(policies: PolicySet) -> PolicySet:
    """Errors: GatewayError naming every file, line and key that is wrong, a line each."""
    if policies.errors:
        raise GatewayError(_listed(policies.errors))
    return policies


def _listed(errors: Sequence[PolicyError]) -> str:
    more = f"\n… and {len(errors) - SHOWN} more errors" if len(errors) > SHOWN else ""
    return "\n".join(map(str, errors[:SHOWN])) + more


def _named_paths(paths: list[Path]) -> str:
    return ", ".join(shown_path(path) for path in paths)
