"""`python -m viewer COMMAND`: the pure cores on files, without a server.

Exit 0 and a result, or exit 1 and one line on standard error.
"""

import sys
from collections.abc import Callable, Sequence

from viewer.commands import mark, mask, mask_text, render, trace
from viewer.commands.parser import Parser


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status."""
    parser = Parser(
        prog="python -m viewer", description="What the server does with files, without the server."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    for command in (render, mask, mask_text, mark, trace):
        command.add(commands)
    options = parser.parse_args(arguments)
    run: Callable[..., int] = options.run
    return run(options)


if __name__ == "__main__":
    sys.exit(main())
