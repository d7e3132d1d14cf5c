"""The pixels of a frame as whole levels that noise spreads over, and where it is rough enough for that."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.masking.image import MaskedFrame
from viewer.masking.mappings import brightness

LEVELS = 256  # they go round: what is that far apart counts as the same

_CELL = 4  # px of a picture of up to ...
_SIDE = 768  # px; of a larger one the cells are larger
_NOISE_LEVELS = 12  # of a frame with more than 8 bits: the usual step to the next pixel
_ROUGH = 6.0  # levels between neighbours in a cell
_DARK = 0.09  # of the range: noise around zero has few levels
_RANGE = 65_535  # of values; more are joined
_CLIPPED = 10  # levels at both ends

Levels = NDArray[np.int32]
Shares = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """`levels` of each pixel, -1 where none counts; `pair`: one value may lie in two of them."""

    levels: Levels
    pair: int
    cell: int

    def turned(self) -> "Grid":
        return Grid(levels=np.ascontiguousarray(self.levels.T), pair=self.pair, cell=self.cell)


def grid_of(frame: MaskedFrame) -> tuple[Grid, Shares]:
    """The levels, and which cells are rough."""
    values = brightness(frame)
    cell = _CELL * max(1, -(-max(values.shape) // _SIDE))
    rows, columns = (side // cell for side in values.shape)
    values = values[: rows * cell, : columns * cell]
    if not rows or not columns:
        return Grid(levels=np.empty((0, 0), np.int32), pair=1, cell=cell), np.empty((0, 0), np.float32)
    ranks = _ranks(values)
    across = cv2.absdiff(ranks[:, 1:], ranks[:, :-1])
    moved = across[across > 0]
    noise = float(np.median(moved)) if moved.size else 0.0
    step = 1 if ranks.max() < LEVELS else max(1, round(noise / _NOISE_LEVELS))
    levels: Levels = ranks // step
    top = int(levels.max())
    least = cv2.min(
        np.pad(cv2.absdiff(levels[:, 1:], levels[:, :-1]), ((0, 0), (0, 1))),
        np.pad(cv2.absdiff(levels[1:], levels[:-1]), ((0, 1), (0, 0))),
    )
    joined = cv2.resize(
        np.minimum(least, 40).astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA
    )
    clipped = (levels <= max(_CLIPPED, _DARK * top)) | (levels >= top - _CLIPPED)
    kept: Levels = np.where(clipped, -1, levels % LEVELS).astype(np.int32)
    return Grid(levels=kept, pair=1 + (step > 1), cell=cell), (joined >= _ROUGH).astype(np.float32)


def _ranks(values: Shares) -> Levels:
    """Of each pixel's value among those that occur: a picture of 8 bits that was stretched to more has gaps between them."""
    above = values - values.min()
    whole = (above * min(1.0, _RANGE / max(float(above.max()), 1.0))).astype(np.int32)
    occurs = np.bincount(whole.ravel()) > 0
    return np.asarray((np.cumsum(occurs) - 1)[whole], np.int32)
