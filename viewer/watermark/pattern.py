"""The forensic mark of one session and epoch as the levels it moves: checkers of sign and tones, in whole numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from viewer.errors import MarkError
from viewer.watermark.keying import Key
from viewer.watermark.layout import BLACK_ROWS, BLOCK, CELL, CHIP, FLAT_ROWS, PILOT, Region, layout_of
from viewer.watermark.payload import Payload, chips, codeword

MOST_EXEMPT = 0.5  # of a frame: a mark that is left out of more could not be read from a piece of it

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
    """What lies where: `plain`, but `busy` where the picture hides more; `colour` in colour frames, `blue` in blue alone.

    `flat` where it hides nothing, in one row of cells in FLAT_ROWS; `black`, signs alone, in one of `black_rows`.
    """

    plain: Levels
    busy: Levels
    flat: Levels
    black: int
    colour: Levels
    blue: Levels | None = None
    black_rows: int = BLACK_ROWS


_FAINT = Levels(sign=0.5, tone=0.22, step=1)
_FINE = Levels(sign=1.0, tone=0.6, step=2)
_COARSE = Levels(sign=2.14, tone=1.29, step=3)
_HEAVY = Levels(sign=2.9, tone=1.7, step=4)
_HEAVIEST = Levels(sign=3.6, tone=2.1, step=5)
_DEEP = Levels(sign=1.5, tone=0.9, step=3)  # _FINE, half as much again

AMOUNTS = {
    Strength.LIGHT: Amounts(
        plain=_FAINT,
        busy=_FAINT,
        flat=_FAINT,
        black=0,
        colour=_FAINT,
        blue=Levels(sign=3.0, tone=0.7, step=3),
    ),
    Strength.STANDARD: Amounts(
        plain=_FINE,
        busy=_COARSE,
        flat=_COARSE,
        black=2,
        colour=_FINE,
    ),
    Strength.STRONG: Amounts(
        plain=_COARSE,
        busy=_HEAVY,
        flat=_HEAVY,
        black=3,
        colour=_COARSE,
    ),
}
# Of a frame that is mostly black: little of it holds a mark, so that little holds more of it, and its black less. Each from
# a share of black on, with which a frame of nothing else but texture is moved by no more than 42 dB.
_DARK = replace(AMOUNTS[Strength.STRONG], black=2, black_rows=2 * BLACK_ROWS, colour=_DEEP)
SPARSE = {Strength.STANDARD: ((0.7, _DARK), (0.77, replace(_DARK, busy=_HEAVIEST)))}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Patterns:
    """Levels to move, int8, of each 4 x 4 px block: (height / 4, width / 4) rounded up.

    `plain` everywhere but where the picture is `busy`, `flat` or `black`. `colour`: for the channels of a colour frame, which
    is not looked at. `blue`: for blue alone, and then `plain` for red and green, of all frames; None where the mark is grey.
    """

    plain: Pattern
    busy: Pattern
    flat: Pattern
    black: Pattern
    colour: Pattern
    blue: Pattern | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exempt:
    """A rectangle of a frame that carries no forensic mark: shares of its width and height, from its top left corner.

    Errors: MarkError where it is not within the frame.
    """

    left: float
    top: float
    width: float
    height: float

    def __post_init__(self) -> None:
        for start, length in ((self.left, self.width), (self.top, self.height)):
            if not (start >= 0 and length > 0 and start + length <= 1):
                raise MarkError("a region without the mark must lie within the frame: shares of 0 to 1")


def patterns(
    key: Key,
    payload: Payload,
    *,
    width: int,
    height: int,
    amounts: Amounts,
    exempt: Sequence[Exempt] = (),
) -> Patterns:
    """The patterns of `payload` for a frame of `width` x `height` px; none in the blocks that lie within one of `exempt`.

    Errors: MarkError where more than `MOST_EXEMPT` of the frame would go without.
    """
    layout = layout_of(key)
    region = Region(0, 0, -(-width // CELL), -(-height // CELL))
    signs = cell_signs(key, payload, region).astype(np.float32)
    checker = np.kron(signs, np.array([[1, -1], [-1, 1]], np.float32))
    tone = layout.tone(checker.shape[0], checker.shape[1], BLOCK)
    rows, columns = -(-height // BLOCK), -(-width // BLOCK)
    kept = _kept(rows, columns, exempt)

    def cut(levels: NDArray[np.floating]) -> Pattern:
        return levels.astype(np.int8)[:rows, :columns] * kept

    def drawn(levels: Levels) -> Pattern:
        steps = np.round((levels.sign * checker + levels.tone * tone) / levels.step)
        return cut(levels.step * np.clip(steps, -1, 1))

    row = (np.arange(checker.shape[0]) // (CELL // BLOCK))[:, np.newaxis]
    return Patterns(
        plain=drawn(amounts.plain),
        busy=drawn(amounts.busy),
        flat=drawn(amounts.flat) * (row % FLAT_ROWS == 0)[:rows],
        black=cut(amounts.black * checker * (row % amounts.black_rows == 0)),
        colour=drawn(amounts.colour),
        blue=drawn(amounts.blue) if amounts.blue else None,
    )


def _kept(rows: int, columns: int, exempt: Sequence[Exempt]) -> Pattern:
    """1 where blocks are marked, else 0."""
    kept = np.ones((rows, columns), np.int8)
    for each in exempt:
        top, bottom = ceil(each.top * rows), floor((each.top + each.height) * rows)
        left, right = ceil(each.left * columns), floor((each.left + each.width) * columns)
        kept[top : max(top, bottom), left : max(left, right)] = 0
    if kept.mean() < 1 - MOST_EXEMPT:
        raise MarkError("more than half of a frame can't go without its mark")
    return kept


def cell_signs(key: Key, payload: Payload, region: Region) -> NDArray[np.int8]:
    """The sign of each cell of `region`, shape (rows, columns)."""
    layout = layout_of(key)
    index, sign = region.cut(layout.index), region.cut(layout.sign)
    bits = 1 - 2 * codeword(key, payload).astype(np.int8)
    sent = sign * np.where(index >= 0, bits[np.maximum(index, 0)], 1)
    number = region.cut(layout.number)
    return np.where(index == CHIP, chips(key, payload)[np.maximum(number, 0)] * sign, sent).astype(np.int8)


def expected(key: Key, region: Region) -> NDArray[np.float32]:
    """What every session's mark has in common over `region`: steps of each 4 x 4 px block, where the picture is plain."""
    layout = layout_of(key)
    blocks = CELL // BLOCK
    rows, columns = region.rows * blocks, region.columns * blocks
    known = np.where(region.cut(layout.index) == PILOT, region.cut(layout.sign), 0).astype(np.float32)
    checker = np.kron(known, np.array([[1, -1], [-1, 1]], np.float32))
    tone = _FINE.tone * layout.tone(rows, columns, BLOCK, (region.top * CELL, region.left * CELL))

    def drawn(signs: NDArray[np.float32] | float) -> NDArray[np.float32]:
        return np.clip(np.round((_FINE.sign * signs + tone) / _FINE.step), -1, 1).astype(np.float32)

    return np.where(checker != 0, drawn(checker), (drawn(1.0) + drawn(-1.0)) / 2).astype(np.float32)
