"""Where the forensic mark puts what: a keyed map of cells, endless by repetition, the same for every session.

A cell is 8 x 8 px and carries one sign as a 2 x 2 checker. Square tiles of 34 x 34 cells hold each code bit once,
so that any piece of a frame as large as a tile holds the whole code word; a third of the cells is the pilot, by
which a piece finds its place; the rest carries the chips, a sequence of its own for each session and epoch.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.watermark.keying import Key
from viewer.watermark.polar import LENGTH

CELL = 8  # px
BLOCK = 4  # px: a cell's checker has 2 x 2 blocks, which PNG's filters and JPEG's transform take cheaply
TILE = 34  # cells
TILES = 15  # across and down the canvas
CANVAS = TILE * TILES * CELL  # px: 4,080; the map repeats beyond
BLACK = 8  # grey levels below which, with what is about it, a picture says nothing
FLAT_ROWS, BLACK_ROWS = (
    3,
    12,
)  # of so many rows of cells one is marked where nothing hides it: each costs bytes there
CHECKER = np.ones((CELL, CELL), np.float32)
CHECKER[:BLOCK, BLOCK:] = CHECKER[BLOCK:, :BLOCK] = -1

Number = TypeVar("Number", bound=np.generic)

_CODE = LENGTH
_PILOT = 385
_CHIPS = TILE * TILE - _CODE - _PILOT
CHIP_COUNT = _CHIPS * TILES * TILES
PILOT, CHIP = -1, -2  # in `Layout.index`; a code bit's number is 0 or above

_TONES = 8
_TONE_RADII = 0.076, 0.115  # cycles per px: above most of a picture, below what a photograph loses


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layout:
    """The map of one key. Arrays are (rows, columns) of cells, TILE * TILES each way.

    `index`: the code bit that a cell carries, or PILOT or CHIP. `number`: which chip, from 0. `sign`: -1 or 1,
    what a bit of 0 (or the pilot) looks like there. `tones`: (8, 2) frequencies x, y in cycles per px; `phases`.
    """

    index: NDArray[np.int16]
    number: NDArray[np.int32]
    sign: NDArray[np.int8]
    tones: NDArray[np.float64]
    phases: NDArray[np.float64]

    def pilot(self) -> NDArray[np.float32]:
        """The pilot alone in px, shape (CANVAS, CANVAS)."""
        cells = np.where(self.index == PILOT, self.sign, 0).astype(np.float32)
        return np.kron(cells, CHECKER)

    def tone(
        self, rows: int, columns: int, pixel: int, begin: tuple[int, int] = (0, 0)
    ) -> NDArray[np.float32]:
        """The sum of the tones at the centres of `pixel` x `pixel` px blocks, shape (rows, columns); `begin`: the first px down and across."""
        total = np.zeros((rows, columns), np.float32)
        y = begin[0] + np.arange(rows, dtype=np.float64) * pixel + (pixel - 1) / 2
        x = begin[1] + np.arange(columns, dtype=np.float64) * pixel + (pixel - 1) / 2
        for (across, down), phase in zip(self.tones, self.phases, strict=True):
            row = 2 * math.pi * down * y + phase
            column = 2 * math.pi * across * x
            total += np.outer(np.cos(row), np.cos(column)).astype(np.float32)
            total -= np.outer(np.sin(row), np.sin(column)).astype(np.float32)
        return total


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of the map, in cells: `left` and `top` at least 0; it may go beyond the canvas."""

    left: int
    top: int
    columns: int
    rows: int

    @property
    def corner(self) -> tuple[int, int]:
        """The px across and down at which it begins."""
        return self.left * CELL, self.top * CELL

    def cut(self, cells: NDArray[Number]) -> NDArray[Number]:
        """The part of a map of cells that the region covers."""
        down = np.arange(self.top, self.top + self.rows) % cells.shape[0]
        across = np.arange(self.left, self.left + self.columns) % cells.shape[1]
        return cells[np.ix_(down, across)]


@lru_cache(maxsize=8)
def layout_of(key: Key) -> Layout:
    """The layout of `key`; a few hundred milliseconds the first time."""
    side = TILE * TILES
    order = np.argsort(
        key.words("order", side * side).reshape(TILES * TILES, TILE * TILE), axis=1, kind="stable"
    )
    index = np.full(order.shape, CHIP, np.int16)
    number = np.full(order.shape, -1, np.int32)
    tile = np.arange(len(order))[:, np.newaxis]
    index[tile, order[:, :_CODE]] = np.arange(_CODE)
    index[tile, order[:, _CODE : _CODE + _PILOT]] = PILOT
    number[tile, order[:, _CODE + _PILOT :]] = np.arange(CHIP_COUNT).reshape(len(order), _CHIPS)
    spread = key.uniform("tones", 3 * _TONES).reshape(3, _TONES)
    angle = math.pi * (np.arange(_TONES) + 0.6 * spread[0] - 0.3) / _TONES
    radius = _TONE_RADII[0] + (_TONE_RADII[1] - _TONE_RADII[0]) * spread[1]
    return Layout(
        index=_map(index),
        number=_map(number),
        sign=key.signs("signs", side * side).reshape(side, side),
        tones=np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1),
        phases=2 * math.pi * spread[2],
    )


@lru_cache(maxsize=2)
def half_pilot(key: Key) -> NDArray[np.float32]:
    """The pilot at half size, shape (CANVAS / 2, CANVAS / 2)."""
    half = cv2.resize(layout_of(key).pilot(), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return np.asarray(half, np.float32)


def _map(tiles: NDArray[Number]) -> NDArray[Number]:
    """From (tile, cell) to (rows, columns) of the canvas."""
    side = TILE * TILES
    return np.ascontiguousarray(tiles.reshape(TILES, TILES, TILE, TILE).swapaxes(1, 2).reshape(side, side))
