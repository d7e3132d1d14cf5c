"""What a field can hold: how a value is read from TOML, spelled again, and met with another policy's value.

`meet(a, b)` is the stricter side: commutative, associative, idempotent. In a *ranked* domain it is one of
the two.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Protocol, TypeVar

from policies.actions import Action
from policies.errors import shown

MARK_FIELDS = ("user", "session", "time", "project")  # also the order in which a visible mark says them


class Domain(Protocol):
    """The values that one field can hold. `read` raises ValueError with a text for the policy's author."""

    @property
    def describe(self) -> str:
        """The type, for documents."""
        ...

    @property
    def order(self) -> str:
        """Which side is stricter, for documents."""
        ...

    @property
    def ranked(self) -> bool:
        """Whether of two values one is always the stricter."""
        ...

    def read(self, raw: object) -> Any:
        """The value that the TOML value `raw` stands for."""
        ...

    def spell(self, value: Any) -> object:
        """The TOML (and JSON) value that reads as `value`."""
        ...

    def meet(self, one: Any, other: Any) -> Any:
        """The strictest value that both allow."""
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """One member of `options`, whose members stand strictest first."""

    options: type[StrEnum]
    ranked = True

    @property
    def describe(self) -> str:
        return " or ".join(f'`"{option}"`' for option in self.options)

    @property
    def order(self) -> str:
        return " < ".join(self.options)

    def read(self, raw: object) -> StrEnum:
        text = _typed(raw, str, f"one of {_listed(self.options)} in quotes")
        if text not in list(self.options):
            raise ValueError(f"{shown(text)} is not one of {_listed(self.options)}")
        return self.options(text)

    def spell(self, value: StrEnum) -> str:
        return value.value

    def meet(self, one: StrEnum, other: StrEnum) -> StrEnum:
        return next(option for option in self.options if option in {one, other})


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false; false is stricter."""

    describe = "`true` or `false`"
    order = "false < true"
    ranked = True

    def read(self, raw: object) -> bool:
        return _typed(raw, bool, "true or false")

    def spell(self, value: bool) -> bool:  # noqa: FBT001 - the protocol's signature
        return value

    def meet(self, one: bool, other: bool) -> bool:  # noqa: FBT001 - the protocol's signature
        return one and other


_UNITS_S = {"h": 3600, "m": 60, "s": 1}  # longest first, for spelling
_DURATION = re.compile(r"(0|[1-9][0-9]{0,5})([smh])")


@dataclass(frozen=True, slots=True)
class Duration:
    """Whole seconds from 1 to `most_s`, written with their unit; shorter is stricter."""

    most_s: int
    order = "shorter < longer"
    ranked = True

    @property
    def describe(self) -> str:
        return f'duration, `"1s"` to `"{self.spell(self.most_s)}"`'

    def read(self, raw: object) -> int:
        text = _typed(raw, str, "a duration in quotes with its unit, such as `90s`, `5m` or `8h`")
        match = _DURATION.fullmatch(text)
        if match is None:
            raise ValueError(
                f"{shown(text)} is not a duration: whole number and unit, such as `90s`, `5m` or `8h`"
            )
        seconds = int(match[1]) * _UNITS_S[match[2]]
        if not 1 <= seconds <= self.most_s:
            raise ValueError(
                f"{shown(text)} is out of range: `1s` to `{self.spell(self.most_s)}` (zero means nothing)"
            )
        return seconds

    def spell(self, value: int) -> str:
        unit = next(unit for unit, seconds in _UNITS_S.items() if value % seconds == 0)
        return f"{value // _UNITS_S[unit]}{unit}"

    def meet(self, one: int, other: int) -> int:
        return min(one, other)


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number from 1 to `most`; fewer is stricter."""

    most: int
    order = "fewer < more"
    ranked = True

    @property
    def describe(self) -> str:
        return f"whole number, 1 to {self.most}"

    def read(self, raw: object) -> int:
        number = _typed(raw, int, "a whole number")
        if not 1 <= number <= self.most:
            raise ValueError(f"{shown(number)} is out of range: 1 to {self.most} (zero means nothing)")
        return number

    def spell(self, value: int) -> int:
        return value

    def meet(self, one: int, other: int) -> int:
        return min(one, other)


@dataclass(frozen=True, slots=True)
class Opacity:
    """A fraction from `least` to 1; higher is stricter."""

    least: float
    order = "higher < lower"
    ranked = True

    @property
    def describe(self) -> str:
        return f"number, {self.least} to 1.0"

    def read(self, raw: object) -> float:
        number = raw if type(raw) is int else _typed(raw, float, "a number such as 0.14")
        if not self.least <= number <= 1:  # also false for nan
            raise ValueError(
                f"{shown(number)} is out of range: {self.least} to 1.0 (a fainter mark can't be seen)"
            )
        return float(number)

    def spell(self, value: float) -> float:
        return value

    def meet(self, one: float, other: float) -> float:
        return max(one, other)


@dataclass(frozen=True, slots=True)
class Mark:
    """What the visible watermark says: fields in one order, a space between. More fields are stricter."""

    describe = "text of " + ", ".join(f"`{{{name}}}`" for name in MARK_FIELDS) + "; `{session}` is a must"
    order = "all fields that one of them names"
    ranked = False

    def read(self, raw: object) -> str:
        words = _typed(raw, str, "text such as `{user} {session} {time}`").split(" ")
        for word in words:
            if word not in _MARK_WORDS:
                raise ValueError(
                    f"{shown(word)} is not a field of the mark: use {_listed(_MARK_WORDS)}, one space between"
                )
        if len(set(words)) < len(words):
            raise ValueError("a field is named twice")
        if "{session}" not in words:
            raise ValueError("`{session}` is missing: a leaked picture could not be traced")
        return _mark(set(words))

    def spell(self, value: str) -> str:
        return value

    def meet(self, one: str, other: str) -> str:
        return _united(one, other)


_MARK_WORDS = tuple(f"{{{name}}}" for name in MARK_FIELDS)


@cache  # eight marks, so 64 pairs: a meet is on the way of every decision
def _united(one: str, other: str) -> str:
    return _mark({*one.split(" "), *other.split(" ")})


def _mark(words: set[str]) -> str:
    return " ".join(word for word in _MARK_WORDS if word in words)


@dataclass(frozen=True, slots=True)
class Actions:
    """A set of actions; fewer are stricter. The empty list allows nothing."""

    describe = "list of actions"
    order = "only what all of them list"
    ranked = False

    def read(self, raw: object) -> frozenset[Action]:
        names = _typed(raw, list, "a list of actions")
        for name in names:
            if not isinstance(name, str) or name not in list(Action):
                raise ValueError(f"{shown(name)} is not an action: the actions are {_listed(Action)}")
        return frozenset(Action(name) for name in names)

    def spell(self, value: frozenset[Action]) -> list[str]:
        return sorted(action.value for action in value)

    def meet(self, one: frozenset[Action], other: frozenset[Action]) -> frozenset[Action]:
        return one & other


_KINDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "a table",
}
_T = TypeVar("_T")


def _typed(raw: object, wanted: type[_T], description: str) -> _T:
    """`raw`, if it is a `wanted` and nothing else: `true` is no number here. Errors: ValueError."""
    if type(raw) is not wanted:
        raise ValueError(f"must be {description}, not {_KINDS.get(type(raw), 'a date or time')}")
    return raw


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
