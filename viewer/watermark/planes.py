"""A mark as planes that a frame takes in two saturating operations, or four where the picture decides how much.

Precomputed once per session and epoch; per frame nothing is multiplied or rounded.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.errors import MarkError
from viewer.imaging.scratch import Scratch
from viewer.watermark.layout import BLACK, BLOCK
from viewer.watermark.pattern import Patterns

Grey = NDArray[np.uint8]
Levels = NDArray[np.int8]

BRIGHT = 245  # grey levels above which the eye misses one or two more, and only what is taken away is left
BUSY = 24  # grey levels between neighbouring 4 px samples: texture, in which it misses them too
FLAT = 8  # grey levels, at most, between them: nothing hides the mark
_NEIGHBOURS = np.ones((3, 3), np.uint8)
_TOP, _TOPS = np.uint8(0x80), np.uint64(0x8080808080808080)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Planes:
    """What is added and subtracted: uint8, (height, width), or (height, width, 3) in RGB; read-only.

    No pixel is in both, so neither undoes the other. Errors: MarkError for planes that differ in shape or overlap.
    """

    add: Grey
    subtract: Grey

    def __post_init__(self) -> None:
        if self.add.shape != self.subtract.shape or self.add.shape[2:] not in {(), (3,)} or self.add.ndim < 2:
            raise MarkError("the two planes of a watermark differ in shape")
        if np.any(cv2.min(self.add, self.subtract)):
            raise MarkError("the two planes of a watermark overlap")
        for plane in (self.add, self.subtract):
            if plane.dtype != np.uint8:
                raise MarkError("a plane of a watermark is not of 8 bits")
            plane.flags.writeable = False

    @classmethod
    def of(cls, levels: NDArray[np.integer]) -> "Planes":
        """The planes that move a frame by `levels`, -255..255, any shape of the above."""
        return cls(
            add=np.clip(levels, 0, 255).astype(np.uint8), subtract=np.clip(-levels, 0, 255).astype(np.uint8)
        )

    def in_colour(self) -> "Planes":
        """The same for the three channels of RGB."""
        return Planes(
            add=np.asarray(cv2.merge((self.add,) * 3), np.uint8),
            subtract=np.asarray(cv2.merge((self.subtract,) * 3), np.uint8),
        )

    @property
    def nbytes(self) -> int:
        """What they hold, in bytes."""
        return self.add.nbytes + self.subtract.nbytes

    def on(self, frame: Grey, scratch: Scratch, name: str = "marked") -> Grey:
        """A copy of `frame`, of the planes' shape, moved and kept within 0..255: that of `name` of `scratch`."""
        moved = cv2.add(frame, self.add, dst=scratch.take(name, frame.shape))
        return np.asarray(cv2.subtract(moved, self.subtract, dst=moved), np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tinted:
    """Planes for a mark in colour, (height, width): `even` for red and green, and `blue`."""

    even: Planes
    blue: Planes

    def in_colour(self) -> Planes:
        """The same for the three channels of RGB."""

        def merged(even: Grey, blue: Grey) -> Grey:
            return np.asarray(cv2.merge((even, even, blue)), np.uint8)

        return Planes(
            add=merged(self.even.add, self.blue.add), subtract=merged(self.even.subtract, self.blue.subtract)
        )

    @property
    def nbytes(self) -> int:
        """What they hold, in bytes."""
        return self.even.nbytes + self.blue.nbytes

    def on(self, frame: Grey, scratch: Scratch) -> Grey:
        """A grey `frame` moved, in RGB: two channels are made, not three, and none of them is spread before."""
        even, blue = self.even.on(frame, scratch), self.blue.on(frame, scratch, "blue")
        return np.asarray(
            cv2.merge((even, even, blue), dst=scratch.take("tinted", (*frame.shape, 3))), np.uint8
        )


class Adaptive:
    """Planes for a grey frame, (height, width), on top of which the frame itself decides how far `made` moves it.

    Each of `sparse` does where more of it is black than the share beside it, the last one first.
    """

    def __init__(self, base: Planes, made: Patterns, sparse: Sequence[tuple[float, Patterns]] = ()) -> None:
        self.base = base
        self._made, *others = (
            tuple(np.ascontiguousarray(each, np.int8) for each in (of.plain, of.busy, of.flat, of.black))
            for of in (made, *(of for _, of in sparse))
        )
        self._sparse = [(share, of) for (share, _), of in zip(sparse, others, strict=True)][::-1]
        most = max(int(base.add.max()), int(base.subtract.max()))
        self._signed = (
            cv2.subtract(base.add, base.subtract, dtype=cv2.CV_8S) if most <= np.iinfo(np.int8).max else None
        )

    @property
    def nbytes(self) -> int:
        """What it holds, in bytes."""
        signed = 0 if self._signed is None else self._signed.nbytes
        return (
            self.base.nbytes
            + signed
            + sum(each.nbytes for of in (self._made, *(of for _, of in self._sparse)) for each in of)
        )

    def on(self, frame: Grey, scratch: Scratch) -> Grey:
        """`frame` moved: in its place where it is of `scratch`, else a copy."""
        plane = self._blocks(frame, scratch)
        # A level with its top bit turned is the level less 128, as a signed number: what saturates there saturates
        # here, and one addition does for adding and subtracting.
        moved = _room(frame, scratch)
        signed = moved.view(np.int8)
        if self._signed is None:
            _turn(self.base.on(frame, scratch), moved)
        else:
            _turn(frame, moved)
            cv2.add(signed, self._signed, dst=signed)
        for first in range(BLOCK):  # the rows of a block are alike, so a quarter of a plane does for all
            rows = signed[first::BLOCK]
            cv2.add(rows, plane[: len(rows)], dst=rows)
        return _turn(moved, moved)

    def _blocks(self, frame: Grey, scratch: Scratch) -> Levels:
        """One row of each row of blocks, as far as `frame` is wide."""
        hidden = hiding(frame, scratch)
        *_, black = hidden
        dark = cv2.countNonZero(black) / black.size
        plain, *others = next((of for share, of in self._sparse if dark > share), self._made)
        blocks = scratch.take("blocks", plain.shape).view(np.int8)
        blocks[:] = plain
        for other, where in zip(others, hidden, strict=True):
            cv2.copyTo(other, where, blocks)
        height, width = blocks.shape
        plane = scratch.take("plane", (height, width, BLOCK)).view(np.int8)
        cv2.merge((blocks,) * BLOCK, dst=plane)
        return plane.reshape(height, -1)[:, : frame.shape[1]]


def _room(frame: Grey, scratch: Scratch) -> Grey:
    """Where `frame` is marked: a second megabyte would drive the first one out of the processor's cache."""
    return frame if scratch.lent(frame) else scratch.take("marked", frame.shape)


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
