"""The outline of a frame in a photograph of a screen: four straight edges, whatever lies within them."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.watermark.warping import Matrix
from viewer.watermark.whitening import Plane

BENDS = 0.0, -0.03  # of lenses: a straight one, and a phone's barrel
_SIDE = 560  # px: edges are sought at this size
_BLUR = 1.2  # px
_NEAR = 9.0  # px: over so many the contrast is evened, so that a faint edge in the dark counts as a sharp one
_FLOOR = 0.8  # grey levels between px
_SLOPES = np.arange(-0.6, 0.6001, 0.008)  # px per px from the upright
_BANDS = 8  # of a line: within each, light is on one side
_LINES = 12  # each way
_APART = 0.008, 6.0  # slopes and px, at least, between two lines
_SAMPLES = 64  # along a side
_LEAST = 0.12  # of the leak's area
_INSET = 0.06  # of its sides: how far a corner may lie beyond it

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """`corners`, (4, 2), px of the leak: from the upper left as the leak shows it, clockwise. `support`: 0..1."""

    corners: Points
    support: float

    def to_square(self, side: float) -> Matrix:
        """From px of the leak to a square of `side` px."""
        square = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32)
        return np.asarray(cv2.getPerspectiveTransform(self.corners.astype(np.float32), square), np.float64)


def outlines(leak: Plane, most: int) -> list[Outline]:
    """The `most` likeliest outlines, best first."""
    share = min(1.0, _SIDE / max(leak.shape))
    small = cv2.resize(leak, None, fx=share, fy=share, interpolation=cv2.INTER_AREA) if share < 1 else leak
    fine = np.asarray(cv2.GaussianBlur(small, (0, 0), _BLUR), np.float32)
    across, down = _edges(fine), np.ascontiguousarray(_edges(np.ascontiguousarray(fine.T)).T)
    upright = _lines(across)
    level = _lines(np.ascontiguousarray(down.T))
    found = _quadrangles(upright, level, fine.shape)
    if not len(found):
        return []
    sides = (
        (found[:, 0], found[:, 1], down), (found[:, 1], found[:, 2], across),
        (found[:, 3], found[:, 2], down), (found[:, 0], found[:, 3], across),
    )  # fmt: skip
    support = np.stack([_support(*side) for side in sides])
    area = _area(found) / fine.size
    value = support.mean(axis=0) * 0.5 + support.min(axis=0) * 0.5
    value *= np.clip(area, 0, 1) ** 0.15
    kept: list[int] = []
    for number in np.argsort(-value):
        if all(np.abs(found[number] - found[other]).max() > 0.012 * _SIDE for other in kept):
            kept.append(int(number))
            if len(kept) == most:
                break
    return [Outline((found[n] + 0.5) / share - 0.5, float(value[n])) for n in kept]


def _edges(fine: Plane) -> Plane:
    """How much lighter it grows to the right, -1..1, by what is usual nearby."""
    slope = np.zeros_like(fine)
    slope[:, 2:-2] = fine[:, 4:] - fine[:, :-4]
    usual = np.sqrt(np.maximum(cv2.GaussianBlur(slope * slope, (0, 0), _NEAR), 0)) + _FLOOR
    return np.asarray(np.clip(slope / usual / 2, -1, 1), np.float32)


def _lines(edges: Plane) -> Points:
    """The clearest lines that are nearly upright: rows of slope, and x at half height."""
    height, width = edges.shape
    sums = np.empty((len(_SLOPES), width), np.float32)
    cuts = np.linspace(0, height, _BANDS + 1).astype(int)
    for number, slope in enumerate(_SLOPES):
        matrix = np.array([[1, slope, -slope * height / 2], [0, 1, 0]], np.float64)
        straight = cv2.warpAffine(
            edges, matrix, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        )
        bands = [cv2.reduce(straight[a:b], 0, cv2.REDUCE_SUM) for a, b in pairwise(cuts)]
        sums[number] = np.abs(np.concatenate(bands)).sum(axis=0)
    sums = np.asarray(cv2.GaussianBlur(sums, (0, 0), 1.0), np.float32)
    peaks = sums >= cv2.dilate(sums, np.ones((5, 9), np.uint8))
    which, place = np.nonzero(peaks)
    order = np.argsort(-sums[which, place])
    kept: list[tuple[float, float]] = []
    for number in order:
        line = float(_SLOPES[which[number]]), float(place[number])
        ends = [line[1] - line[0] * height / 2, line[1] + line[0] * height / 2]
        if all(
            abs(ends[0] - (x - b * height / 2)) + abs(ends[1] - (x + b * height / 2)) > 2 * _APART[1]
            for b, x in kept
        ):
            kept.append(line)
            if len(kept) == _LINES:
                break
    return np.array(kept).reshape(-1, 2)


def _quadrangles(upright: Points, level: Points, shape: tuple[int, ...]) -> Points:
    """Every two of each that enclose enough, (count, 4, 2)."""
    height, width = shape
    found = []
    for left in upright:
        for right in upright:
            if right[1] - left[1] < 0.15 * width:
                continue
            for top in level:
                for bottom in level:
                    if bottom[1] - top[1] < 0.15 * height:
                        continue
                    found.append(
                        [
                            _cross(a, b, shape)
                            for a, b in ((left, top), (right, top), (right, bottom), (left, bottom))
                        ]
                    )
    quads = np.array(found).reshape(-1, 4, 2)
    if not len(quads):
        return quads
    low, high = (
        np.array([-_INSET * width, -_INSET * height]),
        np.array([(1 + _INSET) * width, (1 + _INSET) * height]),
    )
    inside = ((quads > low) & (quads < high)).all(axis=(1, 2))
    return quads[inside & (_area(quads) > _LEAST * height * width)]


def _cross(upright: Points, level: Points, shape: tuple[int, ...]) -> tuple[float, float]:
    """Where x = upright[1] + upright[0] * (y - h/2) and y = level[1] + level[0] * (x - w/2) meet."""
    height, width = shape
    b, a = upright
    d, c = level
    x = (a + b * (c - d * width / 2 - height / 2)) / (1 - b * d)
    return x, c + d * (x - width / 2)


def _area(quads: Points) -> Points:
    x, y = quads[..., 0], quads[..., 1]
    return np.asarray(
        np.abs((x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1)) / 2, np.float64
    )


def _support(begin: Points, end: Points, edges: Plane) -> Points:
    """How much of each side from `begin` to `end` is an edge."""
    along = (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    points = begin[:, np.newaxis] + (end - begin)[:, np.newaxis] * along[:, np.newaxis]
    height, width = edges.shape
    x = np.clip(np.round(points[..., 0]).astype(int), 0, width - 1)
    y = np.clip(np.round(points[..., 1]).astype(int), 0, height - 1)
    held = edges[y, x].reshape(len(begin), _BANDS, -1).mean(axis=2)
    return np.asarray(np.abs(held).mean(axis=1), np.float64)
