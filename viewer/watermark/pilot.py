"""Where in the frame a piece of a leak belongs: correlation with the keyed pilot, over the canvas and block by block."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.watermark.keying import Key
from viewer.watermark.layout import BLOCK, CANVAS, CELL, Region, half_pilot
from viewer.watermark.pattern import expected
from viewer.watermark.tones import Pose
from viewer.watermark.warping import Laid, Matrix, homography, lay
from viewer.watermark.whitening import Plane, lit

PATCH = 1152  # px of the frame, about the leak's centre
_TRANSFORM = 2048  # half px: the canvas and its repetition
_PATCH = Region(0, 0, PATCH // CELL, PATCH // CELL)
_PIECE, _PIECE_STEP, _PIECES = 384, 256, 5  # px of the patch; how many are compared
_DIM = 0.3  # of `lit`: less holds no mark
_SURE = 12.0  # deviations
_NEAR, _BONUS = 24, 1.3  # half px, and the deviations that noise reaches less there than anywhere
_GLANCE = 384  # px of the frame
_GLANCED = 5.7  # deviations; noise reaches 5.4 over all scales
_SCALES, _SCALE_STEP = (0.4, 2.6), 0.016  # px of the leak per px of the frame


class Care(Enum):
    """How a leak is compared.

    `EXACT`: its px are the frame's, so that none may be lost to the halving; `THOROUGH`: as a whole and piece by piece;
    `BRIEF`: as a whole.
    """

    EXACT = auto()
    THOROUGH = auto()
    BRIEF = auto()


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


def locate(
    key: Key,
    leak: Plane,
    pose: Pose,
    whitener: Callable[[Laid], Plane],
    *,
    how: Care,
    near: Sequence[tuple[float, float]] = (),
) -> Place:
    """Where the leak's middle stands in the frame if it was taken in `pose`. `near`: where it may well be.

    If not `EXACT`, the frame is taken to be of at most 2,048 px.
    """
    half = PATCH // 2
    middle = leak.shape[1] / 2, leak.shape[0] / 2
    if how is Care.EXACT:
        middle = float(leak.shape[1] // 2), float(leak.shape[0] // 2)
    laid = lay(leak, homography(pose.linear, pose.tilt, middle, (half, half)), _PATCH)
    trust = laid.seen * lit(laid.picture)
    white = whitener(laid) * trust
    if how is Care.EXACT:
        found = _pixel_by_pixel(key, white)
    else:
        begin = [(round((x - half) / 2), round((y - half) / 2)) for x, y in near]
        found = _piece_by_piece(key, white, trust, most=None if how is Care.THOROUGH else 2, near=begin)
    x, y = 2 * found.x, 2 * found.y
    target = float(x + half), float(y + half)
    about = float(x + found.middle[0]), float(y + found.middle[1])
    return Place(found.score, homography(pose.linear, pose.tilt, middle, target), about)


@dataclass(frozen=True, slots=True)
class _Found:
    """`x`, `y`: where the patch's corner stands, in half px; `middle`, in px of the patch, of what was compared."""

    score: float
    x: float
    y: float
    middle: tuple[float, float] = (PATCH / 2, PATCH / 2)


def _pixel_by_pixel(key: Key, white: Plane) -> _Found:
    best = _Found(0.0, 0.0, 0.0)
    for down, across in ((0, 0), (0, 1), (1, 0), (1, 1)):
        score, x, y = _match(key, _halved(np.roll(white, (down, across), (0, 1))), _TRANSFORM)
        if score > best.score:
            best = _Found(score, x + across / 2, y + down / 2)
        if best.score > _SURE:
            break
    return best


def _piece_by_piece(
    key: Key, white: Plane, trust: Plane, *, most: int | None, near: Sequence[tuple[int, int]]
) -> _Found:
    """The patch as a whole, then pieces of it: in a pose that is a little off, no more than these agree."""
    best = _Found(0.0, 0.0, 0.0)
    for top, bottom, left, right in islice(_pieces(trust), most):
        piece = np.zeros_like(white)
        piece[top:bottom, left:right] = white[top:bottom, left:right]
        score, x, y = _match(key, _halved(piece), _TRANSFORM // 2, near)
        if score > best.score:
            best = _Found(score, x, y, ((left + right) / 2, (top + bottom) / 2))
        if best.score > _SURE:
            break
    return best


def _pieces(trust: Plane) -> Iterator[tuple[int, int, int, int]]:
    """Top, bottom, left, right: all, the middle of what is seen, then the best lit pieces."""
    yield 0, PATCH, 0, PATCH
    rows, columns = (np.flatnonzero(trust.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    yield (3 * top + bottom) // 4, (top + 3 * bottom) // 4, (3 * left + right) // 4, (left + 3 * right) // 4
    weights = [
        (float(trust[down : down + _PIECE, across : across + _PIECE].mean()), down, across)
        for down in range(0, PATCH - _PIECE + 1, _PIECE_STEP)
        for across in range(0, PATCH - _PIECE + 1, _PIECE_STEP)
    ]
    weights.sort(reverse=True)
    for weight, down, across in weights[:_PIECES]:
        if weight > _DIM:
            yield down, down + _PIECE, across, across + _PIECE


def _halved(white: Plane) -> Plane:
    return np.asarray(cv2.resize(white, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.float32)


def _match(key: Key, white: Plane, side: int, near: Sequence[tuple[int, int]] = ()) -> tuple[float, int, int]:
    """The best score over the map's first `side` half px each way, and where the corner of `white` then stands there.

    About the places `near` a little less will do, since there are far fewer of them.
    """
    plane = np.zeros((side, side), np.float32)
    plane[: white.shape[0], : white.shape[1]] = white
    product = cv2.mulSpectrums(_pilot_spectrum(key, side), cv2.dft(plane), 0, conjB=True)
    found = cv2.idft(product, flags=cv2.DFT_SCALE)
    y, x = divmod(int(found.argmax()), side)
    deviation = float(cv2.meanStdDev(found)[1][0, 0]) + 1e-9
    score = float(found[y, x]) / deviation
    about = np.arange(-_NEAR, _NEAR + 1)
    for begin_x, begin_y in near:
        part = found[np.ix_((begin_y + about) % side, (begin_x + about) % side)]
        down, across = divmod(int(part.argmax()), len(about))
        there = float(part[down, across]) / deviation + _BONUS
        if there > score:
            score, x, y = there, (begin_x + across - _NEAR) % side, (begin_y + down - _NEAR) % side
    limit = (
        min(CANVAS // 2, side) - white.shape[0] // 2
    )  # beyond, its middle would be off the map: it came around
    return score, x - side if x > limit else x, y - side if y > limit else y


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
    share = float((pilot * pilot).sum()) / max(1, height * width)
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
            score = float(match[y, x]) / (share * energy) ** 0.5
            found.append((left + block / 2, top + block / 2, x - reach, y - reach, score))
    origin = (laid.region.left * CELL, laid.region.top * CELL, 0, 0, 0)
    return np.array(found) + origin if found else np.zeros((0, 5))


def _region_pilot(key: Key, laid: Laid, reach: int) -> Plane:
    """What every session's mark has in common over the region in px, with `reach` px of nothing about it."""
    blocks = expected(key, laid.region)
    return np.pad(np.repeat(np.repeat(blocks, BLOCK, axis=0), BLOCK, axis=1), reach)
