"""A stack of slices as a volume, and the grids of its sections in the patient's three planes."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from viewer.errors import UnsupportedFile
from viewer.imaging.geometry import SAME_MM, Place, normal_of

MAX_SECTION_SIDE, MAX_SECTIONS = 4096, 20_000


class Plane(StrEnum):
    """Of the patient. Axial is seen from the feet, coronal from the front, sagittal from the left."""

    AXIAL = "axial"
    CORONAL = "coronal"
    SAGITTAL = "sagittal"


class Slab(StrEnum):
    """What stands for the samples through the thickness of a slab."""

    MEAN = "mean"
    MAXIMUM = "maximum"
    MINIMUM = "minimum"


AXES: dict[Plane, tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]] = {
    # along a row, down a column, through
    Plane.AXIAL: ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    Plane.CORONAL: ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
    Plane.SAGITTAL: ((0, 1, 0), (0, 0, -1), (1, 0, 0)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Where the slices of a volume are, without their values. `kept`: which slices, by their place in display order.

    `shape`: slices, rows, columns, slices along their normal. `positions`: mm, of each first pixel's centre, (slices, 3).
    `row`, `column`: unit vectors along a row and down a column. `spacing_mm`: between rows, between columns.
    """

    kept: tuple[int, ...]
    shape: tuple[int, int, int]
    positions: NDArray[np.float64]
    row: NDArray[np.float64]
    column: NDArray[np.float64]
    spacing_mm: tuple[float, float]

    @property
    def normal(self) -> NDArray[np.float64]:
        """The unit vector from slice to slice."""
        return np.asarray(np.cross(self.row, self.column), np.float64)

    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The lowest and the highest patient coordinates of its voxels' centres, mm."""
        _, rows, columns = self.shape
        across = self.row * self.spacing_mm[1] * (columns - 1)
        down = self.column * self.spacing_mm[0] * (rows - 1)
        corners = np.concatenate([self.positions + a + d for a in (0, across) for d in (0, down)])
        return corners.min(axis=0), corners.max(axis=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """`values`: (slices, rows, columns) of `stack`."""

    values: NDArray[np.generic]
    stack: Stack

    @property
    def nbytes(self) -> int:
        """Of its values."""
        return self.values.nbytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The sections of a stack in one plane: `count` of `rows` x `columns` square pixels of `spacing_mm`, so far apart too.

    `origin_mm`: patient coordinates, along a row, down a column and through, of the first pixel of the first section.
    """

    rows: int
    columns: int
    count: int
    spacing_mm: float
    origin_mm: tuple[float, float, float]

    def at_mm(self, index: int) -> float:
        """Where section `index` is, along the axis that it is cut across."""
        return self.origin_mm[2] + index * self.spacing_mm


def volume_of(
    slices: Sequence[NDArray[np.generic]], places: Sequence[Place | None], spacing_mm: tuple[float, float]
) -> Volume:
    """The volume of `slices` in display order (`geometry.order`). Errors: UnsupportedFile, see `stack_of`."""
    if len({each.shape for each in slices}) != 1:
        raise UnsupportedFile("the slices make no volume: they have no geometry or several sizes")
    rows, columns = slices[0].shape
    stack = stack_of(places, (rows, columns), spacing_mm)
    return Volume(values=np.stack([slices[index] for index in stack.kept]), stack=stack)


def stack_of(
    places: Sequence[Place | None], shape: tuple[int, int], spacing_mm: tuple[float, float]
) -> Stack:
    """The stack of slices of `shape` in display order (`geometry.order`). Of slices at one place the first counts.

    Errors: UnsupportedFile for one that is no volume: without geometry, of several orientations, or of one slice.
    """
    normal = normal_of(places[0]) if places else None
    if normal is None:
        raise UnsupportedFile("the slices make no volume: they have no geometry or several sizes")
    kept: list[int] = []
    heights: list[float] = []
    for index, here in enumerate(places):
        other = normal_of(here)
        if here is None or here.position is None or other is None or float(other @ normal) < 1 - 1e-4:
            raise UnsupportedFile("the slices make no volume: they have several orientations")
        height = float(normal @ here.position)
        if not heights or height - heights[-1] >= SAME_MM:
            kept.append(index)
            heights.append(height)
    if len(kept) < 2:
        raise UnsupportedFile("the slices make no volume: there is only one place")
    first = places[0]
    assert first is not None
    assert first.orientation is not None
    return Stack(
        kept=tuple(kept),
        shape=(len(kept), *shape),
        positions=np.array([here.position for index in kept if (here := places[index])], np.float64),
        row=np.array(first.orientation[:3], np.float64),
        column=np.array(first.orientation[3:], np.float64),
        spacing_mm=spacing_mm,
    )


def grid_of(stack: Stack, plane: Plane, *, spacing_mm: float | None = None) -> Grid:
    """The sections that cover `stack` in `plane`. Errors: UnsupportedFile where they would be larger than any screen."""
    step = spacing_mm or min(stack.spacing_mm)
    along, down, through = (np.array(axis, np.float64) for axis in AXES[plane])
    low, high = stack.bounds()
    (columns, left), (rows, top), (count, first) = (
        _grid(axis, low, high, step) for axis in (along, down, through)
    )
    if max(rows, columns) > MAX_SECTION_SIDE or count > MAX_SECTIONS:
        raise UnsupportedFile("the slices make no volume: it would be too large")
    return Grid(rows=rows, columns=columns, count=count, spacing_mm=step, origin_mm=(left, top, first))


def _grid(
    axis: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64], step: float
) -> tuple[int, float]:
    """How many pixels cover the volume along `axis`, and where along it the first is, mm."""
    ends = sorted((float(axis @ low), float(axis @ high)))
    return int(np.floor((ends[1] - ends[0]) / step + 1e-6)) + 1, ends[0]
