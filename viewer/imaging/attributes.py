"""Header attributes, read as tolerantly as they are written; and the presentation that they add up to."""

import contextlib
from collections.abc import Sequence
from functools import cache

import numpy as np
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from viewer.imaging.presentation import Lut, Presentation, Rescale, Window, WindowFunction

# X-ray angiography and fluoroscopy: their modality LUT leads back to beam intensity, PS3.3 C.8.7.1.1.2.
_NOT_FOR_DISPLAY = frozenset(f"1.2.840.10008.5.1.4.1.1.12.{n}" for n in (1, 2, 3))

_MAX_ENTRIES = 65_536

_PET_UNITS = {"BQML": "Bq/ml", "GML": "g/ml", "CNTS": "CNTS"}  # PS3.3 C.8.9.1.1.3


def first(dataset: Dataset, keyword: str) -> object:
    """The first value of `keyword`, None if it is absent, empty or damaged."""
    tag = _tag(keyword)
    try:
        # By its keyword pydicom looks for what is absent three times, and raises: a picture asks for some twenty.
        value = dataset[tag].value if tag in dataset else None
    except Exception:  # noqa: BLE001 - pydicom raises whatever a damaged value leads it to
        return None
    if value is None or isinstance(value, str | bytes):
        return value or None
    if isinstance(value, Sequence) or hasattr(value, "__len__"):
        return value[0] if len(value) else None
    return value


@cache
def _tag(keyword: str) -> BaseTag:
    tag = tag_for_keyword(keyword)
    if tag is None:
        raise ValueError(f"`{keyword}` is no keyword of the standard")
    return BaseTag(tag)


def integer(dataset: Dataset, keyword: str, default: int) -> int:
    """`keyword` as an integer, `default` if it is none."""
    with contextlib.suppress(TypeError, ValueError):
        return int(str(first(dataset, keyword)))
    return default


def value_at(dataset: Dataset, group: int, element: int, default: int = 0, position: int = 0) -> int:
    """The integer at `position` of an element that repeats over groups, `default` if there is none."""
    with contextlib.suppress(Exception):
        value = dataset[group, element].value
        return int(value[position] if hasattr(value, "__len__") and not isinstance(value, str) else value)
    return default


def float_at(dataset: Dataset, group: int, element: int) -> float | None:
    """The finite number in an element that has no keyword, private ones among them."""
    with contextlib.suppress(Exception):
        value = dataset[group, element].value
        if isinstance(value, bytes):
            value = value.decode("ascii").strip(" \0")
        found = float(value)
        return found if np.isfinite(found) else None
    return None


def number(dataset: Dataset, keyword: str) -> float | None:
    """`keyword` as a finite float."""
    with contextlib.suppress(TypeError, ValueError):
        value = float(first(dataset, keyword))  # type: ignore[arg-type]
        return value if np.isfinite(value) else None
    return None


def numbers(dataset: Dataset, keyword: str) -> tuple[float, ...]:
    """All values of `keyword` as floats; empty if one is damaged."""
    tag = _tag(keyword)
    try:
        value = dataset[tag].value if tag in dataset else None
        if value is None or value == "":
            return ()
        if isinstance(value, str | bytes) or not hasattr(value, "__iter__"):
            value = [value]
        found = tuple(float(each) for each in value)
    except Exception:  # noqa: BLE001
        return ()
    return found if all(np.isfinite(found)) else ()


def text(dataset: Dataset, keyword: str) -> str:
    """`keyword` as text, empty if absent."""
    value = first(dataset, keyword)
    return value.strip() if isinstance(value, str) else ""


def scopes(dataset: Dataset, index: int, name: str) -> list[Dataset]:
    """Where a functional group macro may be: the frame's own, the shared, then the dataset itself (PS3.3 C.7.6.16)."""
    found = []
    for keyword, position in (
        ("PerFrameFunctionalGroupsSequence", index),
        ("SharedFunctionalGroupsSequence", 0),
    ):
        tag = _tag(keyword)
        if tag in dataset:
            with contextlib.suppress(Exception):
                group = dataset[tag].value[position]
                found.append(group[name].value[0])
    return [*found, dataset]


def presentation_of(dataset: Dataset, index: int, photometric: str) -> Presentation:
    """The display attributes of frame `index`."""
    bits = integer(dataset, "BitsStored", integer(dataset, "BitsAllocated", 8))
    if photometric == "RGB":
        return Presentation(photometric="RGB", bits_stored=8, spacing_mm=_spacing(dataset, index))
    modality = _modality(dataset, index)
    return Presentation(
        photometric=_polarity(dataset, photometric),
        bits_stored=bits,
        modality=modality,
        windows=_windows(dataset, index),
        voi_luts=_voi_luts(dataset, index, is_signed=_may_be_negative(dataset, modality, bits)),
        padding=_padding(dataset),
        spacing_mm=_spacing(dataset, index),
        unit=_unit(dataset),
    )


def _polarity(dataset: Dataset, photometric: str) -> str:
    """MONOCHROME1 where low values are white; the Presentation LUT Shape has the last word, PS3.3 C.11.6.1.2."""
    shape = text(dataset, "PresentationLUTShape").upper()
    return {"IDENTITY": "MONOCHROME2", "INVERSE": "MONOCHROME1"}.get(shape, photometric)


def _modality(dataset: Dataset, index: int) -> Rescale | Lut | None:
    if text(dataset, "SOPClassUID") in _NOT_FOR_DISPLAY:
        return None
    with contextlib.suppress(Exception):
        is_signed = integer(dataset, "PixelRepresentation", 0) == 1
        lut = _lut(dataset, dataset["ModalityLUTSequence"].value[0], is_signed=is_signed)
        if lut is not None:
            return lut
    for scope in scopes(dataset, index, "PixelValueTransformationSequence"):
        slope, intercept = number(scope, "RescaleSlope"), number(scope, "RescaleIntercept")
        if slope and intercept is not None:  # a slope of 0 would leave no picture: dcmtk ignores it, too
            return Rescale(slope=slope, intercept=intercept)
    return None


def _windows(dataset: Dataset, index: int) -> tuple[Window, ...]:
    for scope in scopes(dataset, index, "FrameVOILUTSequence"):
        centers, widths = numbers(scope, "WindowCenter"), numbers(scope, "WindowWidth")
        function = {"LINEAR_EXACT": WindowFunction.LINEAR_EXACT, "SIGMOID": WindowFunction.SIGMOID}.get(
            text(scope, "VOILUTFunction"), WindowFunction.LINEAR
        )
        least = 1 if function is WindowFunction.LINEAR else 1e-9
        found = tuple(
            Window(center=center, width=width, function=function)
            for center, width in zip(centers, widths, strict=False)
            if width >= least
        )
        if found:
            return found
    return ()


def _voi_luts(dataset: Dataset, index: int, *, is_signed: bool) -> tuple[Lut, ...]:
    for scope in scopes(dataset, index, "FrameVOILUTSequence"):
        with contextlib.suppress(Exception):
            items = scope["VOILUTSequence"].value
            luts = tuple(
                lut for each in items if (lut := _lut(dataset, each, is_signed=is_signed)) is not None
            )
            if luts:
                return luts
    return ()


def _may_be_negative(dataset: Dataset, modality: Rescale | Lut | None, bits: int) -> bool:
    """Whether the values that a VOI LUT gets can be below 0: then its first one is signed, PS3.3 C.11.2.1.1."""
    if isinstance(modality, Lut):
        return False
    low, high = (
        (-(1 << bits - 1), 1 << bits - 1)
        if integer(dataset, "PixelRepresentation", 0) == 1
        else (0, 1 << bits)
    )
    rescale = modality or Rescale(slope=1.0, intercept=0.0)
    return min(low * rescale.slope, (high - 1) * rescale.slope) + rescale.intercept < 0


def _lut(dataset: Dataset, item: Dataset, *, is_signed: bool) -> Lut | None:
    """PS3.3 C.11.1.1: descriptor (entries, first, bits), 0 entries meaning 65,536; `is_signed`: its first may be below 0.

    There are as many entries as there is data, as for dcmtk, whatever the descriptor says.
    """
    raw = item["LUTDescriptor"].value
    entries, first_value, bits = (int(each) for each in raw)
    entries = entries & 0xFFFF or _MAX_ENTRIES
    if first_value > 32767 and is_signed:
        first_value -= 65_536
    elif (
        first_value < 0 and not is_signed
    ):  # pydicom goes by the pixels' sign, where only the LUT's input counts
        first_value += 65_536
    data = item["LUTData"].value
    if isinstance(data, bytes):
        order = ">" if dataset.original_encoding[1] is False else "<"
        values = np.frombuffer(data[: len(data) // 2 * 2], f"{order}u2")
        if len(data) == entries and bits == 8:
            values = np.frombuffer(data, "u1")
    else:
        values = np.asarray(data if hasattr(data, "__len__") else [data], np.int64) & 0xFFFF
    if values.size == (entries + 1) // 2 and bits == 8:
        values = values.astype("<u2").view("u1")
    if not values.size or not 1 <= bits <= 16:
        return None
    if values.dtype.itemsize == 1:  # one byte more may be padding
        values = values[:entries]
    return Lut(first=first_value, bits=bits, values=tuple(int(v) for v in values[:_MAX_ENTRIES]))


def _padding(dataset: Dataset) -> tuple[int, int] | None:
    low = number(dataset, "PixelPaddingValue")
    if low is None:
        return None
    high = number(dataset, "PixelPaddingRangeLimit")
    bits = integer(dataset, "BitsAllocated", 16)
    signed = integer(dataset, "PixelRepresentation", 0) == 1

    def fit(value: float) -> int:
        whole = int(value) % (1 << bits)
        return whole - (1 << bits) if signed and whole >= 1 << (bits - 1) else whole

    ends = (fit(low), fit(high if high is not None else low))
    return (min(ends), max(ends))


def _spacing(dataset: Dataset, index: int) -> tuple[float, float] | None:
    for keyword in ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing"):
        for scope in scopes(dataset, index, "PixelMeasuresSequence"):
            found = numbers(scope, keyword)
            if len(found) >= 2 and found[0] > 0 and found[1] > 0:
                return (found[0], found[1])
    return None


def _unit(dataset: Dataset) -> str | None:
    match text(dataset, "Modality"):
        case "CT":
            return "HU"
        case "PT":
            return _PET_UNITS.get(text(dataset, "Units").upper())
        case _:
            return None
