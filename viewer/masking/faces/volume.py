"""A stack of slices as a small volume on the patient's own axes, whatever its orientation, tilt and distances."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.imaging.geometry import SAME_MM, Place, normal_of
from viewer.imaging.presentation import Lut, Rescale
from viewer.masking.image import MaskedFrame

LEAST_SLICES = 8  # fewer do not draw a surface
_SAME_COSINE = 0.999
_STEP_MM = 2.0
_HEIGHT_MM = 320.0  # from the top of the stack: a head with its neck
_MOST_POINTS = 8_000_000  # of a small volume
_COARSER = 1.25

Values = NDArray[np.float32]
Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Slices of one orientation.

    `layers`: frames from 0, in the order of their places; more than one where places were taken again (phases, echoes).
    `origins`: mm, of each frame's first pixel; `normal`, `row`, `column`: unit vectors across the slices, along a row and
    down a column; `spacing_mm`: between rows, between columns; `shape`: rows, columns.
    """

    layers: tuple[tuple[int, ...], ...]
    origins: dict[int, Vector]
    normal: Vector
    row: Vector
    column: Vector
    spacing_mm: tuple[float, float]
    shape: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """`values`: (z, y, x), in units of the modality, low outside of the stack; +x left, +y back, +z head.

    `known`: (z, y, x), inside of the stack.
    `origin`: mm, the patient's (x, y, z) of the first value; `step`: mm, the same in all directions.
    """

    values: Values
    known: NDArray[np.bool_]
    origin: tuple[float, float, float]
    step: float


def stacks_of(frames: Sequence[MaskedFrame], places: Sequence[Place | None]) -> tuple[Stack, ...]:
    """The stacks in `frames` (of one size) that have enough slices and a usable geometry."""
    groups: list[tuple[Vector, list[int]]] = []
    for number, here in enumerate(places):
        normal = normal_of(here)
        if normal is None or not min(frames[number].presentation.spacing_mm or (0.0,)) > 0:
            continue
        home = next((members for other, members in groups if float(other @ normal) > _SAME_COSINE), None)
        if home is None:
            groups.append((normal, [number]))
        else:
            home.append(number)
    stacks = (_stack(frames, places, normal, members) for normal, members in groups)
    return tuple(stack for stack in stacks if len(stack.layers[0]) >= LEAST_SLICES)


def _stack(
    frames: Sequence[MaskedFrame], places: Sequence[Place | None], normal: Vector, members: list[int]
) -> Stack:
    first, frame = places[members[0]], frames[members[0]]
    spacing = frame.presentation.spacing_mm
    assert first is not None
    assert first.orientation is not None
    assert spacing is not None
    origins = {number: np.array(here.position) for number in members if (here := places[number]) is not None}
    layers: list[list[int]] = []
    ends: list[float] = []  # of each layer, along the normal
    for number in sorted(members, key=lambda number: float(origins[number] @ normal)):
        along = float(origins[number] @ normal)
        free = next((index for index, end in enumerate(ends) if along - end > SAME_MM), None)
        if free is None:
            layers.append([number])
            ends.append(along)
        else:
            layers[free].append(number)
            ends[free] = along
    rows, columns = frame.pixels.shape[:2]
    return Stack(
        layers=tuple(tuple(layer) for layer in layers),
        origins=origins,
        normal=normal,
        row=_unit(first.orientation[:3]),
        column=_unit(first.orientation[3:]),
        spacing_mm=spacing,
        shape=(rows, columns),
    )


def modality_values(frame: MaskedFrame) -> Values | None:
    """The frame in units of its modality (HU for CT); None behind a lookup table or in colour."""
    modality = frame.presentation.modality
    if frame.pixels.ndim != 2 or isinstance(modality, Lut):
        return None
    stored = frame.pixels.astype(np.float32) + np.float32(frame.offset)
    if isinstance(modality, Rescale):
        return stored * np.float32(modality.slope) + np.float32(modality.intercept)
    return stored


def volume_of(frames: Sequence[MaskedFrame], stack: Stack, layer: tuple[int, ...]) -> Volume | None:
    """The upper part of a `layer` of `stack`, sampled evenly; None if the frames' values have no common unit."""
    step, reduced = _STEP_MM, []
    for number in layer:
        values = modality_values(frames[number])
        if values is None:
            return None
        reduced.append(_reduced(values, stack.spacing_mm, step))
    sheet = _Sheet.of(reduced)
    origins = np.array([stack.origins[number] for number in layer])
    low, high = _bounds(stack, origins)
    low[2] = max(low[2], high[2] - _HEIGHT_MM)
    while float(np.prod((high - low) / step + 1)) > _MOST_POINTS:
        step *= _COARSER
    shape = tuple(int(length) + 1 for length in ((high - low) / step)[::-1])
    values, known = np.empty(shape, np.float32), np.empty(shape, np.bool_)
    floor = float(sheet.values.min())
    x, y, z = (low[axis] + step * np.arange(shape[2 - axis]) for axis in range(3))
    for level in range(shape[0]):
        found, known[level] = _sampled(sheet, stack, origins, (x[None, :], y[:, None], float(z[level])))
        values[level] = np.where(known[level], found, floor)
    return Volume(values=values, known=known, origin=(float(low[0]), float(low[1]), float(low[2])), step=step)


def _unit(vector: Sequence[float]) -> Vector:
    found = np.array(vector, np.float64)
    return np.asarray(found / np.linalg.norm(found), np.float64)


def _reduced(values: Values, spacing_mm: tuple[float, float], step: float) -> Values:
    rows, columns = values.shape
    size = (
        max(2, round(columns * min(1.0, spacing_mm[1] / step))),
        max(2, round(rows * min(1.0, spacing_mm[0] / step))),
    )
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)


def _bounds(stack: Stack, origins: Vector) -> tuple[Vector, Vector]:
    right = stack.row * stack.spacing_mm[1] * (stack.shape[1] - 1)
    down = stack.column * stack.spacing_mm[0] * (stack.shape[0] - 1)
    corners = np.concatenate([origins + a + b for a in (0, right) for b in (0, down)])
    return corners.min(axis=0), corners.max(axis=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """Slices of one `shape` (rows, columns) side by side in one picture, `across` of them in each of its rows: one look-up serves all."""

    values: Values
    shape: tuple[int, int]
    across: int

    @classmethod
    def of(cls, slices: Sequence[Values]) -> "_Sheet":
        rows, columns = slices[0].shape
        across = math.ceil(math.sqrt(len(slices)))
        down = -(-len(slices) // across)
        values = np.full((down * rows, across * columns), slices[0].flat[0], np.float32)
        for number, each in enumerate(slices):
            top, left = number // across * rows, number % across * columns
            values[top : top + rows, left : left + columns] = each
        return cls(values=values, shape=(rows, columns), across=across)

    def at(self, numbers: NDArray[np.int64], down: Vector, across: Vector) -> Values:
        """Of each slice in `numbers` the value there, linear between its pixels (to a thirty-second of one)."""
        rows, columns = self.shape
        x = numbers % self.across * columns + np.clip(across, 0, columns - 1)
        y = numbers // self.across * rows + np.clip(down, 0, rows - 1)
        found = cv2.remap(
            self.values,
            x.astype(np.float32),
            y.astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(found, np.float32)


def _sampled(
    sheet: _Sheet, stack: Stack, origins: Vector, at: tuple[Vector, Vector, float]
) -> tuple[Values, NDArray[np.bool_]]:
    """The values of a level, linear between slices and within them, and which of its points lie in the stack.

    `at`: mm, the points' x along a row, y down a column, and z.
    """
    along, across, down = (
        at[0] * axis[0] + at[1] * axis[1] + at[2] * axis[2]
        for axis in (stack.normal, stack.row, stack.column)
    )
    ends, lefts, tops = (origins @ axis for axis in (stack.normal, stack.row, stack.column))
    slices = np.interp(along, ends, np.arange(len(ends)))
    reach = float(np.max(np.diff(ends))) / 2 + SAME_MM
    inside = (along > ends[0] - reach) & (along < ends[-1] + reach)
    below = np.minimum(slices.astype(np.int64), len(ends) - 2)
    share = slices - below
    rows, columns = sheet.shape
    across, down = (
        ((here - starts[below] * (1 - share) - starts[below + 1] * share) / spacing + 0.5) * small / large
        - 0.5
        for here, starts, spacing, small, large in (
            (across, lefts, stack.spacing_mm[1], columns, stack.shape[1]),
            (down, tops, stack.spacing_mm[0], rows, stack.shape[0]),
        )
    )
    inside &= (across > -1) & (across < columns) & (down > -1) & (down < rows)
    found = sheet.at(below, down, across) * (1 - share) + sheet.at(below + 1, down, across) * share
    return found.astype(np.float32), inside
