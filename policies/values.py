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


class Cover(StrEnum):
    """What becomes of the picture when the page notices something: focus lost, page hidden, a capture key."""

    BLANK = "blank"
    DIM = "dim"
    SHOW = "show"


FocusLoss = Cover


class Devtools(StrEnum):
    """What becomes of the session when the developer tools seem to be open."""

    END = "end"
    LOCK = "lock"
    BLANK = "blank"
    SHOW = "show"


class Mfa(StrEnum):
    """How a person has proved who they are, beyond a password or a link."""

    PASSKEY = "passkey"
    TOTP = "totp"
    NONE = "none"


class Device(StrEnum):
    """What is known about the machine: its browser is managed by the organisation, or its key is known, or nothing."""

    MANAGED = "managed"
    KNOWN = "known"
    ANY = "any"


class LeakTest(StrEnum):
    """What the self-test of the page's deterrents must have given before a picture is shown."""

    PASS = "pass"  # noqa: S105 - an outcome, no password
    ANY = "any"


class Reveal(StrEnum):
    """Where full detail is sent: around the pointer only, or everywhere."""

    SPOTLIGHT = "spotlight"
    FULL = "full"


class Windowing(StrEnum):
    """Which window centres and widths may be asked for."""

    PRESETS = "presets"
    FREE = "free"


class Forensic(StrEnum):
    """How strong the invisible mark is."""

    STRONG = "strong"
    STANDARD = "standard"
    LIGHT = "light"
    OFF = "off"


class OnLimit(StrEnum):
    """What happens when an exposure budget is used up."""

    STOP = "stop"
    ASK = "ask"
    SLOW = "slow"


class Persons(StrEnum):
    """How many people a change of policy needs: the one who makes it, and one who approves it."""

    TWO = "two-person"
    ONE = "one-person"


class MaskingProfile(StrEnum):
    """The least that must have been masked in an item before a session opens it."""

    CLINICAL_STRICT = "clinical-strict"
    RESEARCH_DATES = "research-dates"
    CLINICAL_STANDARD = "clinical-standard"
    PHYSICS = "physics"

    @property
    def stricter(self) -> "tuple[MaskingProfile, ...]":
        """Itself, and every profile that keeps nothing which it does not keep as well, strictest first."""
        return _NOT_LOOSER[self]


# By the options of `deploy/masking`: moved dates are among what the standard one keeps, a scanner's identity is not.
_NOT_LOOSER = {
    MaskingProfile.CLINICAL_STRICT: (MaskingProfile.CLINICAL_STRICT,),
    MaskingProfile.RESEARCH_DATES: (MaskingProfile.CLINICAL_STRICT, MaskingProfile.RESEARCH_DATES),
    MaskingProfile.CLINICAL_STANDARD: (
        MaskingProfile.CLINICAL_STRICT,
        MaskingProfile.RESEARCH_DATES,
        MaskingProfile.CLINICAL_STANDARD,
    ),
    MaskingProfile.PHYSICS: (MaskingProfile.CLINICAL_STRICT, MaskingProfile.PHYSICS),
}
