"""The same notes as other systems hand them over: other spaces, breaks, escapes, marks; the gold spans move along."""

import json
import random  # noqa: TID251 - seeded: the same notes each time
import unicodedata
from collections.abc import Callable

from tests.accuracy.text_sets import Gold, Labelled

Distort = Callable[[str, bool, random.Random], str]
"""(character, whether it is inside an entity, chance) → what stands for it."""


def _broken(chance: float) -> Distort:
    return lambda c, _inside, source: "\n" if c == " " and source.random() < chance else c


def _swapped(changes: dict[str, str]) -> Distort:
    return lambda c, _inside, _source: changes.get(c, c)


def _behind(mark: str, chance: float, *, letters: str = "") -> Distort:
    """`mark` behind some characters of the entities."""

    def distort(c: str, inside: bool, source: random.Random) -> str:
        fits = inside and (not letters or c in letters)
        return c + mark if fits and source.random() < chance else c

    return distort


def _rich(c: str, _inside: bool, _source: random.Random) -> str:
    if ord(c) > 127:
        return f"\\u{ord(c)}?"
    return {"\n": "\\par\n", "{": "\\{", "}": "\\}"}.get(c, c)


DISTORTIONS: dict[str, Distort] = {
    "crlf": _swapped({"\n": "\r\n"}),
    "cr": _swapped({"\n": "\r"}),
    "tabs": _swapped({" ": "\t"}),
    "two spaces": _swapped({" ": "  "}),
    "no-break spaces": _swapped({" ": "\u00a0"}),
    "narrow spaces": _swapped({" ": "\u202f"}),
    "wrapped": _broken(0.08),
    "broken numbers": _behind(" ", 0.2, letters="0123456789"),
    "typographic": _swapped({"'": "\u2019", "-": "\u2010"}),
    "decomposed": lambda c, _inside, _source: unicodedata.normalize("NFD", c),
    "zero width": _behind("\u200b", 0.2),
    "soft hyphens": _behind("\u00ad", 0.2),
    "right to left": _behind("\u202e", 0.1),
    "accents": _behind("\u0301", 0.2, letters="aeiouy"),
    "full width": lambda c, inside, _source: chr(ord(c) + 0xFEE0) if inside and "!" <= c <= "~" else c,
    "html": _swapped({"\n": "<br>\n", "&": "&amp;", "<": "&lt;", ">": "&gt;"}),
    "rtf": _rich,
    "json": lambda c, _inside, _source: json.dumps(c)[1:-1],
    "upper": lambda c, _inside, _source: c.upper() if len(c.upper()) == 1 else c,
    "lower": lambda c, _inside, _source: c.lower(),
}
FRAMES = {"json": ('{"note": "', '"}'), "rtf": ("{\\rtf1\\ansi ", "}")}


def distorted(labelled: Labelled, name: str, seed: int = 1) -> Labelled:
    """`labelled` under the distortion called `name`."""
    source, distort = random.Random(seed), DISTORTIONS[name]
    inside = bytearray(len(labelled.text))
    for gold in labelled.gold:
        inside[gold.start : gold.end] = b"\1" * (gold.end - gold.start)
    before, after = FRAMES.get(name, ("", ""))
    made, at, place = [before], [], len(before)
    for index, character in enumerate(labelled.text):
        stands_for = distort(character, bool(inside[index]), source)
        at.append(place)
        made.append(stands_for)
        place += len(stands_for)
    at.append(place)
    gold_there = tuple(Gold(start=at[each.start], end=at[each.end], kind=each.kind) for each in labelled.gold)
    return Labelled(name=f"{labelled.name} {name}", text="".join((*made, after)), gold=gold_there)
