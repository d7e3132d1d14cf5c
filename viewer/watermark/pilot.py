"""Where in the frame a piece of a leak belongs: correlation with the keyed pilot, over the canvas and block by block."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.watermark.keying import Key
from viewer.watermark.layout import CANVAS, CELL, CHECKER, PILOT, Region, half_pilot, layout_of
from viewer.watermark.tones import Pose
from viewer.watermark.warping import Laid, Matrix, homography, lay
from viewer.watermark.whitening import Plane, lit

PATCH = 1152  # px of the frame, about the leak's centre
_TRANSFORM = 2048  # half px: the canvas and its repetition
_SURE = 12.0  # deviations
_GLANCE = 384  # px of the frame
_GLANCED = 5.7  # deviations; noise reaches 5.4 over all scales
_SCALES, _SCALE_STEP = (0.4, 2.6), 0.016  # px of the leak per px of the frame


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """`score` in deviations of the correlation; `to_leak` takes frame px to leak px; `about`: the patch's centre."""

    score: float
    to_leak: Matrix
    about: tuple[float, float]


@lru_cache(maxsize=4)
def _pilot_spectrum(key: Key, side: int) -> Plane:
    """Of the map's first `side` half px each way, which repeats; in OpenCV's packed form."""
    half = half_pilot(key)
    again = -(-side // len(half))
    return np.asarray(cv2.dft(np.tile(half, (again, again))[:side, :side]), np.float32)


def locate(key: Key, leak: Plane, pose: Pose, whitener: Callable[[Laid], Plane], *, exact: bool) -> Place:
    """Where the leak's middle stands in the frame if it was taken in `pose`.

    `exact`: the leak's px are the frame's, so that none may be lost to the halving either.
    """
    half = PATCH // 2
    middle = leak.shape[1] / 2, leak.shape[0] / 2
    if exact:
        middle = float(leak.shape[1] // 2), float(leak.shape[0] // 2)
    matrix = homography(pose.linear, pose.tilt, middle, (half, half))
    laid = lay(leak, matrix, Region(0, 0, PATCH // CELL, PATCH // CELL))
    white = whitener(laid) * laid.seen * lit(laid.picture)
    best = _correlate(key, _halved(white))
    if exact:
        for down, across in ((0, 1), (1, 0), (1, 1)):
            if best[0] < _SURE:
                score, x, y = _correlate(key, _halved(np.roll(white, (down, across), (0, 1))))
                best = max(best, (score, x + across / 2, y + down / 2))
    elif best[0] < _SURE:
        inner = np.zeros_like(white)
        cut = _middle(laid.seen)
        inner[cut] = white[cut]
        best = max(best, _correlate(key, _halved(inner)))
    score, x, y = best
    about = float(2 * x + half), float(2 * y + half)
    return Place(score, homography(pose.linear, pose.tilt, middle, about), about)


def _middle(seen: NDArray[np.uint8]) -> tuple[slice, slice]:
    """The middle half each way of what is seen: a pose that is a little off is less so there."""
    rows, columns = (np.flatnonzero(seen.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return slice(0, 0), slice(0, 0)
    down, across = (each[-1] - each[0] + 1 for each in (rows, columns))
    return (
        slice(int(rows[0] + down // 4), int(rows[-1] - down // 4) + 1),
        slice(int(columns[0] + across // 4), int(columns[-1] - across // 4) + 1),
    )


def _halved(white: Plane) -> Plane:
    return np.asarray(cv2.resize(white, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.float32)


def _correlate(key: Key, white: Plane) -> tuple[float, float, float]:
    """The best score, and where the patch's corner then stands, in half px: the patch within the canvas if it can."""
    score, x, y = _match(key, white, _TRANSFORM)
    limit = (
        CANVAS // 2 - white.shape[0] // 2
    )  # beyond, the patch's middle would be off the canvas: it came around
    return score, x - _TRANSFORM if x > limit else x, y - _TRANSFORM if y > limit else y


def _match(key: Key, white: Plane, side: int) -> tuple[float, int, int]:
    """The best score over the map's first `side` half px each way, and where."""
    plane = np.zeros((side, side), np.float32)
    plane[: white.shape[0], : white.shape[1]] = white
    product = cv2.mulSpectrums(_pilot_spectrum(key, side), cv2.dft(plane), 0, conjB=True)
    found = cv2.idft(product, flags=cv2.DFT_SCALE)
    y, x = divmod(int(found.argmax()), side)
    return float(found[y, x]) / (float(cv2.meanStdDev(found)[1][0, 0]) + 1e-9), x, y


def scaled(key: Key, leak: Plane, whitener: Callable[[Laid], Plane]) -> list[Pose]:
    """The likeliest poses of a leak that was scaled and no more, by the pilot in its middle; `score` in deviations.

    Looked for in frames of up to 2,048 px, which most are.
    """
    target = _GLANCE // 2
    middle = leak.shape[1] / 2, leak.shape[0] / 2
    region = Region(0, 0, _GLANCE // CELL, _GLANCE // CELL)
    poses = []
    for scale in np.exp(np.arange(np.log(_SCALES[0]), np.log(_SCALES[1]), _SCALE_STEP)):
        linear = np.eye(2) / scale
        laid = lay(leak, homography(linear, np.zeros(2), middle, (target, target)), region)
        score, _, _ = _match(key, _halved(whitener(laid) * laid.seen), _TRANSFORM // 2)
        poses.append(Pose(linear, np.zeros(2), score))
    poses.sort(key=lambda pose: -pose.score)
    return [pose for pose in poses[:3] if pose.score > _GLANCED]


def shifts(key: Key, white: Plane, laid: Laid, *, block: int, reach: int, step: int) -> NDArray[np.float64]:
    """How far blocks of a laid-out leak are from where they belong, at most `reach` px each way.

    Rows of (x, y, dx, dy, score): what is at the block's centre x, y of the frame belongs at x + dx, y + dy.
    """
    height, width = white.shape
    pilot = _region_pilot(key, laid, reach)
    size = cv2.getOptimalDFTSize(block + 2 * reach + 2)
    found = []
    for top in range(0, height - block + 1, step):
        for left in range(0, width - block + 1, step):
            part = white[top : top + block, left : left + block]
            energy = float((part * part).sum())
            if laid.seen[top : top + block, left : left + block].mean() < 0.6 or energy < 1e-3 * part.size:
                continue
            around = np.zeros((size, size), np.float32)
            cut = pilot[top : top + block + 2 * reach, left : left + block + 2 * reach]
            around[: cut.shape[0], : cut.shape[1]] = cut
            inside = np.zeros((size, size), np.float32)
            inside[:block, :block] = part
            spectrum = cv2.mulSpectrums(cv2.dft(around), cv2.dft(inside), 0, conjB=True)
            match = cv2.idft(spectrum, flags=cv2.DFT_SCALE)[: 2 * reach + 1, : 2 * reach + 1]
            y, x = divmod(int(match.argmax()), 2 * reach + 1)
            score = float(match[y, x]) / (0.33 * energy) ** 0.5
            found.append((left + block / 2, top + block / 2, x - reach, y - reach, score))
    origin = (laid.region.left * CELL, laid.region.top * CELL, 0, 0, 0)
    return np.array(found) + origin if found else np.zeros((0, 5))


def _region_pilot(key: Key, laid: Laid, reach: int) -> Plane:
    """The pilot over the region in px, with `reach` px of nothing about it."""
    layout = layout_of(key)
    cells = np.where(laid.region.cut(layout.index) == PILOT, laid.region.cut(layout.sign), 0)
    return np.pad(np.kron(cells.astype(np.float32), CHECKER), reach)
