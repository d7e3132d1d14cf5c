"""A text as the passes read it: invisible characters out, look-alike spaces, dashes and digits made plain.

Each code point remembers where it stood, so that what is found is masked in the text as it came.
"""

import unicodedata
from dataclasses import dataclass

_REMOVED = frozenset(
    map(
        chr,
        (
            0xAD,
            *range(0x200B, 0x2010),
            *range(0x202A, 0x202F),
            *range(0x2060, 0x2065),
            0xFEFF,
            *range(0xFE00, 0xFE10),
        ),
    )
)
_CHANGED = {
    **dict.fromkeys(map(chr, (0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000, 0x0D)), " "),
    **dict.fromkeys(map(chr, (*range(0x2010, 0x2016), 0x2212, 0xFE63, 0xFF0D)), "-"),
    **dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """`text[i]` stood at `at[i]` of the original; `at` has one more entry, its length."""

    text: str
    at: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where [start, end) of `text` stood, with the invisible characters inside it."""
        return self.at[start], self.at[end - 1] + 1


def plain(original: str) -> Plain:
    """`original`, read plainly."""
    if original.isascii() and "\r" not in original:
        return Plain(text=original.replace("`", "'"), at=tuple(range(len(original) + 1)))
    made: list[str] = []
    at: list[int] = []
    for index, character in enumerate(original):
        if character in _REMOVED:
            continue
        made.append(_one(character))
        at.append(index)
    return Plain(text="".join(made), at=(*at, len(original)))


def _one(character: str) -> str:
    changed = _CHANGED.get(character)
    if changed is not None:
        return changed
    if character > "\u02ff" and character.isdecimal():
        return str(unicodedata.decimal(character))
    if "\uff01" <= character <= "\uff5e":  # full width
        return chr(ord(character) - 0xFEE0)
    return character
