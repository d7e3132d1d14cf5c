"""Lettering of one grey level among noise that is as strong as it: a row with more pixels of that level than of any near it.

No network sees such a line, and many a person does. It is drawn in one value, and noise spreads over many: of a few
hundred pixels in a row of letters a tenth has one value, of noise one in a hundred. Anatomy makes such rows, too, where
it is smooth: so only what is rough is searched, and what is found must end above and below, and be spread along the row.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.masking.areas import Area
from viewer.masking.image import MaskedFrame
from viewer.masking.levels import LEVELS, Grid, Shares, grid_of

_WINDOWS = ((2, 8), (3, 16), (4, 28))  # cells of a line of text
_STEPS = 3  # of its height and of its length from one window to the next
_MOSTLY = 0.6  # of a window is rough
_NEAR = (2, 5)  # levels to both sides that are compared
_PRIOR = 1.5  # px that are expected of any level
_LEAST = 5.5  # deviations of a window that is looked at closely ...
_KEPT = 16  # ... and how many of them
_MOST_INK = 0.35  # of a window
_HEIGHTS = (6, 7, 8, 9, 10, 12, 14, 17, 20)  # px of a line of text
_BESIDE = 20  # px above and below
_STANDS = 8.5  # deviations
_SMALL = 14  # px high
_STANDS_LARGE = 14.0  # of larger letters, which have more pixels
_STANDS_FAR = 30.0  # deviations of letters that touch: contours stand out less
_SOLID, _LARGEST_DRAWN = 0.25, 0.9
_SPREAD = 0.5
_LARGEST = 0.4
_NARROWEST, _WIDEST = 0.3, 1.0  # pieces of letters; specks, contours
_MORE = 1.5  # times as many deviations ...
_OTHERS = 2  # ... as the second of all other rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of pixels of one level. `deviations`: more than expected of it, both by the levels near it and by the rows beside.

    `spread`: share of its parts, each about a letter wide, with more than expected. `largest`: share of the pixels in
    the largest piece, `width` its width by the row's height: letters are apart, contours are not. `solid`: share of the
    pixels inside of something thicker than a stroke.
    """

    area: Area
    deviations: float
    spread: float
    largest: float
    width: float
    solid: float

    @property
    def is_lettering(self) -> bool:
        """Whether it has the shape of letters in a line."""
        is_apart = self.largest <= _LARGEST and _NARROWEST <= self.width <= _WIDEST
        is_thin = self.solid <= _SOLID and self.largest <= _LARGEST_DRAWN
        is_drawn = self.deviations >= _STANDS_FAR and is_thin
        stands = self.deviations >= (_STANDS if self.area.lesser <= _SMALL else _STANDS_LARGE)
        return stands and self.spread >= _SPREAD and (is_apart or is_drawn)

    def is_beside(self, other: "Row") -> bool:
        """Whether both lie in one row or column of the picture: parts of one line."""
        a, b = self.area, other.area
        return min(a.bottom, b.bottom) > max(a.top, b.top) or min(a.right, b.right) > max(a.left, b.left)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    deviations: float
    level: int
    area: Area

    def is_like(self, other: "_Candidate") -> bool:
        a, b = self.area, other.area
        return (
            abs(self.level - other.level) <= _NEAR[0] + 1
            and min(a.right, b.right) > max(a.left, b.left)
            and min(a.bottom, b.bottom) > max(a.top, b.top)
        )


def lettering(frame: MaskedFrame) -> tuple[Row, ...]:
    """Lines of text of one grey level: rows that stand out by far more than others of the same picture."""
    rows = find_rows(frame)
    return tuple(
        row
        for row in rows
        if row.is_lettering
        and row.deviations
        >= _MORE
        * next(
            islice((other.deviations for other in rows if not row.is_beside(other)), _OTHERS - 1, None), 0.0
        )
    )


def find_rows(frame: MaskedFrame) -> tuple[Row, ...]:
    """What may be a line of text of one grey level, level or upright, with what stands out most first."""
    grid, rough = grid_of(frame)
    if not rough.any():
        return ()
    upright = grid.turned()
    found = []
    for each in _candidates(grid, rough):
        if each.area.width >= each.area.height:
            found.append(_row(grid, each.level, each.area))
        else:
            row = _row(upright, each.level, each.area.swapped())
            found.append(replace(row, area=row.area.swapped()))
    return tuple(sorted(found, key=lambda row: -row.deviations))


def _candidates(grid: Grid, rough: Shares) -> list[_Candidate]:
    """Windows with too many pixels of a level, the most surprising first, each text once."""
    counts = _counts(grid, rough.shape)
    found: list[_Candidate] = []
    for high, wide in (*_WINDOWS, *((wide, high) for high, wide in _WINDOWS)):
        if high < rough.shape[0] and wide < rough.shape[1]:
            found += _in_windows(grid, counts, rough, (high, wide))
    kept: list[_Candidate] = []
    for each in sorted(found, key=lambda one: -one.deviations):
        if not any(map(each.is_like, kept)):
            kept.append(each)
            if len(kept) == _KEPT:
                break
    return kept


def _counts(grid: Grid, shape: tuple[int, ...]) -> Shares:
    """Pixels of each level in each cell: levels x rows x columns; the levels go round, with `_NEAR` more at both ends."""
    rows, columns = shape
    at = (
        np.arange(rows * grid.cell)[:, None] // grid.cell * columns
        + np.arange(columns * grid.cell) // grid.cell
    )
    used = grid.levels >= 0
    flat = np.bincount(
        grid.levels[used].astype(np.int64) * (rows * columns) + at[used], minlength=LEVELS * rows * columns
    )
    counts = flat.reshape(LEVELS, rows, columns).astype(np.float32)
    if grid.pair == 2:
        counts = counts + np.roll(counts, -1, axis=0)
    return np.concatenate([counts[-_NEAR[1] - 1 :], counts, counts[: _NEAR[1] + 1]])


def _in_windows(grid: Grid, counts: Shares, rough: Shares, window: tuple[int, int]) -> Iterator[_Candidate]:
    high, wide = window
    places = np.ix_(
        *(
            np.arange(length // 2, side - length + length // 2 + 1, max(1, length // _STEPS))
            for length, side in zip(window, rough.shape, strict=True)
        )
    )
    searched = cv2.boxFilter(rough, -1, (wide, high))[places] >= _MOSTLY
    if not searched.any():
        return
    tops, lefts = (
        np.broadcast_to(index, searched.shape)[searched] - length // 2
        for index, length in zip(places, window, strict=True)
    )
    sums = np.stack(
        [cv2.boxFilter(each, -1, (wide, high), normalize=False)[places][searched] for each in counts]
    )
    first, last = _NEAR
    own = np.arange(last + 1, last + 1 + LEVELS)
    running = np.concatenate([np.zeros((1, sums.shape[1]), np.float32), sums.cumsum(axis=0)])
    span = last - first + 1
    above = own + first + grid.pair - 1
    near = np.maximum(
        running[own - first + 1] - running[own - last],
        running[np.minimum(above + span, len(sums))] - running[above],
    )
    surprise = _surprise(sums[own], near / span)
    surprise[sums[own] > _MOST_INK * high * wide * grid.cell**2] = 0
    flat = surprise.ravel()
    most = np.argpartition(flat, -min(40, flat.size))[-40:]
    for index in most[flat[most] >= _LEAST]:
        level, place = divmod(int(index), sums.shape[1])
        top, left = int(tops[place]) * grid.cell, int(lefts[place]) * grid.cell
        yield _Candidate(
            deviations=float(flat[index]),
            level=level,
            area=Area(left=left, top=top, right=left + wide * grid.cell, bottom=top + high * grid.cell),
        )


def _surprise(count: NDArray[np.floating], expected: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.asarray((count - expected) / np.sqrt(expected + _PRIOR))


def _row(grid: Grid, level: int, area: Area) -> Row:
    """The band of rows around `area`, of a line's height, in which pixels of `level` are most surprising."""
    first, last = _NEAR
    top, bottom = max(0, area.top - _BESIDE), min(grid.levels.shape[0], area.bottom + _BESIDE)
    levels = grid.levels[top:bottom, area.left : area.right]
    off = (levels - level + LEVELS // 2) % LEVELS - LEVELS // 2
    off[levels < 0] = LEVELS
    own = (off >= 0) & (off < grid.pair)
    span = (last - first + 1) / grid.pair
    below = ((off <= -first) & (off >= -last)).sum(axis=1) / span
    above = ((off >= first + grid.pair - 1) & (off <= last + grid.pair - 1)).sum(axis=1) / span
    sums = [np.concatenate([[0.0], each.cumsum()]) for each in (own.sum(axis=1), below, above)]
    best = (-1.0, 0, 1)
    for height in _HEIGHTS:
        if height > len(levels):
            break
        count, low, high = (each[height:] - each[:-height] for each in sums)
        stands = np.minimum(
            _surprise(count, np.maximum(low, high)), _surprise(count, _beside(sums[0], height) * height)
        )
        at = int(stands.argmax())
        best = max(best, (float(stands[at]), at, height))
    deviations, at, height = best
    band = own[at : at + height]
    expected = max(float(each[at + height] - each[at]) for each in sums[1:])
    expected = max(expected, float(_beside(sums[0], height)[at]) * height)
    return Row(
        area=Area(left=area.left, top=top + at, right=area.right, bottom=top + at + height),
        deviations=deviations,
        **_pieces(band, expected),
    )


def _beside(running: NDArray[np.float64], height: int) -> NDArray[np.float64]:
    """Pixels in a row above or below each band of `height`, whichever has more."""
    reach, count = max(3, height // 2), len(running) - height
    at = np.arange(count)
    sides = []
    for start, stop in ((at - 1 - reach, at - 1), (at + height + 1, at + height + 1 + reach)):
        first, last = (np.clip(each, 0, len(running) - 1) for each in (start, stop))
        sides.append((running[last] - running[first]) / np.maximum(last - first, 1))
    return np.asarray(np.maximum(*sides))


def _pieces(band: NDArray[np.bool_], expected: float) -> dict[str, float]:
    height, width = band.shape
    part = max(6, height * 2 // 3)
    parts = max(1, width // part)
    each = band[:, : parts * part].reshape(height, parts, -1).sum(axis=(0, 2))
    _, _, stats, _ = cv2.connectedComponentsWithStats(band.astype(np.uint8))
    inside = cv2.erode(band.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0)
    pixels, across = (stats[1:, column] for column in (cv2.CC_STAT_AREA, cv2.CC_STAT_WIDTH))
    return {
        "spread": float((each > expected * part / width + 1).mean()),
        "largest": float(pixels.max() / pixels.sum()) if pixels.size else 1.0,
        "width": float(across.max() / height) if across.size else 0.0,
        "solid": float(inside.sum() / pixels.sum()) if pixels.size else 1.0,
    }
