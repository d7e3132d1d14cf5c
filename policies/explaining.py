"""A decision in words, for a person who wants to know why."""

from collections.abc import Iterable

from policies.composing import Reason, said
from policies.controls import Controls
from policies.deciding import Decision
from policies.delivering import withheld
from policies.fields import FIELDS
from policies.values import ControlKind, TextDelivery


def explain(decision: Decision) -> str:
    """Plain text, lines ended by a line feed: the decision, each control, its value, its kind, who set it."""
    if decision.controls is None:
        lines = ["denied"]
        lines += [f"  {_who(reason)}{reason.text}" for reason in decision.reasons]
        lines += [f"  error: {error}" for error in decision.errors]
    else:
        lines = [f"allowed, under {', '.join(decision.policies)}", ""]
        lines += _controls(decision.controls, decision.reasons)
        lines += ["", *(f"{kind}: {kind.meaning}" for kind in ControlKind)]
    return "\n".join(lines) + "\n"


def _who(reason: Reason) -> str:
    return f"{reason.policy}: " if reason.policy is not None else ""


def _controls(controls: Controls, reasons: tuple[Reason, ...]) -> Iterable[str]:
    rows = [
        (field.path, said(field, getattr(controls, field.attribute)), field.kind.value) for field in FIELDS
    ]
    path_width = max(len(path) for path, _, _ in rows)
    value_width = max(len(value) for path, value, _ in rows if path != "allow.actions")
    for path, value, kind in rows:
        setters = [reason.policy for reason in reasons if reason.field == path and reason.policy is not None]
        source = f"set by {', '.join(setters)}" if setters else "default, no policy says"
        if path == "surface.text" and value == TextDelivery.TEXT and (why := withheld(controls)):
            source += f"; no text is sent, for {why}"
        yield f"  {path:{path_width}}  {value:{value_width}}  {kind:8}  {source}"
