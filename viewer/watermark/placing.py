"""A photograph of the whole frame that was sent, laid onto it by its outline, and then by what both show.

Where a frame is mostly black no features are found in it; its outline is, and what little it shows says the rest.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from viewer.watermark.layout import CELL, Region
from viewer.watermark.outlining import BENDS, Outline, outlines
from viewer.watermark.tones import Pose
from viewer.watermark.warping import Matrix, homography, lay, reduced, unbent
from viewer.watermark.whitening import Plane

_OUTLINES = 6  # that are looked into, of each bend
_GLANCE = 128  # px of the frame's longer side: enough to tell which way up it is
_FINE = 448  # px: at this size the two are brought together
_LIKE, _FITS = 0.25, 0.3  # correlation, at least, at a glance, and when brought together
_STEPS = 40, 1e-4
_FITTED = 3  # that are brought together
_SAME = 3.0  # px
_FAINT = 0.1  # correlation over the whole frame, at least, of a piece of it
_PIECE = Region(0, 0, 1152 // CELL, 1152 // CELL)  # that a leak is laid out over


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """`to_leak` takes frame px to px of the leak without its `bend`; `likeness`: the correlation of the two, -1..1."""

    to_leak: Matrix
    bend: float
    likeness: float

    def same(self, other: "Placed", shape: tuple[int, ...]) -> bool:
        """Whether both take the corners of a frame of `shape` to the same px, nearly."""
        height, width = shape
        frame = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
        here, there = (cv2.perspectiveTransform(frame, each.to_leak) for each in (self, other))
        return bool(np.abs(here - there).max() < _SAME)


def placed(leak: Plane, sent: Plane) -> Iterator[Placed]:
    """Where `leak` may show the whole of `sent`, the likeliest first."""
    found: list[Placed] = []
    small, share = reduced(sent, _GLANCE)
    even = _even(small)
    for bend in BENDS:
        straight = unbent(leak, bend) if bend else leak
        near, near_share = reduced(straight, 4 * _GLANCE)
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
    fitted = [each for each in fitted if each.likeness > _FITS]
    yield from sorted(fitted, key=lambda each: -each.likeness)


def shown(leak: Plane, sent: Plane, pose: Pose) -> Placed | None:
    """Where `leak`, taken in `pose` or that turned by half, shows `sent`: a place by what both show, then brought together.

    For pieces without features and without an outline, whose tones alone say how they were taken. None where they are unlike.
    """
    even = _even(_quartered(sent))
    even -= even.mean()
    middle = leak.shape[1] / 2, leak.shape[0] / 2
    half = _PIECE.columns * CELL // 2
    found = []
    for linear in (pose.linear, -pose.linear):
        laid = lay(leak, homography(linear, pose.tilt, middle, (half, half)), _PIECE)
        piece = _even(_quartered(laid.picture)) * _quartered(laid.seen.astype(np.float32))
        likeness, x, y = _best_match(even, np.asarray(piece, np.float32))
        found.append(
            Placed(homography(linear, pose.tilt, middle, (4 * x + half, 4 * y + half)), 0.0, likeness)
        )
    best = max(found, key=lambda each: each.likeness)
    fitted = _fitted(leak, sent, best) if best.likeness > _FAINT else best
    return fitted if fitted.likeness > _FITS else None


def _quartered(plane: Plane) -> Plane:
    return np.asarray(cv2.resize(plane, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA), np.float32)


def _best_match(even: Plane, piece: Plane) -> tuple[float, int, int]:
    """How like the two are, -1..1, where `piece` stands best in `even`, and where that is: it may reach beyond."""
    side = cv2.getOptimalDFTSize(max(even.shape) + max(piece.shape))
    planes = [np.zeros((side, side), np.float32) for _ in range(2)]
    for plane, part in zip(planes, (even, piece), strict=True):
        plane[: part.shape[0], : part.shape[1]] = part
    spectrum = cv2.mulSpectrums(cv2.dft(planes[0]), cv2.dft(planes[1]), 0, conjB=True)
    match = cv2.idft(spectrum, flags=cv2.DFT_SCALE)
    y, x = divmod(int(match.argmax()), side)
    likeness = float(match[y, x] / (np.linalg.norm(even) * np.linalg.norm(piece) + 1e-9))
    return likeness, x - side if x >= even.shape[1] else x, y - side if y >= even.shape[0] else y


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
    here, here_share = reduced(sent, _FINE)
    there, there_share = reduced(straight, round(1.25 * _FINE))
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


def _even(plane: Plane) -> Plane:
    """`plane` by its contrast nearby, so that what is dark counts too."""
    plane = np.asarray(cv2.GaussianBlur(plane, (0, 0), 0.8), np.float32)
    fine = plane - np.asarray(cv2.GaussianBlur(plane, (0, 0), 8.0), np.float32)
    deviation = np.sqrt(np.asarray(cv2.GaussianBlur(fine * fine, (0, 0), 12.0), np.float32)) + 2.0
    return np.asarray(fine / deviation, np.float32)


def _likeness(one: Plane, other: Plane) -> float:
    a, b = one - one.mean(), other - other.mean()
    return float((a * b).sum() / (np.sqrt((a * a).sum() * (b * b).sum()) + 1e-9))
