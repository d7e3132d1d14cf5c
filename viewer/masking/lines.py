"""A line of text as a network sees it that was trained on text of any angle: a rectangle along the line."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.masking.areas import Area
from viewer.masking.look import Grey8

_STRAIGHT = 8  # degrees from level or upright: one box holds it
_SLANTS = 2  # times its height is a line long, at least, that may lean
_MARGIN = 0.2  # of its height, at both ends, of what is read


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`x`, `y`: its middle; `length` >= `height`, all in pixels; `degrees`: how far it falls to the right, -90 to 90.

    `score` is the surest pixel's probability.
    """

    x: float
    y: float
    length: float
    height: float
    degrees: float
    score: float

    @property
    def may_stand_on_its_head(self) -> bool:
        """Whether it is so steep that nobody can tell which end is its beginning."""
        return abs(self.degrees) > 30

    @property
    def is_short(self) -> bool:
        """Whether nobody can tell along which of its sides it is read."""
        return self.length < _SLANTS * self.height

    def is_like(self, other: "Line") -> bool:
        """Whether both are the same one, seen twice."""
        near = math.hypot(self.x - other.x, self.y - other.y) < self.height / 2
        return near and abs(self.length - other.length) < self.height

    def turned_back(self, columns: int) -> "Line":
        """As it stands in a picture of `columns`, if this was found in the one turned a quarter to the left."""
        degrees = self.degrees + 90
        return Line(
            x=columns - self.y,
            y=self.x,
            length=self.length,
            height=self.height,
            degrees=degrees - 180 if degrees > 90 else degrees,
            score=self.score,
        )

    def cut(self, grey: Grey8, beyond: float) -> Grey8:
        """The line made level, with `beyond` times its height at both ends."""
        length = self.length + 2 * (beyond + _MARGIN) * self.height
        there = np.asarray(cv2.getRotationMatrix2D((self.x, self.y), self.degrees, 1), np.float64)
        there[:, 2] += (length / 2 - self.x, self.height / 2 - self.y)
        size = (max(8, round(length)), max(4, round(self.height)))
        return np.asarray(
            cv2.warpAffine(grey, there, size, flags=cv2.INTER_CUBIC, borderValue=float(np.median(grey))),
            np.uint8,
        )

    def pieces(self, shape: tuple[int, ...]) -> Iterator[Area]:
        """What it covers in a picture of `shape`: squares along it if it leans, since the box around it is large."""
        is_straight = min(abs(self.degrees), 90 - abs(self.degrees)) <= _STRAIGHT
        count = 1 if is_straight else max(1, math.ceil(self.length / self.height))
        along = np.array((math.cos(math.radians(self.degrees)), math.sin(math.radians(self.degrees))))
        half = self.length / count / 2
        for number in range(count):
            middle = np.array((self.x, self.y)) + along * ((2 * number + 1) * half - self.length / 2)
            piece = self._around(middle, half, along, shape)
            if piece.width > 0 and piece.height > 0:
                yield piece

    def _around(
        self, middle: NDArray[np.float64], half: float, along: NDArray[np.float64], shape: tuple[int, ...]
    ) -> Area:
        reach = np.abs(along) * half + np.abs(along[::-1]) * (self.height / 2)
        left, top = np.maximum(0, np.floor(middle - reach))
        right, bottom = np.minimum((shape[1], shape[0]), np.ceil(middle + reach))
        return Area(left=int(left), top=int(top), right=int(right), bottom=int(bottom), score=self.score)


def line_around(points: NDArray[np.float32], score: float, growth: float) -> Line:
    """The line whose core `points` (n x 2: x, y) are; a network marks no more, so the rest is `growth` times its size."""
    (x, y), (width, height), degrees = cv2.minAreaRect(points)
    if max(width, height) < _SLANTS * min(width, height):  # of one letter or two nobody can tell
        low, high = points.min(axis=0), points.max(axis=0)
        (x, y), (width, height), degrees = (low + high) / 2, high - low, 0.0
    width, height = width + 1, height + 1
    if width < height:
        width, height, degrees = height, width, degrees + 90
    more = max(len(points) * growth / (width + height), min(width, height))
    return Line(
        x=float(x),
        y=float(y),
        length=float(width + more),
        height=float(height + more),
        degrees=(degrees + 90) % 180 - 90,
        score=score,
    )
