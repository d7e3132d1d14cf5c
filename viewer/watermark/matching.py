"""Correlation with the keyed pilot over the whole map at once, by Fourier transforms, at half size.

A score is in deviations of the correlation over all places. The map says one sign for each cell, 4 x 4 half px, so that what a
plane says is summed up over cells, in each of the 16 ways in which cells may lie on it, and compared with the signs alone: 16
small transforms, two of them at once, that stay in the processor's cache, for a large one.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.watermark.keying import Key
from viewer.watermark.layout import CANVAS, CELL, PILOT, half_pilot, layout_of
from viewer.watermark.whitening import Plane

WHOLE, USUAL = 2048, 1024  # half px: the canvas and its repetition, and that of frames of up to 2,048 px
_NEAR, _BONUS = 24, 1.3  # half px, and the deviations that noise reaches less there than anywhere
_BETWEEN = np.array(
    [0.25, 0.5, 0.25], np.float32
)  # px taken so lie as near to the one as to the other half px
_NOTED, _LOOKED = 4.0, 24  # deviations where px are taken between, and how many such places are looked at
_SPREAD = 3  # half px: as far as the pilot has to do with itself
_CELL = CELL // 2  # half px
_CHECKER = np.array([1, 1, -1, -1], np.float32)  # of a cell, each way
_PART, _LITTLE = 128, 43  # cells: of the map at once, for a plane of no more

Match = tuple[float, float, float]  # score, and x and y in half px of the map where the patch's corner stands


@dataclass(frozen=True, slots=True)
class Inset:
    """`x`, `y`: where in a patch of `side` px a plane lies that has nothing about it; even."""

    x: int
    y: int
    side: int

    def home(self, x: float, y: float, around: int) -> tuple[float, float]:
        """Where the patch's corner is, in half px, if the plane's is at `x`, `y` of a map that comes `around`: so that its middle is on the map."""
        limit = min(CANVAS // 2, around) - self.side // 4
        x, y = x - self.x / 2, y - self.y / 2
        return x - around if x > limit else x, y - around if y > limit else y


def halved(white: Plane) -> Plane:
    """`white` at half size."""
    return np.asarray(cv2.resize(white, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.float32)


def match(key: Key, white: Plane, inset: Inset, near: Sequence[tuple[int, int]] = ()) -> Match:
    """Of `white` at half size, over frames of up to 2,048 px.

    About the places `near` of the patch a little less will do, since there are far fewer of them.
    """
    total, power, most, x, y = 0.0, 0.0, -math.inf, 0, 0
    about = np.arange(-_NEAR, _NEAR + 1)
    close = [
        ((each_y + inset.y // 2 + about) % USUAL, (each_x + inset.x // 2 + about) % USUAL)
        for each_x, each_y in near
    ]
    nearer: Match = -math.inf, 0, 0
    for part in _parts(key, white, USUAL):
        total += part.total
        power += cv2.norm(part.values) ** 2
        row, column, odd = (int(each) for each in np.unravel_index(part.values.argmax(), part.values.shape))
        if (there := float(part.values[row, column, odd])) > most:
            most, x, y = there, part.across + _CELL * column + odd, part.down + _CELL * row
        nearer = max(nearer, *(part.best_of(*each) for each in close)) if close else nearer
    mean = total / USUAL**2
    deviation = math.sqrt(max(0.0, power / USUAL**2 - mean * mean)) + 1e-9
    score = most / deviation
    if nearer[0] / deviation + _BONUS > score:
        score, x, y = nearer[0] / deviation + _BONUS, int(nearer[1]), int(nearer[2])
    x, y = (x - inset.x // 2) % USUAL + inset.x // 2, (y - inset.y // 2) % USUAL + inset.y // 2
    return score, *inset.home(x, y, USUAL)


def match_exactly(key: Key, white: Plane, inset: Inset) -> Match:
    """Of `white` at its own size, px by px, over the whole map.

    The half px may be divided in four ways. What stands out where they are taken between all four is looked at in each.
    """
    rows, columns = np.flatnonzero(white.any(axis=1)), np.flatnonzero(white.any(axis=0))
    if not len(rows):
        return 0.0, 0.0, 0.0
    top, left = int(rows[0]) // 2 * 2, int(columns[0]) // 2 * 2
    around = np.pad(white[top : rows[-1] + 1, left : columns[-1] + 1], ((0, 3), (0, 3)))
    seen = around[: len(around) // 2 * 2, : around.shape[1] // 2 * 2]
    between = np.asarray(
        cv2.sepFilter2D(seen, -1, _BETWEEN, _BETWEEN, borderType=cv2.BORDER_CONSTANT), np.float32
    )
    noted = _noted(key, np.ascontiguousarray(between[::2, ::2]))
    best: Match = 0.0, 0.0, 0.0
    signs = _signs(key, WHOLE // _CELL)
    for down, across in ((0, 0), (0, 1), (1, 0), (1, 1)):
        way = halved(np.roll(seen, (down, across), (0, 1)))
        sums, deviation = _sums(way), _deviation(key, way)
        for x, y in noted:
            cell = sums[_CELL - 1 - y % _CELL :: _CELL, _CELL - 1 - x % _CELL :: _CELL]
            there = signs[y // _CELL : y // _CELL + cell.shape[0], x // _CELL : x // _CELL + cell.shape[1]]
            score = float((there * cell).sum()) / deviation
            if score > best[0]:
                best = score, x + across / 2, y + down / 2
    score, right, below = best
    return score, *Inset(inset.x + left, inset.y + top, inset.side).home(right, below, WHOLE)


def _noted(key: Key, white: Plane) -> list[tuple[int, int]]:
    """Where `white`, at half size, stands out of the whole map: x and y, the clearest places first."""
    least = _NOTED * _deviation(key, white)
    values, places = [np.zeros(0, np.float32)], [np.zeros((0, 2), np.int64)]
    for part in _parts(key, white, WHOLE):
        if part.values.max() <= least:
            continue
        row, column, odd = np.unravel_index(np.flatnonzero(part.values > least), part.values.shape)
        values.append(part.values[row, column, odd])
        places.append(
            np.stack([part.across + _CELL * column + odd, part.down + _CELL * row], axis=1).astype(np.int64)
        )
    value, place = np.concatenate(values), np.concatenate(places)
    order = np.argsort(-value, kind="stable")[:_LOOKED]
    return [(int(x), int(y)) for x, y in place[order[value[order] > value.max(initial=0) / 2]]]


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The correlation at some places. Its `values` are gone when the next part comes.

    `values`: (rows, columns, 2), the first of the place `down` and `across`, rows and columns a cell apart, the last two a half px.
    `total`: their sum, if the part is of the whole map.
    """

    down: int
    across: int
    values: Plane
    total: float

    def best_of(self, ys: NDArray[np.intp], xs: NDArray[np.intp]) -> Match:
        """The best of its places that are at one of `ys` down and one of `xs` across."""
        rows, columns = (ys - self.down)[ys % _CELL == self.down % _CELL] // _CELL, xs - self.across
        columns = columns[(columns % _CELL) < 2]
        held = self.values[rows[:, np.newaxis], columns // _CELL, columns % _CELL]
        if not held.size:
            return -math.inf, 0, 0
        row, column = divmod(int(held.argmax()), len(columns))
        x, y = self.across + int(columns[column]), self.down + _CELL * int(rows[row])
        return float(held[row, column]), x, y


def _parts(key: Key, white: Plane, side: int) -> Iterator[_Part]:
    """The correlation of `white` at each place of the map's first `side` half px."""
    cells = side // _CELL
    rows, columns = (-(-(length + _CELL - 1) // _CELL) for length in white.shape)
    count = _PART if side > USUAL and max(rows, columns) <= _LITTLE else cells
    # What a part's end lacks, for what follows it, is left to the next part.
    step = count if count == cells else count - max(rows, columns) + 1
    maps = [
        (y, x, _spectrum(key, cells, count, y, x))
        for y in range(0, cells, step)
        for x in range(0, cells, step)
    ]
    sums = _sums(white)
    plane, spectrum, product, values = (np.zeros((count, count, 2), np.float32) for _ in range(4))
    for down in range(_CELL):
        for across in range(0, _CELL, 2):
            # Two real planes are the two halves of a complex one.
            for odd in (0, 1):
                cell = sums[_CELL - 1 - down :: _CELL, _CELL - 1 - across - odd :: _CELL]
                plane[: cell.shape[0], : cell.shape[1], odd] = cell
                plane[: cell.shape[0], cell.shape[1] : columns, odd] = 0
                plane[cell.shape[0] : rows, :columns, odd] = 0
            cv2.dft(plane, dst=spectrum)
            for y, x, map_ in maps:
                np.multiply(map_, spectrum.view(np.complex64), out=product.view(np.complex64))
                cv2.dft(product, dst=values)
                kept = values[: min(step, cells - y), : min(step, cells - x)]
                total = float(product[0, 0].sum())
                yield _Part(_CELL * y + down, _CELL * x + across, kept, total)


def _sums(white: Plane) -> Plane:
    """What a cell says whose corner is at each half px, from three before the first on."""
    wide = np.pad(white, _CELL - 1)
    return np.asarray(
        cv2.sepFilter2D(wide, -1, _CHECKER, _CHECKER, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT),
        np.float32,
    )


@lru_cache(maxsize=128)
def _spectrum(key: Key, cells: int, count: int, top: int, left: int) -> NDArray[np.complex64]:
    """Of the signs of `count` cells each way, (count, count, 1).

    Conjugated, so that the transform, forward, of its product with a plane's spectrum is their correlation.
    """
    plane = np.ascontiguousarray(_signs(key, cells)[top : top + count, left : left + count])
    spectrum = np.asarray(cv2.dft(plane, flags=cv2.DFT_COMPLEX_OUTPUT), np.float32)
    return np.asarray(np.conj(spectrum.view(np.complex64)) / count**2, np.complex64)


@lru_cache(maxsize=4)
def _signs(key: Key, cells: int) -> Plane:
    """The pilot's signs in the first `cells` each way of the map, which repeats, and what follows when it comes around; 0 elsewhere."""
    layout = layout_of(key)
    signs = np.where(layout.index == PILOT, layout.sign, 0).astype(np.float32)
    again = -(-cells // len(signs))
    return np.pad(np.tile(signs, (again, again))[:cells, :cells], (0, cells // 2), mode="wrap")


@lru_cache(maxsize=2)
def _itself(key: Key) -> Plane:
    """How the pilot at half size agrees with itself, moved by up to _SPREAD half px each way, per half px."""
    half = half_pilot(key)
    moves = range(-_SPREAD, _SPREAD + 1)
    return np.array(
        [[np.mean(half * np.roll(half, (y, x), (0, 1))) for x in moves] for y in moves], np.float32
    )


def _deviation(key: Key, white: Plane) -> float:
    """What the correlation of `white` deviates by over all places, without taking it."""
    spread = cv2.filter2D(white, -1, _itself(key), borderType=cv2.BORDER_CONSTANT)
    return math.sqrt(max(0.0, float(cv2.multiply(spread, white).sum()))) + 1e-9
