"""A mark as planes that a frame takes in two saturating operations, or four where the picture decides how much.

Precomputed once per session and epoch; per frame nothing is multiplied or rounded.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.errors import MarkError
from viewer.imaging.scratch import Scratch

Grey = NDArray[np.uint8]
Levels = NDArray[np.int8]


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

    def on(self, frame: Grey, scratch: Scratch, name: str = "marked") -> Grey:
        """A copy of `frame`, of the planes' shape, moved and kept within 0..255: that of `name` of `scratch`."""
        moved = cv2.add(frame, self.add, dst=scratch.take(name, frame.shape))
        return np.asarray(cv2.subtract(moved, self.subtract, dst=moved), np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tinted:
    """Planes for a mark in colour, (height, width): `even` for red and green, and `blue`."""

    even: Planes
    blue: Planes

    def in_colour(self) -> Planes:
        """The same for the three channels of RGB."""

        def merged(even: Grey, blue: Grey) -> Grey:
            return np.asarray(cv2.merge((even, even, blue)), np.uint8)

        return Planes(
            add=merged(self.even.add, self.blue.add), subtract=merged(self.even.subtract, self.blue.subtract)
        )

    @property
    def nbytes(self) -> int:
        """What they hold, in bytes."""
        return self.even.nbytes + self.blue.nbytes

    def on(self, frame: Grey, scratch: Scratch) -> Grey:
        """A grey `frame` moved, in RGB: two channels are made, not three, and none of them is spread before."""
        even, blue = self.even.on(frame, scratch), self.blue.on(frame, scratch, "blue")
        return np.asarray(
            cv2.merge((even, even, blue), dst=scratch.take("tinted", (*frame.shape, 3))), np.uint8
        )
