"""From a rough place to the exact one: blocks of the leak are compared with the pilot, the homography follows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.watermark.keying import Key
from viewer.watermark.layout import CELL, Region
from viewer.watermark.pilot import shifts
from viewer.watermark.symbols import Reading, read_cells
from viewer.watermark.warping import Laid, Matrix, covered, lay, shifted, smoothly, stepped
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
_NOTHING = (
    4.0  # deviations of the pilot, less what the frame explains: less is left by no mark that could be read
)
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
    `lead`: how the leak is whitened to find its place; it is read in that way and in those `beside` it.
    """

    leak: Plane
    to_leak: Matrix
    about: tuple[float, float]
    lead: Whitener
    anywhere: bool
    exact: bool = False
    beside: Sequence[Whitener] = WAYS

    @property
    def region(self) -> Region | None:
        """What of the frame the leak covers; None where it covers none."""
        return covered(self.to_leak, self.leak.shape, most=MOST, about=self.about)


@dataclass(frozen=True, eq=False)
class _Lying:
    """The leak laid out as it stands at one step of its alignment."""

    start: Start
    laid: Laid

    @classmethod
    def of(cls, start: Start) -> "_Lying | None":
        region = start.region
        return None if region is None else cls(start, lay(start.leak, start.to_leak, region))

    @cached_property
    def white(self) -> Plane:
        return self.start.lead(self.laid) * self.laid.seen

    @cached_property
    def whites(self) -> list[Plane]:
        others = [way for way in self.start.beside if way is not self.start.lead]
        return [self.white, *(way(self.laid) * self.laid.seen for way in others)]


def align(key: Key, start: Start) -> Iterator[Aligned]:
    """Readings, each better aligned than the one before; none where the pilot is not found."""
    lying = _Lying.of(start)
    if lying is None:
        return
    read: _Lying | None = None
    if start.anywhere:
        first, read = _read(key, lying), lying
        yield first
        if not start.beside and first.reading.pilot < _NOTHING:
            return
    for number, step in _steps(key, lying):
        lying = step
        if number in _READ_AFTER:
            read = lying
            yield _read(key, lying)
    if lying.start is not start or start.anywhere or start.exact or _small(start):
        if lying is not read:
            yield _read(key, lying)
        yield from _straightened(key, lying)


def _steps(key: Key, lying: _Lying) -> Iterator[tuple[int, _Lying]]:
    """What each round that the pilot bears out comes to, and its number."""
    anywhere = lying.start.anywhere
    for number in range(len(_NEARBY if anywhere else _ROUNDS)):
        better = _better(key, lying, number)
        if better is None and number and not anywhere:
            return
        there = _Lying.of(replace(lying.start, to_leak=better)) if better is not None else None
        if there is not None:
            lying = there
            yield number, lying


def _small(start: Start) -> bool:
    """Whether it holds too few blocks for them to bear anything out."""
    region = start.region
    return region is not None and min(region.rows, region.columns) * CELL < _SMALL


def _better(key: Key, lying: _Lying, number: int) -> Matrix | None:
    """`to_leak` after round `number`; None where the pilot does not bear it out."""
    start, laid = lying.start, lying.laid
    block, reach, least, step = (_NEARBY if start.anywhere else _ROUNDS)[number]
    found = shifts(key, lying.white, laid, block=_fit(block, laid), reach=reach, step=step)
    if number == 0 and not start.anywhere and len(found):
        close = np.hypot(found[:, 0] - start.about[0], found[:, 1] - start.about[1]) < _CLOSE
        found = found[close] if close.sum() >= 4 else found
    if len(found) < 3:
        return None
    good = found[found[:, 4] > max(least, _CLEAREST * float(np.sort(found[:, 4])[-3]))]
    if len(good) < 3:
        return None
    step_by = _step(good)
    return None if step_by is None or _moves(step_by, laid) > _JUMP else start.to_leak @ step_by


def _read(key: Key, lying: _Lying) -> Aligned:
    return Aligned(read_cells(key, lying.whites, lying.laid), lying.start.to_leak)


def _straightened(key: Key, lying: _Lying) -> Iterator[Aligned]:
    """The reading without what a lens did, if its blocks say so."""
    bend = _bend(key, lying.white, lying.laid)
    if bend is not None:
        straight = [shifted(white, -bend) for white in lying.whites]
        yield Aligned(read_cells(key, straight, lying.laid), lying.start.to_leak)


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
    return stepped(moved, (float(middle[0]), float(middle[1])), _UNIT)


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
