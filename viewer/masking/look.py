"""One grey picture of a frame as text is looked for in it, and where in it there is anything to look at.

Text is made of strokes that stand out from what is within a few pixels. Where no stroke does, no network is asked:
the air around a body, and most of a radiograph, are half to nine tenths of the picture.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_STROKE = 9  # px: wider than the strokes of most letters; larger ones show at their edges
_CELL = 16  # px
_LEAST = 3  # px of a cell that stand out
_GROUP = 2  # cells side by side: text is longer than a cell, noise is not
_OVERLAP = 3  # cells of both sides of a cut through strokes
_SMALL = 12  # cells of a side that is not cut
_WORTH = 0.85  # of the area is left after cuts that are worth their while

Grey8 = NDArray[np.uint8]
Window = tuple[slice, slice]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """`strokes`: how far each pixel of `grey` stands out from its surroundings; `contrast`: what may be a letter."""

    grey: Grey8
    strokes: Grey8
    contrast: int

    def turned(self) -> "Look":
        """By a quarter to the left."""
        grey, strokes = (np.ascontiguousarray(np.rot90(each)) for each in (self.grey, self.strokes))
        return Look(grey=grey, strokes=strokes, contrast=self.contrast)

    def windows(self) -> list[Window]:
        """Parts of the picture, apart, that hold every stroke with its surroundings."""
        rows, columns = self.grey.shape
        stands = np.zeros((-(-rows // _CELL) * _CELL, -(-columns // _CELL) * _CELL), np.uint8)
        stands[:rows, :columns] = self.strokes >= self.contrast
        cells = stands.reshape(stands.shape[0] // _CELL, _CELL, -1, _CELL).sum(axis=(1, 3)) >= _LEAST
        _, groups, stats, _ = cv2.connectedComponentsWithStats(cells.astype(np.uint8))
        lines = (stats[groups, cv2.CC_STAT_AREA] >= _GROUP) & cells
        near = cv2.dilate(lines.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.bool_)
        return [
            (
                slice(down.start * _CELL, min(rows, down.stop * _CELL)),
                slice(across.start * _CELL, min(columns, across.stop * _CELL)),
            )
            for down, across in _parts(near, (slice(0, near.shape[0]), slice(0, near.shape[1])))
        ]


def look_at(grey: Grey8, contrast: int) -> Look:
    """`contrast`: in grey levels."""
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (_STROKE, _STROKE))
    bright, dark = (
        np.asarray(cv2.morphologyEx(grey, operation, kernel), np.uint8)
        for operation in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT)
    )
    return Look(grey=grey, strokes=np.maximum(bright, dark), contrast=contrast)


def _parts(cells: NDArray[np.bool_], window: Window) -> list[Window]:
    """`window` without its empty margins, halved again and again where that leaves less to look at."""
    trimmed = _trimmed(cells, window)
    if trimmed is None:
        return []
    axis = int(_length(trimmed[1]) > _length(trimmed[0]))
    if _length(trimmed[axis]) <= _SMALL:
        return [trimmed]
    parts = [part for half in _halves(cells, trimmed, axis) for part in _parts(cells, half)]
    return parts if sum(map(_size, parts)) <= _WORTH * _size(trimmed) else [trimmed]


def _halves(cells: NDArray[np.bool_], window: Window, axis: int) -> Iterator[Window]:
    """They overlap where a line of text may cross the middle."""
    side = window[axis]
    middle = (side.start + side.stop) // 2
    reach = _OVERLAP if cells[window].take(middle - side.start - 1, axis=axis).any() else 0
    for part in (slice(side.start, middle + reach), slice(middle - reach, side.stop)):
        yield (part, window[1]) if axis == 0 else (window[0], part)


def _trimmed(cells: NDArray[np.bool_], window: Window) -> Window | None:
    filled = [np.flatnonzero(cells[window].any(axis=axis)) for axis in (1, 0)]
    if filled[0].size == 0:
        return None
    rows, columns = (
        slice(side.start + int(found[0]), side.start + int(found[-1]) + 1)
        for side, found in zip(window, filled, strict=True)
    )
    return rows, columns


def _length(side: slice) -> int:
    return int(side.stop - side.start)


def _size(window: Window) -> int:
    return _length(window[0]) * _length(window[1])
