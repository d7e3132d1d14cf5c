"""A header made anew: PS3.15 Annex E, by allow list instead of by scrubbing.

Nothing is edited in place. A new dataset gets the attributes of `viewer.masking.allowed`, read and written
again, at each depth; those of Table E.1-1 get the Basic Profile's action; all others are left behind: private
and odd groups, curves (50xx), overlays (60xx), icons, original attributes, signatures, trailing padding.
"""

import math
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from pydicom.datadict import dictionary_has_tag, dictionary_VR, keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag
from pydicom.uid import UID, ExplicitVRLittleEndian
from pydicom.valuerep import DSfloat

from viewer.masking.allowed import FORMS, TERMS, Form
from viewer.masking.profile_table import ACTIONS, effective
from viewer.masking.pseudonyms import PseudonymKeys

MAX_DEPTH = 16  # real functional groups need 4; deeper items are left behind
MAX_ITEMS = 100_000  # frames of one file, with their functional groups
MAX_VALUES = 4_096  # of one attribute
MAX_INTEGER = 999_999  # six digits: a record number that somebody put into a counter does not fit
MAX_REAL = 1e9

_PATIENT_ID = 0x00100020
_STANDARD_ROOT = "1.2.840.10008."
_IMPLEMENTATION = UID("2.25.141697264193905124963022131105834871731")

_DUMMIES: dict[str, str | bytes] = {
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


@dataclass(slots=True, kw_only=True)
class Tally:
    """What was done, by keyword of the standard; never a value of the file."""

    actions: Counter[tuple[str, str]] = field(default_factory=Counter)  # (keyword, X Z D U)
    outside: Counter[str] = field(default_factory=Counter)  # in the dictionary, on neither list
    kept: int = 0
    private: int = 0
    curves: int = 0
    overlays: int = 0
    unknown: int = 0  # in no dictionary
    unreadable: int = 0  # on the allow list, but the value is not of the form that it must have
    too_deep: int = 0
    items: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """The new header (without pixel data), and what became of the old one."""

    dataset: Dataset
    tally: Tally


def rebuild(source: Dataset, keys: PseudonymKeys, subject: str) -> Rebuilt:
    """A new dataset with new file meta and a zero preamble; `subject` takes the place of PatientID."""
    tally = Tally()
    with warnings.catch_warnings():  # pydicom's warnings quote values
        warnings.simplefilter("ignore")
        made = _copy(source, keys, tally, 0)
        made.PatientID = subject
        made.PatientIdentityRemoved = "YES"
        made.DeidentificationMethod = "rebuilt from an allow list, PS3.15 Annex E"
        made.DeidentificationMethodCodeSequence = Sequence(
            [_code("113100", "Basic Application Confidentiality Profile")]
        )
        made.file_meta = _meta(made)
        made.preamble = bytes(128)
    return Rebuilt(dataset=made, tally=tally)


def _code(value: str, meaning: str) -> Dataset:
    code = Dataset()
    code.CodeValue = value
    code.CodingSchemeDesignator = "DCM"
    code.CodeMeaning = meaning
    return code


def _meta(made: Dataset) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    if "SOPClassUID" in made:
        meta.MediaStorageSOPClassUID = made.SOPClassUID
    if "SOPInstanceUID" in made:
        meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = _IMPLEMENTATION
    return meta


def _copy(source: Dataset, keys: PseudonymKeys, tally: Tally, depth: int) -> Dataset:
    made = Dataset()
    for tag in sorted(source.keys()):
        number = int(tag)
        if number in FORMS or number in TERMS:
            _keep(source, made, tag, _Walk(keys=keys, tally=tally, depth=depth))
        elif number in ACTIONS:
            _act(source, made, tag, _Walk(keys=keys, tally=tally, depth=depth))
        else:
            _count(tag, tally)
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    keys: PseudonymKeys
    tally: Tally
    depth: int


def _count(tag: BaseTag, tally: Tally) -> None:
    group = tag.group
    if tag.is_private or group % 2 == 1:
        tally.private += 1
    elif group & 0xFF00 == 0x5000:
        tally.curves += 1
    elif group & 0xFF00 == 0x6000:
        tally.overlays += 1
    elif dictionary_has_tag(tag) and keyword_for_tag(tag):
        tally.outside[keyword_for_tag(tag)] += 1
    else:
        tally.unknown += 1


def _keep(source: Dataset, made: Dataset, tag: BaseTag, walk: _Walk) -> None:
    form = FORMS.get(int(tag))
    whole = form is Form.ITEMS
    element = _items(source, tag, walk) if whole else _element(tag, form, _value(source, tag))
    if element is None:
        walk.tally.unreadable += 1
        return
    made[tag] = element
    walk.tally.kept += 1


def _value(source: Dataset, tag: BaseTag) -> object:
    try:
        return source[tag].value
    except Exception:  # noqa: BLE001 - pydicom raises whatever a damaged value leads it to
        return None


def _items(source: Dataset, tag: BaseTag, walk: _Walk) -> DataElement | None:
    found = _value(source, tag)
    if not isinstance(found, Sequence):
        return None
    if walk.depth >= MAX_DEPTH or walk.tally.items + len(found) > MAX_ITEMS:
        walk.tally.too_deep += 1
        return None
    walk.tally.items += len(found)
    copies = [_copy(item, walk.keys, walk.tally, walk.depth + 1) for item in found]
    return DataElement(tag, "SQ", Sequence(copies))


def _element(tag: BaseTag, form: Form | None, value: object) -> DataElement | None:
    parts = _parts(value)
    if not parts or len(parts) > MAX_VALUES:
        return None
    match form:
        case Form.INTEGER:
            return _integers(tag, parts)
        case Form.REAL:
            return _reals(tag, parts)
        case Form.STANDARD_UID:
            uid = str(parts[0]).strip()
            known = uid.startswith(_STANDARD_ROOT) and UID(uid).name != uid  # in pydicom's registry of PS3.6
            return DataElement(tag, "UI", uid) if known else None
        case _:
            return _words(tag, parts)


def _parts(value: object) -> list[object]:
    if value is None or isinstance(value, (bytes, Dataset)):
        return []
    if isinstance(value, str) or not isinstance(value, Iterable):
        return [value]
    return list(value)


def _integers(tag: BaseTag, parts: list[object]) -> DataElement | None:
    try:
        numbers = [int(str(part)) for part in parts]
    except ValueError:
        return None
    if any(abs(number) > MAX_INTEGER for number in numbers):
        return None
    vr = dictionary_VR(tag)
    if vr == "US or SS":
        vr = "SS" if min(numbers) < 0 else "US"
    return DataElement(tag, vr, numbers if len(numbers) > 1 else numbers[0])


def _reals(tag: BaseTag, parts: list[object]) -> DataElement | None:
    try:
        numbers = [float(str(part)) for part in parts]
    except ValueError:
        return None
    if not all(math.isfinite(number) and abs(number) < MAX_REAL for number in numbers):
        return None
    vr = dictionary_VR(tag)
    written = [DSfloat(number, auto_format=True) for number in numbers] if vr == "DS" else numbers
    return DataElement(tag, vr, written if len(written) > 1 else written[0])


def _words(tag: BaseTag, parts: list[object]) -> DataElement | None:
    words = [str(part).strip() for part in parts]
    kept = [word for word in words if word in TERMS[int(tag)]]
    if not kept:
        return None
    return DataElement(tag, dictionary_VR(tag), kept if len(kept) > 1 else kept[0])


def _act(source: Dataset, made: Dataset, tag: BaseTag, walk: _Walk) -> None:
    number = int(tag)
    action = effective(ACTIONS[number])
    vr = dictionary_VR(tag) if dictionary_has_tag(tag) else "UN"
    if number == _PATIENT_ID:
        action = "D"  # the pseudonym, set by `rebuild`
    elif action == "U" and vr == "UI":
        _replace_uids(source, made, tag, walk)
    elif action == "Z":
        made[tag] = DataElement(tag, vr, Sequence() if vr == "SQ" else None)
    elif action == "D" and vr in _DUMMIES:
        made[tag] = DataElement(tag, vr, _DUMMIES[vr])
    else:
        action = "X"  # no dummy for sequences, references and pixel-like data: they go
    walk.tally.actions[keyword_for_tag(tag) or f"{number:08X}", action] += 1


def _replace_uids(source: Dataset, made: Dataset, tag: BaseTag, walk: _Walk) -> None:
    uids = [str(part).strip() for part in _parts(_value(source, tag))][:MAX_VALUES]
    replaced = [UID(walk.keys.replace_uid(uid)) for uid in uids if uid]
    if replaced:
        made[tag] = DataElement(tag, "UI", replaced if len(replaced) > 1 else replaced[0])
