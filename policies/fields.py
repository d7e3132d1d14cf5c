"""The table of the policy language: each field with its values, its default, who makes it hold, and how.

Parsing, composition, explanation, the documents and the console read this table; nothing else in this
package knows a field by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from policies.domains import Actions, Choice, Count, Domain, Duration, Flag, Mark, Opacity
from policies.values import ControlKind, FocusLoss, MaskingProfile, Surface, TextDelivery

DAY_S = 86_400  # no session and no idle time lasts longer
MAX_CONCURRENT = 100  # sessions of one person at once
MIN_OPACITY = 0.02  # five of 255 grey levels: below it a mark would be one in name only


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a policy.

    `path`: section and key as TOML spells them. `attribute`: its name in `Controls`, which ends in the unit.
    `default`: what is in force when no matching policy mentions the field, as TOML spells it.
    `kind`: what may be claimed for the strict side; `by`: what makes it hold, and where it does not.
    """

    path: str
    attribute: str
    domain: Domain
    default: object
    kind: ControlKind
    by: str

    @property
    def section(self) -> str:
        """The TOML section."""
        return self.path.partition(".")[0]

    @property
    def key(self) -> str:
        """The key in its section."""
        return self.path.partition(".")[2]


_ENFORCED, _DETERRED = ControlKind.ENFORCED, ControlKind.DETERRED


def _surface(key: str, by: str) -> Field:
    return Field(
        path=f"surface.{key}", attribute=key, domain=Choice(Surface), default="deny", kind=_DETERRED, by=by
    )


FIELDS: tuple[Field, ...] = (
    Field(
        path="allow.actions",
        attribute="actions",
        domain=Actions(),
        default=[],
        kind=_ENFORCED,
        by="every route and every stream message is checked against it; what is not listed is refused",
    ),
    Field(
        path="session.idle_lock",
        attribute="idle_lock_s",
        domain=Duration(DAY_S),
        default="5m",
        kind=_ENFORCED,
        by="the server locks the session and stops its frames so long after the last input",
    ),
    Field(
        path="session.max_duration",
        attribute="max_duration_s",
        domain=Duration(DAY_S),
        default="8h",
        kind=_ENFORCED,
        by="the server ends the session so long after its start",
    ),
    Field(
        path="session.concurrent",
        attribute="concurrent",
        domain=Count(MAX_CONCURRENT),
        default=1,
        kind=_ENFORCED,
        by="the server ends a person's oldest session when a new one would be one too many",
    ),
    _surface("copy", "copy keys and the copy event are cancelled; a picture holds no selectable text"),
    _surface("paste", "paste keys and the paste event are cancelled"),
    _surface(
        "print", "print keys are cancelled and the page prints blank; the browser's own menu may ignore it"
    ),
    _surface(
        "download",
        "a response header, sent under every policy, has the browser refuse downloads that the page starts",
    ),
    _surface("context_menu", "the context menu's event is cancelled"),
    _surface("drag_out", "drag events are cancelled"),
    _surface("save", "save keys are cancelled"),
    Field(
        path="surface.text",
        attribute="text",
        domain=Choice(TextDelivery),
        default="pixels",
        kind=_ENFORCED,
        by="the server draws a document's text into marked frames and sends no characters of it",
    ),
    Field(
        path="surface.on_focus_loss",
        attribute="on_focus_loss",
        domain=Choice(FocusLoss),
        default="blank",
        kind=_DETERRED,
        by="the page covers the picture when it is no longer in front; the frame has been sent by then",
    ),
    Field(
        path="display.lossless",
        attribute="lossless",
        domain=Flag(),
        default=False,
        kind=_ENFORCED,
        by="the server sends the exact picture of a still scan or photograph only if this is true; text always",
    ),
    Field(
        path="watermark.visible",
        attribute="watermark_visible",
        domain=Mark(),
        default="{user} {session} {time}",
        kind=_ENFORCED,
        by="burned into every frame on the server, before encoding",
    ),
    Field(
        path="watermark.opacity",
        attribute="watermark_opacity",
        domain=Opacity(MIN_OPACITY),
        default=0.14,
        kind=_ENFORCED,
        by="burned into every frame on the server, before encoding",
    ),
    Field(
        path="masking.profile",
        attribute="masking_profile",
        domain=Choice(MaskingProfile),
        default="clinical-strict",
        kind=_ENFORCED,
        by="the server opens only items that were masked with this profile or a stricter one",
    ),
)

FIELD_AT: Mapping[str, Field] = MappingProxyType({field.path: field for field in FIELDS})
DEFAULTS: Mapping[str, object] = MappingProxyType(
    {field.path: field.domain.read(field.default) for field in FIELDS}
)
SECTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        field.section: tuple(other.key for other in FIELDS if other.section == field.section)
        for field in FIELDS
    }
)
