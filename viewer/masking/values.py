"""Values read and written again by their form: numbers within limits, standard UIDs, words of a list."""

import math
from collections.abc import Iterable

from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag
from pydicom.uid import UID
from pydicom.valuerep import DSfloat

from viewer.masking.allowed import FORMS, POSITIONAL, TERMS, Form

MAX_VALUES = 32_768  # of one attribute: the points of a contour
MAX_INTEGER = 999_999  # six digits: a record number that somebody put into a counter does not fit
MAX_REAL = 1e9

_INCREMENT = 0x00280009  # Frame Increment Pointer: to an attribute of the picture itself
_ENUMERATED = 2  # the first values of Image Type, PS3.3 C.7.6.1.1.2, and all of Patient Orientation
_OTHER = "OTHER"
_STANDARD_ROOT = "1.2.840.10008."


def element_of(tag: BaseTag, form: Form | None, value: object) -> DataElement | None:
    """`value`, read by its form and written anew; None if it is not of that form."""
    parts = parts_of(value)
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
        case Form.POINTER:
            return _pointers(tag, parts)
        case _:
            return _words(tag, parts)


def parts_of(value: object) -> list[object]:
    """The values of an attribute; none for bytes and items."""
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
    written = (
        [_decimal(part, number) for part, number in zip(parts, numbers, strict=True)]
        if vr == "DS"
        else numbers
    )
    return DataElement(tag, vr, written if len(written) > 1 else written[0])


def _pointers(tag: BaseTag, parts: list[object]) -> DataElement | None:
    """To what is not kept, or not of the standard, nothing may point."""
    numbers = [part for part in parts if isinstance(part, int) and dictionary_has_tag(part)]
    if len(numbers) < len(parts) or (tag == _INCREMENT and any(part not in FORMS for part in numbers)):
        return None
    return DataElement(tag, "AT", numbers if len(numbers) > 1 else numbers[0])


def _decimal(part: object, number: float) -> DSfloat:
    """As it was written where that is a valid DS (PS3.5 6.2: at most 16 characters), else as near as fits."""
    text = str(part).strip()
    return DSfloat(text) if len(text) <= 16 else DSfloat(number, auto_format=True)


def _words(tag: BaseTag, parts: list[object]) -> DataElement | None:
    words, allowed = [str(part).strip() for part in parts], TERMS[int(tag)]
    kept = (
        _in_place(words, allowed) if int(tag) in POSITIONAL else [word for word in words if word in allowed]
    )
    if not kept:
        return None
    return DataElement(tag, dictionary_VR(tag), kept if len(kept) > 1 else kept[0])


def _in_place(words: list[str], allowed: frozenset[str]) -> list[str]:
    """`OTHER` for a word that may not stay; none at all where one of the first two may not, which say what it is."""
    if not set(words[:_ENUMERATED]) <= allowed:
        return []
    return [word if word in allowed else _OTHER for word in words]
