"""Stored values to grey levels, PS3.3 C.11.1 and C.11.2, in float64 and in dcmtk's order of operations."""

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from viewer.imaging.presentation import Lut, Presentation, Rescale, Rounding, Window, WindowFunction

Levels = NDArray[np.uint8]
Values = NDArray[np.float64]
WHITE = 255.0
_TABLE_BITS = 16


def window_table(
    presentation: Presentation,
    window: Window | None,
    *,
    first: int,
    count: int,
    rounding: Rounding = Rounding.HALF_UP,
    invert: bool = False,
) -> Levels:
    """Grey levels of the stored values `first` … `first + count - 1`: every LUT folded into one table.

    `window` None: the first VOI LUT, else the first window of the header, else the full range of the table.
    """
    stored = np.arange(first, first + count, dtype=np.float64)
    return to_grey(stored, presentation, window, rounding=rounding, invert=invert)


def to_grey(
    values: NDArray[np.generic],
    presentation: Presentation,
    window: Window | None,
    *,
    rounding: Rounding = Rounding.HALF_UP,
    invert: bool = False,
    shift: float = 0.0,
) -> Levels:
    """Grey levels of stored `values`, in their shape. `shift`: that of the reference's tables, with FLOOR alone."""
    stored = values.astype(np.float64)
    scaled = modality(stored, presentation)
    chosen = window or (
        presentation.windows[0] if presentation.windows and not presentation.voi_luts else None
    )
    if rounding is Rounding.FLOOR and chosen and chosen.function is WindowFunction.LINEAR_EXACT:
        return _as_orthanc(scaled, chosen, inverted=(presentation.photometric == "MONOCHROME1") != invert)
    if rounding is Rounding.FLOOR and values.dtype.kind in "biu":
        scaled = np.trunc(scaled)  # dcmtk keeps the modality LUT's output in integers
        if not (window is None and presentation.voi_luts):
            scaled += shift
    black, white = (WHITE, 0.0) if (presentation.photometric == "MONOCHROME1") != invert else (0.0, WHITE)
    shown = _voi(scaled, presentation, window, (black, white), rounding)
    levels = np.floor(shown) if rounding is Rounding.FLOOR else np.floor(shown + 0.5)
    if rounding is Rounding.FLOOR and window is None and presentation.voi_luts:
        levels %= (
            256  # an entry of more bits than the descriptor says: dcmtk's cast, which any other tool clips
        )
    grey = np.clip(levels, 0, 255).astype(np.uint8)
    if (
        presentation.padding is not None and rounding is Rounding.HALF_UP
    ):  # dcmtk shows padding like any value
        low, high = presentation.padding
        beyond = presentation.beyond
        grey[(stored >= low) & (stored <= high)] = 255 - beyond if invert else beyond
    return grey


def reference_shift(pixels: NDArray[np.generic], presentation: Presentation) -> float:
    """How far dcmtk's table of windowed values lies beside the values: the fraction of the lowest that the bits can hold.

    It makes such a table where a frame's `pixels` (stored values) are more than three times its entries, and enters it
    with whole numbers. 0 where it makes none, or the fraction is none.
    """
    rescale, kind = presentation.modality, pixels.dtype.kind
    if not isinstance(rescale, Rescale) or kind not in "iu" or rescale.slope == 0:
        return 0.0
    bits = presentation.bits_stored
    low = -(1 << bits - 1) if kind == "i" else 0
    ends = [value * rescale.slope + rescale.intercept for value in (low, low + (1 << bits) - 1)]
    used = [float(value) * rescale.slope + rescale.intercept for value in (pixels.min(), pixels.max())]
    is_short = min(used) >= -(1 << 15) and max(used) < (1 << (15 if min(used) < 0 else 16))
    is_tabled = is_short and pixels.size > 3 * int(max(ends) - min(ends) + 1)
    return math.fmod(min(ends), 1.0) if is_tabled else 0.0


def _as_orthanc(scaled: Values, window: Window, *, inverted: bool) -> Levels:
    """LINEAR_EXACT as Orthanc computes it: in float32, rounded down, then inverted."""
    low = np.float32(window.center) - np.float32(window.width) / 2
    shown = np.float32(WHITE) / np.float32(window.width) * (scaled.astype(np.float32) - low)
    grey: Levels = np.clip(np.floor(np.nan_to_num(shown)), 0, 255).astype(np.uint8)
    return np.asarray(255 - grey, np.uint8) if inverted else grey


def modality(stored: Values, presentation: Presentation) -> Values:
    """Stored values in the unit of the modality LUT's output."""
    match presentation.modality:
        case Rescale(slope=slope, intercept=intercept):
            return stored * slope + intercept
        case Lut() as lut:
            return _look_up(stored, lut)
        case _:
            return stored


def default_window(pixels: NDArray[np.generic], presentation: Presentation) -> Window | None:
    """The 1-99 percentile window of `pixels` (stored values) but for padding, None if the header has a window or VOI LUT.

    One bit a pixel is black or white, whatever is on the frame.
    """
    if presentation.windows or presentation.voi_luts:
        return None
    if presentation.bits_stored == 1:
        return Window(center=0.5, width=1.0, function=WindowFunction.LINEAR_EXACT)
    stored = pixels.astype(np.float64)
    if presentation.padding is not None:  # what lies outside of a section is as bright as nothing else
        low, high = presentation.padding
        stored = stored[(stored < low) | (stored > high)]
    scaled = modality(stored, presentation)
    scaled = scaled[np.isfinite(scaled)]
    if scaled.size == 0:
        return Window(center=0.5, width=1.0, function=WindowFunction.LINEAR_EXACT)
    least, most = (float(each) for each in np.percentile(scaled, (1, 99)))
    if most <= least:
        least, most = float(scaled.min()), float(scaled.max())
    return Window(
        center=(least + most) / 2, width=max(most - least, 1e-6), function=WindowFunction.LINEAR_EXACT
    )


def whole(presentation: Presentation, *, is_signed: bool) -> Presentation:
    """`presentation` of a presentation state: one without a window shows every value that the bits can hold."""
    if presentation.windows or presentation.voi_luts:
        return presentation
    bits = presentation.bits_stored
    low = -(1 << (bits - 1)) if is_signed else 0
    if presentation.modality is None and bits <= _TABLE_BITS:
        identity = Lut(first=low, bits=bits, values=tuple(range(1 << bits)))
        return msgspec.structs.replace(presentation, voi_luts=(identity,))
    ends = np.array([low, low + (1 << bits) - 1], np.float64)
    if isinstance(presentation.modality, Lut):
        ends = np.array([0, (1 << presentation.modality.bits) - 1], np.float64)
    else:
        ends = np.sort(modality(ends, presentation))
    window = Window(center=float(ends.sum() + 1) / 2, width=float(ends[1] - ends[0]) + 1)
    return msgspec.structs.replace(presentation, windows=(window,))


def _look_up(values: Values, lut: Lut) -> Values:
    table = np.asarray(lut.values, np.float64)
    return table[np.clip(values - lut.first, 0, len(table) - 1).astype(np.int64)]


def _voi(
    values: Values,
    presentation: Presentation,
    window: Window | None,
    ends: tuple[float, float],
    rounding: Rounding,
) -> Values:
    black, white = ends
    if window is None and presentation.voi_luts:
        lut = presentation.voi_luts[0]
        found = _look_up(np.floor(values), lut)
        if rounding is Rounding.FLOOR:  # dcmtk's scale; in the standard's, 2^bits - 1 is white
            return black + found * ((white - black + 1) / (1 << lut.bits))
        return black + found * ((white - black) / ((1 << lut.bits) - 1))
    if window is None and presentation.windows:
        window = presentation.windows[0]
    if window is None:
        window = _full_range(values)
    return _windowed(values, window, black, white)


def _full_range(values: Values) -> Window:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    return Window(center=(low + high) / 2, width=max(high - low, 1e-6), function=WindowFunction.LINEAR_EXACT)


def _windowed(values: Values, window: Window, black: float, white: float) -> Values:
    """PS3.3 C.11.2.1.2 and C.11.2.1.3, `black` and `white` standing for the ends of the output range."""
    center, width, span = window.center, window.width, white - black
    match window.function:
        case WindowFunction.SIGMOID:
            with np.errstate(over="ignore"):
                return black + span / (1 + np.exp(-4 * (values - center) / width))
        case WindowFunction.LINEAR_EXACT:
            middle, reach = center, width
        case WindowFunction.LINEAR:
            middle, reach = center - 0.5, width - 1
    if reach == 0:
        return np.where(values <= middle, black, white)
    # dcmtk's order, offset + x * gradient, and its offset: any other moves some pixels by one.
    offset = white - (middle / reach + 0.5) * span
    shown = offset + values * (span / reach)
    return np.where(values <= middle - reach / 2, black, np.where(values > middle + reach / 2, white, shown))
