"""Values that are sets: their meet is the union or the intersection, so it may be none of the two."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from policies.actions import Action
from policies.errors import shown
from policies.raw import listed, typed

MAX_NAMES = 256  # in one list of a policy
ANY = "*"  # the list `["*"]`: no condition

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Actions:
    """A set of actions; fewer are stricter. The empty list allows nothing."""

    describe = "list of actions"
    order = "fewer < more"
    combined = "only what all of them list"
    ranked = False

    @property
    def schema(self) -> Mapping[str, object]:
        return {"type": "array", "items": {"enum": [action.value for action in Action]}}

    def read(self, raw: object) -> frozenset[Action]:
        names = typed(raw, list, "a list of actions")
        for name in names:
            if not isinstance(name, str) or name not in list(Action):
                raise ValueError(f"{shown(name)} is not an action: the actions are {listed(Action)}")
        return frozenset(Action(name) for name in names)

    def spell(self, value: frozenset[Action]) -> list[str]:
        return sorted(action.value for action in value)

    def meet(self, one: frozenset[Action], other: frozenset[Action]) -> frozenset[Action]:
        return one & other


@dataclass(frozen=True, slots=True)
class Required:
    """A set of names that must all be there; more are stricter. The empty list requires nothing."""

    describe = "list of names"
    order = "more < fewer"
    combined = "all that one of them lists"
    schema = MappingProxyType({"type": "array", "items": {"type": "string", "pattern": f"^{_NAME.pattern}$"}})
    ranked = False

    def read(self, raw: object) -> frozenset[str]:
        return frozenset(_names(raw, "credentials"))

    def spell(self, value: frozenset[str]) -> list[str]:
        return sorted(value)

    def meet(self, one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
        return one | other


@dataclass(frozen=True, slots=True)
class Allowed:
    """A set of names of which one must be the session's; fewer are stricter, and `["*"]` is no condition.

    `pattern`: what a name looks like, in the words of `what`. The empty list lets nobody in.
    """

    pattern: re.Pattern[str]
    what: str
    order = "fewer < more"
    combined = "only what all of them list"
    ranked = False

    @property
    def describe(self) -> str:
        return f'list of {self.what}; `["*"]`: any'

    @property
    def schema(self) -> Mapping[str, object]:
        names = {"type": "array", "items": {"type": "string", "pattern": f"^{self.pattern.pattern}$"}}
        return {"anyOf": [{"const": [ANY]}, names]}

    def read(self, raw: object) -> frozenset[str]:
        if raw == [ANY]:
            return frozenset((ANY,))
        return frozenset(_names(raw, self.what, self.pattern))

    def spell(self, value: frozenset[str]) -> list[str]:
        return sorted(value)

    def meet(self, one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
        if ANY in one:
            return other
        return one if ANY in other else one & other


COUNTRIES = Allowed(re.compile("[A-Z]{2}"), "countries as two letters (ISO 3166-1)")
PURPOSES = Allowed(_NAME, "purposes")


def _names(raw: object, what: str, pattern: re.Pattern[str] = _NAME) -> list[str]:
    names = typed(raw, list, f"a list of {what}")
    if len(names) > MAX_NAMES:
        raise ValueError(f"has {len(names)} names; a list may have {MAX_NAMES}")
    for name in names:
        if not isinstance(name, str) or pattern.fullmatch(name) is None:
            hint = ', nor `["*"]`' if name == ANY else ""
            raise ValueError(f"{shown(name)} is not one of {what}: `{pattern.pattern}`{hint}")
    return names
