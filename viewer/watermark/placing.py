"""A photograph of the whole frame that was sent, laid onto it by its outline, and then by what both show.

Where a frame is mostly black no features are found in it; its outline is, and what little it shows says the rest.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from viewer.watermark.outlining import BENDS, Outline, outlines
from viewer.watermark.warping import Matrix, unbent
from viewer.watermark.whitening import Plane

_OUTLINES = 6  # that are looked into, of each bend
_GLANCE = 128  # px of the frame's longer side: enough to tell which way up it is
_FINE = 448  # px: at this size the two are brought together
_LIKE = 0.25  # correlation, at least, at a glance
_STEPS = 40, 1e-4
_FITTED = 3  # that are brought together


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """`to_leak` takes frame px to px of the leak without its `bend`; `likeness`: the correlation of the two, -1..1."""

    to_leak: Matrix
    bend: float
    likeness: float


def placed(leak: Plane, sent: Plane) -> Iterator[Placed]:
    """Where `leak` may show the whole of `sent`, the likeliest first."""
    found: list[Placed] = []
    small, share = _shrunk(sent, _GLANCE)
    even = _even(small)
    for bend in BENDS:
        straight = unbent(leak, bend) if bend else leak
        near, near_share = _shrunk(straight, 4 * _GLANCE)
        for outline in outlines(straight, _OUTLINES):
            for to_leak in _ways(outline, sent.shape):
                matrix = (
                    np.diag([near_share, near_share, 1.0]) @ to_leak @ np.diag([1 / share, 1 / share, 1.0])
                )
                shown = cv2.warpPerspective(
                    near, matrix, small.shape[::-1], flags=cv2.INTER_AREA | cv2.WARP_INVERSE_MAP
                )
                found.append(Placed(to_leak, bend, _likeness(_even(np.asarray(shown, np.float32)), even)))
    found.sort(key=lambda each: -each.likeness)
    fitted = [_fitted(leak, sent, each) for each in found[:_FITTED] if each.likeness > _LIKE]
    yield from sorted(fitted, key=lambda each: -each.likeness)


def _ways(outline: Outline, shape: tuple[int, ...]) -> Iterator[Matrix]:
    """From px of a frame of `shape` to the leak: which corner comes first, and both hands."""
    height, width = shape
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    for turns in range(4):
        corners = np.roll(outline.corners, turns, axis=0).astype(np.float32)
        for hand in (corners, corners[[1, 0, 3, 2]]):
            yield np.asarray(cv2.getPerspectiveTransform(frame, np.ascontiguousarray(hand)), np.float64)


def _fitted(leak: Plane, sent: Plane, place: Placed) -> Placed:
    """`place` after the homography under which both correlate best (Evangelidis and Psarakis, IEEE Trans. Pattern Anal. 30, 2008)."""
    straight = unbent(leak, place.bend) if place.bend else leak
    here, here_share = _shrunk(sent, _FINE)
    there, there_share = _shrunk(straight, round(1.25 * _FINE))
    inward = np.diag([there_share, there_share, 1.0])
    outward = np.diag([here_share, here_share, 1.0])
    start = inward @ place.to_leak @ np.linalg.inv(outward)
    start /= start[2, 2]
    try:
        likeness, matrix = cv2.findTransformECC(
            _even(here), _even(there), start.astype(np.float32), cv2.MOTION_HOMOGRAPHY,
            (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, *_STEPS), np.ones(there.shape, np.uint8), 3,
        )  # fmt: skip
    except cv2.error:  # it ran away
        return place
    return Placed(np.linalg.inv(inward) @ matrix.astype(np.float64) @ outward, place.bend, float(likeness))


def _shrunk(plane: Plane, side: int) -> tuple[Plane, float]:
    share = min(1.0, side / max(plane.shape))
    if share == 1:
        return plane, 1.0
    return np.asarray(
        cv2.resize(plane, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.float32
    ), share


def _even(plane: Plane) -> Plane:
    """`plane` by its contrast nearby, so that what is dark counts too."""
    plane = np.asarray(cv2.GaussianBlur(plane, (0, 0), 0.8), np.float32)
    fine = plane - np.asarray(cv2.GaussianBlur(plane, (0, 0), 8.0), np.float32)
    deviation = np.sqrt(np.asarray(cv2.GaussianBlur(fine * fine, (0, 0), 12.0), np.float32)) + 2.0
    return np.asarray(fine / deviation, np.float32)


def _likeness(one: Plane, other: Plane) -> float:
    a, b = one - one.mean(), other - other.mean()
    return float((a * b).sum() / (np.sqrt((a * a).sum() * (b * b).sum()) + 1e-9))
