"""What the session policy wants once developer tools seem to be open, or a page is not as it was sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from policies.controls import Controls
from policies.values import Devtools

_OPENED, _CHANGED = "developer tools were opened", "the page is not as it was sent"
_OF_TOOLS = "devtools"  # the signal that says so


@dataclass(frozen=True, slots=True)
class Halt:
    """The session goes no further: it `ends`, or else is locked. `reason`: for the person and the log."""

    ends: bool
    reason: str


def halt(controls: Controls, *, signal: str = "", faults: Sequence[str] = ()) -> Halt | None:
    """What follows from a page's `signal`, or from its `faults`; None for nothing."""
    opened = signal == _OF_TOOLS
    if not (opened or faults) or controls.devtools not in {Devtools.END, Devtools.LOCK}:
        return None
    return Halt(controls.devtools is Devtools.END, _OPENED if opened else _CHANGED)
