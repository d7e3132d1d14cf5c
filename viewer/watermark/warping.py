"""Between the frame that was sent and the leak: homographies, and the leak laid out as the frame was."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.watermark.layout import CELL, Region
from viewer.watermark.whitening import Plane

Matrix = NDArray[np.float64]  # (3, 3), or (2, 2) where said

_FAR = 3e4  # px; a corner that far away is no picture of a screen
_MARGIN = 12  # px: as far as a blur reaches
_GRID = 8  # px: a lens moves px this near to each other alike


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """The leak laid out over a region of the frame: `picture`, and `seen`, 1 where the leak covers it, else 0."""

    region: Region
    picture: Plane
    seen: NDArray[np.uint8]


def lay(leak: Plane, to_leak: Matrix, region: Region) -> Laid:
    """`leak` as `region` of the frame: `to_leak` takes frame px to leak px."""
    width, height = region.columns * CELL, region.rows * CELL
    shift = np.array([[1, 0, region.left * CELL], [0, 1, region.top * CELL], [0, 0, 1.0]])
    matrix = to_leak @ shift
    if not _sane(matrix, width, height):
        return Laid(region, np.zeros((height, width), np.float32), np.zeros((height, width), np.uint8))
    scale = scale_at(matrix, width / 2, height / 2)
    leak, matrix = _needed(leak, matrix, width, height)
    if scale > 1.3:  # px of the leak per px of the frame: averaged, or its noise would fold into the mark
        leak = np.asarray(cv2.GaussianBlur(leak, (0, 0), 0.35 * min(scale, 6.0)), np.float32)
    picture = cv2.warpPerspective(
        leak,
        matrix,
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT,
    )
    seen = cv2.warpPerspective(
        np.ones(leak.shape, np.uint8), matrix, (width, height), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    )
    return Laid(region, np.asarray(picture, np.float32), np.asarray(seen, np.uint8))


def _needed(leak: Plane, matrix: Matrix, width: int, height: int) -> tuple[Plane, Matrix]:
    """What of `leak` a region of `width` x `height` px is laid out from, and `matrix` to it."""
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]]) @ matrix.T
    points = corners[:, :2] / corners[:, 2:]
    low = np.maximum(np.floor(points.min(axis=0)) - _MARGIN, 0).astype(int)
    high = np.minimum(np.ceil(points.max(axis=0)) + _MARGIN, leak.shape[::-1]).astype(int)
    if (high - low < _MARGIN).any():
        return leak, matrix
    home = np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1.0]])
    return leak[low[1] : high[1], low[0] : high[0]], home @ matrix


def reduced(plane: Plane, side: int) -> tuple[Plane, float]:
    """`plane`, at most `side` px long, and its share of the size that it had."""
    share = min(1.0, side / max(plane.shape))
    if share == 1:
        return plane, 1.0
    small = cv2.resize(plane, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32), share


def unbent(leak: Plane, bend: float) -> Plane:
    """`leak` without what a lens did: px at x from the centre move to x * (1 + bend * |x|**2), in half diagonals."""
    height, width = leak.shape
    half = np.array([width, height]) / 2
    diagonal = float(np.hypot(*half))

    def moved(points: NDArray[np.float64]) -> NDArray[np.float64]:
        about = (points - half) / diagonal
        wanted = np.hypot(about[:, :1], about[:, 1:])
        found = wanted.copy()
        for _ in range(3):
            found = wanted / (1 + bend * found * found)
        return np.asarray(about * (found / np.maximum(wanted, 1e-6) - 1) * diagonal, np.float64)

    return shifted(leak, smoothly(moved, width, height))


def smoothly(
    of: Callable[[NDArray[np.float64]], NDArray[np.float64]], width: int, height: int
) -> NDArray[np.float32]:
    """What `of` gives for each px, (height, width, 2): it is asked for points (count, 2) _GRID px apart, and is even between them."""
    across, down = (
        np.arange(-1, -(-length // _GRID) + 1) * _GRID + (_GRID - 1) / 2 for length in (width, height)
    )
    points = np.stack(np.meshgrid(across, down), axis=-1)
    coarse = of(points.reshape(-1, 2)).reshape(points.shape).astype(np.float32)
    size = len(across) * _GRID, len(down) * _GRID
    fine = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(fine[_GRID : _GRID + height, _GRID : _GRID + width], np.float32)


def shifted(plane: Plane, by: NDArray[np.float32]) -> Plane:
    """`plane` with each px taken from where it is moved by `by`, (height, width, 2)."""
    height, width = plane.shape
    return np.asarray(
        cv2.remap(
            plane,
            by[..., 0] + np.arange(width, dtype=np.float32),
            by[..., 1] + np.arange(height, dtype=np.float32)[:, np.newaxis],
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,  # so that no edge appears where there is none
        ),
        np.float32,
    )


def scale_at(matrix: Matrix, x: float, y: float) -> float:
    """Length of one px across, at (x, y), after `matrix`; 1 where that is nowhere."""
    here, there = matrix @ (x, y, 1), matrix @ (x + 1, y, 1)
    if abs(here[2]) < 1e-12 or abs(there[2]) < 1e-12:
        return 1.0
    return float(np.hypot(*(there[:2] / there[2] - here[:2] / here[2])))


def covered(
    to_leak: Matrix, shape: tuple[int, ...], *, most: int, about: tuple[float, float]
) -> Region | None:
    """The cells of the frame that a leak of `shape` (height, width) covers; None where it covers none.

    At most `most` px each way, and then those nearest to the frame point `about`.
    """
    height, width = shape[:2]
    try:
        inverse = np.linalg.inv(to_leak)
    except np.linalg.LinAlgError:
        return None
    corners = (
        np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1], [width / 2, height / 2, 1]])
        @ inverse.T
    )
    if not np.isfinite(corners).all():
        return None
    depth = corners[:, 2] / corners[4, 2] if corners[4, 2] else corners[:, 2]
    if (depth <= 1e-3).any():  # the horizon is in the picture
        low = np.array(about) - most / 2
        high = np.array(about) + most / 2
    else:
        points = corners[:4, :2] / corners[:4, 2:]
        low, high = points.min(axis=0), points.max(axis=0)
    low = np.maximum(low, 0)
    spans = []
    for axis in (0, 1):
        first, last = _near(float(low[axis]), float(high[axis]), most, about[axis])
        if last - first < 4:
            return None
        spans.append((first, last))
    (left, right), (top, bottom) = spans
    return Region(left, top, right - left, bottom - top)


def _near(low: float, high: float, most: int, about: float) -> tuple[int, int]:
    if high - low > most:
        low = min(max(about - most / 2, low), high - most)
        high = low + most
    return int(np.floor(low / CELL)), int(np.ceil(high / CELL))


def homography(
    linear: Matrix, tilt: Matrix, centre: tuple[float, float], target: tuple[float, float]
) -> Matrix:
    """From frame px to leak px, where leak px x go to `linear @ d / (1 + tilt @ d) + target`, d = x - centre."""
    forward = np.array([[*linear[0], 0], [*linear[1], 0], [*tilt, 1.0]])
    home = np.array([[1, 0, -centre[0]], [0, 1, -centre[1]], [0, 0, 1.0]])
    away = np.array([[1, 0, target[0]], [0, 1, target[1]], [0, 0, 1.0]])
    return np.asarray(np.linalg.inv(away @ forward @ home), np.float64)


def stepped(moved: NDArray[np.floating], middle: tuple[float, float], unit: float) -> Matrix:
    """The homography whose first eight entries move what is `unit` px from `middle` by so many px, (8,), by rows."""
    matrix = np.eye(3) + np.array([*moved, 0]).reshape(3, 3) / unit
    to_unit = np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, unit]]) / unit
    return np.asarray(np.linalg.inv(to_unit) @ matrix @ to_unit, np.float64)


def _sane(matrix: Matrix, width: int, height: int) -> bool:
    corners = (
        np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1], [width / 2, height / 2, 1]])
        @ matrix.T
    )
    if not np.isfinite(corners).all() or (corners[:, 2] * corners[4, 2] <= 0).any():
        return False
    return bool(np.abs(corners[:, :2] / corners[:, 2:]).max() <= _FAR)
