"""`isinglass ingest | export`: data in and out."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gateway.commands.opening import DEFAULT_DATA, Data, err, open_existing, out
from gateway.datasets import exporting
from gateway.errors import GatewayError
from gateway.intake import ingesting
from gateway.store.opening import Store
from gateway.workers.precedence import give_way, in_background
from gateway.workers.sandbox import Sandbox

group = typer.Typer()
_GIVE_WAY = 10  # of 19: people who are at work on the same machine come first


@group.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Folders, ZIP files or single files.")],
    project: Annotated[str, typer.Option("--project", help="The project that they belong to.")],
    data: Data = DEFAULT_DATA,
) -> None:
    """Take in DICOM, pictures and text: sealed, masked, released or held for a check."""
    for path in paths:
        if not path.exists():
            raise GatewayError(f"there is no file or folder `{path}`")
    give_way(_GIVE_WAY)  # first of all: to open the store takes half a second
    with in_background(data):
        store = open_existing(data)
        failed = ingest_into(store, paths, project)
        store.close()
    if failed:
        raise typer.Exit(3)


def ingest_into(store: Store, paths: list[Path], project: str) -> int:
    """Take `paths` in, with a progress bar; how many files could not be read."""
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
        err.print(f"{name}: {cause}", markup=False, soft_wrap=True)
    for title, oddity in summary.oddities:
        out.print(f"{title}: {oddity}", markup=False, soft_wrap=True, style="yellow")
    out.print(
        f"{summary.received} received, {summary.released} released, {summary.held} held for a check, "
        f"{summary.rejected} rejected, {len(summary.failures)} unreadable"
        + (f", {summary.states} presentation states" if summary.states else "")
    )
    return len(summary.failures)


def raw_key(store: Store) -> ingesting.PrivateKey:
    """The key that opens originals; only intake asks for it."""
    return ingesting.load_private_key(store)


@group.command()
def export(
    project: Annotated[str, typer.Option("--project")],
    out_dir: Annotated[Path, typer.Option("--out", help="A folder on the server; made if missing.")],
    stage: Annotated[str, typer.Option(help="accepted | submitted | all")] = "accepted",
    data: Data = DEFAULT_DATA,
) -> None:
    """Write COCO and the native JSON, with a signed manifest of digests."""
    store = open_existing(data)
    written = exporting.export(store, project, out_dir, stage=stage, actor="system")
    out.print(
        f"{written.annotations} annotations of {written.images} images in {written.tasks} tasks: `{out_dir}`"
    )
    for name, count in written.losses.items():
        out.print(f"not representable in COCO: {count} {name} (they are in annotations.json)", style="yellow")
    store.close()
