"""`isinglass`: the command. Errors are one line on standard error; the exit status says what happened.

0: done · 1: refused or failed, the line says why · 2: the command line itself is wrong · 3: done, but some files could not be read.
"""

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from gateway import app as server
from gateway import demo as demonstration
from gateway.audit.events import Event, EventCode
from gateway.datasets import exporting
from gateway.errors import GatewayError
from gateway.intake import ingesting
from gateway.store import auditing, projects, sessions, users
from gateway.store.opening import Store
from gateway.workers import confinement
from gateway.workers.sandbox import Sandbox
from policies.checking import check as check_policies
from policies.deciding import Request, decide
from policies.explaining import explain as explain_decision

SHIPPED_POLICIES = Path(__file__).resolve().parent.parent / "deploy" / "policies"

out = Console()
err = Console(stderr=True, highlight=False)
cli = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__.split("\n")[0]
)
policy_cli = typer.Typer(no_args_is_help=True, help="Session policies.")
audit_cli = typer.Typer(no_args_is_help=True, help="The audit log.")
user_cli = typer.Typer(no_args_is_help=True, help="People.")
project_cli = typer.Typer(no_args_is_help=True, help="Projects.")
session_cli = typer.Typer(no_args_is_help=True, help="Live sessions.")
for name, group in (
    ("policy", policy_cli),
    ("audit", audit_cli),
    ("user", user_cli),
    ("project", project_cli),
    ("session", session_cli),
):
    cli.add_typer(group, name=name)

Data = Annotated[
    Path,
    typer.Option("--data", envvar="ISINGLASS_DATA", help="The folder of rows, objects, keys and policies."),
]
Database = Annotated[
    str | None, typer.Option("--database", envvar="ISINGLASS_DATABASE", help="Another row store.")
]
Objects = Annotated[
    str | None, typer.Option("--objects", envvar="ISINGLASS_OBJECTS", help="Another object store.")
]
DEFAULT_DATA = Path("var")


def _settings(data: Path) -> server.ServerSettings:
    return server.ServerSettings(
        data=data,
        database_url=os.environ.get("ISINGLASS_DATABASE"),
        objects_url=os.environ.get("ISINGLASS_OBJECTS"),
    )


def _open(data: Path) -> Store:
    return server.open_data(_settings(data))


def _existing(data: Path) -> Store:
    if not data.is_dir():
        raise GatewayError(
            f"there is no data folder `{data}`; `isinglass demo` makes one, or name yours with --data"
        )
    return _open(data)


# --- serving
@cli.command()
def serve(
    data: Data = DEFAULT_DATA,
    host: Annotated[
        str, typer.Option(help="Address to serve on; other than loopback needs TLS.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8470,
    origin: Annotated[
        str | None, typer.Option(help="The exact origin that browsers use, if another name.")
    ] = None,
    tls_certificate: Annotated[Path | None, typer.Option(exists=True, dir_okay=False)] = None,
    tls_key: Annotated[Path | None, typer.Option(exists=True, dir_okay=False)] = None,
) -> None:
    """Serve the workstation."""
    base = _settings(data)
    settings = server.ServerSettings(
        data=data,
        host=host,
        port=port,
        origin=origin,
        tls_certificate=tls_certificate,
        tls_key=tls_key,
        database_url=base.database_url,
        objects_url=base.objects_url,
    )
    answers_as = server.origins(settings)  # refuse before anything is opened
    store = _existing(data)
    _say_start(settings, answers_as)
    server.serve(settings, store)


def _say_start(settings: server.ServerSettings, answers_as: frozenset[str]) -> None:
    shown = settings.origin or next((o for o in sorted(answers_as) if settings.host in o), min(answers_as))
    out.print(
        f"Isinglass serves on [bold]{shown}[/] (Ctrl+C stops it; everything is kept in `{settings.data}`)"
    )
    out.print(f"decode workers: {confinement.status().describe()}", style="dim")


@cli.command()
def demo(
    data: Data = DEFAULT_DATA,
    serve_it: Annotated[bool, typer.Option("--serve", help="Then serve it on the loopback address.")] = False,  # noqa: FBT002 - a flag
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8470,
) -> None:
    """Make the demo project from the scans that pydicom ships, with a one-time sign-in link for each of its people."""
    settings = server.ServerSettings(data=data, port=port)
    demonstration.copy_policies(SHIPPED_POLICIES, data / "policies")
    store = _open(data)
    people = demonstration.prepare(store, os.urandom(16).hex())
    with store.read() as conn:
        project = projects.by_name(conn, demonstration.PROJECT)
        empty = project is not None and ingesting.is_empty(conn, project.id)
    if empty:
        _ingest(store, demonstration.scans(), demonstration.PROJECT)
    use = server.open_sessions(settings, store)
    table = Table("who", "role", "one-time sign-in link (good for a day)", box=None, pad_edge=False)
    for person in people:
        table.add_row(person.name, person.role, f"http://127.0.0.1:{port}/link/{use.make_link(person.id)}")
    Console(width=200 if not sys.stdout.isatty() else None).print(table)
    if serve_it:
        _say_start(settings, server.origins(settings))
        server.serve(settings, store)
    else:
        store.close()


# --- data in and out
@cli.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Folders, ZIP files or single files.")],
    project: Annotated[str, typer.Option("--project", help="The project that they belong to.")],
    data: Data = DEFAULT_DATA,
) -> None:
    """Take in DICOM, pictures and text: sealed, masked, released or held for a check."""
    for path in paths:
        if not path.exists():
            raise GatewayError(f"there is no file or folder `{path}`")
    store = _existing(data)
    failed = _ingest(store, paths, project)
    store.close()
    if failed:
        raise typer.Exit(3)


def _ingest(store: Store, paths: list[Path], project: str) -> int:
    private_key = raw_key(store)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err) as progress, Sandbox() as sandbox:
        bars: dict[str, object] = {}

        def on_progress(stage: str, done: int, total: int) -> None:
            if stage not in bars:
                bars[stage] = progress.add_task(stage, total=total)
            progress.update(bars[stage], completed=done, total=total)  # type: ignore[arg-type] # rich's TaskID

        summary = ingesting.ingest(store, paths, project, sandbox, private_key, on_progress)
    for name, cause in summary.failures:
        err.print(f"{name}: {cause}", markup=False)
    out.print(
        f"{summary.received} received, {summary.released} released, {summary.held} held for a check, "
        f"{summary.rejected} rejected, {len(summary.failures)} unreadable"
    )
    return len(summary.failures)


def raw_key(store: Store) -> ingesting.PrivateKey:
    """The key that opens originals; only intake asks for it."""
    return ingesting.load_private_key(store)


@cli.command()
def export(
    project: Annotated[str, typer.Option("--project")],
    out_dir: Annotated[Path, typer.Option("--out", help="A folder on the server; made if missing.")],
    stage: Annotated[str, typer.Option(help="accepted | submitted | all")] = "accepted",
    data: Data = DEFAULT_DATA,
) -> None:
    """Write COCO and the native JSON, with a signed manifest of digests."""
    store = _existing(data)
    written = exporting.export(store, project, out_dir, stage=stage, actor="system")
    out.print(
        f"{written.annotations} annotations of {written.images} images in {written.tasks} tasks: `{out_dir}`"
    )
    for name, count in written.losses.items():
        out.print(f"not representable in COCO: {count} {name} (they are in annotations.json)", style="yellow")
    store.close()


# --- people, projects, sessions
@user_cli.command("add")
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
    store = _existing(data)
    user_id = os.urandom(6).hex()
    with store.write() as tx:
        users.add_user(tx, id=user_id, name=name, roles=role, groups=group or [])
        tx.append(Event(code=EventCode.USER_CREATE, actor="system", object=user_id))
    _print_link(data, store, user_id)
    store.close()


@user_cli.command("link")
def user_link(name: str, data: Data = DEFAULT_DATA) -> None:
    """Print a one-time sign-in link for a person."""
    store = _existing(data)
    with store.read() as conn:
        user = users.user_by_name(conn, name)
    if user is None:
        raise GatewayError(f"there is no user `{name}`")
    _print_link(data, store, user.id)
    store.close()


def _print_link(data: Path, store: Store, user_id: str) -> None:
    token = server.open_sessions(_settings(data), store).make_link(user_id)
    out.print(f"/link/{token}", soft_wrap=True)


@project_cli.command("add")
def project_add(name: str, data: Data = DEFAULT_DATA) -> None:
    """Add a project with the demo's labels."""
    store = _open(data)
    with store.write() as tx:
        project_id = os.urandom(6).hex()
        projects.add_project(tx, id=project_id, name=name, labels=demonstration.LABELS)
        tx.append(Event(code=EventCode.PROJECT_CREATE, actor="system", object=project_id))
    store.close()


@session_cli.command("list")
def session_list(data: Data = DEFAULT_DATA) -> None:
    """Who looks at what now."""
    store = _existing(data)
    with store.read() as conn:
        rows = sessions.live(conn, store.clock.now())
    table = Table("session", "user", "role", "item", "policies", "address", "state")
    for row in rows:
        seen = row.session
        table.add_row(
            seen.id,
            row.user_name,
            seen.role,
            row.item_title or "-",
            ", ".join(seen.policies),
            seen.address,
            seen.state,
        )
    out.print(table if rows else "no live sessions")
    store.close()


@session_cli.command("end")
def session_end(session: str, data: Data = DEFAULT_DATA) -> None:
    """End a session; its picture is gone within a second."""
    store = _existing(data)
    ended = server.open_sessions(_settings(data), store).end(session, "ended by an admin", by="system")
    store.close()
    if not ended:
        raise GatewayError(f"there is no live session `{session}`")


# --- policies
@policy_cli.command("check")
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


@policy_cli.command("explain")
def policy_explain(
    user: Annotated[str, typer.Option("--user")],
    project: Annotated[str, typer.Option("--project")],
    role: Annotated[
        str | None, typer.Option("--role", help="One role; all of the person's without it.")
    ] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Say what a person may do in a project, under which controls, and which policy says so."""
    store = _existing(data)
    with store.read() as conn:
        row = users.user_by_name(conn, user)
        known = projects.by_name(conn, project)
    if row is None:
        raise GatewayError(f"there is no user `{user}`")
    if known is None:
        raise GatewayError(f"there is no project `{project}`")
    book = server.open_sessions(_settings(data), store).book
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


# --- evidence
@audit_cli.command("verify")
def audit_verify(data: Data = DEFAULT_DATA) -> None:
    """Check every leaf, hash, checkpoint and signature of the audit log."""
    store = _existing(data)
    report = auditing.verify_log(store)
    store.close()
    for problem in report.problems:
        err.print(problem, markup=False)
    if not report.ok:
        raise GatewayError("the audit log does not verify")
    out.print(f"the audit log verifies: {report.size} leaves, root {report.root.hex()}", soft_wrap=True)


@audit_cli.command("export")
def audit_export(out_dir: Annotated[Path, typer.Option("--out")], data: Data = DEFAULT_DATA) -> None:
    """Write the log for an auditor, who checks it with deploy/verify_audit.py alone."""
    store = _existing(data)
    auditing.export_log(store, out_dir)
    store.close()
    out.print(f"written to `{out_dir}`; check it with: python verify_audit.py {out_dir}")


@cli.command()
def doctor(data: Data = DEFAULT_DATA) -> None:
    """Say what protects the decode workers here, and whether the store and its log are sound."""
    out.print(f"decode workers: {confinement.status().describe()}")
    if data.is_dir():
        store = _open(data)
        report = auditing.verify_log(store)
        out.print(f"audit log: {report.size} leaves, {'verifies' if report.ok else 'DOES NOT VERIFY'}")
        store.close()
        if not report.ok:
            raise typer.Exit(1)


def main() -> NoReturn:
    """Run the command; known errors become one line."""
    try:
        cli()
    except GatewayError as error:
        err.print(f"error: {error}", style="red", markup=False, soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)
