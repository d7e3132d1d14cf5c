"""How stored values become grey levels: what a frame's header says about its display, and nothing that names anyone.

These values travel with masked pixels into the store, so they hold numbers only (explanations of windows are free text and are dropped).
"""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta


class WindowFunction(StrEnum):
    """VOI LUT Function (0028,1056), PS3.3 C.11.2.1.2."""

    LINEAR = "linear"
    LINEAR_EXACT = "linear_exact"
    SIGMOID = "sigmoid"


class Rounding(StrEnum):
    """How a grey level between two integers is settled: `half_up` for display, `floor` to compare.

    `floor` is the reference tools' arithmetic: dcmtk's for LINEAR and SIGMOID, Orthanc's for LINEAR_EXACT.
    """

    HALF_UP = "half_up"
    FLOOR = "floor"


class Window(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A window in units of the modality LUT's output (HU for CT). `width` ≥ 1 for LINEAR, > 0 otherwise."""

    center: float
    width: float
    function: WindowFunction = WindowFunction.LINEAR


class Lut(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True, tag="lut", forbid_unknown_fields=True):
    """A lookup table, PS3.3 C.11.1.1: `values[0]` stands for every input ≤ `first`, the last for all beyond."""

    first: int
    bits: int
    values: tuple[int, ...]


class Rescale(msgspec.Struct, frozen=True, kw_only=True, tag="rescale", forbid_unknown_fields=True):
    """Rescale Slope and Intercept, PS3.3 C.11.1."""

    slope: float
    intercept: float


class Presentation(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True, forbid_unknown_fields=True):
    """Display attributes of one frame.

    `photometric` is MONOCHROME1, MONOCHROME2 or RGB: palettes and YBR are resolved when decoded.
    `padding` is the closed range of stored values that is shown as background (PS3.3 C.7.5.1.1.2), in the 8-bit grey `beyond`.
    `suv_per_unit` makes an output of the modality LUT g/ml of body weight (PET).
    `spacing_mm` is (between rows, between columns); None means that only pixels can be measured.
    """

    photometric: str
    bits_stored: int = 8
    modality: Rescale | Lut | None = None
    windows: tuple[Window, ...] = ()
    voi_luts: tuple[Lut, ...] = ()
    padding: tuple[int, int] | None = None
    spacing_mm: tuple[float, float] | None = None
    unit: str | None = None
    suv_per_unit: float | None = None
    beyond: Annotated[int, Meta(ge=0, le=255)] = 0
