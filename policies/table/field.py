"""One row of the policy language's table."""

from dataclasses import dataclass

from policies.domains import Domain
from policies.values import ControlKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a policy.

    `path`: section and key as TOML spells them. `attribute`: its name in `Controls`, which ends in the unit.
    `default`: what is in force when no matching policy mentions the field, as TOML spells it.
    `kind`: what may be claimed for the strict side; `by`: what makes it hold, and where it does not; `shown_by`:
    the test that shows it, below `tests/`. `absent`: what controls mean that were kept before there was the field, as TOML spells
    it; None where they are damaged without it.
    """

    path: str
    attribute: str
    domain: Domain
    default: object
    kind: ControlKind
    by: str
    shown_by: str
    absent: object = None

    @property
    def section(self) -> str:
        """The TOML section."""
        return self.path.partition(".")[0]

    @property
    def key(self) -> str:
        """The key in its section."""
        return self.path.partition(".")[2]
