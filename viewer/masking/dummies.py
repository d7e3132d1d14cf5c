"""What stands where a value may not, in an attribute that an object must have: a dummy (type 1) or nothing (type 2)."""

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag

from viewer.masking.allowed import EMPTY, TYPE_1, TYPE_2

DUMMIES: dict[str, str | bytes] = {
    "AE": "REMOVED",
    "AS": "000Y",
    "CS": "REMOVED",
    "DA": "19000101",
    "DT": "19000101000000",
    "LO": "REMOVED",
    "LT": "REMOVED",
    "OB": b"\0\0",
    "PN": "REMOVED",
    "SH": "REMOVED",
    "ST": "REMOVED",
    "TM": "000000",
    "UC": "REMOVED",
    "UN": b"\0\0",
    "UR": "about:removed",
    "UT": "REMOVED",
}
"""By value representation; the action D of PS3.15 E.1-1."""


def stand_in(source: Dataset, tag: BaseTag) -> DataElement | None:
    """A dummy for a text that `source` has; None if it has none."""
    return (
        None if _is_empty(source, tag) else DataElement(tag, dictionary_VR(tag), DUMMIES[dictionary_VR(tag)])
    )


def emptied(source: Dataset, tag: BaseTag) -> DataElement | None:
    """What stands in the place of a value that may not stay, or that the source did not have either; None: nothing does."""
    vr, empty = dictionary_VR(tag), _is_empty(source, tag)
    if int(tag) in TYPE_1 and empty is False:
        return DataElement(tag, vr, DUMMIES[vr])
    if int(tag) in EMPTY and vr == "SQ":
        return DataElement(tag, vr, Sequence())
    if (empty or int(tag) in TYPE_2) and vr != "SQ" and " " not in vr:
        return None if empty is None else DataElement(tag, vr, None)
    return None


def _is_empty(source: Dataset, tag: BaseTag) -> bool | None:
    """None: it can't be read."""
    try:
        return bool(source[tag].is_empty)
    except Exception:  # noqa: BLE001 - pydicom raises whatever a damaged value leads it to
        return None
