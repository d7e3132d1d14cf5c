"""A mark as planes that a frame takes in two saturating operations, or four where the picture decides how much.

Precomputed once per session and epoch; per frame nothing is multiplied or rounded.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.errors import MarkError

Grey = NDArray[np.uint8]
Words = NDArray[np.uint32]  # four pixels each

BRIGHT = 245  # grey levels above which the eye misses one or two more, and only what is taken away is left
BUSY = 24  # grey levels between neighbouring 4 px samples: texture, in which it misses them too
_NEIGHBOURS = np.ones((3, 3), np.uint8)
_SAMPLE = 4  # px: one word, so that a sample's verdict is one operand for four pixels
_SPREAD = np.uint32(0x01010101)


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
    """Planes for a grey frame, (height, width), with `more` of them where it is bright or busy.

    `more`: levels of each 4 x 4 px block, -255..255, (rows / 4, columns / 4) rounded up.
    """

    def __init__(self, base: Planes, more: NDArray[np.integer]) -> None:
        self.base = base
        planes = Planes.of(more)
        self._add, self._subtract = (
            each.astype(np.uint32) * _SPREAD for each in (planes.add, planes.subtract)
        )

    @property
    def nbytes(self) -> int:
        """What it holds, in bytes."""
        return self.base.nbytes + self._add.nbytes + self._subtract.nbytes

    def on(self, frame: Grey) -> Grey:
        """A copy of `frame` moved."""
        marked = self.base.on(frame)
        where = busy(frame)
        width = frame.shape[1]
        for words, change in ((self._add, cv2.add), (self._subtract, cv2.subtract)):
            plane = np.bitwise_and(words, where).view(np.uint8)[:, :width]
            for first in range(
                _SAMPLE
            ):  # the rows of a block are alike, so one plane of a quarter does for all
                rows = marked[first::_SAMPLE]
                change(rows, plane[: len(rows)], dst=rows)
        return marked


def busy(frame: Grey) -> Words:
    """Where a grey frame hides a stronger mark: all bits of a 4 x 4 px block's word, or none; (rows / 4, columns / 4)."""
    small = np.ascontiguousarray(frame[::_SAMPLE, ::_SAMPLE])
    gradient = np.asarray(cv2.morphologyEx(small, cv2.MORPH_GRADIENT, _NEIGHBOURS), np.uint8)
    found = cv2.threshold(gradient, BUSY - 1, 255, cv2.THRESH_BINARY)[1]
    found = cv2.bitwise_or(found, cv2.threshold(small, BRIGHT, 255, cv2.THRESH_BINARY)[1])
    return np.asarray(found, np.uint32) * _SPREAD
