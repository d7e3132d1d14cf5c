"""Private attributes that PS3.15 Table E.3.10-1 calls safe, kept under the Retain Safe Private Option if they are numbers."""

import math

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag, Tag
from pydicom.valuerep import DSfloat

from viewer.masking.options import SAFE_PRIVATE

_MAX_VALUES = 64
_MAX = 1e9


def safe_private(source: Dataset, made: Dataset, tag: BaseTag) -> bool:
    """Whether `tag` is one of them; then it stands in `made`, with its creator."""
    creator = Tag(tag.group, tag.element >> 8)
    name = str(source[creator].value).strip() if creator in source else ""
    vr = SAFE_PRIVATE.get((name, tag.group, tag.element & 0xFF))
    if vr is None:
        return False
    try:
        value = source[tag].value
        numbers = [float(part) for part in (value if isinstance(value, (MultiValue, list)) else [value])]
    except Exception:  # noqa: BLE001 - pydicom raises whatever a damaged value leads it to
        return False
    if not 0 < len(numbers) <= _MAX_VALUES or not all(
        math.isfinite(each) and abs(each) < _MAX for each in numbers
    ):
        return False
    whole = vr in {"IS", "SL", "SS"}
    decimals = [DSfloat(each, auto_format=True) for each in numbers]
    written: list[object] = (
        [int(each) for each in numbers] if whole else list(decimals if vr == "DS" else numbers)
    )
    made[creator] = DataElement(creator, "LO", name)
    made[tag] = DataElement(tag, vr, written if len(written) > 1 else written[0])
    return True
