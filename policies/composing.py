"""Composition: for each field the stricter side of all policies that mention it, else the field's default.

A policy that leaves a field out says nothing about it: absence is the identity of every meet. So the
composition permits nothing that one of its parts denies, and a default never loosens what a policy says.
Order and repetition of policies do not matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import cmp_to_key
from typing import Any, NamedTuple

from policies.controls import Controls
from policies.fields import DEFAULTS, FIELDS, Field
from policies.model import Policy

_REMEMBERED = 4096  # sets of policies that apply together: a company has dozens


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a decision is as it is: `policy` (None: no policy) sets `field` to what `text` says."""

    policy: str | None
    field: str
    text: str


@dataclass(frozen=True, slots=True)
class _Voice:
    bit: int
    value: Any
    reason: Reason


@dataclass(frozen=True, slots=True)
class Column:
    """What a set of policies says about one field, made ready when the policies are loaded.

    `voices` of a ranked domain stand strictest first, ties in the order of the policies: the first that
    applies decides.
    """

    field: Field
    voices: tuple[_Voice, ...]
    default: Reason

    def settle(self, mask: int) -> tuple[Any, tuple[Reason, ...]]:
        """The field's value where the policies of `mask` (bit k: policy k) apply, and who set it."""
        ranked, meet = self.field.domain.ranked, self.field.domain.meet
        value: Any = None
        who: list[Reason] = []
        for voice in self.voices:
            if voice.bit & mask:
                if ranked:
                    return voice.value, (voice.reason,)
                value = meet(value, voice.value) if who else voice.value
                who.append(voice.reason)
        if who:
            return value, tuple(who)
        return DEFAULTS[self.field.path], (self.default,)


def columns(policies: Sequence[Policy]) -> tuple[Column, ...]:
    """One column a field, in the order of `FIELDS`."""
    return tuple(_column(field, policies) for field in FIELDS)


def compose(policies: Sequence[Policy]) -> Controls:
    """The controls where all of `policies` apply. Without policies: every default, and no action."""
    return settle(columns(policies), (1 << len(policies)) - 1)[0]


@dataclass(slots=True)
class Memory:
    """What sets of policies (bit masks) came to, so that the next session under the same ones need not compose.

    Only speed depends on it: an entry never changes, and a full memory is emptied.
    """

    known: dict[int, "Settled"] = dataclass_field(default_factory=dict)

    def settle(self, policies: Sequence[Policy], ready: tuple[Column, ...], mask: int) -> "Settled":
        """`settle`, remembered, with the names of the policies of `mask`."""
        found = self.known.get(mask)
        if found is None:
            names = tuple(policy.name for k, policy in enumerate(policies) if mask >> k & 1)
            found = Settled(names, *settle(ready, mask))
            if len(self.known) >= _REMEMBERED:
                self.known.clear()
            self.known[mask] = found
        return found


class Settled(NamedTuple):
    """The names of a set of policies, what they come to, and who set what."""

    names: tuple[str, ...]
    controls: Controls
    reasons: tuple[Reason, ...]


def settle(ready: tuple[Column, ...], mask: int) -> tuple[Controls, tuple[Reason, ...]]:
    """The controls where the policies of `mask` apply, and for each field who set it."""
    values: dict[str, Any] = {}
    reasons: list[Reason] = []
    for column in ready:
        values[column.field.attribute], who = column.settle(mask)
        reasons += who
    return Controls(**values), tuple(reasons)


def said(field: Field, value: object) -> str:
    """`value` of `field` as a person reads it."""
    match field.domain.spell(value):
        case bool(flag):
            return "true" if flag else "false"
        case [*names]:
            return ", ".join(map(_worded, names)) or "none"
        case other:
            return _worded(other)


def _worded(part: object) -> str:
    match part:
        case {"left": left, "top": top, "right": right, "bottom": bottom}:
            return f"{left:g} to {right:g} across, {top:g} to {bottom:g} down"
        case {"days": days, "from": start, "to": stop, "zone": zone}:
            return f"{days} {start}-{stop} {zone}"
        case [*alternatives]:
            return " or ".join(map(_worded, alternatives)) or "never"
        case other:
            return str(other)


def _column(field: Field, policies: Sequence[Policy]) -> Column:
    voices = [
        _Voice(1 << k, value, Reason(policy=policy.name, field=field.path, text=said(field, value)))
        for k, policy in enumerate(policies)
        if (value := policy.settings.get(field.path)) is not None
    ]
    if field.domain.ranked:
        voices.sort(key=cmp_to_key(lambda one, other: _stricter(field, one, other)))
    text = f"{said(field, DEFAULTS[field.path])} (the default: no policy that applies says anything)"
    return Column(field, tuple(voices), Reason(policy=None, field=field.path, text=text))


def _stricter(field: Field, one: _Voice, other: _Voice) -> int:
    if one.value == other.value:
        return one.bit - other.bit
    return -1 if field.domain.meet(one.value, other.value) == one.value else 1
