"""The error of `policies`, and how a value from a file is shown in it.

    PolicyError    a policy file, or stored controls, say something that is not understood

Texts are lower case, in the user's words, with the value in backticks. Policies name roles, groups and
projects, never patients.
"""

import json
from datetime import date, datetime, time

MOST_PATH = 4096
SHOWN_CHARACTERS = 60  # enough to recognise a value, too little to fill a terminal


class PolicyError(Exception):
    """What is wrong with one place of one file.

    `file`: as the caller named it. `line`: from 1, or None where there are no lines (stored controls).
    `key`: dotted path such as `surface.copy`, empty for the file as a whole.
    `cause`: what is wrong and what would be right.
    """

    def __init__(self, cause: str, *, file: str, line: int | None, key: str) -> None:
        super().__init__(cause)
        self.file = file
        self.line = line
        self.key = key
        self.cause = cause

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {printable(self.key)}: {self.cause}" if self.key else f"{place}: {self.cause}"


def shown(value: object) -> str:
    """`value` in backticks, as TOML has it, shortened, without control characters (it may end on a terminal)."""
    return f"`{printable(value if isinstance(value, str) else _spelled(value))}`"


def _spelled(value: object) -> str:
    """A value of TOML as a file has it; None, which TOML has not, as `nothing`."""
    match value:
        case None:
            return "nothing"
        case bool() | str():
            return json.dumps(value, ensure_ascii=False)
        case date() | datetime() | time():
            return value.isoformat()
        case list() | tuple():
            return f"[{', '.join(map(_spelled, value))}]"
        case dict():
            pairs = ", ".join(f"{key} = {_spelled(part)}" for key, part in value.items())
            return f"{{ {pairs} }}" if pairs else "{}"
        case _:
            return str(value)


def printable(text: str, most: int = SHOWN_CHARACTERS) -> str:
    """`text`, shortened to `most` characters and without control characters: it may end on a terminal."""
    start = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:most])
    return start if len(text) <= most else f"{start}…"


def shown_path(path: object) -> str:
    """`path` in backticks, whole, on one line."""
    return f"`{printable(str(path), MOST_PATH)}`"
