"""The table of the policy language: each field with its values, its order, its meet, its default, and who makes it hold.

Parsing, composition, explanation, the documents, the schema and the console read this table; nothing else in
this package but `controls` and `conditions` knows a field by name.
"""

from collections.abc import Mapping
from types import MappingProxyType

from policies.table.entry import APPROVAL, ENTRY
from policies.table.field import Field
from policies.table.picture import DISPLAY, EXPOSURE, WATERMARK
from policies.table.session import SESSION, SURFACE

__all__ = ["DEFAULTS", "FIELDS", "FIELD_AT", "SECTIONS", "Field"]

FIELDS: tuple[Field, ...] = (*ENTRY, *SESSION, *SURFACE, *DISPLAY, *WATERMARK, *EXPOSURE, *APPROVAL)

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
