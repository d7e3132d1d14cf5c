"""`isinglass audit`, and `isinglass doctor`."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.opening import DEFAULT_DATA, Data, err, open_existing, open_new, out
from gateway.errors import GatewayError
from gateway.store import auditing
from gateway.workers import confinement, films
from viewer.imaging import swift

audit_group = typer.Typer(no_args_is_help=True, help="The audit log.")
group = typer.Typer()


@audit_group.command("verify")
def audit_verify(data: Data = DEFAULT_DATA) -> None:
    """Check every leaf, hash, checkpoint and signature of the audit log."""
    store = open_existing(data)
    report = auditing.verify_log(store)
    store.close()
    for problem in report.problems:
        err.print(problem, markup=False)
    if not report.ok:
        raise GatewayError("the audit log does not verify")
    out.print(f"the audit log verifies: {report.size} leaves, root {report.root.hex()}", soft_wrap=True)


@audit_group.command("export")
def audit_export(out_dir: Annotated[Path, typer.Option("--out")], data: Data = DEFAULT_DATA) -> None:
    """Write the log for an auditor, who checks it with deploy/verify_audit.py alone."""
    store = open_existing(data)
    auditing.export_log(store, out_dir)
    store.close()
    out.print(f"written to `{out_dir}`; check it with: python verify_audit.py {out_dir}")


@group.command()
def doctor(data: Data = DEFAULT_DATA) -> None:
    """Say what protects the decode workers and draws frames here, and whether the store and its log are sound."""
    out.print(f"decode workers: {confinement.status().describe()}")
    out.print(f"frames: {swift.describe()}", soft_wrap=True)
    out.print(f"video: {films.describe()}", soft_wrap=True)
    if data.is_dir():
        store = open_new(data)
        report = auditing.verify_log(store)
        out.print(f"audit log: {report.size} leaves, {'verifies' if report.ok else 'DOES NOT VERIFY'}")
        store.close()
        if not report.ok:
            raise typer.Exit(1)
