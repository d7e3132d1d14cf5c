"""Codes of dictionaries: a code stays only if a dictionary of PS3.16 has it, and takes its meaning from there.

So no text of the file stands in for a meaning. The dictionaries are those that pydicom carries: SNOMED CT, DCM, UCUM, LOINC and others.
"""

import re
from functools import lru_cache
from typing import Any

from pydicom.dataset import Dataset
from pydicom.sr._concepts_dict import concepts
from pydicom.sr._snomed_dict import mapping

_CALLED_NOW = {"LNC": "LN"}
_UNIT = r"(?:[munk]?(?:g|m|l|L|s|Gy|Bq|mol)|cm|min|h|d|Hz|HU|1|\[hnsf'U\]|\[hounsfield_units\])[23]?"
_UCUM = re.compile(
    rf"(?:10{{0,2}})?{_UNIT}(?:[./](?:10{{0,2}})?{_UNIT}){{0,3}}"
)  # composed units: the code is their meaning
_SNOMED_RT = {"SRT", "99SDM", "SNM3"}  # the old identifiers of the same concepts, PS3.16 8.1.1


def code_item(item: Dataset) -> Dataset | None:
    """The code of `item` (PS3.3 8.8) with the dictionary's meaning; None if no dictionary has it."""
    value, scheme = _text(item, "CodeValue"), _text(item, "CodingSchemeDesignator")
    key = (
        ("SCT", mapping["SRT"].get(value, ""))
        if scheme in _SNOMED_RT
        else (_CALLED_NOW.get(scheme, scheme), value)
    )
    meaning = _meanings().get(key) or (value if scheme == "UCUM" and _UCUM.fullmatch(value) else None)
    if meaning is None:
        return None
    made = Dataset()
    made.CodeValue, made.CodingSchemeDesignator, made.CodeMeaning = value, scheme, meaning[:64]
    return made


@lru_cache(maxsize=1)
def _meanings() -> dict[tuple[str, str], str]:
    known: Any = concepts
    return {
        (scheme, value): meaning
        for scheme, keywords in known.items()
        for values in keywords.values()
        for value, (meaning, _) in values.items()
    }


def _text(item: Dataset, keyword: str) -> str:
    try:
        return str(item.get(keyword) or "").strip()
    except Exception:  # noqa: BLE001 - pydicom raises whatever a damaged value leads it to
        return ""
