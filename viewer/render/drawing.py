"""A masked frame as the grey or colour levels of a viewport, not yet marked and never encoded here."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.imaging.presentation import Presentation, Rounding, Window
from viewer.imaging.scratch import Scratch
from viewer.imaging.swift import enlarge
from viewer.imaging.windowing import default_window, to_grey, window_table
from viewer.masking.image import MaskedFrame
from viewer.render.view import View, row_scale

Levels = NDArray[np.uint8]
Numbers = NDArray[np.integer[Any] | np.floating[Any]]

BACKGROUND = 0  # outside the picture
SAMPLES = 128  # per axis, at least, for a window that no header gives
BLOCK = 4096  # pixel values; a 12-bit picture has one block
TABLES = 128  # of at most 64 KiB: a few windows each for the series that are open on a node


@dataclass(frozen=True, slots=True)
class Span:
    """Along one axis: source pixels [start, stop) stand on device pixels [left, right), which may overhang."""

    start: int
    stop: int
    left: int
    right: int


def span(*, centre: float, scale: float, size: int, count: int) -> Span | None:
    """Which of `count` source pixels a viewport of `size` device pixels shows, and where; None if none.

    `centre`: the image coordinate at the viewport's centre. One more source pixel than is visible is taken on each
    side, for interpolation to see across the edge. Edges are rounded to whole device pixels, so everything between
    them is within half a device pixel of its place; at scale 1 left and right are rounded alike, and nothing is
    resampled.
    """
    reach = size / 2 / scale
    start = max(0, math.floor(centre - reach) - 1)
    stop = min(count, math.ceil(centre + reach) + 1)
    if start >= stop:
        return None
    left = math.floor((start - centre) * scale + size / 2 + 0.5)
    right = math.floor((stop - centre) * scale + size / 2 + 0.5)
    if right == left:  # a picture smaller than a device pixel stays a dot
        left = math.floor(((start + stop) / 2 - centre) * scale + size / 2)
        right = left + 1
    return Span(start, stop, left, right) if left < size and right > 0 else None


@lru_cache(maxsize=TABLES)
def _span(centre: float, scale: float, size: int, count: int) -> Span | None:
    """`span`, which stays the same from slice to slice."""
    return span(centre=centre, scale=scale, size=size, count=count)


def levels(
    view: View, frame: MaskedFrame, *, width: int, height: int, scratch: Scratch | None = None
) -> Levels:
    """What `view` shows of `frame` on `width` x `height` device pixels: (height, width) or (height, width, 3).

    The same region as on the view's own size: a smaller picture is drawn at a smaller scale. The result may share
    memory with `frame`: it must not be written to. It may be of `scratch`, and then the next call takes it back.
    """
    scratch = scratch or Scratch()
    rows, columns = frame.pixels.shape[:2]
    across = _span(view.x, view.scale * width / view.width, width, columns)
    down = _span(view.y, row_scale(frame.presentation, view.scale) * height / view.height, height, rows)
    shape = (height, width, *frame.pixels.shape[2:])
    if across is None or down is None:
        return np.full(shape, BACKGROUND, np.uint8)
    pixels = cast("Numbers", frame.pixels)  # uint8, uint16 or float32, as `MaskedFrame` says
    source = _shade(pixels[down.start : down.stop, across.start : across.stop], frame, view, scratch)
    size = across.right - across.left, down.right - down.left
    return _place(_resample(source, *size, scratch), across, down, shape)


def _shade(pixels: Numbers, frame: MaskedFrame, view: View, scratch: Scratch) -> Levels:
    if pixels.ndim == 3:
        return np.asarray(cv2.bitwise_not(pixels) if view.invert else pixels, np.uint8)
    window = view.window or window_of(frame)
    if pixels.dtype == np.float32:
        stored = pixels.astype(np.float64) + frame.offset
        return to_grey(stored, frame.presentation, window, invert=view.invert)
    table = _table(frame.presentation, window, frame.offset, *_values(frame), view.invert)
    return np.asarray(cv2.LUT(pixels, table, dst=scratch.take("shaded", pixels.shape)), np.uint8)


def _values(frame: MaskedFrame) -> tuple[int, int]:
    """A range [first, last) that holds all pixels, of whole blocks so that neighbouring slices share a table."""
    if frame.pixels.dtype == np.uint8:
        return 0, 256
    low, high = frame.extremes
    return low // BLOCK * BLOCK, (high // BLOCK + 1) * BLOCK


def window_of(frame: MaskedFrame) -> Window | None:
    """None where the header or 8 bits say how the frame is shown, else a window around most of its values."""
    header = frame.presentation
    if frame.pixels.dtype == np.uint8 or header.windows or header.voi_luts:
        return None
    # A fixed grid of samples: a percentile of every pixel would cost more than the rest of the frame.
    rows, columns = frame.pixels.shape
    sampled = frame.pixels[:: max(1, rows // SAMPLES), :: max(1, columns // SAMPLES)]
    return default_window(sampled.astype(np.float64) + frame.offset, header)


@lru_cache(maxsize=TABLES)
def _table(
    presentation: Presentation,
    window: Window | None,
    offset: int,
    first: int,
    last: int,
    invert: bool,  # noqa: FBT001 - a cache key
) -> Levels:
    """Grey levels by pixel value, right from `first` to `last` - 1: a whole one takes ten times as long to fill."""
    table = np.zeros(256 if last <= 256 else 65536, np.uint8)  # the two lengths that cv2.LUT takes
    table[first:last] = window_table(
        presentation,
        window,
        first=first + offset,
        count=last - first,
        rounding=Rounding.HALF_UP,
        invert=invert,
    )
    return table


def _resample(source: Levels, width: int, height: int, scratch: Scratch) -> Levels:
    rows, columns = source.shape[:2]
    if 2 * width < columns or 2 * height < rows:
        # Averaged, or a thin bright line between samples would vanish; only along the axes that shrink.
        size = (min(width, columns), min(height, rows))
        source = np.asarray(cv2.resize(source, size, interpolation=cv2.INTER_AREA), np.uint8)
    if source.shape[:2] != (height, width):
        large = scratch.take("resampled", (height, width, *source.shape[2:]))
        enlarge(source, large)
        return large
    return source


def _place(picture: Levels, across: Span, down: Span, shape: tuple[int, ...]) -> Levels:
    """`picture` in a viewport of `shape`, what overhangs cut off, the rest background."""
    if picture.shape == shape and across.left == down.left == 0:
        return picture
    height, width = shape[:2]
    top, left = max(0, down.left), max(0, across.left)
    bottom, right = min(height, down.right), min(width, across.right)
    seen = picture[top - down.left : bottom - down.left, left - across.left : right - across.left]
    if seen.shape == shape:
        return seen
    canvas = np.full(shape, BACKGROUND, np.uint8)
    canvas[top:bottom, left:right] = seen
    return canvas
