"""The tables of docs/policies.md, from the tables in the code. `python -m policies` prints them."""

from collections.abc import Iterable

from policies.actions import Action
from policies.composing import said
from policies.fields import DEFAULTS, FIELDS, Field
from policies.values import ControlKind

_HEADS = (
    "field",
    "values",
    "stricter < looser",
    "several policies come to",
    "default",
    "kind",
    "what does it, and where it ends",
)


def fields_table() -> str:
    """Every field: its order, its meet, its default and its kind, as Markdown."""
    rows = [_row(_HEADS), "|---" * len(_HEADS) + "|", *map(_field, FIELDS)]
    return "\n".join(rows) + "\n"


def actions_table() -> str:
    """Every action, as Markdown."""
    rows = ["| action | lets a person |", "|---|---|"]
    rows += [f"| `{action}` | {action.meaning} |" for action in Action]
    return "\n".join(rows) + "\n"


def kinds_table() -> str:
    """What a control may be claimed to be, as Markdown."""
    rows = ["| kind | what it means |", "|---|---|"]
    rows += [f"| {kind} | {kind.meaning} |" for kind in ControlKind]
    return "\n".join(rows) + "\n"


def _field(field: Field) -> str:
    domain = field.domain
    default = said(field, DEFAULTS[field.path])
    return _row(
        (
            f"`{field.path}`",
            domain.describe,
            domain.order,
            domain.combined,
            f"`{default}`",
            field.kind.value,
            field.by,
        )
    )


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
