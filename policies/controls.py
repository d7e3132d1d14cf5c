"""The controls in force for one session: what the composed policies come to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from policies.actions import Action
from policies.errors import PolicyError
from policies.fields import FIELD_AT, FIELDS, SECTIONS
from policies.hours import HoursValue
from policies.networks import Ranges
from policies.regions import Region
from policies.values import (
    ControlKind,
    Cover,
    Device,
    Devtools,
    FocusLoss,
    Forensic,
    LeakTest,
    MaskingProfile,
    Mfa,
    OnLimit,
    Persons,
    Reveal,
    Surface,
    TextDelivery,
    Windowing,
)

__all__ = ["ControlKind", "Controls", "FocusLoss", "Surface", "TextDelivery", "kind_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """Every field of the policy language with one value; `policies.fields.FIELDS` says what each means.

    `watermark_visible` is a template, as `policies.legend` reads it; `watermark_opacity` is in (0, 1].
    """

    require_mfa: Mfa
    require_credentials: frozenset[str]
    require_networks: Ranges
    require_countries: frozenset[str]
    require_hours: HoursValue
    require_device: Device
    require_purposes: frozenset[str]
    require_leak_test: LeakTest
    actions: frozenset[Action]
    idle_lock_s: int
    max_duration_s: int
    reauthenticate_s: int
    concurrent: int
    copy: Surface
    paste: Surface
    print: Surface
    download: Surface
    context_menu: Surface
    drag_out: Surface
    save: Surface
    text: TextDelivery
    on_focus_loss: Cover
    on_hidden: Cover
    on_capture_key: Cover
    devtools: Devtools
    key_rate_per_s: int
    paste_rate_per_min: int
    reveal: Reveal
    spotlight_radius_px: int
    spotlight_detail: float
    lossless: bool
    max_side_px: int
    max_zoom: float
    max_detail: float
    windowing: Windowing
    min_window_width: float
    values_per_min: int
    watermark_visible: str
    watermark_opacity: float
    forensic: Forensic
    forensic_exempt: Region
    masking_profile: MaskingProfile
    items_per_hour: int
    share_of_item: float
    subjects_per_day: int
    on_limit: OnLimit
    record_views: bool
    shadow_notice: bool
    policy_change: Persons

    def to_dict(self) -> dict[str, object]:
        """Sections and keys as in a policy file, values that JSON holds.

        It is what the browser gets and what the session's row keeps.
        """
        sections: dict[str, dict[str, object]] = {section: {} for section in SECTIONS}
        for field in FIELDS:
            sections[field.section][field.key] = field.domain.spell(getattr(self, field.attribute))
        return dict(sections)

    @classmethod
    def from_dict(cls, stored: Mapping[str, object]) -> Self:
        """What `to_dict` gave. Errors: PolicyError if a section or field is missing, unknown or wrong."""
        values: dict[str, Any] = {}
        for path, raw in _flat(stored).items():
            field = FIELD_AT.get(path)
            if field is None:
                raise _damaged("is not a field", path)
            try:
                values[field.attribute] = field.domain.read(raw)
            except ValueError as error:
                raise _damaged(str(error), path) from error
        for field in FIELDS:
            if field.absent is not None and field.attribute not in values:
                values[field.attribute] = field.domain.read(field.absent)
        missing = [field.path for field in FIELDS if field.attribute not in values]
        if missing:
            raise _damaged("is missing", missing[0])
        return cls(**values)


def kind_of(path: str) -> ControlKind:
    """What may be claimed for the field at `path` (such as `surface.copy`). Errors: KeyError for no field."""
    return FIELD_AT[path].kind


def _flat(stored: Mapping[str, object]) -> dict[str, object]:
    flat: dict[str, object] = {}
    for section, keys in stored.items():
        if not isinstance(keys, Mapping):
            raise _damaged("is not a section", str(section))
        flat |= {f"{section}.{key}": raw for key, raw in keys.items()}
    return flat


def _damaged(cause: str, key: str) -> PolicyError:
    return PolicyError(cause, file="controls", line=None, key=key)
