"""Where in the frame a piece of a leak belongs: correlation with the keyed pilot, over the canvas and block by block."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.watermark.keying import Key
from viewer.watermark.layout import CANVAS, CELL, CHECKER, PILOT, half_pilot, layout_of
from viewer.watermark.tones import Pose
from viewer.watermark.warping import Laid, Matrix, homography, scale_at
from viewer.watermark.whitening import Plane, erase, lit, whiten

PATCH = 1152  # px of the frame, about the leak's centre
_TRANSFORM = 2048  # half px: the canvas and its repetition
_SURE = 12.0  # deviations


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """`score` in deviations of the correlation; `to_leak` takes frame px to leak px; `about`: the patch's centre."""

    score: float
    to_leak: Matrix
    about: tuple[float, float]


@lru_cache(maxsize=2)
def _pilot_spectrum(key: Key) -> Plane:
    """In OpenCV's packed form."""
    plane = np.zeros((_TRANSFORM, _TRANSFORM), np.float32)
    half = half_pilot(key)
    plane[: len(half), : len(half)] = half
    spill = _TRANSFORM - len(half)
    plane[len(half) :, : len(half)] = half[:spill]
    plane[:, len(half) :] = plane[:, :spill]
    return np.asarray(cv2.dft(plane), np.float32)


def locate(key: Key, leak: Plane, pose: Pose, *, printed: bool) -> Place:
    """Where the leak's middle stands in the frame if it was taken in `pose`."""
    half = PATCH // 2
    middle = leak.shape[1] / 2, leak.shape[0] / 2
    matrix = homography(pose.linear, pose.tilt, middle, (half, half))
    scale = scale_at(matrix, half, half)
    if scale > 1.3:
        leak = np.asarray(cv2.GaussianBlur(leak, (0, 0), 0.35 * min(scale, 6.0)), np.float32)
    patch = cv2.warpPerspective(
        leak,
        matrix,
        (PATCH, PATCH),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT,
    )
    seen = cv2.warpPerspective(
        np.ones(leak.shape, np.uint8), matrix, (PATCH, PATCH), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    )
    picture = np.asarray(patch, np.float32)
    white = (erase(picture) if printed else whiten(picture)) * seen * lit(picture)
    white = np.asarray(cv2.resize(white, (half, half), interpolation=cv2.INTER_AREA), np.float32)
    best = _correlate(key, white)
    if best[0] < _SURE:
        inner = np.zeros_like(white)
        edge = half // 4
        inner[edge : half - edge, edge : half - edge] = white[edge : half - edge, edge : half - edge]
        best = max(best, _correlate(key, inner))
    score, x, y = best
    about = float(2 * x + half), float(2 * y + half)
    return Place(score, homography(pose.linear, pose.tilt, middle, about), about)


def _correlate(key: Key, white: Plane) -> tuple[float, int, int]:
    """The best score, and where the patch's corner then stands, in half px: the patch within the canvas if it can."""
    plane = np.zeros((_TRANSFORM, _TRANSFORM), np.float32)
    plane[: white.shape[0], : white.shape[1]] = white
    product = cv2.mulSpectrums(_pilot_spectrum(key), cv2.dft(plane), 0, conjB=True)
    found = cv2.idft(product, flags=cv2.DFT_SCALE)
    y, x = divmod(int(found.argmax()), _TRANSFORM)
    score = float(found[y, x]) / (float(cv2.meanStdDev(found)[1][0, 0]) + 1e-9)
    limit = (
        CANVAS // 2 - white.shape[0] // 2
    )  # beyond, the patch's middle would be off the canvas: it came around
    return score, x - _TRANSFORM if x > limit else x, y - _TRANSFORM if y > limit else y


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
