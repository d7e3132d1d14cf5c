"""The face taken off a head volume, in its own slices: air before the smooth surface, tissue-like noise behind it.

The noise follows from a voxel's place alone: it tells nothing of what was there, and a second run writes the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.imaging.presentation import Rescale
from viewer.masking.faces.surface import Front
from viewer.masking.faces.volume import Stack, Vector, Volume
from viewer.masking.image import MaskedFrame
from viewer.masking.look import Window
from viewer.masking.report import Box

SHELL = "face"  # as a report names what took the face away


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """What replaces a face, in units of the modality: `air`, and noise from `low` to `high`."""

    air: float
    low: float
    high: float


def deface(
    frames: Sequence[MaskedFrame], stack: Stack, volume: Volume, front: Front, levels: Levels
) -> tuple[tuple[MaskedFrame, ...], tuple[Box, ...]]:
    """`frames` without the face of `front`, and a box around the changes of each; others are as they were."""
    changed = list(frames)
    boxes: list[Box] = []
    for number, origin in stack.origins.items():
        window = reached(stack, origin, volume, front)
        if window is None:
            continue
        shell, air = parts(stack, origin, window, volume, front)
        rows, columns = np.nonzero(shell | air)
        if rows.size == 0:
            continue
        changed[number] = _replaced(frames[number], window, shell, air, levels)
        boxes.append(
            Box(
                frame=number + 1,
                x=window[1].start + int(columns.min()),
                y=window[0].start + int(rows.min()),
                width=int(columns.max() - columns.min()) + 1,
                height=int(rows.max() - rows.min()) + 1,
                detector=SHELL,
            )
        )
    return tuple(changed), tuple(boxes)


def reached(stack: Stack, origin: Vector, volume: Volume, front: Front) -> Window | None:
    """The part of the slice at `origin` that may reach the face: the rest lies behind it, beside it, or above or below."""
    near = (
        cv2.dilate(front.is_face.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    )  # depths are interpolated
    z, x = np.nonzero(near)
    if z.size == 0:
        return None
    step = volume.step
    low = (volume.origin[0] + x.min() * step, -np.inf, volume.origin[2] + z.min() * step)
    high = (
        volume.origin[0] + x.max() * step,
        -float(front.inner[near].min()),
        volume.origin[2] + z.max() * step,
    )
    sides = []
    for own, other, count, others in (
        (stack.column * stack.spacing_mm[0], stack.row * stack.spacing_mm[1], *stack.shape),
        (stack.row * stack.spacing_mm[1], stack.column * stack.spacing_mm[0], *stack.shape[::-1]),
    ):
        is_in = np.ones(count, np.bool_)
        for axis in range(3):
            start = origin[axis] + own[axis] * np.arange(count)
            far = other[axis] * (others - 1)
            is_in &= (start + min(far, 0) <= high[axis] + step) & (start + max(far, 0) >= low[axis] - step)
        at = np.flatnonzero(is_in)
        if at.size == 0:
            return None
        sides.append(slice(int(at[0]), int(at[-1]) + 1))
    return sides[0], sides[1]


def parts(
    stack: Stack, origin: Vector, window: Window, volume: Volume, front: Front
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which pixels in a window of the slice at `origin` lie between the depth that is kept and the surface, and which before it."""
    rows, columns = (np.arange(side.start, side.stop, dtype=np.float32) for side in window)
    across = columns[None, :] * np.float32(stack.spacing_mm[1])
    down = rows[:, None] * np.float32(stack.spacing_mm[0])
    x, y, z = (
        np.float32(origin[axis])
        + across * np.float32(stack.row[axis])
        + down * np.float32(stack.column[axis])
        for axis in range(3)
    )
    u = np.ascontiguousarray((x - np.float32(volume.origin[0])) / np.float32(volume.step), np.float32)
    v = np.ascontiguousarray((z - np.float32(volume.origin[2])) / np.float32(volume.step), np.float32)
    inner = cv2.remap(front.inner, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    outer = cv2.remap(front.outer, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    here = cv2.remap(front.is_face.astype(np.uint8), u, v, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)
    forward = -y
    is_face = here > 0
    return is_face & (forward >= inner) & (forward <= outer), is_face & (forward > outer)


def _replaced(
    frame: MaskedFrame,
    window: Window,
    shell: NDArray[np.bool_],
    air: NDArray[np.bool_],
    levels: Levels,
) -> MaskedFrame:
    pixels = np.array(frame.pixels)
    rows, columns = np.nonzero(shell)
    noise = levels.low + _noise(rows + window[0].start, columns + window[1].start) * (
        levels.high - levels.low
    )
    part = pixels[window]
    part[rows, columns] = _stored(noise, frame)
    part[air] = _stored(np.array([levels.air]), frame)[0]
    return replace(frame, pixels=pixels)


def _noise(rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.float64]:
    """Evenly from 0 to 1, by a place's two numbers (an integer hash, Steele's mix)."""
    mixed = rows.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + columns.astype(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    return np.asarray(mixed >> np.uint64(11), np.float64) / float(1 << 53)


def _stored(values: NDArray[np.float64], frame: MaskedFrame) -> NDArray[np.generic]:
    """Modality units as stored values of `frame`, within its range."""
    modality = frame.presentation.modality
    if isinstance(modality, Rescale):
        values = (values - modality.intercept) / (modality.slope or 1.0)
    values = values - frame.offset
    if frame.pixels.dtype.kind == "f":
        return values.astype(frame.pixels.dtype)
    bits = min(frame.presentation.bits_stored or 16, frame.pixels.dtype.itemsize * 8)
    return np.clip(np.rint(values), 0, (1 << bits) - 1).astype(frame.pixels.dtype)
