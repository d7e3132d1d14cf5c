"""Planes for a grey frame that decides itself, block by block, how far it is moved: more where it hides the mark."""

import sys
from collections.abc import Sequence
from types import ModuleType

import cv2
import numpy as np

from viewer.imaging.scratch import Scratch
from viewer.imaging.swift import KERNELS
from viewer.watermark.layout import BLACK, BLOCK
from viewer.watermark.pattern import Patterns
from viewer.watermark.planes import Grey, Levels, Planes

BRIGHT = 245  # grey levels above which the eye misses one or two more, and only what is taken away is left
BUSY = 24  # grey levels between neighbouring 4 px samples: texture, in which it misses them too
FLAT = 8  # grey levels, at most, between them: nothing hides the mark
_NEIGHBOURS = np.ones((3, 3), np.uint8)
_TOP, _TOPS = np.uint8(0x80), np.uint64(0x8080808080808080)
_FOUR_BITS = 7  # levels, up and down, that the kernel's patterns hold
_TILE = 64  # px along which there is visible text or none

_Four = tuple[Levels, Levels, Levels, Levels]  # plain, busy, flat, black


class Adaptive:
    """Planes for a grey frame, (height, width), on top of which the frame itself decides how far `made` moves it.

    Each of `sparse` does where more of it is black than the share beside it, the last one first.
    `kernels`: `swift.KERNELS`, or None for OpenCV's calls, which give the same.
    """

    def __init__(
        self,
        base: Planes,
        made: Patterns,
        sparse: Sequence[tuple[float, Patterns]] = (),
        *,
        kernels: ModuleType | None = KERNELS,
    ) -> None:
        self.base = base
        most = max(int(base.add.max()), int(base.subtract.max()))
        signed = (
            cv2.subtract(base.add, base.subtract, dtype=cv2.CV_8S) if most <= np.iinfo(np.int8).max else None
        )
        four = [_four(of) for of in (made, *(of for _, of in sparse))]
        self._shares = [share for share, _ in sparse][::-1]
        self._moving: _Packed | _Plain
        small = all(abs(each).max() <= _FOUR_BITS for of in four for each in of)
        if kernels is not None and signed is not None and small:
            self._moving = _Packed(kernels, np.asarray(signed, np.int8), four)
        else:
            self._moving = _Plain(base, None if signed is None else np.asarray(signed, np.int8), four)

    @property
    def nbytes(self) -> int:
        """What it holds, in bytes."""
        return self.base.nbytes + self._moving.nbytes

    def on(self, frame: Grey, scratch: Scratch) -> Grey:
        """`frame` moved: in its place where it is of `scratch`, else a copy."""
        dark = self._moving.look(frame, scratch)
        sparse = next((-1 - k for k, share in enumerate(self._shares) if dark > share), 0)
        # A second megabyte would drive the first one out of the processor's cache.
        moved = frame if scratch.lent(frame) else scratch.take("marked", frame.shape)
        self._moving.move(frame, moved, sparse, scratch)
        return moved


def _four(of: Patterns) -> _Four:
    plain, busy, flat, black = (
        np.ascontiguousarray(each, np.int8) for each in (of.plain, of.busy, of.flat, of.black)
    )
    return plain, busy, flat, black


class _Packed:
    """By the kernels: a pass over the frame for looking, and one for moving."""

    def __init__(self, kernels: ModuleType, signed: Levels, four: Sequence[_Four]) -> None:
        self._kernels = kernels
        self._signed = signed
        self._lettered = _lettered(signed)
        self._packed = [(_nibbles(plain, busy), _nibbles(flat, black)) for plain, busy, flat, black in four]

    @property
    def nbytes(self) -> int:
        packed = sum(each.nbytes for both in self._packed for each in both)
        return self._signed.nbytes + self._lettered.nbytes + packed

    def look(self, frame: Grey, scratch: Scratch) -> float:
        """See what hides the mark in `frame`; the share of it that is black."""
        found = scratch.take("found", self._packed[0][0].shape)
        return float(
            self._kernels.look(np.ascontiguousarray(frame), found, BUSY, BRIGHT, FLAT, BLACK) / found.size
        )

    def move(self, frame: Grey, moved: Grey, which: int, scratch: Scratch) -> None:
        """Move what was looked at."""
        even, odd = self._packed[which]
        found = scratch.take("found", even.shape)
        self._kernels.mark(np.ascontiguousarray(frame), moved, self._signed, self._lettered, found, even, odd)


def _nibbles(low: Levels, high: Levels) -> Grey:
    """Two patterns of four bits a block, in two's complement."""
    return np.asarray(low.view(np.uint8) & 15 | high.view(np.uint8) << 4, np.uint8)


def _lettered(signed: Levels) -> Grey:
    """1 where text moves anything: of each row of blocks, and `_TILE` px across."""
    rows, columns = (
        np.arange(0, size, step) for size, step in zip(signed.shape, (BLOCK, _TILE), strict=True)
    )
    found = np.logical_or.reduceat(np.logical_or.reduceat(signed != 0, rows, axis=0), columns, axis=1)
    return np.ascontiguousarray(found, np.uint8)


class _Plain:
    """By OpenCV's calls: some twenty-five passes, most of them over small planes."""

    def __init__(self, base: Planes, signed: Levels | None, four: Sequence[_Four]) -> None:
        self._base = base
        self._signed = signed
        self._made = four

    @property
    def nbytes(self) -> int:
        signed = 0 if self._signed is None else self._signed.nbytes
        return signed + sum(each.nbytes for of in self._made for each in of)

    def look(self, frame: Grey, scratch: Scratch) -> float:
        """See what hides the mark in `frame`; the share of it that is black."""
        *_, black = hiding(frame, scratch)
        return cv2.countNonZero(black) / black.size

    def move(self, frame: Grey, moved: Grey, which: int, scratch: Scratch) -> None:
        """Move what was looked at."""
        plane = self._blocks(which, frame.shape[1], scratch)
        # A level with its top bit turned is the level less 128, as a signed number: what saturates there saturates
        # here, and one addition does for adding and subtracting.
        signed = moved.view(np.int8)
        if self._signed is None:
            _turn(self._base.on(frame, scratch), moved)
        else:
            _turn(frame, moved)
            cv2.add(signed, self._signed, dst=signed)
        for first in range(BLOCK):  # the rows of a block are alike, so a quarter of a plane does for all
            rows = signed[first::BLOCK]
            cv2.add(rows, plane[: len(rows)], dst=rows)
        _turn(moved, moved)

    def _blocks(self, which: int, width: int, scratch: Scratch) -> Levels:
        """One row of each row of blocks, as far as the frame is wide."""
        plain, *others = self._made[which]
        _, _, busy, _, flat, black = scratch.take("hiding", (6, *plain.shape))
        blocks = scratch.take("blocks", plain.shape).view(np.int8)
        blocks[:] = plain
        for other, where in zip(others, (busy, flat, black), strict=True):
            cv2.copyTo(other, where, blocks)
        height, columns = blocks.shape
        plane = scratch.take("plane", (height, columns, BLOCK)).view(np.int8)
        cv2.merge((blocks,) * BLOCK, dst=plane)
        return plane.reshape(height, -1)[:, :width]


def _turn(levels: Grey, out: Grey) -> Grey:
    """The top bit of each level turned, eight at a time where they stand in one piece."""
    if levels.flags.c_contiguous and levels.size % 8 == 0:
        np.bitwise_xor(levels.reshape(-1).view(np.uint64), _TOPS, out=out.reshape(-1).view(np.uint64))
    else:
        np.bitwise_xor(levels, _TOP, out=out)
    return out


def hiding(frame: Grey, scratch: Scratch) -> tuple[Grey, Grey, Grey]:
    """Where a grey frame is busy or white, where it is flat, and where it is black: 255 or 0 of each 4 x 4 px block."""
    small = _sampled(frame)
    highest, change, busy, white, flat, black = scratch.take("hiding", (6, *small.shape))
    cv2.dilate(small, _NEIGHBOURS, dst=highest)
    cv2.subtract(highest, cv2.erode(small, _NEIGHBOURS, dst=change), dst=change)
    cv2.threshold(change, BUSY - 1, 255, cv2.THRESH_BINARY, dst=busy)
    cv2.threshold(small, BRIGHT, 255, cv2.THRESH_BINARY, dst=white)
    cv2.bitwise_or(busy, white, dst=busy)
    cv2.threshold(change, FLAT, 255, cv2.THRESH_BINARY_INV, dst=flat)
    cv2.threshold(highest, BLACK - 1, 255, cv2.THRESH_BINARY_INV, dst=black)
    return busy, flat, black


def _sampled(frame: Grey) -> Grey:
    """The first pixel of each block."""
    rows = frame[::BLOCK]
    if frame.shape[1] % BLOCK == 0 and frame.strides[1] == 1 and sys.byteorder == "little":
        return rows.view(np.uint32).astype(np.uint8)  # four times as fast: what is above the lowest byte goes
    return np.ascontiguousarray(rows[:, ::BLOCK])
