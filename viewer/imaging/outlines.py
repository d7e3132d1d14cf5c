"""Shutters in numbers alone: which places of a picture a rectangle, circle or polygon leaves open, PS3.3 C.7.6.11."""

from enum import StrEnum
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
MAX_VERTICES = 10_000


class Shape(StrEnum):
    """Shutter Shape (0018,1600) that needs no pixels."""

    RECTANGULAR = "RECTANGULAR"
    CIRCULAR = "CIRCULAR"
    POLYGONAL = "POLYGONAL"


class Outline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A shutter in numbers alone; locations count from 1, rows before columns.

    `rectangle`: left, right, upper, lower edge. `circle`: row and column of its centre, radius; None: damaged, and open.
    `polygon`: (row, column) of each vertex. `level`: 8-bit grey of what is closed.
    """

    shapes: Annotated[tuple[Shape, ...], Meta(max_length=8)]
    rectangle: tuple[int, int, int, int] = (0, 0, 0, 0)
    circle: tuple[float, float, int] | None = None
    polygon: Annotated[tuple[tuple[float, float], ...], Meta(max_length=MAX_VERTICES)] = ()
    level: Annotated[int, Meta(ge=0, le=255)] = 0


def opening(outline: Outline, rows: NDArray[np.number], columns: NDArray[np.number]) -> Mask:
    """Which of the places at `rows` and `columns`, arrays of one shape, are seen. They count from 1, at pixels' centres."""
    opened = np.ones(rows.shape, bool)
    for shape in outline.shapes:
        match shape:
            case Shape.RECTANGULAR:
                left, right, upper, lower = outline.rectangle
                opened &= (columns >= left) & (columns <= right) & (rows >= upper) & (rows <= lower)
            case Shape.CIRCULAR if outline.circle is not None:
                row, column, radius = outline.circle
                opened &= (rows - row) ** 2 + (columns - column) ** 2 <= radius**2
            case Shape.POLYGONAL if len(outline.polygon) >= 3:
                opened &= _polygon(outline.polygon, rows, columns)
            case _:
                continue
    return opened


def _polygon(
    points: tuple[tuple[float, float], ...], rows: NDArray[np.number], columns: NDArray[np.number]
) -> Mask:
    """Even and odd crossings; what lies on an edge is inside."""
    inside, edge = np.zeros(rows.shape, bool), np.zeros(rows.shape, bool)
    for (row, column), (next_row, next_column) in zip(points, [*points[1:], points[0]], strict=True):
        cross = (next_column - column) * (rows - row) - (next_row - row) * (columns - column)
        low, high = sorted((row, next_row))
        near, far = sorted((column, next_column))
        edge |= (cross == 0) & (rows >= low) & (rows <= high) & (columns >= near) & (columns <= far)
        spans = (row > rows) != (next_row > rows)
        inside ^= spans & ((cross > 0) != (next_row < row))
    return inside | edge
