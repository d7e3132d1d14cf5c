"""The language as a JSON Schema (Draft 2020-12), with which editors complete and check policy files while one types."""

from policies.fields import FIELDS, SECTIONS, Field
from policies.hours import DAYS
from policies.model import LISTS
from policies.parsing import MAX_NAME, MAX_PATTERNS

_TIME = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
_DAY = f"({'|'.join(DAYS)})(-({'|'.join(DAYS)}))?"


def schema() -> dict[str, object]:
    """The schema as JSON holds it. What it takes may still be refused: an unknown time zone, a mark without `{session}`."""
    properties: dict[str, object] = {
        "policy": {
            "type": "string",
            "pattern": "^[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$",
            "description": "the policy's name",
        },
        "applies_to": {
            "type": "object",
            "description": "whom the policy binds: sessions that fit every list that is there",
            "properties": {name: {"$ref": "#/$defs/names"} for name in LISTS},
            "additionalProperties": False,
            "minProperties": 1,
        },
    }
    for section in SECTIONS:
        fields = {field.key: _field(field) for field in FIELDS if field.section == section}
        properties[section] = {"type": "object", "properties": fields, "additionalProperties": False}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Isinglass session policy",
        "type": "object",
        "properties": properties,
        "required": ["policy", "applies_to"],
        "additionalProperties": False,
        "$defs": {"names": _NAMES, "window": _WINDOW},
    }


def _field(field: Field) -> dict[str, object]:
    text = f"{field.by} ({field.kind.value}; stricter < looser: {field.domain.order})"
    return {**field.domain.schema, "default": field.default, "description": text}


_NAMES = {
    "type": "array",
    "items": {"type": "string", "minLength": 1, "maxLength": MAX_NAME},
    "minItems": 1,
    "maxItems": MAX_PATTERNS,
}
_WINDOW = {
    "type": "object",
    "properties": {
        "days": {"type": "string", "pattern": f"^{_DAY}(,{_DAY})*$"},
        "from": {"type": "string", "pattern": _TIME},
        "to": {"type": "string", "pattern": _TIME},
        "zone": {"type": "string"},
    },
    "required": ["days", "from", "to", "zone"],
    "additionalProperties": False,
}
