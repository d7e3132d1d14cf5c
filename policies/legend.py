"""What the visible watermark says: fields of the session, the time of a place, and words of the policy's own."""

import re
from functools import lru_cache
from types import MappingProxyType

from policies.errors import shown
from policies.hours import read_zone
from policies.raw import listed, typed

FIELDS = (
    "user",
    "session",
    "time",
    "project",
    "address",
    "policy",
)  # also the order in which a mark says them
MAX_WORDS = 60  # characters of one text of a policy's own
_TIME_OF = "{time:"

_WORD = re.compile(r'"[^"]*"?|[^ "]+')
_TEXT = re.compile(rf'"[^"{{}}\s](?:[^"{{}}\n\t]{{0,{MAX_WORDS - 2}}}[^"{{}}\s])?"')


def words_of(template: str) -> tuple[str, ...]:
    """The fields and quoted texts of `template`, in order."""
    return tuple(_WORD.findall(template) if '"' in template else template.split(" "))


class Mark:
    """The template of a visible mark: fields in one order, a space between. More fields are stricter."""

    describe = (
        "text of "
        + ", ".join(f"`{{{name}}}`" for name in FIELDS)
        + ', `{time:Europe/Berlin}` for the clocks of a place, and `"words of your own"`; `{session}` is a must'
    )
    order = "more fields < fewer"
    combined = "all fields that one of them names"
    schema = MappingProxyType({"type": "string", "pattern": r"\{session\}"})
    ranked = False

    def read(self, raw: object) -> str:
        """The template in canonical order. Errors: ValueError."""
        words = words_of(typed(raw, str, "text such as `{user} {session} {time}`"))
        for word in words:
            _check(word)
        if len(set(words)) < len(words):
            raise ValueError("a field is named twice")
        if "{session}" not in words:
            raise ValueError("`{session}` is missing: a leaked picture could not be traced")
        return _mark(frozenset(words))

    def spell(self, value: str) -> str:
        """`value` as it is written."""
        return value

    def meet(self, one: str, other: str) -> str:
        """What says all that `one` and `other` say."""
        return _united(one, other)


_FIELD_WORDS = tuple(f"{{{name}}}" for name in FIELDS)


def _check(word: str) -> None:
    if word in _FIELD_WORDS:
        return
    if word.startswith(_TIME_OF) and word.endswith("}"):
        read_zone(word[len(_TIME_OF) : -1])
        return
    if word.startswith('"'):
        if not _TEXT.fullmatch(word):
            raise ValueError(
                f"{shown(word)} can't be in the mark: words stand between two quotes, 1 to {MAX_WORDS} characters"
            )
        return
    raise ValueError(
        f"{shown(word)} is not a field of the mark: use {listed(_FIELD_WORDS)}, one space between,"
        ' and quotes about `"words of your own"`'
    )


@lru_cache(maxsize=4096)  # a meet is on the way of every decision
def _united(one: str, other: str) -> str:
    return _mark(frozenset((*words_of(one), *words_of(other))))


def _mark(words: frozenset[str]) -> str:
    fields = [word for word in _FIELD_WORDS if word in words]
    times = sorted(word for word in words if word.startswith(_TIME_OF))
    texts = sorted(word for word in words if word.startswith('"'))
    return " ".join((*fields, *times, *texts))
