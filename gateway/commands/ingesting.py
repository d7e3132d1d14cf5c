"""`isinglass ingest`: data in, behind whoever is at work on the same machine."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.opening import DEFAULT_DATA, Data, open_existing
from gateway.errors import GatewayError
from gateway.workers.precedence import give_way, in_background

group = typer.Typer()
_GIVE_WAY = 10  # of 19: people who are at work come first


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
    give_way(_GIVE_WAY)
    with in_background(data):
        # Not before: to read these modules takes a second of a processor, and to open the store half of one.
        from gateway.commands.intake import ingest_into  # noqa: PLC0415

        store = open_existing(data)
        failed = ingest_into(store, paths, project)
        store.close()
    if failed:
        raise typer.Exit(3)
