"""`isinglass`: the command. Errors are one line on standard error; the exit status says what happened.

0: done · 1: refused or failed, the line says why · 2: the command line itself is wrong · 3: done, but some files could not be read.
"""

import sys
from importlib import metadata
from typing import Annotated, NoReturn

import typer
from typer._click.exceptions import ClickException, NoArgsIsHelpError  # typer has no public name for them

from gateway.commands.deferred import deferred
from gateway.commands.opening import err, out
from gateway.errors import GatewayError

COMMANDS = {
    **dict.fromkeys(("serve", "demo"), "serving:group"),
    "ingest": "ingesting:group",
    "export": "exporting:group",
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


def _say_error(what: str) -> None:
    said = "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in what)
    err.print(f"error: {said}", style="red", markup=False, soft_wrap=True)


def _in_words(error: ClickException) -> str:
    said = " ".join(error.format_message().split()).rstrip(".").replace("'", "`")
    said = said[:1].lower() + said[1:]
    where = getattr(error, "ctx", None)
    return f"{said} (`{where.command_path} --help` says how)" if where else said


def main() -> NoReturn:
    """Run the command; known errors become one line."""
    try:
        status = cli(prog_name="isinglass", standalone_mode=False)
    except GatewayError as error:
        _say_error(str(error))
        sys.exit(1)
    except NoArgsIsHelpError as asked:
        sys.exit(asked.exit_code)  # the help is printed
    except ClickException as error:
        _say_error(_in_words(error))
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    sys.exit(status if isinstance(status, int) else 0)
