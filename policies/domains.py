"""What a field can hold: how a value is read from TOML, spelled again, and met with another policy's value.

`meet(a, b)` is the stricter side: commutative, associative, idempotent. In a *ranked* domain it is one of
the two.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol

from policies.errors import shown
from policies.raw import listed, typed
from policies.values import MaskingProfile


class Domain(Protocol):
    """The values that one field can hold. `read` raises ValueError with a text for the policy's author."""

    @property
    def describe(self) -> str:
        """The type, for documents."""
        ...

    @property
    def order(self) -> str:
        """Which side is stricter, for documents: stricter < looser."""
        ...

    @property
    def combined(self) -> str:
        """What `meet` gives, for documents."""
        ...

    @property
    def schema(self) -> Mapping[str, object]:
        """The JSON Schema of what `read` takes, for editors; `read` may be stricter."""
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
    combined = "the stricter"
    ranked = True

    @property
    def schema(self) -> Mapping[str, object]:
        return {"enum": [option.value for option in self.options]}

    @property
    def describe(self) -> str:
        return " or ".join(f'`"{option}"`' for option in self.options)

    @property
    def order(self) -> str:
        return " < ".join(self.options)

    def read(self, raw: object) -> StrEnum:
        text = typed(raw, str, f"one of {listed(self.options)} in quotes")
        if text not in list(self.options):
            raise ValueError(f"{shown(text)} is not one of {listed(self.options)}")
        return self.options(text)

    def spell(self, value: StrEnum) -> str:
        return value.value

    def meet(self, one: StrEnum, other: StrEnum) -> StrEnum:
        return next(option for option in self.options if option in {one, other})


@dataclass(frozen=True, slots=True)
class Profile(Choice):
    """One of the masking profiles, which keep different things: two may have only a third one below them."""

    options: type[MaskingProfile] = MaskingProfile
    combined = "the stricter; of two that keep different things, the loosest that keeps no more than either"
    ranked = False

    @property
    def order(self) -> str:
        chains = (each.stricter for each in self.options)
        longest = sorted(chains, key=len, reverse=True)
        return ", ".join(
            " < ".join(chain)
            for number, chain in enumerate(longest)
            if len(chain) > 1 and not any(set(chain) <= set(other) for other in longest[:number])
        )

    def meet(self, one: StrEnum, other: StrEnum) -> StrEnum:
        below = set(MaskingProfile(one).stricter) & set(MaskingProfile(other).stricter)
        return max(below, key=lambda each: len(each.stricter))


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false, of which `strict` is stricter."""

    strict: bool = False
    describe = "`true` or `false`"
    combined = "the stricter"
    schema = MappingProxyType({"type": "boolean"})
    ranked = True

    @property
    def order(self) -> str:
        return "true < false" if self.strict else "false < true"

    def read(self, raw: object) -> bool:
        return typed(raw, bool, "true or false")

    def spell(self, value: bool) -> bool:  # noqa: FBT001 - the protocol's signature
        return value

    def meet(self, one: bool, other: bool) -> bool:  # noqa: FBT001 - the protocol's signature
        return (one or other) if self.strict else (one and other)


_UNITS_S = {"h": 3600, "m": 60, "s": 1}  # longest first, for spelling
_DURATION = re.compile(r"(0|[1-9][0-9]{0,5})([smh])")


@dataclass(frozen=True, slots=True)
class Duration:
    """Whole seconds from 1 to `most_s`, written with their unit; shorter is stricter."""

    most_s: int
    order = "shorter < longer"
    combined = "the shorter"
    schema = MappingProxyType({"type": "string", "pattern": "^(0|[1-9][0-9]{0,5})[smh]$"})
    ranked = True

    @property
    def describe(self) -> str:
        return f'duration, `"1s"` to `"{self.spell(self.most_s)}"`'

    def read(self, raw: object) -> int:
        text = typed(raw, str, "a duration in quotes with its unit, such as `90s`, `5m` or `8h`")
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
    """A whole number from `least` to `most`; fewer is stricter."""

    most: int
    least: int = 1
    order = "fewer < more"
    combined = "the smaller"
    ranked = True

    @property
    def describe(self) -> str:
        return f"whole number, {self.least} to {self.most}"

    @property
    def schema(self) -> Mapping[str, object]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}

    def read(self, raw: object) -> int:
        number = typed(raw, int, "a whole number")
        if not self.least <= number <= self.most:
            nothing = " (zero means nothing)" if self.least == 1 else ""
            raise ValueError(f"{shown(number)} is out of range: {self.least} to {self.most}{nothing}")
        return number

    def spell(self, value: int) -> int:
        return value

    def meet(self, one: int, other: int) -> int:
        return min(one, other)


@dataclass(frozen=True, slots=True)
class Number:
    """A number from `least` to `most`; smaller is stricter, or larger if `more_is_strict`.

    `example` stands in the error for what is no number; `why` says what a value beyond the range would be.
    """

    least: float
    most: float
    example: float
    why: str
    more_is_strict: bool = False
    ranked = True

    @property
    def order(self) -> str:
        return "higher < lower" if self.more_is_strict else "lower < higher"

    @property
    def combined(self) -> str:
        return "the higher" if self.more_is_strict else "the lower"

    @property
    def describe(self) -> str:
        return f"number, {self.least} to {self.most}"

    @property
    def schema(self) -> Mapping[str, object]:
        return {"type": "number", "minimum": self.least, "maximum": self.most}

    def read(self, raw: object) -> float:
        number = raw if type(raw) is int else typed(raw, float, f"a number such as {self.example}")
        if not self.least <= number <= self.most:  # also false for nan
            raise ValueError(f"{shown(number)} is out of range: {self.least} to {self.most} ({self.why})")
        return float(number)

    def spell(self, value: float) -> float:
        return value

    def meet(self, one: float, other: float) -> float:
        return max(one, other) if self.more_is_strict else min(one, other)


_RATE = re.compile(r"(0|[1-9][0-9]{0,5})/([smh])")


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in one `unit` (s, m or h), from 1 to `most`, written as `20/s`; fewer is stricter.

    One field has one unit: 60 in a minute is not 1 in a second.
    """

    most: int
    unit: str
    order = "fewer < more"
    combined = "the smaller"
    ranked = True

    @property
    def describe(self) -> str:
        return f'rate, `"1/{self.unit}"` to `"{self.most}/{self.unit}"`'

    @property
    def schema(self) -> Mapping[str, object]:
        return {"type": "string", "pattern": f"^(0|[1-9][0-9]{{0,5}})/{self.unit}$"}

    def read(self, raw: object) -> int:
        text = typed(raw, str, f"a rate in quotes with its unit, such as `20/{self.unit}`")
        match = _RATE.fullmatch(text)
        if match is None:
            raise ValueError(f"{shown(text)} is not a rate: whole number and unit, such as `20/{self.unit}`")
        if match[2] != self.unit:
            raise ValueError(f"{shown(text)} has the wrong unit: this rate is written as `20/{self.unit}`")
        if not 1 <= int(match[1]) <= self.most:
            raise ValueError(
                f"{shown(text)} is out of range: `1/{self.unit}` to `{self.most}/{self.unit}` (zero means nothing)"
            )
        return int(match[1])

    def spell(self, value: int) -> str:
        return f"{value}/{self.unit}"

    def meet(self, one: int, other: int) -> int:
        return min(one, other)
