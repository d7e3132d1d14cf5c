"""What changes, and for whom, when one set of policies takes the place of another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from policies.composing import said
from policies.deciding import Request, bound
from policies.fields import FIELDS
from policies.loading import PolicySet

OUTSIDE = "someone-else"  # stands for a name that no policy lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field (or `session`: whether there is one) for those in `who`. `loosens`: the new side allows more."""

    field: str
    before: str
    after: str
    loosens: bool
    who: tuple[str, ...]


def diff(before: PolicySet, after: PolicySet, requests: Iterable[Request]) -> list[Change]:
    """Every change for those who ask in `requests`; the same change for several people is one. Conditions are compared, not met."""
    found: dict[tuple[str, str, str, bool], list[str]] = {}
    for request in requests:
        for change in _changes(before, after, request):
            found.setdefault(change, []).append(_who(request))
    return [
        Change(field=field, before=old, after=new, loosens=loosens, who=tuple(dict.fromkeys(who)))
        for (field, old, new, loosens), who in found.items()
    ]


def audiences(*sets: PolicySet) -> list[Request]:
    """A request for each way in which the policies of `sets` tell people apart; for patterns a name that fits stands in."""
    names: list[list[str]] = []
    for key in ("roles", "groups", "projects", "purposes"):
        listed = {
            _example(name)
            for each in sets
            for policy in each.policies
            for name in getattr(policy.applies_to, key) or ()
        }
        names.append([*sorted(listed - {OUTSIDE}), OUTSIDE if key != "purposes" else ""])
    return [
        Request(user="", roles=(role,), groups=(group,), project=project, role=role, purpose=purpose)
        for role, group, project, purpose in product(*names)
    ]


def _example(pattern: str) -> str:
    if pattern == "*":
        return OUTSIDE
    text = pattern.replace("*", "").replace("?", "x")
    return text if "[" not in text else OUTSIDE


def _changes(before: PolicySet, after: PolicySet, request: Request) -> Iterable[tuple[str, str, str, bool]]:
    old, new = bound(request, before), bound(request, after)
    if old is None or new is None:
        if (old is None) != (new is None):
            words = ("no session", "a session")
            yield ("session", words[old is not None], words[new is not None], new is not None)
        return
    for field in FIELDS:
        was, is_now = getattr(old.controls, field.attribute), getattr(new.controls, field.attribute)
        if was != is_now:
            loosens = field.domain.meet(was, is_now) != is_now
            yield (field.path, said(field, was), said(field, is_now), loosens)


def _who(request: Request) -> str:
    parts: Sequence[str] = [
        f"{request.user} as {request.role}" if request.user else request.role,
        *(
            [f"group {', '.join(request.groups)}"]
            if not request.user and tuple(request.groups) != (OUTSIDE,)
            else []
        ),
        *([f"project {request.project}"] if request.project not in {None, "", OUTSIDE} else []),
        *([f"purpose {request.purpose}"] if request.purpose else []),
    ]
    return ", ".join(parts)
