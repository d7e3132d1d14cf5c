"""The forensic mark of one session and epoch as the levels it moves: checkers of sign and tones, in whole numbers."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from viewer.watermark.keying import Key
from viewer.watermark.layout import BLOCK, CELL, CHIP, SPARSE, Region, layout_of
from viewer.watermark.payload import Payload, chips, codeword

Pattern = NDArray[np.int8]


class Strength(StrEnum):
    """How far the mark goes. `LIGHT`, for diagnosis, sits in the blue-yellow of a colour frame over a weak grey."""

    LIGHT = "light"
    STANDARD = "standard"
    STRONG = "strong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """How far, in grey levels: a cell's sign and each tone; their sum is rounded to `-step`, 0 or `step`.

    Three levels, not seven: an encoder without loss takes them as cheaply as two.
    """

    sign: float
    tone: float
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """`plain`; `busy` where the picture hides more; `dark`, of signs alone, where it is black; `blue` for blue alone."""

    plain: Levels
    busy: Levels
    dark: int
    blue: Levels | None = None


AMOUNTS = {
    Strength.LIGHT: Amounts(
        plain=Levels(sign=0.5, tone=0.22, step=1),
        busy=Levels(sign=0.5, tone=0.22, step=1),
        dark=0,
        blue=Levels(sign=3.0, tone=0.7, step=3),
    ),
    Strength.STANDARD: Amounts(
        plain=Levels(sign=1.0, tone=0.6, step=2), busy=Levels(sign=2.14, tone=1.29, step=3), dark=2
    ),
    Strength.STRONG: Amounts(
        plain=Levels(sign=2.14, tone=1.29, step=3), busy=Levels(sign=2.9, tone=1.7, step=4), dark=3
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Patterns:
    """Levels to move, int8, of each 4 x 4 px block: (height / 4, width / 4) rounded up.

    `plain` everywhere but where the picture is `busy` or `dark`. `blue`: for blue alone, and then `plain` for red and
    green, of all frames; None where the mark is grey.
    """

    plain: Pattern
    busy: Pattern
    dark: Pattern
    blue: Pattern | None


def patterns(key: Key, payload: Payload, *, width: int, height: int, strength: Strength) -> Patterns:
    """The patterns of `payload` for a frame of `width` x `height` px."""
    amounts = AMOUNTS[strength]
    layout = layout_of(key)
    region = Region(0, 0, -(-width // CELL), -(-height // CELL))
    signs = cell_signs(key, payload, region).astype(np.float32)
    checker = np.kron(signs, np.array([[1, -1], [-1, 1]], np.float32))
    tone = layout.tone(checker.shape[0], checker.shape[1], BLOCK)
    rows, columns = -(-height // BLOCK), -(-width // BLOCK)

    def drawn(levels: Levels) -> Pattern:
        steps = np.round((levels.sign * checker + levels.tone * tone) / levels.step)
        return (levels.step * np.clip(steps, -1, 1)).astype(np.int8)[:rows, :columns]

    marked = np.arange(checker.shape[0]) // (CELL // BLOCK) % SPARSE == 0
    dark = (amounts.dark * checker * marked[:, np.newaxis]).astype(np.int8)
    return Patterns(
        plain=drawn(amounts.plain),
        busy=drawn(amounts.busy),
        dark=dark[:rows, :columns],
        blue=drawn(amounts.blue) if amounts.blue else None,
    )


def cell_signs(key: Key, payload: Payload, region: Region) -> NDArray[np.int8]:
    """The sign of each cell of `region`, shape (rows, columns)."""
    layout = layout_of(key)
    index, sign = region.cut(layout.index), region.cut(layout.sign)
    bits = 1 - 2 * codeword(key, payload).astype(np.int8)
    sent = sign * np.where(index >= 0, bits[np.maximum(index, 0)], 1)
    number = region.cut(layout.number)
    return np.where(index == CHIP, chips(key, payload)[np.maximum(number, 0)] * sign, sent).astype(np.int8)
