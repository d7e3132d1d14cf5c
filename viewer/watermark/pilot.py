"""Where in the frame a piece of a leak belongs: correlation with the keyed pilot, over the canvas and block by block."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.watermark.keying import Key
from viewer.watermark.layout import BLOCK, CELL, Region
from viewer.watermark.matching import Inset, halved, match, match_exactly
from viewer.watermark.pattern import expected
from viewer.watermark.tones import Pose
from viewer.watermark.warping import Laid, Matrix, covered, homography, lay
from viewer.watermark.whitening import Plane, lit

PATCH = 1152  # px of the frame, about the leak's centre
_PIECE, _PIECE_STEP, _PIECES = 384, 256, 5  # px of the patch; how many are compared
_DIM = 0.3  # of `lit`: less holds no mark
_SURE = 12.0  # deviations
_GLANCE = 384  # px of the frame
_GLANCED = 5.7  # deviations; noise reaches 5.4 over all scales
_SCALES = 0.4, 2.6  # px of the leak per px of the frame
_SCALE_STEP = 0.016  # of their logarithm: it moves the rim of a glance by a px or two
FEWEST = 150  # cells: hold some 34 chips, too few to name anybody even if all agree


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
    to_leak = homography(pose.linear, pose.tilt, middle, (half, half))
    region = _seen(to_leak, leak, PATCH)
    laid = None if region is None else lay(leak, to_leak, region)
    if laid is None or not laid.seen.any():
        return Place(0.0, to_leak, (float(half), float(half)))
    seen = laid.seen * lit(laid.picture)
    patch = _Patch(whitener(laid) * seen, seen, *laid.region.corner)
    if how is Care.EXACT:
        found = _Found(*match_exactly(key, patch.white, Inset(patch.left, patch.top, PATCH)))
    else:
        begin = [(round((x - half) / 2), round((y - half) / 2)) for x, y in near]
        found = _piece_by_piece(key, patch, most=None if how is Care.THOROUGH else 2, near=begin)
    x, y = 2 * found.x, 2 * found.y
    target = float(x + half), float(y + half)
    about = float(x + found.middle[0]), float(y + found.middle[1])
    return Place(found.score, homography(pose.linear, pose.tilt, middle, target), about)


def _seen(to_leak: Matrix, leak: Plane, side: int) -> Region | None:
    """What of a patch of `side` px a leak covers; a small one covers little."""
    region = covered(to_leak, leak.shape, most=side, about=(side / 2, side / 2))
    if region is None:
        return None
    right, bottom = (
        min(begin + count, side // CELL)
        for begin, count in ((region.left, region.columns), (region.top, region.rows))
    )
    columns, rows = right - region.left, bottom - region.top
    return Region(region.left, region.top, columns, rows) if min(columns, rows) > 0 else None


@dataclass(frozen=True, slots=True, eq=False)
class _Patch:
    """What a leak covers of the patch, from `left`, `top` on, px: `white`, and how far that is to be trusted. Nothing is about it."""

    white: Plane
    trust: Plane
    left: int
    top: int

    def part(self, piece: "_Piece") -> tuple[Plane, Inset]:
        """What lies within `piece`, at half size."""
        top, left = max(piece.top - self.top, 0), max(piece.left - self.left, 0)
        bottom, right = max(piece.bottom - self.top, 0), max(piece.right - self.left, 0)
        part = np.zeros_like(self.white)
        part[top:bottom, left:right] = self.white[top:bottom, left:right]
        top, left = top // 2 * 2, left // 2 * 2  # as the whole is halved
        cut = np.ascontiguousarray(part[top : -(-bottom // 2) * 2, left : -(-right // 2) * 2])
        return halved(cut), Inset(self.left + left, self.top + top, PATCH)

    def lighted(self) -> Plane:
        """How far each place of the whole patch is to be trusted."""
        whole = np.zeros((PATCH, PATCH), np.float32)
        whole[self.top : self.top + len(self.trust), self.left : self.left + self.trust.shape[1]] = self.trust
        return whole


@dataclass(frozen=True, slots=True)
class _Piece:
    """Of the patch, px."""

    top: int
    bottom: int
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class _Found:
    """`x`, `y`: where the patch's corner stands, in half px; `middle`, in px of the patch, of what was compared."""

    score: float
    x: float
    y: float
    middle: tuple[float, float] = (PATCH / 2, PATCH / 2)


def _piece_by_piece(key: Key, patch: _Patch, *, most: int | None, near: Sequence[tuple[int, int]]) -> _Found:
    """The patch as a whole, then pieces of it: in a pose that is a little off, no more than these agree."""
    best = _Found(0.0, 0.0, 0.0)
    for piece in islice(_pieces(patch), most):
        part, inset = patch.part(piece)
        if not part.size:
            continue
        score, x, y = match(key, part, inset, near)
        if score > best.score:
            best = _Found(score, x, y, ((piece.left + piece.right) / 2, (piece.top + piece.bottom) / 2))
        if best.score > _SURE:
            break
    return best


def _pieces(patch: _Patch) -> Iterator[_Piece]:
    """All, the middle of what is seen, then the best lit pieces."""
    yield _Piece(0, PATCH, 0, PATCH)
    rows, columns = (np.flatnonzero(patch.trust.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return
    top, bottom = patch.top + int(rows[0]), patch.top + int(rows[-1]) + 1
    left, right = patch.left + int(columns[0]), patch.left + int(columns[-1]) + 1
    if max(bottom - top, right - left) <= _PIECE:
        return
    yield _Piece(
        (3 * top + bottom) // 4, (top + 3 * bottom) // 4, (3 * left + right) // 4, (left + 3 * right) // 4
    )
    trust = patch.lighted()
    weights = [
        (float(trust[down : down + _PIECE, across : across + _PIECE].mean()), down, across)
        for down in range(0, PATCH - _PIECE + 1, _PIECE_STEP)
        for across in range(0, PATCH - _PIECE + 1, _PIECE_STEP)
    ]
    weights.sort(reverse=True)
    for weight, down, across in weights[:_PIECES]:
        if weight > _DIM:
            yield _Piece(down, down + _PIECE, across, across + _PIECE)


def scales(leak: Plane) -> NDArray[np.float64]:
    """At which a leak may hold enough of a frame, px of the leak per px of the frame; the less of it, the farther apart."""
    found = [_SCALES[0]]
    while found[-1] < _SCALES[1] and leak.size / found[-1] ** 2 > FEWEST * CELL**2:
        found.append(found[-1] * math.exp(_SCALE_STEP * max(1.0, _GLANCE * found[-1] / max(leak.shape))))
    return np.array(found[:-1])


def scaled(
    key: Key, leak: Plane, whitener: Callable[[Laid], Plane], tried: NDArray[np.float64]
) -> list[Pose]:
    """The likeliest poses of a leak that was scaled as one of `tried` and no more, by the pilot in its middle; `score` in deviations.

    Looked for in frames of up to 2,048 px, which most are.
    """
    target = _GLANCE // 2
    middle = leak.shape[1] / 2, leak.shape[0] / 2
    poses = []
    for scale in tried:
        linear = np.eye(2) / scale
        to_leak = homography(linear, np.zeros(2), middle, (target, target))
        region = _seen(to_leak, leak, _GLANCE)
        if region is None:
            continue
        laid = lay(leak, to_leak, region)
        score, _, _ = match(key, halved(whitener(laid) * laid.seen), Inset(*region.corner, _GLANCE))
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
