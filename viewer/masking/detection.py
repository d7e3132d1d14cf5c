"""Where text stands in a grey picture, by a network that gives each pixel a probability (DBNet).

A picture is enlarged, cut into tiles that bound the memory, and every island of likely pixels becomes a box. The
thresholds are low: a box too many is masked, a box too few is a leak.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.masking.areas import Area
from viewer.masking.lines import Line, line_around
from viewer.masking.look import Grey8, Look, Window
from viewer.masking.models import ModelFile, load

_WHOLE_SHARE = 0.45  # of the effort for which a large picture is made no smaller than for the whole
_TILE = 1280  # px of an enlarged picture's side: about 0.4 GB in the network
_OVERLAP = 160  # px: more than a line of text is high
_STEP = 32  # the network halves a side five times
_LIKELY = 0.3  # a pixel belongs to an island
_LEVELS = (
    0.3,
    0.6,
)  # of a line of any angle: faint ones are whole at the first, those side by side apart at the second
_CERTAIN = 0.5  # one of its pixels at least
_GROWTH = 1.6  # the network marks the core of a line: DBNet's unclip ratio
_LEAST_SIDE = 3  # px of an island, enlarged


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How large a picture is made for a network: up to `enlarged` times, but to `pixels` in all, and never below `least`."""

    enlarged: float
    pixels: int
    least: float

    def scale(self, size: int, share: float) -> float:
        """For `size` pixels to look at, and a share of the effort."""
        least = self.least * min(1.0, math.sqrt(share / _WHOLE_SHARE))
        return max(least, min(self.enlarged, math.sqrt(share * self.pixels / max(size, 1))))


class TextDetector:
    """Finds text in grey pictures with one model."""

    def __init__(self, model: ModelFile, effort: Effort) -> None:
        """Errors: MaskingError if the model can't be loaded."""
        self.title = model.title
        self._effort = effort
        self._session: Any = load(model)
        self._input: str = self._session.get_inputs()[0].name

    def find(self, look: Look, share: float = 1.0) -> tuple[Area, ...]:
        """Boxes of text in the picture, where anything stands out in it; for `share` of the effort if it is large."""
        windows = look.windows()
        scale = self._effort.scale(sum(_size(window) for window in windows), share)
        return tuple(
            area
            for window in windows
            for tile in _tiles(window, scale)
            for area in self._in_tile(look.grey[tile], scale, (tile[1].start, tile[0].start), look.grey.shape)
        )

    def find_lines(self, look: Look, share: float = 1.0) -> tuple[Line, ...]:
        """As `find`, but as rectangles along lines of any angle, the surest first."""
        windows = look.windows()
        scale = self._effort.scale(sum(_size(window) for window in windows), share)
        found = [
            replace(
                line,
                x=tile[1].start + line.x / scale,
                y=tile[0].start + line.y / scale,
                length=line.length / scale,
                height=line.height / scale,
            )
            for window in windows
            for tile in _tiles(window, scale)
            for line in _lines(self._probability(look.grey[tile], scale))
        ]
        return tuple(sorted(found, key=lambda line: -line.score))

    def _in_tile(
        self, tile: Grey8, scale: float, at: tuple[int, int], shape: tuple[int, ...]
    ) -> Iterator[Area]:
        left, top = at
        for x, y, width, height, score in _islands(self._probability(tile, scale)):
            yield Area(
                left=max(0, left + int(x / scale)),
                top=max(0, top + int(y / scale)),
                right=min(shape[1], left + int(np.ceil((x + width) / scale))),
                bottom=min(shape[0], top + int(np.ceil((y + height) / scale))),
                score=score,
            )

    def _probability(self, tile: Grey8, scale: float) -> NDArray[np.float32]:
        """Of each pixel of the enlarged tile."""
        rows, columns = (max(_STEP, round(side * scale)) for side in tile.shape)
        if (rows, columns) != tile.shape:
            way = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
            tile = np.asarray(cv2.resize(tile, (columns, rows), interpolation=way), np.uint8)
        padded = np.pad(tile, ((0, -rows % _STEP), (0, -columns % _STEP)), mode="edge")
        values = padded.astype(np.float32) * np.float32(2 / 255) - np.float32(1)
        batch = np.ascontiguousarray(np.broadcast_to(values, (1, 3, *values.shape)))
        given: NDArray[np.float32] = self._session.run(None, {self._input: batch})[0][0, 0]
        return given[:rows, :columns]


def _size(window: Window) -> int:
    rows, columns = window
    return int((rows.stop - rows.start) * (columns.stop - columns.start))


def _tiles(window: Window, scale: float) -> Iterator[Window]:
    """Overlapping parts of equal size that cover the window and are not too large when enlarged."""
    for rows in _spans(window[0], scale):
        for columns in _spans(window[1], scale):
            yield rows, columns


def _spans(whole: slice, scale: float) -> Iterator[slice]:
    length = whole.stop - whole.start
    side, overlap = _TILE / scale, round(_OVERLAP / scale)
    count = max(1, math.ceil((length - overlap) / (side - overlap)))
    side = math.ceil((length + (count - 1) * overlap) / count)
    for number in range(count):
        start = min(number * (side - overlap), max(0, length - side))
        yield slice(whole.start + start, whole.start + min(length, start + side))


def _islands(likely: NDArray[np.float32]) -> Iterator[tuple[float, float, float, float, float]]:
    """Left, top, width, height of each island, grown, and its highest probability."""
    for (x, y, width, height), inside, score in _cores(likely, _LIKELY):
        growth = max(int(inside.sum()) * _GROWTH / (2 * (width + height)), 0.5 * min(width, height))
        yield x - growth, y - growth, width + 2 * growth, height + 2 * growth, score


def _lines(likely: NDArray[np.float32]) -> Iterator[Line]:
    """Each island as a rectangle along it, grown; and those that it falls into where the network is surer."""
    found: list[Line] = []
    for least in _LEVELS:
        for (x, y, _, _), inside, score in _cores(likely, least):
            points = np.ascontiguousarray(np.argwhere(inside)[:, ::-1] + (x, y), np.float32)
            line = line_around(points, score, _GROWTH)
            if not any(line.is_like(other) for other in found):
                found.append(line)
                yield line


def _cores(
    likely: NDArray[np.float32], least: float
) -> Iterator[tuple[tuple[int, int, int, int], NDArray[np.bool_], float]]:
    """Left, top, width, height of each island, its pixels in that box, and its highest probability."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((likely >= least).astype(np.uint8))
    for number in range(1, len(stats)):
        x, y, width, height, _ = (int(value) for value in stats[number])
        if min(width, height) < _LEAST_SIDE:
            continue
        window = np.s_[y : y + height, x : x + width]
        inside = labels[window] == number
        score = float(likely[window][inside].max())
        if score >= _CERTAIN:
            yield (x, y, width, height), inside, score
