"""A mark as planes that a frame takes in two saturating operations, or four where the picture decides how much.

Precomputed once per session and epoch; per frame nothing is multiplied, rounded or allocated but the frame itself.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.errors import MarkError

Grey = NDArray[np.uint8]
Signed = NDArray[np.int8]

DARK, BRIGHT = 10, 245  # grey levels beyond which the eye misses one or two more
BUSY = 24  # grey levels between neighbouring 4 px samples: texture, in which it misses them too
_NEIGHBOURS = np.ones((3, 3), np.uint8)
_SAMPLE = 4  # px
_DARK, _BRIGHT = np.array([DARK], np.uint8), np.array([BRIGHT], np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Planes:
    """What is added and subtracted: uint8, (height, width), or (height, width, 3) in RGB; read-only.

    No pixel is in both, so neither undoes the other. Errors: MarkError for planes that differ in shape or overlap.
    """

    add: Grey
    subtract: Grey

    def __post_init__(self) -> None:
        if self.add.shape != self.subtract.shape:
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
        return Planes(add=_in_colour(self.add), subtract=_in_colour(self.subtract))

    def on(self, frame: Grey) -> Grey:
        """A copy of `frame`, of the planes' shape, moved and kept within 0..255."""
        moved = cv2.add(frame, self.add)
        return np.asarray(cv2.subtract(moved, self.subtract, dst=moved), np.uint8)


def busy(frame: Grey) -> Grey:
    """Where a mark may be stronger: 255 or 0, (height, width) of a grey or RGB frame."""
    height, width = frame.shape[:2]
    size = (max(1, width // _SAMPLE), max(1, height // _SAMPLE))
    small = cv2.resize(frame, size, interpolation=cv2.INTER_NEAREST)
    if small.ndim == 3:
        small = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    gradient = np.asarray(cv2.morphologyEx(small, cv2.MORPH_GRADIENT, _NEIGHBOURS), np.uint8)
    found = cv2.threshold(gradient, BUSY - 1, 255, cv2.THRESH_BINARY)[1]
    found = cv2.bitwise_or(found, cv2.bitwise_not(cv2.inRange(small, _DARK, _BRIGHT)))
    return np.asarray(cv2.resize(found, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)


def strengthened(marked: Grey, frame: Grey, more: Planes) -> Grey:
    """`marked`, moved by `more` as well where `frame` is busy; written in place."""
    where = busy(frame)
    if frame.ndim == 3:
        where = _in_colour(where)
    cv2.add(marked, cv2.bitwise_and(more.add, where), dst=marked)
    return np.asarray(cv2.subtract(marked, cv2.bitwise_and(more.subtract, where), dst=marked), np.uint8)


def _in_colour(plane: Grey) -> Grey:
    return np.asarray(cv2.merge((plane, plane, plane)), np.uint8)
