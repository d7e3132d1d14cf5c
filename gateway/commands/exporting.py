"""`isinglass export`: data out."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.opening import DEFAULT_DATA, Data, open_existing, out
from gateway.datasets import exporting

group = typer.Typer()


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
