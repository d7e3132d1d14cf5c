"""Arguments of `python -m viewer`: a wrong one is one line on standard error and exit status 1."""

import argparse
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:  # a generic class at type-checking time only
    Commands = argparse._SubParsersAction["Parser"]  # noqa: SLF001 - argparse gives it no public name
else:
    Commands = object


class Parser(argparse.ArgumentParser):
    """Refuses in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and exit."""
        print(f"error: {message}", file=sys.stderr)
        sys.exit(1)
