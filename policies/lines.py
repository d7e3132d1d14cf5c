"""On which line of a TOML text each key stands: `tomllib` gives values without places, errors name them.

The scanner reads strings, comments and brackets as TOML 1.0 does and nothing more. It is linear in the text's
length, and gives what it found for text that is not TOML: values and validity are `tomllib`'s business.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

# INVARIANT: a string that is never closed matches to the end of its line or text; so the scan stays linear.
_TOKEN = re.compile(
    r"""
      (?P<long>    \"{3}(?:\\[\s\S]|[^\\])*?(?:\"{3,5}|\\?\Z) | '{3}[\s\S]*?(?:'{3,5}|\Z) )
    | (?P<text>    "(?:\\.|[^"\\\n])*"? | '[^'\n]*'? )
    | (?P<word>    [A-Za-z0-9_-]+ )
    | (?P<newline> \n )
    | (?P<skip>    \#[^\n]* | [^\S\n]+ )
    | (?P<sign>    [\s\S] )
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key or a table header, as a dotted path, and its line, from 1."""

    path: str
    line: int


def key_lines(text: str) -> tuple[KeyLine, ...]:
    """All keys and table headers of `text`, in order; a key in an inline table comes after the table's."""
    scanner = _Scanner()
    for match in _TOKEN.finditer(text):
        scanner.take(match.lastgroup or "", match[0])
    return tuple(scanner.found)


def first_lines(found: Iterable[KeyLine]) -> dict[str, int]:
    """The first line of each path, and of the one or two first parts of each: where a section or its key begins."""
    lines: dict[str, int] = {}
    for key in found:
        section, _, rest = key.path.partition(".")
        for path in (section, f"{section}.{rest.partition('.')[0]}", key.path):
            lines.setdefault(path, key.line)
    return lines


@dataclass(slots=True)
class _Scanner:
    """`open` holds, per bracket, the path of an inline table, or None for an array."""

    found: list[KeyLine] = field(default_factory=list)
    line: int = 1
    header: str = ""
    value: str = ""  # the key whose value is being read
    parts: list[str] = field(default_factory=list)  # of a key, seen so far
    wants_key: bool = True
    in_header: bool = False
    open: list[str | None] = field(default_factory=list)

    def take(self, kind: str, text: str) -> None:
        if kind in {"text", "word"} and self.wants_key:
            self.parts.append(text.strip("\"'"))
        elif kind == "newline" and not self.open:
            self.parts, self.wants_key, self.in_header = [], True, False
        elif kind == "sign":
            self._sign(text)
        self.line += text.count("\n")

    def _sign(self, sign: str) -> None:
        match sign:
            case "=" if self.wants_key:
                self._name(self.open[-1] if self.open else self.header)
            case "," if self.open and self.open[-1] is not None:
                self.parts, self.wants_key = [], True
            case "{":
                self.open.append(self.value)
                self.parts, self.wants_key = [], True
            case "}" if self.open:
                self.value = self.open.pop() or ""
                self.wants_key = False
            case "[" | "]":
                self._square(sign)
            case _:  # a dot between parts, or what makes no difference to keys
                pass

    def _square(self, sign: str) -> None:
        if sign == "[" and self.wants_key and not self.open:
            self.in_header = True
        elif sign == "[":
            self.open.append(None)
        elif self.in_header and self.wants_key:
            self._name(None)
            self.header = self.value
        elif self.open:
            self.open.pop()

    def _name(self, prefix: str | None) -> None:
        self.value = ".".join([prefix, *self.parts] if prefix else self.parts)
        self.found.append(KeyLine(self.value, self.line))
        self.wants_key = False
