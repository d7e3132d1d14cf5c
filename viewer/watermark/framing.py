"""How a photograph that shows the whole frame was taken: its outline says all but the frame's size, and the tones that.

Within the outline the picture is laid out square before its spectrum is taken, so that no tilt smears the tones.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.watermark.outlining import BENDS, Outline, outlines
from viewer.watermark.tones import Points, Pose, Spectra, best_of, refine, spectra
from viewer.watermark.warping import Matrix, homography, unbent
from viewer.watermark.whitening import Plane

_OUTLINES = 9  # that are looked into
_ALIKE = 0.025  # of the leak's length: corners no further apart are one outline's
_WORTH = 5.0  # scores that are worth a closer look
_LEAST, _MOST = 200, 2600  # px of a frame
_SAME = 24.0  # px of the frame
_PLAIN, _ENOUGH = 7.0, 4  # scores that no leak without a mark reaches; how many outlines are tried to the end
_LONGEST = 1024  # px of an outline laid out
_SIZES = np.exp(np.arange(np.log(0.35), np.log(3.0), 0.02))  # px of the frame per px laid out
_ASPECTS = np.exp(np.arange(-0.21, 0.22, 0.03))
_REFINED = 4


@dataclass(frozen=True, slots=True, eq=False)
class Framed:
    """`pose` of the leak without its bend. `extent`: how large the frame is then, px. `corners`: those of all outlines, from the leak's middle."""

    pose: Pose
    extent: tuple[float, float]
    corners: NDArray[np.float64]

    def middles(self, pose: Pose) -> tuple[tuple[float, float], ...]:
        """Which frame points may be in the leak's middle in `pose`: each outline may be the frame's."""
        depth = 1 + self.corners @ pose.tilt
        stand = (self.corners @ pose.linear.T) / np.maximum(depth, 0.2)[..., np.newaxis]
        found: list[tuple[float, float]] = []
        for x, y in -stand.min(axis=1):
            if all(max(abs(x - other[0]), abs(y - other[1])) > _SAME for other in found):
                found.append((float(x), float(y)))
        return tuple(found)


def framed(
    leak: Plane, tones: Points, white: Callable[[Plane], Plane], draws: NDArray[np.float64]
) -> Iterator[Framed]:
    """The likeliest outlines of `leak`, each with the size of the frame that its tones bear out best.

    Those whose tones are plain come at once, the rest by their scores.
    """
    doubtful: list[Framed] = []
    plain = 0
    straight = {bend: unbent(leak, bend) if bend else leak for bend in BENDS}
    likely = _likely(straight)
    half = np.array([leak.shape[1] / 2, leak.shape[0] / 2])
    corners = np.array([outline.corners - half for outline, _ in likely]).reshape(-1, 4, 2)
    for outline, bend in likely:
        to_laid, size = _upright(outline)
        found = _laid_out(straight[bend], to_laid, size, white)
        each = _whole(_best(found, tones, draws), bend, to_laid, size, half, corners)
        if each.pose.score > _WORTH:
            each = _again(leak, each, tones, white, draws)
        if each.pose.score > _PLAIN:
            yield each
            plain += 1
            if plain == _ENOUGH:
                return
        else:
            doubtful.append(each)
    doubtful.sort(key=lambda each: -each.pose.score)
    yield from doubtful[: _ENOUGH - plain]


def _likely(straight: dict[float, Plane]) -> list[tuple[Outline, float]]:
    """Outlines with the lens's bend under which their sides are straightest, best first."""
    found = [(outline, bend) for bend, leak in straight.items() for outline in outlines(leak, _OUTLINES)]
    found.sort(key=lambda each: -each[0].support)
    kept: list[tuple[Outline, float]] = []
    for outline, bend in found:
        if all(
            np.abs(outline.corners - other.corners).max() > _ALIKE * max(straight[bend].shape)
            for other, _ in kept
        ):
            kept.append((outline, bend))
    return kept[:_OUTLINES]


def _upright(outline: Outline) -> tuple[Matrix, tuple[int, int]]:
    """To px of the outline laid out, and how many those are."""
    sides = np.hypot(*(outline.corners - np.roll(outline.corners, -1, axis=0)).T)
    wide, high = (sides[0] + sides[2]) / 2, (sides[1] + sides[3]) / 2
    share = min(1.3, _LONGEST / max(wide, high))
    size = max(64, round(wide * share)), max(64, round(high * share))
    return np.diag([size[0], size[1], 1.0]) @ outline.to_square(1.0), size


def _laid_out(
    straight: Plane, to_laid: Matrix, size: tuple[int, int], white: Callable[[Plane], Plane]
) -> Spectra:
    laid = cv2.warpPerspective(straight, to_laid, size, flags=cv2.INTER_LINEAR)
    return spectra(white(np.asarray(laid, np.float32)))


def _again(
    leak: Plane,
    found: Framed,
    tones: Points,
    white: Callable[[Plane], Plane],
    draws: NDArray[np.float64],
) -> Framed:
    """`found` refined in the frame's own px, where nothing of its tilt is left to smear the tones."""
    size = round(found.extent[0]), round(found.extent[1])
    if not (min(size) > _LEAST and max(size) < _MOST):
        return found
    half = leak.shape[1] / 2, leak.shape[0] / 2
    to_leak = homography(found.pose.linear, found.pose.tilt, half, found.middles(found.pose)[0])
    to_frame = np.asarray(np.linalg.inv(to_leak), np.float64)
    spectrum = _laid_out(unbent(leak, found.pose.bend), to_frame, size, white)
    pose = refine(spectrum, tones, Pose(np.eye(2), np.zeros(2), 0.0), draws)
    pose = replace(pose, score=pose.score * len(spectrum.places) ** 0.5)
    return _whole(pose, found.pose.bend, to_frame, size, np.array(half), found.corners)


def _best(found: Spectra, tones: Points, draws: NDArray[np.float64]) -> Pose:
    begun = best_of(found, tones, _turns(), _REFINED)
    best = max((refine(found, tones, each, draws) for each in begun), key=lambda pose: pose.score)
    return replace(best, score=best.score * len(found.places) ** 0.5)


@lru_cache(maxsize=1)
def _turns() -> Matrix:
    """Linear maps of a frame that is shown whole: sizes, quarter turns, both hands. A half turn has the same spectrum."""
    size, aspect = (each.ravel() for each in np.meshgrid(_SIZES, np.sqrt(_ASPECTS)))
    across, down = size * aspect, size / aspect
    none = np.zeros_like(size)
    maps = [
        np.stack([np.stack([a, b], axis=1), np.stack([c, d], axis=1)], axis=1)
        for a, b, c, d in (
            (across, none, none, down), (-across, none, none, down),
            (none, down, -across, none), (none, down, across, none),
        )
    ]  # fmt: skip
    return np.concatenate(maps)


def _whole(
    pose: Pose,
    bend: float,
    to_laid: Matrix,
    size: tuple[int, int],
    half: NDArray[np.float64],
    corners: NDArray[np.float64],
) -> Framed:
    """`pose` of what was laid out as one of the whole leak, whose middle is at `half`."""
    middle = np.array([size[0] / 2, size[1] / 2])
    away = np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, 1.0]])
    home = np.array([[1, 0, half[0]], [0, 1, half[1]], [0, 0, 1.0]])
    inner = np.array([[*pose.linear[0], 0], [*pose.linear[1], 0], [*pose.tilt, 1.0]])
    total = inner @ away @ to_laid @ home
    total /= total[2, 2]
    tilt, target = total[2, :2], total[:2, 2]
    linear = total[:2, :2] - np.outer(target, tilt)
    ends = np.array([[x, y, 1.0] for x in (-1, 1) for y in (-1, 1)]) * (*middle, 1)
    ends = ends @ inner.T
    extent = np.ptp(ends[:, :2] / ends[:, 2:], axis=0)
    inverse = np.linalg.inv(to_laid)
    corner, centre = inverse @ (0, 0, 1), inverse @ (*middle, 1)
    reach = np.hypot(*(corner[:2] / corner[2] - centre[:2] / centre[2]))
    wider = float(np.hypot(*half) / reach) ** 2  # a lens's bend is by half diagonals
    return Framed(
        replace(pose, linear=linear, tilt=tilt, bend=bend + pose.bend * wider),
        (float(extent[0]), float(extent[1])),
        corners,
    )
