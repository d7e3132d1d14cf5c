"""A stack of slices as a volume: slices of it in the patient's three planes, and slabs (MPR, MIP, MinIP, average).

Tilted gantries, oblique stacks and uneven distances are resampled as what they are: every sample goes through the slices'
own positions. Values between voxels are linear in all three directions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from viewer.errors import UnsupportedFile
from viewer.imaging.geometry import SAME_MM, Place, normal_of

Values = NDArray[np.float32]
MAX_SLAB_SAMPLES = 64


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


_AXES: dict[Plane, tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]] = {
    # along a row, down a column, through
    Plane.AXIAL: ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    Plane.CORONAL: ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
    Plane.SAGITTAL: ((0, 1, 0), (0, 0, -1), (1, 0, 0)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """`values`: (slices, rows, columns), slices along their normal. `positions`: mm, of each first pixel's centre, (slices, 3).

    `row`, `column`: unit vectors along a row and down a column. `spacing_mm`: between rows, between columns.
    """

    values: NDArray[np.generic]
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
        _, rows, columns = self.values.shape
        across = self.row * self.spacing_mm[1] * (columns - 1)
        down = self.column * self.spacing_mm[0] * (rows - 1)
        corners = np.concatenate([self.positions + a + d for a in (0, across) for d in (0, down)])
        return corners.min(axis=0), corners.max(axis=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A slice through a volume: `values` (rows, columns), NaN outside of it; square pixels of `spacing_mm`.

    `place`: its plane, as of a stored slice.
    """

    values: Values
    spacing_mm: float
    place: Place


def volume_of(
    slices: Sequence[NDArray[np.generic]], places: Sequence[Place | None], spacing_mm: tuple[float, float]
) -> Volume:
    """The volume of `slices` in display order (`geometry.order`). Of slices at one place the first counts.

    Errors: UnsupportedFile for a stack that is none: without geometry, of several orientations or sizes, or one slice.
    """
    normal = normal_of(places[0]) if places else None
    if normal is None or len({each.shape for each in slices}) != 1:
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
    return Volume(
        values=np.stack([slices[index] for index in kept]),
        positions=np.array([here.position for index in kept if (here := places[index])], np.float64),
        row=np.array(first.orientation[:3], np.float64),
        column=np.array(first.orientation[3:], np.float64),
        spacing_mm=spacing_mm,
    )


def section(
    volume: Volume,
    plane: Plane,
    at_mm: float,
    *,
    thickness_mm: float = 0.0,
    slab: Slab = Slab.MEAN,
    spacing_mm: float | None = None,
) -> Section:
    """The slice in `plane` at the patient coordinate `at_mm`, a slab of `thickness_mm` around it.

    `spacing_mm`: of its pixels; without it, the finest of the volume in its slices.
    """
    step = spacing_mm or min(volume.spacing_mm)
    along, down, through = (np.array(axis, np.float64) for axis in _AXES[plane])
    low, high = volume.bounds()
    columns, left = _grid(along, low, high, step)
    rows, top = _grid(down, low, high, step)
    origin = along * left + down * top + through * at_mm
    grid = (
        origin
        + along * (step * np.arange(columns))[None, :, None]
        + down * (step * np.arange(rows))[:, None, None]
    )
    layers = [_sample(volume, grid + through * depth) for depth in _depths(thickness_mm, step)]
    place = Place(
        orientation=tuple(float(v) for v in (*along, *down)), position=tuple(float(v) for v in origin)
    )
    return Section(values=_combined(layers, slab), spacing_mm=step, place=place)


def _grid(
    axis: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64], step: float
) -> tuple[int, float]:
    """How many pixels cover the volume along `axis`, and where along it the first is, mm."""
    ends = sorted((float(axis @ low), float(axis @ high)))
    return int(np.floor((ends[1] - ends[0]) / step + 1e-6)) + 1, ends[0]


def _depths(thickness_mm: float, step: float) -> NDArray[np.float64]:
    count = min(MAX_SLAB_SAMPLES, max(1, round(thickness_mm / step) + 1 if thickness_mm > 0 else 1))
    return np.linspace(-thickness_mm / 2, thickness_mm / 2, count) if count > 1 else np.zeros(1)


def _combined(layers: list[Values], slab: Slab) -> Values:
    """Over the layers that have a value; NaN where none has."""
    if len(layers) == 1:
        return layers[0]
    stack = np.stack(layers)
    match slab:
        case Slab.MAXIMUM:
            return np.asarray(np.fmax.reduce(stack), np.float32)
        case Slab.MINIMUM:
            return np.asarray(np.fmin.reduce(stack), np.float32)
        case Slab.MEAN:
            inside = ~np.isnan(stack)
            count = inside.sum(axis=0)
            total = np.where(inside, stack, 0).sum(axis=0)
            return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def _sample(volume: Volume, points: NDArray[np.float64]) -> Values:
    """The values at `points` (mm, (..., 3)), linear between eight voxels; NaN outside."""
    slices, rows, columns = volume.values.shape
    height = points @ volume.normal
    k = np.interp(height, volume.positions @ volume.normal, np.arange(slices), left=-1, right=slices)
    base = np.clip(np.floor(k), 0, slices - 2).astype(np.int64)
    part = k - base
    # Where a tilted stack's slice is, between two of its slices: its first pixel moves from one to the other.
    start = volume.positions[base] + part[..., None] * (volume.positions[base + 1] - volume.positions[base])
    away = points - start
    j = away @ volume.row / volume.spacing_mm[1]
    i = away @ volume.column / volume.spacing_mm[0]
    inside = (
        (k >= -_EDGE)
        & (k <= slices - 1 + _EDGE)
        & (i >= -_EDGE)
        & (i <= rows - 1 + _EDGE)
        & (j >= -_EDGE)
        & (j <= columns - 1 + _EDGE)
    )
    top, rest_i = _cell(i, rows)
    left, rest_j = _cell(j, columns)
    found = np.zeros(k.shape, np.float64)
    for dk, weight_k in ((0, 1 - part), (1, part)):
        for di, weight_i in ((0, 1 - rest_i), (1, rest_i)):
            for dj, weight_j in ((0, 1 - rest_j), (1, rest_j)):
                here = volume.values[
                    base + dk, np.minimum(top + di, rows - 1), np.minimum(left + dj, columns - 1)
                ]
                found += weight_k * weight_i * weight_j * here
    return np.where(inside, found, np.nan).astype(np.float32)


_EDGE = 1e-6  # of a voxel, for what arithmetic puts beyond the last one


def _cell(position: NDArray[np.float64], count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    first = np.clip(np.floor(position), 0, max(0, count - 2)).astype(np.int64)
    return first, np.clip(position - first, 0.0, 1.0)
