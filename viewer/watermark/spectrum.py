"""Spectra of the windows of a leak, in which the tones stand out as points."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.watermark.whitening import Plane

Points = NDArray[np.float64]  # (count, 2), x and y


@dataclass(frozen=True, slots=True, eq=False)
class Spectra:
    """Spectra of a leak's windows. `maps`: three, (windows, side, side / 2 + 1), ever more blurred.

    `places`: (windows, 2), the windows' centres from the leak's; `radius`, `diagonal`: px from its centre to its
    edge and its corner.
    """

    maps: tuple[Plane, Plane, Plane]
    places: Points
    side: int
    radius: float
    diagonal: float


def spectra(whitened: Plane) -> Spectra:
    """The spectra of a whitened leak, each relative to its own background."""
    height, width = whitened.shape
    short = min(height, width)
    side = 512 if short >= 480 else 256 if short >= 200 else 128
    centres = [(y, x) for y in _centres(height, side) for x in _centres(width, side)]
    window = np.outer(np.hanning(side), np.hanning(side)).astype(np.float32)
    stack = np.stack([_spectrum(whitened, centre, window) for centre in centres])
    places = np.array([(x - width / 2, y - height / 2) for y, x in centres])
    found = _spectra(stack, places, height, width)
    weights = np.array([_power(whitened, centre, window) for centre in centres], np.float32) ** 0.5
    weights /= np.sqrt(np.square(weights).mean()) + 1e-9  # so that noise alone scores as before
    maps = tuple(each * weights[:, None, None] for each in found.maps)
    return Spectra((maps[0], maps[1], maps[2]), places, found.side, found.radius, found.diagonal)


def whole_spectrum(whitened: Plane) -> Spectra:
    """The same of the leak as one window: a leak without tilt or bend shows its tones far clearer there."""
    height, width = whitened.shape
    side = 1 << max(8, (max(height, width) - 1).bit_length())
    padded = np.zeros((side, side), np.float32)
    padded[:height, :width] = whitened * np.outer(np.hanning(height), np.hanning(width))
    stack = _spectrum(padded, (side / 2, side / 2), np.ones((side, side), np.float32))[np.newaxis]
    return _spectra(stack, np.zeros((1, 2)), height, width)


def _spectra(stack: Plane, places: Points, height: int, width: int) -> Spectra:
    stack -= stack.mean()
    fine = _each(stack, lambda one: cv2.GaussianBlur(one, (0, 0), 0.7))
    maps = fine, _levelled(dilated(stack, 3)), _levelled(dilated(stack, 5))
    side = stack.shape[1]
    return Spectra(maps, places, side, max(height, width) / 2, float(np.hypot(height, width)) / 2)


def _each(stack: Plane, change: Callable[[Plane], Any]) -> Plane:
    return np.stack([np.asarray(change(one), np.float32) for one in stack])


def dilated(stack: Plane, side: int) -> Plane:
    """Each of the `stack` with points made squares of `side` px."""
    return _each(stack, lambda one: cv2.dilate(one, np.ones((side, side), np.uint8)))


def _levelled(stack: Plane) -> Plane:
    return np.asarray(stack - stack.mean(), np.float32)


def _centres(length: int, side: int) -> list[float]:
    if length <= side:
        return [length / 2]
    count = int(np.ceil((length - side) / (0.6 * side))) + 1
    return [float(each) for each in np.linspace(side / 2, length - side / 2, count)]


def _part(whitened: Plane, centre: tuple[float, float], side: int) -> Plane:
    top = int(np.clip(centre[0] - side // 2, 0, max(whitened.shape[0] - side, 0)))
    left = int(np.clip(centre[1] - side // 2, 0, max(whitened.shape[1] - side, 0)))
    part = np.zeros((side, side), np.float32)
    cut = whitened[top : top + side, left : left + side]
    part[: cut.shape[0], : cut.shape[1]] = cut
    return part


def _power(whitened: Plane, centre: tuple[float, float], window: Plane) -> float:
    """How much of the leak a window holds."""
    return float(np.mean(np.square(_part(whitened, centre, len(window))) * window))


def _spectrum(whitened: Plane, centre: tuple[float, float], window: Plane) -> Plane:
    side = len(window)
    part = _part(whitened, centre, side)
    parts = cv2.dft((part - part.mean()) * window, flags=cv2.DFT_COMPLEX_OUTPUT)[:, : side // 2 + 1]
    power = np.square(parts).sum(axis=2)
    power = np.concatenate([power[side // 2 :], power[: side // 2]])  # frequencies down, -1/2 first
    background = cv2.blur(np.minimum(power, cv2.blur(power, (31, 31)) * 4), (31, 31)) + 1e-9
    return np.asarray(np.sqrt(np.clip(power / background, 0, 12)), np.float32)
