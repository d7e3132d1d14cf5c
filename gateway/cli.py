"""`isinglass`: the command. Errors are one line on standard error; the exit status says what happened.

0: done · 1: refused or failed, the line says why · 2: the command line itself is wrong · 3: done, but some files could not be read.
"""

import sys
from importlib import metadata
from typing import Annotated, NoReturn

import typer

from gateway.commands.deferred import deferred
from gateway.commands.opening import err, out
from gateway.errors import GatewayError

COMMANDS = {
    **dict.fromkeys(("serve", "demo"), "serving:group"),
    **dict.fromkeys(("ingest", "export"), "moving:group"),
    "doctor": "evidence:group",
    **dict.fromkeys(("exposure", "replay"), "exposure:group"),
    "managed-browser": "browsers:group",
    **dict.fromkeys(("mask", "remask"), "masking:group"),
    "unmask": "unmasking:group",
    "erase": "privacy:group",
    "trace": "tracing:group",
    "policy": "policies:group",
    "audit": "evidence:audit_group",
    "user": "people:user_group",
    "project": "people:project_group",
    "session": "sessions:group",
    "device": "vetting:device_group",
    "grant": "versions:grant_group",
    "key": "tracing:key_group",
}

cli = typer.Typer(
    cls=deferred(COMMANDS),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help=__doc__.split("\n")[0],
)


def _say_version(wanted: bool) -> None:  # noqa: FBT001 - typer's callback of a flag
    if wanted:
        out.print(f"isinglass {metadata.version('isinglass')}", highlight=False)
        raise typer.Exit


@cli.callback()
def _options(
    _version: Annotated[  # noqa: FBT002 - a flag
        bool,
        typer.Option("--version", callback=_say_version, is_eager=True, help="Say the version and leave."),
    ] = False,
) -> None:
    pass


def main() -> NoReturn:
    """Run the command; known errors become one line."""
    try:
        cli()
    except GatewayError as error:
        said = "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in str(error))
        err.print(f"error: {said}", style="red", markup=False, soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)
