"""The enumerations of the policy language.

INVARIANT: members of what a field can hold stand strictest first; `domains.Choice` relies on it.
"""

from enum import StrEnum


class ControlKind(StrEnum):
    """Who makes a control hold."""

    ENFORCED = "enforced"
    MANAGED = "managed"
    DETERRED = "deterred"

    @property
    def meaning(self) -> str:
        """What the kind promises, for documents and the console."""
        return _MEANING[self]


_MEANING = {
    ControlKind.ENFORCED: "the server does it; the client can't undo it",
    ControlKind.MANAGED: "a managed browser does it; in any other browser it does not hold",
    ControlKind.DETERRED: "a script or a header asks the browser for it; a hostile user can defeat it",
}


class Surface(StrEnum):
    """Whether a way of taking something out of the page is open."""

    DENY = "deny"
    ALLOW = "allow"


class TextDelivery(StrEnum):
    """How the text of a document reaches the browser."""

    PIXELS = "pixels"
    TEXT = "text"


class FocusLoss(StrEnum):
    """What becomes of the picture while the page is not in front."""

    BLANK = "blank"
    DIM = "dim"
    SHOW = "show"


class MaskingProfile(StrEnum):
    """The least that must have been masked in an item before a session opens it."""

    CLINICAL_STRICT = "clinical-strict"
    CLINICAL_STANDARD = "clinical-standard"
