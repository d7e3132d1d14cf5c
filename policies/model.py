"""A policy: to whom it applies, and what it says; and the index that finds the policies that bind a session."""

import fnmatch
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

LISTS = ("roles", "groups", "projects", "purposes")  # of `applies_to`
_WILD = frozenset("*?[")
_REMEMBERED = 4096  # names; a company has fewer groups


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliesTo:
    """Whom a policy binds: sessions that fit every list. None: a list is left out, and every session fits it.

    Names may be shell-style patterns (`*`, `?`, `[abc]`, `[!abc]`); case counts. Sorted, each once.
    `roles`: the role that the session is entered in. `groups`: any group of the user; nobody without groups
    fits a list. `projects`: the session's project; a session outside all projects has the empty name, which
    only patterns like `*` fit. `purposes`: what the session was entered for; likewise where nothing was named.
    """

    roles: tuple[str, ...] | None = None
    groups: tuple[str, ...] | None = None
    projects: tuple[str, ...] | None = None
    purposes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One policy file, read and checked. `settings`: what it says, by path in `FIELDS`; the rest is open."""

    name: str
    file: str
    applies_to: AppliesTo
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """One list of `applies_to` over all policies, made ready when they are loaded. Bit k stands for policy k.

    `open`: policies that leave the list out. `exact` and `wild`: policies that hold a name or a pattern.
    """

    list: str
    open: int
    exact: Mapping[str, int]
    wild: tuple[tuple[re.Pattern[str], int], ...]
    known: dict[str, int] = field(
        default_factory=dict, compare=False, repr=False
    )  # names met before: for speed only

    @classmethod
    def of(cls, name: str, policies: Sequence[Policy]) -> Self:
        """The list `name` of all `policies`."""
        unlisted, bits = 0, dict[str, int]()
        for k, policy in enumerate(policies):
            patterns = getattr(policy.applies_to, name)
            unlisted |= (patterns is None) << k
            for pattern in patterns or ():
                bits[pattern] = bits.get(pattern, 0) | 1 << k
        wild = [pattern for pattern in bits if _WILD.intersection(pattern)]
        return cls(
            list=name,
            open=unlisted,
            exact={pattern: held for pattern, held in bits.items() if pattern not in wild},
            wild=tuple((re.compile(fnmatch.translate(pattern)), bits[pattern]) for pattern in wild),
        )

    def fits(self, names: Iterable[str]) -> int:
        """The policies whose list one of `names` fits, and those without a list."""
        found = self.open
        for name in names:
            bits = self.known.get(name)
            found |= self._remember(name) if bits is None else bits
        return found

    def _remember(self, name: str) -> int:
        found = self.exact.get(name, 0)
        for pattern, held in self.wild:
            if held & ~found and pattern.match(name):
                found |= held
        if len(self.known) >= _REMEMBERED:
            self.known.clear()
        self.known[name] = found
        return found
