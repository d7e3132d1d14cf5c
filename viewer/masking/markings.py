"""Shapes of lettering in a picture: rows of sharp strokes of one brightness and one height, side by side.

It finds burned-in lines of text without reading them. A single side marker (R, L) is no line. What it finds holds
the item; what it does not find proves nothing about small, faint or slanted text.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.errors import MaskingError
from viewer.masking.image import MaskedFrame
from viewer.masking.report import Box

_KERNEL = 15  # px: wider than the stroke of a 60 px letter
_HEIGHTS = (7, 72)  # px of a letter
_WIDTHS = (0.08, 2.5)  # of its height; two letters may touch
_LEAST_FILL = 0.12  # of its box
_SAME_LEVEL = 12  # of 255: noise and lossy compression within one colour
_EVENNESS = 0.5  # of a stroke's own pixels are of one colour: drawn
_SHARPNESS = 0.5  # of a stroke's contrast lies between two neighbouring pixels: drawn, not photographed
_REACH = 300  # px from one letter's left edge to the next one's: more than the widest with its gap
_MAX_LETTERS = 20_000  # shapes of the right size in one picture: 250 lines of 80 letters

Grey8 = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """`contrast`: grey levels of 255 between a stroke and its surroundings; `letters`: in a line, at least.

    Measured on 319 frames of public files without burned-in text, CT, MR and CR: neither of the two below finds any
    there. Both find every banner of the five files with burned-in text.
    """

    contrast: int
    letters: int


RADIOGRAPH = Sensitivity(contrast=24, letters=4)
SECTION = Sensitivity(contrast=64, letters=6)  # noise and vessels make short rows of faint specks


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letter:
    x: int
    y: int
    width: int
    height: int
    level: float  # grey level of the stroke

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


def find_lettering(frame: MaskedFrame, sensitivity: Sensitivity) -> tuple[Box, ...]:
    """Where lines of text may stand, in pixels; empty if none is found.

    Errors: MaskingError if there are too many shapes to look through.
    """
    grey = _to_grey8(frame)
    edges = _edges(grey)
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (_KERNEL, _KERNEL))
    boxes = []
    for operation in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
        strokes = np.asarray(cv2.morphologyEx(grey, operation, kernel), dtype=np.uint8)
        letters = list(_letters(_Layers(grey=grey, strokes=strokes, edges=edges), sensitivity))
        boxes += [_around(line) for line in _lines(letters) if len(line) >= sensitivity.letters]
    return tuple(boxes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layers:
    grey: Grey8
    strokes: Grey8  # what stands out from its surroundings, and by how much
    edges: NDArray[np.int16]


def _to_grey8(frame: MaskedFrame) -> Grey8:
    pixels = frame.pixels
    if pixels.ndim == 3:
        colours = np.asarray(pixels, dtype=np.uint8)
        return np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    values = pixels.astype(np.float32)
    low, high = np.percentile(values[::2, ::2], (0.2, 99.8))
    scaled = (values - low) * (255.0 / max(float(high - low), 1e-6))
    levels: Grey8 = np.clip(scaled, 0, 255).astype(np.uint8)
    return levels


def _edges(grey: Grey8) -> NDArray[np.int16]:
    """The largest step to a neighbour, across or down, in grey levels."""
    values = np.pad(grey.astype(np.int16), 1, mode="edge")
    inner = values[1:-1, 1:-1]
    largest: NDArray[np.int16] = np.abs(values[1:-1, :-2] - inner)
    for neighbour in (values[1:-1, 2:], values[:-2, 1:-1], values[2:, 1:-1]):
        np.maximum(largest, np.abs(neighbour - inner), out=largest)
    return largest


def _letters(layers: _Layers, sensitivity: Sensitivity) -> Iterator[_Letter]:
    """Connected strokes of the size, evenness and sharpness of a letter; none where they are too few for a line."""
    mask = (layers.strokes >= sensitivity.contrast).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    width, height, area = (stats[:, column].astype(np.float64) for column in (2, 3, 4))
    fits = (height >= _HEIGHTS[0]) & (height <= _HEIGHTS[1]) & (area >= _LEAST_FILL * width * height)
    fits &= (width >= _WIDTHS[0] * height) & (width <= _WIDTHS[1] * height)
    fits[0] = False  # the background
    numbers = np.flatnonzero(fits)
    if len(numbers) > _MAX_LETTERS:
        raise MaskingError("the picture has more shapes of lettering than can be looked through")
    if len(numbers) < sensitivity.letters:
        return
    for number in numbers:
        x, y, wide, high, _ = (int(value) for value in stats[number])
        window = np.s_[y : y + high, x : x + wide]
        level = _drawn_level(layers, window, labels[window] == number)
        if level is not None:
            yield _Letter(x=x, y=y, width=wide, height=high, level=level)


def _drawn_level(layers: _Layers, window: tuple[slice, slice], inside: NDArray[np.bool_]) -> float | None:
    """The grey level of a stroke of one colour with sharp edges; None for any other."""
    strength = layers.strokes[window][inside]
    contrast = _quantile(strength, 0.5)
    if _quantile(layers.edges[window][inside], 0.75) < _SHARPNESS * contrast:
        return None
    core = layers.grey[window][inside][strength >= contrast]
    level = _quantile(core, 0.5)
    return level if (np.abs(core - level) <= _SAME_LEVEL).sum() >= _EVENNESS * core.size else None


def _quantile(values: NDArray[np.integer], share: float) -> float:
    """As `numpy.quantile` has it; of the few pixels of a letter in a tenth of its time."""
    ordered = np.sort(values)
    place = share * (len(ordered) - 1)
    low, high = float(ordered[math.floor(place)]), float(ordered[math.ceil(place)])
    return low + (high - low) * (place % 1)


def _lines(letters: list[_Letter]) -> Iterator[list[_Letter]]:
    """Letters that stand side by side, left to right."""
    open_lines: list[list[_Letter]] = []
    for letter in sorted(letters, key=lambda each: each.x):
        near = [line for line in open_lines if letter.x - line[-1].x <= _REACH]
        yield from (line for line in open_lines if letter.x - line[-1].x > _REACH)
        open_lines = near
        line = next((line for line in reversed(near) if _follows(line[-1], letter)), None)
        if line is None:
            open_lines.append([letter])
        else:
            line.append(letter)
    yield from open_lines


def _follows(last: _Letter, letter: _Letter) -> bool:
    tall = max(last.height, letter.height)
    return (
        letter.x - (last.x + last.width) <= 1.2 * tall
        and abs(letter.middle - last.middle) <= 0.45 * tall
        and min(last.height, letter.height) >= 0.45 * tall
        and abs(letter.level - last.level) <= _SAME_LEVEL
    )


def _around(line: list[_Letter]) -> Box:
    left, top = min(each.x for each in line), min(each.y for each in line)
    right = max(each.x + each.width for each in line)
    bottom = max(each.y + each.height for each in line)
    return Box(x=left, y=top, width=right - left, height=bottom - top)
