"""A look at a picture turned by half a quarter: the networks see text that leans by up to 25 degrees, and no more."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.masking.areas import Area
from viewer.masking.look import Grey8, Look

_LARGE = 1_500_000  # px


@dataclass(frozen=True, slots=True, kw_only=True)
class Tilted:
    """`look` is turned; `back`: 2 x 3, from its pixels to those of the picture of `shape` (rows, columns)."""

    look: Look
    back: NDArray[np.float64]
    shape: tuple[int, int]

    def pieces(self, area: Area) -> Iterator[Area]:
        """What `area` of the turned look covers in the picture: squares along the line, not the large box around it."""
        is_wide = area.width >= area.height
        length, step = (area.width, area.height) if is_wide else (area.height, area.width)
        for start in range(0, length, max(1, step)):
            end = min(start + step, length)
            ends = (area.left + start, area.left + end) if is_wide else (area.left, area.right)
            sides = (area.top, area.bottom) if is_wide else (area.top + start, area.top + end)
            piece = self._around(ends, sides)
            if piece.width > 0 and piece.height > 0:
                yield piece

    def _around(self, across: tuple[int, int], down: tuple[int, int]) -> Area:
        corners = np.array([(x, y, 1) for x in across for y in down], np.float64) @ self.back.T
        left, top = (max(0, math.floor(value)) for value in corners.min(axis=0))
        right, bottom = (math.ceil(value) for value in corners.max(axis=0))
        return Area(left=left, top=top, right=min(right, self.shape[1]), bottom=min(bottom, self.shape[0]))


def tilted(look: Look, degrees: float) -> Tilted:
    """`look` turned to the left about its middle, in a picture that holds all of it; a large one at half its size."""
    rows, columns = look.grey.shape
    scale = 0.5 if rows * columns > _LARGE else 1.0
    side = math.ceil(scale * math.hypot(rows, columns))
    there = np.asarray(cv2.getRotationMatrix2D((columns / 2, rows / 2), degrees, scale), np.float64)
    there[:, 2] += ((side - columns) / 2, (side - rows) / 2)
    grey = cv2.warpAffine(look.grey, there, (side, side), borderMode=cv2.BORDER_REPLICATE)
    # Nothing stands out beyond the picture's edge, so nobody looks there.
    strokes = cv2.warpAffine(look.strokes, there, (side, side), flags=cv2.INTER_NEAREST)
    return Tilted(
        look=Look(grey=_grey8(grey), strokes=_grey8(strokes), contrast=look.contrast),
        back=np.asarray(cv2.invertAffineTransform(there), np.float64),
        shape=(rows, columns),
    )


def _grey8(values: object) -> Grey8:
    return np.asarray(values, np.uint8)
