"""Break-glass: the only way to widen what policies say. A grant has a person, a reason, a second person, a scope and an end.

While one is in force the watermark is louder than any policy asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from policies.composing import Reason, said
from policies.conditions import unmet
from policies.controls import Controls
from policies.deciding import Decision, Request, bound, decide
from policies.errors import PolicyError
from policies.fields import FIELD_AT
from policies.loading import PolicySet
from policies.regions import NOTHING
from policies.values import Forensic

LOUD_OPACITY = 0.35
LOUD_MARK = "{user} {session} {time} {project}"
_NEVER = (
    "watermark.",
    "masking.",
    "record.",
    "approval.",
)  # what names the session, and what nobody may be past


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A grant in force. `scope`: path of a field -> its value instead of the policies'. `project`: id, None for all."""

    id: str
    scope: Mapping[str, Any]
    project: str | None = None


def read_scope(raw: Mapping[str, object]) -> dict[str, Any]:
    """The scope that `raw` (path -> TOML value) says. Errors: PolicyError naming the field."""
    if not raw:
        raise PolicyError("names no field: say what is to be widened", file="scope", line=None, key="")
    scope: dict[str, Any] = {}
    for path, value in raw.items():
        field = FIELD_AT.get(path)
        if field is None:
            raise PolicyError("is no field of a policy", file="scope", line=None, key=path)
        if path.startswith(_NEVER):
            raise PolicyError("can't be widened by anybody", file="scope", line=None, key=path)
        try:
            scope[path] = field.domain.read(value)
        except ValueError as error:
            raise PolicyError(str(error), file="scope", line=None, key=path) from error
    return scope


def decide_granted(request: Request, policies: PolicySet, grants: Sequence[Grant]) -> Decision:
    """The decision on `request` under `policies` and past them as far as `grants` go. Without grants: `decide`.

    A grant opens nothing for a person whom no policy binds, and nothing while a policy is in error.
    """
    decision = decide(request, policies)
    settled = bound(request, policies) if grants and decision.policies else None
    if settled is None:
        return decision
    controls = widened(settled.controls, grants)
    names = (*decision.policies, *(f"grant {grant.id}" for grant in grants))
    lost = unmet(controls, request.purpose, request.facts)
    if lost:
        texts = tuple(Reason(policy=None, field=miss.field, text=miss.text) for miss in lost)
        fields = tuple(miss.field for miss in lost)
        return replace(decision, policies=names, reasons=texts, lost=fields)
    more = tuple(
        Reason(policy=f"grant {grant.id}", field=path, text=said(FIELD_AT[path], value))
        for grant in grants
        for path, value in grant.scope.items()
    )
    kept = tuple(r for r in settled.reasons if not any(r.field in grant.scope for grant in grants))
    return Decision(allowed=True, controls=controls, policies=names, reasons=(*kept, *more), errors=())


def widened(controls: Controls, grants: Sequence[Grant]) -> Controls:
    """`controls` with what `grants` set, and a watermark that shows it."""
    changes = {FIELD_AT[path].attribute: value for grant in grants for path, value in grant.scope.items()}
    return replace(
        controls,
        **changes,
        watermark_visible=LOUD_MARK,
        watermark_opacity=max(controls.watermark_opacity, LOUD_OPACITY),
        forensic=Forensic.STRONG,
        forensic_exempt=NOTHING,
        record_views=True,
    )
