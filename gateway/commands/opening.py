"""What every command shares: where it prints, the options that say where the data is, and opening it."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from gateway.errors import GatewayError

if TYPE_CHECKING:
    from gateway.app import ServerSettings
    from gateway.sessions.entering import Sessions
    from gateway.store.opening import Store

PIPED_COLUMNS = 240  # into a file or a pipe a table is written whole: there is no edge to fit it to

out = Console(width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPED_COLUMNS)
err = Console(stderr=True, highlight=False)

Data = Annotated[
    Path,
    typer.Option("--data", envvar="ISINGLASS_DATA", help="The folder of rows, objects, keys and policies."),
]
DEFAULT_DATA = Path("var")


def settings_of(data: Path) -> "ServerSettings":
    """The settings of the data folder `data`; other stores by `ISINGLASS_DATABASE` and `ISINGLASS_OBJECTS`."""
    from gateway import app as server  # noqa: PLC0415 - what opens no data folder doesn't wait for the server's modules

    return server.ServerSettings(
        data=data,
        database_url=os.environ.get("ISINGLASS_DATABASE"),
        objects_url=os.environ.get("ISINGLASS_OBJECTS"),
    )


def has_store(data: Path) -> bool:
    """Whether `data` was a data folder before."""
    return (data / "keys").is_dir()


def open_new(data: Path) -> "Store":
    """The store of `data`, made on first use."""
    from gateway import app as server  # noqa: PLC0415 - as above

    return server.open_data(settings_of(data))


def open_existing(data: Path) -> "Store":
    """The store of `data`. Errors: GatewayError if there is no such folder."""
    if not data.is_dir():
        raise GatewayError(
            f"there is no data folder `{data}`; `isinglass demo` makes one, or name yours with --data"
        )
    return open_new(data)


def open_sessions(data: Path, store: "Store") -> "Sessions":
    """The use cases around the sessions of `data`, whose store is `store`."""
    from gateway import app as server  # noqa: PLC0415 - as above

    return server.open_sessions(settings_of(data), store)
