"""The forensic mark of one session and epoch as the levels it moves: checkers of sign and tones, in whole numbers."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from viewer.watermark.keying import Key
from viewer.watermark.layout import BLOCK, CELL, CHIP, Region, layout_of
from viewer.watermark.payload import Payload, chips, codeword

LARGEST = 4  # levels

Pattern = NDArray[np.int8]


class Strength(StrEnum):
    """How far the mark goes. `LIGHT`, for diagnosis, sits in the blue-yellow of a colour frame over a weak grey."""

    LIGHT = "light"
    STANDARD = "standard"
    STRONG = "strong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """How far, in grey levels: a cell's sign, each tone, and both once more for blue alone."""

    sign: float
    tone: float
    blue_sign: float = 0.0
    blue_tone: float = 0.0


LEVELS = {
    Strength.LIGHT: Levels(sign=0.5, tone=0.22, blue_sign=3.0, blue_tone=0.7),
    Strength.STANDARD: Levels(sign=1.0, tone=0.6),
    Strength.STRONG: Levels(sign=1.5, tone=0.8),
}
EVEN = 1.1  # for frames that are not looked at
GAIN = 1.5  # where the picture is bright or busy, and the eye is blunt


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Patterns:
    """Levels to move, int8 of shape (height, width): `plain` everywhere, `busy` instead where the picture hides it.

    `colour`: for the three channels of a colour frame, which is not looked at. `blue`: for blue alone, and then
    `plain` for red and green, of all frames; None where the mark is grey.
    """

    plain: Pattern
    busy: Pattern
    colour: Pattern
    blue: Pattern | None


def patterns(key: Key, payload: Payload, *, width: int, height: int, strength: Strength) -> Patterns:
    """The patterns of `payload` for a frame of `width` x `height` px."""
    levels = LEVELS[strength]
    layout = layout_of(key)
    region = Region(0, 0, -(-width // CELL), -(-height // CELL))
    signs = cell_signs(key, payload, region).astype(np.float32)
    checker = np.kron(signs, np.array([[1, -1], [-1, 1]], np.float32))
    tone = layout.tone(checker.shape[0], checker.shape[1], BLOCK)

    def drawn(sign: float, amplitude: float) -> Pattern:
        blocks = np.clip(np.round(sign * checker + amplitude * tone), -LARGEST, LARGEST).astype(np.int8)
        return np.repeat(np.repeat(blocks, BLOCK, axis=0), BLOCK, axis=1)[:height, :width]

    plain = drawn(levels.sign, levels.tone)
    return Patterns(
        plain=plain,
        busy=plain if levels.blue_sign else drawn(GAIN * levels.sign, GAIN * levels.tone),
        colour=plain if levels.blue_sign else drawn(EVEN * levels.sign, EVEN * levels.tone),
        blue=drawn(levels.blue_sign, levels.blue_tone) if levels.blue_sign else None,
    )


def cell_signs(key: Key, payload: Payload, region: Region) -> NDArray[np.int8]:
    """The sign of each cell of `region`, shape (rows, columns)."""
    layout = layout_of(key)
    index, sign = region.cut(layout.index), region.cut(layout.sign)
    bits = 1 - 2 * codeword(key, payload).astype(np.int8)
    sent = sign * np.where(index >= 0, bits[np.maximum(index, 0)], 1)
    number = region.cut(layout.number)
    return np.where(index == CHIP, chips(key, payload)[np.maximum(number, 0)] * sign, sent).astype(np.int8)
