"""Display shutters: what lies outside of a rectangle, circle, polygon or bitmap is not shown, PS3.3 C.7.6.11 and C.7.6.15."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from viewer.imaging.attributes import integer, numbers
from viewer.imaging.overlays import overlays

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shutter:
    """`opening`: (rows, columns), True where the picture is seen. `level`: 8-bit grey of what is not."""

    opening: Mask
    level: int


def shutter(dataset: Dataset, index: int, shape: tuple[int, int]) -> Shutter | None:
    """The shutter that a header puts before frame `index` of `shape` (rows, columns); None without one.

    Several shapes close together: only what all of them leave open is seen.
    """
    names = _shapes(dataset)
    if not names:
        return None
    opening = np.ones(shape, bool)
    rows, columns = np.mgrid[1 : shape[0] + 1, 1 : shape[1] + 1]  # locations count from 1
    for name in names:
        match name:
            case "RECTANGULAR":
                opening &= _rectangle(dataset, rows, columns)
            case "CIRCULAR":
                opening &= _circle(dataset, rows, columns)
            case "POLYGONAL":
                opening &= _polygon(dataset, rows, columns)
            case "BITMAP":
                opening &= _bitmap(dataset, index, shape)
            case _:
                continue
    return Shutter(opening=opening, level=integer(dataset, "ShutterPresentationValue", 0) >> 8 & 0xFF)


def close(levels: NDArray[np.uint8], before: Shutter | None) -> NDArray[np.uint8]:
    """`levels`, grey or RGB, behind a shutter."""
    if before is None:
        return levels
    closed = levels.copy()
    closed[~before.opening] = before.level
    return closed


def _shapes(dataset: Dataset) -> list[str]:
    value = dataset.get("ShutterShape")
    if value is None or value == "":
        return []
    return [str(each).strip().upper() for each in ([value] if isinstance(value, str) else value)]


def _rectangle(dataset: Dataset, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Mask:
    left, right = (integer(dataset, f"Shutter{side}VerticalEdge", 0) for side in ("Left", "Right"))
    upper, lower = (integer(dataset, f"Shutter{side}HorizontalEdge", 0) for side in ("Upper", "Lower"))
    return np.asarray((columns >= left) & (columns <= right) & (rows >= upper) & (rows <= lower), bool)


def _circle(dataset: Dataset, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Mask:
    center, radius = (
        numbers(dataset, "CenterOfCircularShutter"),
        integer(dataset, "RadiusOfCircularShutter", 0),
    )
    if len(center) != 2:
        return np.ones(rows.shape, bool)
    return np.asarray((rows - center[0]) ** 2 + (columns - center[1]) ** 2 <= radius**2, bool)


def _polygon(dataset: Dataset, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Mask:
    """Even and odd crossings; what lies on an edge is inside."""
    flat = numbers(dataset, "VerticesOfThePolygonalShutter")
    points = list(zip(flat[::2], flat[1::2], strict=False))
    if len(points) < 3:
        return np.ones(rows.shape, bool)
    inside, edge = np.zeros(rows.shape, bool), np.zeros(rows.shape, bool)
    for (row, column), (next_row, next_column) in zip(points, [*points[1:], points[0]], strict=True):
        cross = (next_column - column) * (rows - row) - (next_row - row) * (columns - column)
        low, high = sorted((row, next_row))
        near, far = sorted((column, next_column))
        edge |= (cross == 0) & (rows >= low) & (rows <= high) & (columns >= near) & (columns <= far)
        spans = (row > rows) != (next_row > rows)
        inside ^= spans & ((cross > 0) != (next_row < row))
    return inside | edge


def _bitmap(dataset: Dataset, index: int, shape: tuple[int, int]) -> Mask:
    """Set bits are closed."""
    opening = np.ones(shape, bool)
    group = integer(dataset, "ShutterOverlayGroup", 0)
    for plane in overlays(dataset, index):
        if plane.group == group and plane.bits.shape == shape:
            opening &= ~plane.bits
    return opening
