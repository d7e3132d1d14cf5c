"""A text as the passes read it: invisible characters out, look-alike spaces, dashes and digits made plain, escapes read.

Each code point remembers where it stood, so that what is found is masked in the text as it came.
"""

import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

_REMOVED = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufe00-\ufe0f"
_SPACES = " \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_CHANGED = {
    **dict.fromkeys(map(chr, (*range(0x2010, 0x2016), 0x2212, 0xFE63, 0xFF0D)), "-"),
    **dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'"),
}
_ESCAPES = {"n": "\n", "r": "\n", "t": " ", "par": "\n", "line": "\n", "tab": " "}
_MARKS = "\u0300-\u036f"
_COLUMN = 3  # so many spaces stand between columns, not between words
_SPECIAL = re.compile(
    rf"(?P<space>[{_SPACES}](?:[{_REMOVED}]*[{_SPACES}])+|[{_SPACES}])"
    r"|(?P<hyphen>(?<=[^\W\d_])[-\u2010](?:\r\n?|\n)[ ]{0,4}(?=[^\W\d_]))"
    r"|(?P<line>\r\n?)"
    r"|(?P<entity>&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8});)"
    r"|\\u(?P<hex>[0-9a-fA-F]{4})|\\'(?P<byte>[0-9a-fA-F]{2})|\\u(?P<decimal>\d{1,5})\?"
    rf"|(?P<marked>[^\W\d_][{_MARKS}]+)"
    rf"|(?P<removed>[{_REMOVED}{_MARKS}]+)"
    r"|(?P<other>[`\u00b4]|[^\x00-\u02ff])"
)
_ESCAPED = re.compile(r"\\(?:(?P<control>par|line|tab)(?![a-z])[ ]?|(?P<escape>[nrt]))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """`text[i]` stood at [`starts[i]`, `ends[i]`) of the original."""

    text: str
    starts: list[int]
    ends: list[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where [start, end) of `text` stood, with the invisible characters inside it."""
        return self.starts[start], self.ends[end - 1]


def plain(original: str) -> Plain:
    """`original`, read plainly."""
    found = list(_SPECIAL.finditer(original))
    if original.lstrip()[:1] in {"{", "["}:  # JSON, or RTF: in other texts a backslash is one
        found = sorted((*found, *_ESCAPED.finditer(original)), key=lambda match: match.start())
    made: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    end = 0
    for match in found:
        stands_for = _said(match)
        if match.start() < end or stands_for == match[0]:
            continue
        _copy(original, end, match.start(), made, starts, ends)
        end = match.end()
        made.append(stands_for)
        starts += [match.start()] * len(stands_for)
        ends += [end] * len(stands_for)
    _copy(original, end, len(original), made, starts, ends)
    return Plain(text="".join(made), starts=starts, ends=ends)


def unwrapped(text: str) -> str:
    """`text` with a space for each line break that seems to be there for the width of a page; as long as `text`."""
    return _WRAP.sub(" ", text)


# The next line begins no list item and no label, and neither line is empty.
_WRAP = re.compile(
    r"(?<=[^\n:])\n(?=[^\W_(])(?!\d{1,2}[.)][ ])(?![^\n:=|]{1,40}(?:[=|]|:(?!\d\d)))(?![^\W\d_]{1,12}[ ]{2})"
)


def _copy(original: str, start: int, end: int, made: list[str], starts: list[int], ends: list[int]) -> None:
    made.append(original[start:end])
    starts += range(start, end)
    ends += range(start + 1, end + 1)


def _said(found: re.Match[str]) -> str:
    kind = found.lastgroup or ""
    reader = _READERS.get(kind)
    return reader(found) if reader else _one(found[0])


def _hyphen(found: re.Match[str]) -> str:
    """A word that is broken at the end of its line; a double name keeps its hyphen."""
    return "" if found.string[found.end()].islower() else "-"


def _composed(found: re.Match[str]) -> str:
    composed = unicodedata.normalize("NFC", found[0])
    return composed if len(composed) == 1 else found[0][0]


def _spaced(character: str) -> str:
    """What an escape stands for; never nothing, so that words beside it stay apart."""
    if character.isspace() or not character.isprintable():
        return " "
    return _one(character)


def _one(character: str) -> str:
    changed = _CHANGED.get(character)
    if changed is not None:
        return changed
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if "\uff01" <= character <= "\uff5e":  # full width
        return chr(ord(character) - 0xFEE0)
    return character


_READERS: dict[str, Callable[[re.Match[str]], str]] = {
    "space": lambda found: " " if len(found[0]) < _COLUMN else "  ",
    "hyphen": _hyphen,
    "line": lambda _: "\n",
    "entity": lambda found: _spaced(html.unescape(found[0])),
    "hex": lambda found: _spaced(chr(int(found["hex"], 16))),
    "byte": lambda found: _spaced(bytes.fromhex(found["byte"]).decode("cp1252", "replace")),
    "decimal": lambda found: _spaced(chr(min(int(found["decimal"]), 0xFFFF))),
    "marked": _composed,
    "removed": lambda _: "",
    "control": lambda found: _ESCAPES[found["control"]],
    "escape": lambda found: _ESCAPES[found["escape"]],
}
