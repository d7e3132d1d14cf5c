"""The decision: may this session be, and under which controls.

Pure and total: whatever goes wrong, the answer is a denial that says so.
"""

from collections.abc import Collection
from dataclasses import dataclass

from policies.actions import Action
from policies.composing import Reason, Settled
from policies.conditions import UNKNOWN, Facts, Unmet, unmet
from policies.controls import Controls
from policies.loading import PolicySet
from policies.model import LISTS
from policies.values import MaskingProfile

__all__ = ["Decision", "Facts", "Reason", "Request", "bound", "decide", "may_open", "permits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Who asks for a session.

    `roles`: all that the user has; `role`: the one to enter in. `project`: None outside all projects. `purpose`:
    what the session is for, empty where none was named. `facts`: how and from where; without them no condition holds.
    """

    user: str
    roles: Collection[str]
    groups: Collection[str]
    project: str | None
    role: str
    purpose: str = ""
    facts: Facts = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer. `controls` is None exactly where `allowed` is False.

    `policies`: names of those that apply, in order. `reasons`: who set each control, or why there is no
    session. `errors`: what is wrong with the policies themselves. `lost`: paths of the conditions that do not hold.
    """

    allowed: bool
    controls: Controls | None
    policies: tuple[str, ...]
    reasons: tuple[Reason, ...]
    errors: tuple[str, ...]
    lost: tuple[str, ...] = ()


def decide(request: Request, policies: PolicySet) -> Decision:
    """The decision on `request`. Never raises."""
    try:
        return _decide(request, policies)
    except Exception as error:  # noqa: BLE001 - INVARIANT: an error of any kind denies
        return _denied(
            "evaluation",
            "the policies could not be evaluated",
            errors=(f"evaluation failed: {type(error).__name__}",),
        )


def permits(controls: Controls, action: Action) -> bool:
    """Whether `controls` allow `action`."""
    return action in controls.actions


def may_open(controls: Controls, masking_profile: str) -> bool:
    """Whether an item masked with `masking_profile` is masked enough. An unknown profile never is."""
    return masking_profile in MaskingProfile(controls.masking_profile).stricter


def bound(request: Request, policies: PolicySet) -> Settled | None:
    """What `request` would be under if all conditions held; None: no policy applies, or one is in error."""
    if policies.errors or request.role not in tuple(request.roles):
        return None
    one, two, three, four = _fits(request, policies)
    mask = one & two & three & four
    return policies.settle(mask) if mask else None


def _fits(request: Request, policies: PolicySet) -> list[int]:
    """For each of LISTS the policies (bit k: policy k) that it leaves in."""
    asked = ((request.role,), tuple(request.groups), (request.project or "",), (request.purpose,))
    return [audience.fits(names) for audience, names in zip(policies.audiences, asked, strict=True)]


def _decide(request: Request, policies: PolicySet) -> Decision:
    if policies.errors:
        errors = tuple(map(str, policies.errors))
        return _denied(
            "policies",
            "a policy file is in error, and until it is mended nobody gets a session",
            errors=errors,
        )
    if request.role not in tuple(request.roles):
        return _denied("role", f"`{request.role}` is not a role of this user")
    fits = _fits(request, policies)
    mask = fits[0] & fits[1] & fits[2] & fits[3]
    if not mask:
        return _unmatched(request, fits, policies)
    names, controls, reasons = policies.settle(mask)
    if lost := unmet(controls, request.purpose, request.facts):
        return _shut_out(lost, names, reasons)
    return Decision(allowed=True, controls=controls, policies=names, reasons=reasons, errors=())


def _shut_out(lost: tuple[Unmet, ...], names: tuple[str, ...], reasons: tuple[Reason, ...]) -> Decision:
    setters = {miss.field: [r.policy for r in reasons if r.field == miss.field] for miss in lost}
    why = [
        Reason(policy=policy, field=miss.field, text=miss.text)
        for miss in lost
        for policy in setters[miss.field]
    ]
    return Decision(
        allowed=False,
        controls=None,
        policies=names,
        reasons=tuple(why),
        errors=(),
        lost=tuple(miss.field for miss in lost),
    )


def _unmatched(request: Request, fits: list[int], policies: PolicySet) -> Decision:
    place = f"project `{request.project}`" if request.project else "no project"
    text = f"no policy applies to role `{request.role}` in {place}"
    reasons = [Reason(policy=None, field="applies_to", text=text)]
    for k, policy in enumerate(policies.policies):
        miss = next(name for name, bits in zip(LISTS, fits, strict=True) if not bits >> k & 1)
        reasons.append(Reason(policy=policy.name, field=f"applies_to.{miss}", text=_MISSES[miss]))
    return Decision(allowed=False, controls=None, policies=(), reasons=tuple(reasons), errors=())


_MISSES = {
    "roles": "the session's role is not among its roles",
    "groups": "no group of the user is among its groups",
    "projects": "the project is not among its projects",
    "purposes": "the session's purpose is not among its purposes",
}


def _denied(field: str, text: str, *, errors: tuple[str, ...] = ()) -> Decision:
    reason = Reason(policy=None, field=field, text=text)
    return Decision(allowed=False, controls=None, policies=(), reasons=(reason,), errors=errors)
