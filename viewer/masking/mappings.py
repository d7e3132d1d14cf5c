"""The grey-scale pictures of a frame that a viewer could reach, each a chance for text to stand out.

Full range, inverted, the header's first windows, and what remains when the background is subtracted: a faint
line on bright bone shows there and nowhere else; one of a hundredth of the range only if it is stretched further.
A colour frame gives its brightness and its colourfulness.
"""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.imaging.windowing import to_grey
from viewer.masking.image import MaskedFrame
from viewer.masking.look import Grey8, Look, look_at

_WINDOWS = 2  # of a header
_COARSE = 4  # the background is the median of pixels joined 4 x 4 ...
_MEDIAN = 5  # ... over 5 x 5 of these: 20 px, wider than the strokes of most letters
_NOISE = 4  # times the median deviation is half of the range of what remains
_LEAST_SHARE = 8 / 255  # of the full range, at least
_LEAST_SHARE_FAINT = 1 / 255  # anatomy stands out there, too

_PART = 12  # px: deviation of the part of a picture whose contrast is made equal
_PART_LEVELS = 45  # grey levels of one deviation
_LEAST_PART = 0.01  # of the full range

_DRAWN = 2  # grey levels that are looked at by themselves
_NEAR = 8  # levels to both sides that are compared
_TIMES = 1.35  # as many pixels as any of these
_DEVIATIONS = 5
_LEAST_DRAWN = 25  # px
_MOST_DRAWN = 0.06  # of the picture; of tissue in one level there is more

_CONTRAST = 16  # of 255 grey levels: half of what faint letters have
_CONTRAST_REMAINING = 100  # noise has half of the range there

Values = NDArray[np.float32]


def full(frame: MaskedFrame) -> Look:
    """Lowest to highest value as 0 to 255; an 8-bit frame as it is."""
    values = brightness(frame)
    grey = values.astype(np.uint8) if frame.pixels.dtype == np.uint8 else _stretched(values)
    return look_at(grey, _CONTRAST)


def remaining(frame: MaskedFrame) -> Look:
    """The background subtracted; noise fills half of the range, and what is far from it saturates softly."""
    return _stretched_rest(*_rest(brightness(frame)), _LEAST_SHARE)


def faint(frame: MaskedFrame) -> Look | None:
    """As `remaining`, stretched further; None where that does not differ, since noise is stronger."""
    rest, noise, span = _rest(brightness(frame))
    return _stretched_rest(rest, noise, span, _LEAST_SHARE_FAINT) if noise < span * _LEAST_SHARE else None


def even(frame: MaskedFrame) -> Look:
    """The background subtracted, and every part's own contrast made equal: a faint line in smooth tissue is as clear as a strong one."""
    values = brightness(frame)
    rest = values - cv2.GaussianBlur(values, (0, 0), _PART)
    span = float(values.max()) - float(values.min())
    deviation = np.sqrt(cv2.GaussianBlur(rest * rest, (0, 0), _PART)) + np.float32(
        max(span * _LEAST_PART, 1e-6)
    )
    levels: Grey8 = np.clip(128 + _PART_LEVELS * rest / deviation, 0, 255).astype(np.uint8)
    return Look(grey=levels, strokes=full(frame).strokes, contrast=_CONTRAST)


def drawn(frame: MaskedFrame) -> Iterator[Look]:
    """The pixels of one grey level, where more have it than any near it: letters are drawn in one value, tissue in many."""
    values = brightness(frame)
    low, high = float(values.min()), float(values.max())
    levels = ((values - low) * (255 / max(high - low, 1e-6))).astype(np.uint8)
    single = np.bincount(levels.ravel(), minlength=256).astype(np.float64)
    counts = single + np.roll(single, -1)  # a value may lie on the border between two levels
    near = np.max([np.roll(counts, step) for step in range(-_NEAR, _NEAR + 1) if abs(step) > 2], axis=0)
    more = counts - near - _DEVIATIONS * np.sqrt(near) - _LEAST_DRAWN
    stands = (more > 0) & (counts >= _TIMES * near) & (counts <= _MOST_DRAWN * levels.size)
    stands[: _NEAR - 1] = stands[-_NEAR + 1 :] = False  # what is clipped has one value, too
    for _ in range(_DRAWN):
        level = int(np.argmax(np.where(stands, more, 0)))
        if not stands[level]:
            return
        yield look_at(((levels == level) | (levels == level + 1)).astype(np.uint8) * 255, _CONTRAST)
        stands[level - 2 : level + 3] = False


def clipped(frame: MaskedFrame) -> Iterator[Grey8]:
    """The darkest pixels alone, and the brightest: letters may be as black as the gaps in tissue around them."""
    values = brightness(frame)
    for value in (values.min(), values.max()):
        yield (values == value).astype(np.uint8) * 255


def _rest(values: Values) -> tuple[Values, float, float]:
    """`values` without the background; the range of its noise; and the full range."""
    rows, columns = values.shape
    small = cv2.resize(values, (-(-columns // _COARSE), -(-rows // _COARSE)), interpolation=cv2.INTER_AREA)
    background = cv2.resize(cv2.medianBlur(small, _MEDIAN), (columns, rows))
    rest = values - np.asarray(background, np.float32)
    return rest, _NOISE * float(np.median(np.abs(rest))), float(values.max()) - float(values.min())


def _stretched_rest(rest: Values, noise: float, span: float, least_share: float) -> Look:
    scale = max(noise, span * least_share, 1e-6)
    levels: Grey8 = (128 + 127 * np.tanh(rest / scale)).astype(np.uint8)
    return look_at(levels, _CONTRAST_REMAINING)


def others(frame: MaskedFrame) -> Iterator[Look]:
    """The mappings beside `full` and `remaining` that differ from these: windows of the header, or colourfulness."""
    if frame.pixels.ndim == 3:
        colours = frame.pixels.astype(np.uint8)
        most, least = colours.max(axis=2), colours.min(axis=2)
        if int((most - least).max()) > 0:
            yield look_at(np.ascontiguousarray(most - least), _CONTRAST)
        return
    if frame.pixels.dtype == np.uint8 and not frame.presentation.windows:
        return
    stored = frame.pixels.astype(np.float64) + frame.offset
    for window in dict.fromkeys(frame.presentation.windows[:_WINDOWS]):
        yield look_at(to_grey(stored, frame.presentation, window), _CONTRAST)
    if frame.presentation.voi_luts:
        yield look_at(to_grey(stored, frame.presentation, None), _CONTRAST)


def brightness(frame: MaskedFrame) -> Values:
    """Of each pixel, in the units of the frame."""
    if frame.pixels.ndim == 3:
        grey = cv2.cvtColor(np.ascontiguousarray(frame.pixels, np.uint8), cv2.COLOR_RGB2GRAY)
        return np.asarray(grey, np.float32)
    return frame.pixels.astype(np.float32)


def _stretched(values: Values) -> Grey8:
    low, high = float(values.min()), float(values.max())
    scaled = (values.astype(np.float64) - low) * (255 / max(high - low, 1e-6))
    levels: Grey8 = scaled.astype(np.uint8)
    return levels
