"""A mark as planes that a frame takes in two saturating operations, or four where the picture decides how much.

Precomputed once per session and epoch; per frame nothing is multiplied or rounded.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.errors import MarkError
from viewer.watermark.layout import BLACK, BLOCK
from viewer.watermark.pattern import Patterns

Grey = NDArray[np.uint8]

BRIGHT = 245  # grey levels above which the eye misses one or two more, and only what is taken away is left
BUSY = 24  # grey levels between neighbouring 4 px samples: texture, in which it misses them too
FLAT = 8  # grey levels, at most, between them: nothing hides the mark
_NEIGHBOURS = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Planes:
    """What is added and subtracted: uint8, (height, width), or (height, width, 3) in RGB; read-only.

    No pixel is in both, so neither undoes the other. Errors: MarkError for planes that differ in shape or overlap.
    """

    add: Grey
    subtract: Grey

    def __post_init__(self) -> None:
        if self.add.shape != self.subtract.shape or self.add.shape[2:] not in {(), (3,)} or self.add.ndim < 2:
            raise MarkError("the two planes of a watermark differ in shape")
        if np.any(cv2.min(self.add, self.subtract)):
            raise MarkError("the two planes of a watermark overlap")
        for plane in (self.add, self.subtract):
            if plane.dtype != np.uint8:
                raise MarkError("a plane of a watermark is not of 8 bits")
            plane.flags.writeable = False

    @classmethod
    def of(cls, levels: NDArray[np.integer]) -> "Planes":
        """The planes that move a frame by `levels`, -255..255, any shape of the above."""
        return cls(
            add=np.clip(levels, 0, 255).astype(np.uint8), subtract=np.clip(-levels, 0, 255).astype(np.uint8)
        )

    def in_colour(self) -> "Planes":
        """The same for the three channels of RGB."""
        return Planes(
            add=np.asarray(cv2.merge((self.add,) * 3), np.uint8),
            subtract=np.asarray(cv2.merge((self.subtract,) * 3), np.uint8),
        )

    @property
    def nbytes(self) -> int:
        """What they hold, in bytes."""
        return self.add.nbytes + self.subtract.nbytes

    def on(self, frame: Grey) -> Grey:
        """A copy of `frame`, of the planes' shape, moved and kept within 0..255."""
        moved = cv2.add(frame, self.add)
        return np.asarray(cv2.subtract(moved, self.subtract, dst=moved), np.uint8)


class Adaptive:
    """Planes for a grey frame, (height, width), on top of which the frame itself decides how far `made` moves it."""

    def __init__(self, base: Planes, made: Patterns) -> None:
        self.base = base
        planes = [Planes.of(each) for each in (made.plain, made.busy, made.flat, made.black)]
        self._add = [each.add for each in planes]
        self._subtract = [each.subtract for each in planes]

    @property
    def nbytes(self) -> int:
        """What it holds, in bytes."""
        return self.base.nbytes + sum(each.nbytes for each in (*self._add, *self._subtract))

    def on(self, frame: Grey) -> Grey:
        """A copy of `frame` moved."""
        marked = self.base.on(frame)
        kinds = hiding(frame)
        width = frame.shape[1]
        for (plain, *others), change in ((self._add, cv2.add), (self._subtract, cv2.subtract)):
            blocks = plain.copy()
            for other, where in zip(others, kinds, strict=True):
                cv2.copyTo(other, where, blocks)
            plane = cv2.merge((blocks,) * BLOCK).reshape(len(blocks), -1)[:, :width]
            for first in range(BLOCK):  # the rows of a block are alike, so a quarter of a plane does for all
                rows = marked[first::BLOCK]
                change(rows, plane[: len(rows)], dst=rows)
        return marked


def hiding(frame: Grey) -> tuple[Grey, Grey, Grey]:
    """Where a grey frame is busy or white, where it is flat, and where it is black: 255 or 0 of each 4 x 4 px block."""
    small = np.ascontiguousarray(np.ascontiguousarray(frame[::BLOCK])[:, ::BLOCK])
    highest = cv2.dilate(small, _NEIGHBOURS)
    change = cv2.subtract(highest, cv2.erode(small, _NEIGHBOURS))
    busy = cv2.threshold(change, BUSY - 1, 255, cv2.THRESH_BINARY)[1]
    busy = cv2.bitwise_or(busy, cv2.threshold(small, BRIGHT, 255, cv2.THRESH_BINARY)[1])
    flat = cv2.threshold(change, FLAT, 255, cv2.THRESH_BINARY_INV)[1]
    black = cv2.threshold(highest, BLACK - 1, 255, cv2.THRESH_BINARY_INV)[1]
    return np.asarray(busy, np.uint8), np.asarray(flat, np.uint8), np.asarray(black, np.uint8)
