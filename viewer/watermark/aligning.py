"""From a rough place to the exact one: blocks of the leak are compared with the pilot, the homography follows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.watermark.keying import Key
from viewer.watermark.layout import CELL
from viewer.watermark.pilot import shifts
from viewer.watermark.symbols import Reading, read_cells
from viewer.watermark.warping import Laid, Matrix, covered, lay, shifted, smoothly
from viewer.watermark.whitening import Plane, erase, sharpen, whiten

MOST = 1280  # px each way of the frame that are read: enough for any leak that can be read at all
_ROUNDS = (  # block, reach, least score, step: coarse and sure to fine
    (256, 16, 5.2, 128),
    (256, 12, 5.0, 128),
    (192, 8, 4.8, 104),
    (128, 6, 4.5, 128),
    (128, 4, 4.2, 128),
)
_NEARBY = ((256, 8, 4.4, 128), (192, 5, 4.0, 104), (128, 4, 4.0, 96))  # of a place that is known to a few px
_READ_AFTER = {1, 3}  # rounds
_CLOSE = 300  # px from where the place was found: the first round looks no further
_CLEAREST = 0.5  # of the third best block: what is less clear is noise beside it
_UNIT = 512.0  # px
_MOVES = (
    25.0,
    25.0,
    16.0,
    25.0,
    25.0,
    16.0,
    12.0,
    12.0,
)  # px, at _UNIT from the middle: what a step is expected to do
_ERROR = 1.5  # px, of a clear block
_TOLERANCES = 20.0, 8.0, 4.0, 2.5, 2.5  # px
_AGREED = 0.4  # of the blocks, by how clear they are
_SMALL = 640  # px of the frame
_JUMP = 600  # px; a step that large is an error
_GRADED = 14  # blocks, at least, for a lens to be told from noise


@dataclass(frozen=True, slots=True, eq=False)
class Aligned:
    """`reading` of the leak as laid out by `to_leak`, frame px to leak px."""

    reading: Reading
    to_leak: Matrix


Whitener = Callable[[Laid], Plane]


def tissue(laid: Laid) -> Plane:
    """For photographs of tissue."""
    return whiten(laid.picture)


def paper(laid: Laid) -> Plane:
    """For print, user interfaces and flat pictures."""
    return erase(laid.picture)


def detail(laid: Laid) -> Plane:
    """For leaks that kept their detail."""
    return sharpen(laid.picture)


WAYS: Sequence[Whitener] = (tissue, paper, detail)


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """`to_leak` takes frame px to px of `leak`, best near the frame point `about`, or `anywhere`.

    `exact`: its px are the frame's, so that it may well lie there as it is.
    `lead`: how the leak is whitened to find its place; it is read in that way and in all of `WAYS`.
    """

    leak: Plane
    to_leak: Matrix
    about: tuple[float, float]
    lead: Whitener
    anywhere: bool
    exact: bool = False


def align(key: Key, start: Start) -> Iterator[Aligned]:
    """Readings, each better aligned than the one before; none where the pilot is not found."""
    to_leak = start.to_leak
    borne_out = start.anywhere or start.exact or _small(start)
    if start.anywhere:
        yield from _read(key, start, to_leak)
    for number in range(len(_NEARBY if start.anywhere else _ROUNDS)):
        better = _better(key, start, to_leak, number)
        if better is None and number and not start.anywhere:
            break
        if better is None:
            continue
        to_leak = better
        borne_out = True
        if number in _READ_AFTER:
            yield from _read(key, start, to_leak)
    if borne_out:
        yield from _read(key, start, to_leak, bent=True)


def _small(start: Start) -> bool:
    """Whether it holds too few blocks for them to bear anything out."""
    region = covered(start.to_leak, start.leak.shape, most=MOST, about=start.about)
    return region is not None and min(region.rows, region.columns) * CELL < _SMALL


def _better(key: Key, start: Start, to_leak: Matrix, number: int) -> Matrix | None:
    """`to_leak` after round `number`; None where the pilot does not bear it out."""
    block, reach, least, step = (_NEARBY if start.anywhere else _ROUNDS)[number]
    laid = _laid(start, to_leak)
    if laid is None:
        return None
    white = start.lead(laid) * laid.seen
    found = shifts(key, white, laid, block=_fit(block, laid), reach=reach, step=step)
    if number == 0 and not start.anywhere and len(found):
        close = np.hypot(found[:, 0] - start.about[0], found[:, 1] - start.about[1]) < _CLOSE
        found = found[close] if close.sum() >= 4 else found
    if len(found) < 3:
        return None
    good = found[found[:, 4] > max(least, _CLEAREST * float(np.sort(found[:, 4])[-3]))]
    if len(good) < 3:
        return None
    step_by = _step(good)
    return None if step_by is None or _moves(step_by, laid) > _JUMP else to_leak @ step_by


def _read(key: Key, start: Start, to_leak: Matrix, *, bent: bool = False) -> Iterator[Aligned]:
    """The reading as it lies, and straightened too if `bent`."""
    laid = _laid(start, to_leak)
    if laid is None:
        return
    whites = [way(laid) * laid.seen for way in dict.fromkeys((start.lead, *WAYS))]
    yield Aligned(read_cells(key, whites, laid), to_leak)
    bend = _bend(key, whites[0], laid) if bent else None
    if bend is not None:
        yield Aligned(read_cells(key, [shifted(white, -bend) for white in whites], laid), to_leak)


def _laid(start: Start, to_leak: Matrix) -> Laid | None:
    region = covered(to_leak, start.leak.shape, most=MOST, about=start.about)
    return None if region is None else lay(start.leak, to_leak, region)


def _fit(block: int, laid: Laid) -> int:
    """`block`, or less where the leak is small."""
    return min(block, min(laid.region.rows, laid.region.columns) * CELL)


def _step(good: NDArray[np.float64]) -> Matrix | None:
    """The homography that moves where blocks belong to where they are; None where the blocks don't agree.

    It is drawn to none at all, so that few blocks in a corner don't turn the rest; clear blocks count more, and those
    that stand apart from the others ever less.
    """
    middle = (good[:, :2].min(axis=0) + good[:, :2].max(axis=0)) / 2
    x, y = ((good[:, :2] + good[:, 2:4] - middle) / _UNIT).T
    none, one = np.zeros_like(x), np.ones_like(x)
    terms = np.concatenate(
        [
            np.stack([x, y, one, none, none, none, -x * x, -x * y], axis=1),
            np.stack([none, none, none, x, y, one, -x * y, -y * y], axis=1),
        ]
    )
    wanted = -good[:, 2:4].T.ravel()
    clear = np.square(good[:, 4] / good[:, 4].max())
    moved = np.zeros(8)
    for tolerance in _TOLERANCES:
        apart = np.square(wanted - terms @ moved).reshape(2, -1).sum(axis=0)
        weight = np.tile(clear / np.square(1 + apart / tolerance**2), 2) / _ERROR**2
        prior = np.diag(1 / np.square(_MOVES))
        moved = np.linalg.solve((terms.T * weight) @ terms + prior, (terms.T * weight) @ wanted)
    apart = np.sqrt(np.square(wanted - terms @ moved).reshape(2, -1).sum(axis=0))
    agree = apart < 2 * _TOLERANCES[-1]
    if agree.sum() < 3 or clear[agree].sum() < _AGREED * clear.sum():
        return None
    matrix = np.eye(3) + np.array([*moved, 0]).reshape(3, 3) / _UNIT
    to_unit = np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, _UNIT]]) / _UNIT
    return np.asarray(np.linalg.inv(to_unit) @ matrix @ to_unit, np.float64)


def _moves(step: Matrix, laid: Laid) -> float:
    """How far `step` moves a corner of the region, px."""
    left, top = laid.region.left * CELL, laid.region.top * CELL
    right, bottom = left + laid.region.columns * CELL, top + laid.region.rows * CELL
    corners = np.array([[[left, top], [right, top], [right, bottom], [left, bottom]]], np.float64)
    return float(np.abs(cv2.perspectiveTransform(corners, step) - corners).max())


def _bend(key: Key, white: Plane, laid: Laid) -> NDArray[np.float32] | None:
    """How far each px is from where it belongs, (height, width, 2), a smooth cubic: what a lens does. None with few blocks."""
    found = shifts(key, white, laid, block=128, reach=4, step=96)
    good = found[found[:, 4] > 4.2]
    if len(good) < _GRADED:
        return None
    corner = np.array([laid.region.left, laid.region.top]) * CELL
    size = np.array([laid.region.columns, laid.region.rows]) * CELL / 2
    terms = _cubic((good[:, :2] - corner) / size - 1)
    weight = np.minimum(good[:, 4], 12)[:, np.newaxis]
    solved = np.linalg.solve(
        (terms * weight).T @ terms + np.eye(terms.shape[1]), (terms * weight).T @ good[:, 2:4]
    )

    def moved(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.clip(_cubic(points / size - 1) @ solved, -4, 4), np.float64)

    return smoothly(moved, white.shape[1], white.shape[0])


def _cubic(points: NDArray[np.floating]) -> NDArray[np.floating]:
    x, y = points[:, 0], points[:, 1]
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y, x**3, y**3, x * x * y, x * y * y], axis=1)
