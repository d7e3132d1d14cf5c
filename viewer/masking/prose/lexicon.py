"""The words that a text may keep, and which of them are also names.

`words/english.txt.gz`: one word a line, then its flags: `c` very common, `g` also a given name, `s` also a family name
(`f`: one of the 200 most frequent), `m` a word of medicine alone; `x`: no word but a name
 that looks like an inflection of one (`James` is no plural of `jam`).
How it was made, and under which licences, stands in `words/README.md`.
"""

import gzip
import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

_SUFFIXES = (
    ("'s", ""),
    ("s'", "s"),
    ("ies", "y"),
    ("es", ""),
    ("s", ""),
    ("ied", "y"),
    ("ed", ""),
    ("ed", "e"),
    ("ing", ""),
    ("ing", "e"),
    ("ly", ""),
    ("ic", ""),
)
_PREFIXES = (
    "non",
    "un",
    "re",
    "pre",
    "post",
    "anti",
    "inter",
    "intra",
    "sub",
    "supra",
    "infra",
    "peri",
    "para",
    "hyper",
    "hypo",
    "micro",
    "macro",
    "multi",
    "mid",
    "over",
    "under",
    "out",
)


def words(text: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(text.lower().split())


@lru_cache(maxsize=8)
def listed(name: str) -> frozenset[str]:
    """The words of `words/NAME.txt`, in lower case."""
    return words((resources.files(__package__) / "words" / f"{name}.txt").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words in lower case, by their flags."""

    flags: dict[str, str]

    def allows(self, word: str) -> bool:
        """Whether `word`, in any case, or a plain inflection of it is listed."""
        word = word.lower()
        flags = self.flags.get(word)
        return any(self._derived(word)) if flags is None else "x" not in flags

    def common(self, word: str) -> bool:
        """Whether `word` is one of the most common."""
        return "c" in self.flags.get(word.lower(), "")

    def given_name(self, word: str) -> bool:
        """Whether the listed `word` is a given name as well."""
        return "g" in self.flags.get(word.lower(), "")

    def family_name(self, word: str) -> bool:
        """Whether the listed `word` is a family name as well."""
        return "s" in self.flags.get(word.lower(), "")

    def surname_first(self, word: str) -> bool:
        """Whether the listed `word` is one of the most frequent family names."""
        return "f" in self.flags.get(word.lower(), "")

    def clinical(self, word: str) -> bool:
        """Whether `word` is of the words of medicine alone."""
        return "m" in self.flags.get(word.lower(), "")

    def _derived(self, word: str) -> list[bool]:
        found = [
            word.removesuffix(end) + put in self.flags
            for end, put in _SUFFIXES
            if word.endswith(end) and len(word) - len(end) >= 3
        ]
        if len(word) >= 8:
            found += [word.removeprefix(start) in self.flags for start in _PREFIXES if word.startswith(start)]
        return found


@lru_cache(maxsize=1)
def english() -> Lexicon:
    """Common English and the words of medicine."""
    data = (resources.files(__package__) / "words" / "english.txt.gz").read_bytes()
    pairs = (line.partition(" ") for line in gzip.decompress(data).decode("ascii").splitlines())
    return Lexicon({word: flags for word, _, flags in pairs})


@lru_cache(maxsize=8)
def foreign(language: str) -> Lexicon:
    """The words of `de`, `es`, `fr`, `it`, `nl` or `pt` (pyspellchecker's lists)."""
    return Lexicon(dict.fromkeys(json.loads(gzip.decompress(foreign_data(language))), ""))


@lru_cache(maxsize=8)
def foreign_data(language: str) -> bytes:
    """Those words as they are stored: a few hundred kB, where the list in memory is a hundred times as much."""
    return (resources.files("spellchecker") / "resources" / f"{language}.json.gz").read_bytes()
