"""Sections through a volume and slabs of it: MPR, MIP, MinIP, average.

Tilted gantries, oblique stacks and uneven distances are resampled as what they are: every sample goes through the slices'
own positions. Values between voxels are linear in all three directions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from viewer.imaging.aligned import EDGE, Aligned, Values, cell
from viewer.imaging.geometry import Place
from viewer.imaging.volume import AXES, Plane, Slab, Volume, grid_of

MAX_SLAB_SAMPLES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A slice through a volume: `values` (rows, columns), NaN outside of it; square pixels of `spacing_mm`.

    `place`: its plane, as of a stored slice.
    """

    values: Values
    spacing_mm: float
    place: Place


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
    grid = grid_of(volume.stack, plane, spacing_mm=spacing_mm)
    step, (left, top, _) = grid.spacing_mm, grid.origin_mm
    along, down, through = (np.array(axis, np.float64) for axis in AXES[plane])
    across: NDArray[np.float64] = left + step * np.arange(grid.columns, dtype=np.float64)
    deep: NDArray[np.float64] = top + step * np.arange(grid.rows, dtype=np.float64)
    sampler = Aligned.of(volume, along, down, through)
    if sampler is None:
        points = along * across[None, :, None] + down * deep[:, None, None]

        def layer(at: float) -> Values:
            return _sample(volume, points + through * at)
    else:
        aligned = sampler.at(across, deep)

        def layer(at: float) -> Values:
            return aligned(at)

    layers = (layer(at_mm + depth) for depth in _depths(thickness_mm, step))
    origin = along * left + down * top + through * at_mm
    place = Place(
        orientation=tuple(float(v) for v in (*along, *down)), position=tuple(float(v) for v in origin)
    )
    return Section(values=_combined(layers, slab), spacing_mm=step, place=place)


def _depths(thickness_mm: float, step: float) -> NDArray[np.float64]:
    count = min(MAX_SLAB_SAMPLES, max(1, round(thickness_mm / step) + 1 if thickness_mm > 0 else 1))
    return np.linspace(-thickness_mm / 2, thickness_mm / 2, count) if count > 1 else np.zeros(1)


def _combined(layers: Iterator[Values], slab: Slab) -> Values:
    """Over the layers that have a value; NaN where none has. One layer is in memory at a time."""
    if slab is not Slab.MEAN:
        return reduce(np.fmax if slab is Slab.MAXIMUM else np.fmin, layers)
    first = next(layers)
    outside = np.isnan(first)
    total, count = np.where(outside, 0, first).astype(np.float64), (~outside).astype(np.int32)
    for layer in layers:
        outside = np.isnan(layer)
        layer[outside] = 0
        total += layer
        count += ~outside
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def _sample(volume: Volume, points: NDArray[np.float64]) -> Values:
    """The values at `points` (mm, (..., 3)), linear between eight voxels; NaN outside."""
    slices, rows, columns = volume.values.shape
    stack = volume.stack
    height = points @ stack.normal
    k = np.interp(height, stack.positions @ stack.normal, np.arange(slices), left=-1, right=slices)
    base = np.clip(np.floor(k), 0, slices - 2).astype(np.int64)
    part = k - base
    # Where a tilted stack's slice is, between two of its slices: its first pixel moves from one to the other.
    start = stack.positions[base] + part[..., None] * (stack.positions[base + 1] - stack.positions[base])
    away = points - start
    j = away @ stack.row / stack.spacing_mm[1]
    i = away @ stack.column / stack.spacing_mm[0]
    inside = (
        (k >= -EDGE)
        & (k <= slices - 1 + EDGE)
        & (i >= -EDGE)
        & (i <= rows - 1 + EDGE)
        & (j >= -EDGE)
        & (j <= columns - 1 + EDGE)
    )
    top, rest_i = cell(i, rows)
    left, rest_j = cell(j, columns)
    found = np.zeros(k.shape, np.float64)
    for dk, weight_k in ((0, 1 - part), (1, part)):
        for di, weight_i in ((0, 1 - rest_i), (1, rest_i)):
            for dj, weight_j in ((0, 1 - rest_j), (1, rest_j)):
                here = volume.values[
                    base + dk, np.minimum(top + di, rows - 1), np.minimum(left + dj, columns - 1)
                ]
                found += weight_k * weight_i * weight_j * here
    return np.where(inside, found, np.nan).astype(np.float32)
