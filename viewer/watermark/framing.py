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
from viewer.watermark.spectrum import Points, Spectra, spectra
from viewer.watermark.tones import NOISE, Pose, best_of, refine
from viewer.watermark.warping import Matrix, unbent
from viewer.watermark.whitening import Plane

_OUTLINES = 9  # that are looked into
_ALIKE = 0.025  # of the leak's length: corners no further apart are one outline's
_SAME = 24.0  # px of the frame
_HELD_NOISE = 2.8  # what the best size of an outline without a mark scores
PLAIN, _ENOUGH = 1.8, 5  # a score that no leak without a mark reaches; how many poses are tried to the end
_FREED = 4  # outlines whose tones are sought with nothing held fast

Size = tuple[int, int]  # px across and down
_LONGEST = 1024  # px of an outline laid out
_SIZES = np.exp(np.arange(np.log(0.35), np.log(3.0), 0.02))  # px of the frame per px laid out
_ASPECTS = np.exp(np.arange(-0.21, 0.22, 0.03))
_REFINED = 4
_SIZED = 8
_CLOSER, _CLOSEST = (  # factors of width and height, (count, 2)
    np.array([(x, y) for x in 1 + step * np.arange(-7, 8) for y in 1 + step * np.arange(-7, 8)])
    for step in (0.003, 0.0008)
)


@dataclass(frozen=True, slots=True, eq=False)
class Framed:
    """`pose` of the leak without its bend. `corners`: those of its own outline, then of all, from the leak's middle."""

    pose: Pose
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
    """How `leak` stands by its likeliest outlines, each with the size of the frame that its tones bear out best.

    Where that is plain it comes at once; the rest by their scores, 1 where noise alone may get. An outline that is no
    frame's may still lean as one does: then its tones are sought with nothing held fast.
    """
    straight = {bend: unbent(leak, bend) if bend else leak for bend in BENDS}
    likely = _likely(straight)
    half = np.array([leak.shape[1] / 2, leak.shape[0] / 2])
    corners = np.array([outline.corners - half for outline, _ in likely]).reshape(-1, 4, 2)
    doubtful: list[tuple[Framed, Framed | None]] = []
    given = 0
    for number, (outline, bend) in enumerate(likely):
        to_laid, size = _upright(outline)
        found = _laid_out(straight[bend], to_laid, size, white)

        def whole(
            pose: Pose, number: int = number, bend: float = bend, to: Matrix = to_laid, size: Size = size
        ) -> Framed:
            own = np.concatenate([corners[number : number + 1], corners])
            return _whole(pose, bend, to, size, half, own)

        held = whole(_sized(found, tones))
        if held.pose.score > PLAIN:
            yield held
            given += 1
            if given == _ENOUGH:
                return
        else:
            doubtful.append((held, whole(_free(found, tones, draws)) if len(doubtful) < _FREED else None))
    rest = [each for pair in doubtful for each in pair if each is not None]
    rest.sort(key=lambda each: -each.pose.score)
    yield from rest[: _ENOUGH - given]


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


def _upright(outline: Outline) -> tuple[Matrix, Size]:
    """To px of the outline laid out, and how many those are."""
    sides = np.hypot(*(outline.corners - np.roll(outline.corners, -1, axis=0)).T)
    wide, high = (sides[0] + sides[2]) / 2, (sides[1] + sides[3]) / 2
    share = min(1.3, _LONGEST / max(wide, high))
    size = max(64, round(wide * share)), max(64, round(high * share))
    return np.diag([size[0], size[1], 1.0]) @ outline.to_square(1.0), size


def _laid_out(straight: Plane, to_laid: Matrix, size: Size, white: Callable[[Plane], Plane]) -> Spectra:
    laid = cv2.warpPerspective(straight, to_laid, size, flags=cv2.INTER_LINEAR)
    return spectra(white(np.asarray(laid, np.float32)))


def _sized(found: Spectra, tones: Points) -> Pose:
    """The best pose in which the outline is the frame's: but for its size nothing is free, so noise scores less."""
    begun = best_of(found, tones, _turns(), _SIZED)
    for blur, steps in ((1, _CLOSER), (0, _CLOSEST)):
        linear = np.concatenate([steps[:, :, np.newaxis] * each.linear for each in begun])
        begun = best_of(found, tones, linear, _SIZED, blur=blur, apart=0.015)
    best = begun[0]
    return replace(best, score=best.score / len(found.places) ** 0.5 / _HELD_NOISE)


def _free(found: Spectra, tones: Points, draws: NDArray[np.float64]) -> Pose:
    begun = best_of(found, tones, _turns(), _REFINED)
    best = max(refine(found, tones, begun, draws), key=lambda pose: pose.score)
    return replace(best, score=best.score * len(found.places) ** 0.5 / NOISE)


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
    size: Size,
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
    inverse = np.linalg.inv(to_laid)
    corner, centre = inverse @ (0, 0, 1), inverse @ (*middle, 1)
    reach = np.hypot(*(corner[:2] / corner[2] - centre[:2] / centre[2]))
    wider = float(np.hypot(*half) / reach) ** 2  # a lens's bend is by half diagonals
    return Framed(
        replace(pose, linear=linear, tilt=tilt, bend=bend + pose.bend * wider),
        corners,
    )
