"""What a set of policies would have made of sessions that were: refused, shortened, or as they were."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from policies.deciding import Request, decide
from policies.hours import opens
from policies.loading import PolicySet


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A decision that was made. `session`: its id, if there was one; `duration_s`: how long it lasted."""

    request: Request
    allowed: bool
    session: str | None = None
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A session that would have been another, and why, in a person's words."""

    recorded: Recorded
    reasons: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Outcome:
    """`total`: sessions that were; of these `refused` and `shortened`; and `admitted`: refusals that would not have been."""

    total: int = 0
    refused: list[Change] = field(default_factory=list)
    shortened: list[Change] = field(default_factory=list)
    admitted: int = 0

    def says(self) -> str:
        """The sum in one line."""
        more = f", {self.admitted} that were refused let in" if self.admitted else ""
        return f"{len(self.refused)} of {self.total} sessions would have been refused, {len(self.shortened)} shortened{more}"


def simulate(recorded: Iterable[Recorded], policies: PolicySet) -> Outcome:
    """Each recorded decision decided again, at its own time and from its own place."""
    outcome = Outcome()
    for record in recorded:
        decision = decide(record.request, policies)
        if not record.allowed:
            outcome.admitted += decision.allowed
            continue
        outcome.total += 1
        if decision.controls is None:
            texts = (f"{r.policy}: {r.text}" if r.policy else r.text for r in decision.reasons)
            outcome.refused.append(Change(recorded=record, reasons=(*texts, *decision.errors)))
            continue
        now = record.request.facts.now
        limit = decision.controls.max_duration_s
        if record.duration_s > limit:
            why = f"it lasted {record.duration_s:.0f} s, and {limit} s would have been allowed"
            outcome.shortened.append(Change(recorded=record, reasons=(why,)))
        elif decision.controls.require_hours and not opens(
            decision.controls.require_hours, None if now is None else now + record.duration_s
        ):
            why = "it would have ended with the hours that are allowed"
            outcome.shortened.append(Change(recorded=record, reasons=(why,)))
    return outcome
