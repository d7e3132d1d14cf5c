"""`python -m viewer COMMAND`: the pure cores on files, without a server.

Exit 0 and a result, or exit 1 and one line on standard error.
"""

import importlib
import sys
from collections.abc import Callable, Sequence

from viewer.commands.parser import Parser

_COMMANDS = ("render", "mask", "mask-text", "mark", "trace")


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = Parser(
        prog="python -m viewer", description="What the server does with files, without the server."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    # Only what is asked for is loaded: the masker's networks and words take longer than a picture.
    wanted = arguments[:1] if arguments and arguments[0] in _COMMANDS else _COMMANDS
    for name in wanted:
        importlib.import_module(f"viewer.commands.{name.replace('-', '_')}").add(commands)
    options = parser.parse_args(arguments)
    run: Callable[..., int] = options.run
    return run(options)


if __name__ == "__main__":
    sys.exit(main())
