"""From a leak laid out as the frame was to what each cell says, and from the cells to code bits and chips."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.watermark import polar
from viewer.watermark.keying import Key
from viewer.watermark.layout import BLACK, BLACK_ROWS, CELL, CHECKER, CHIP, FLAT_ROWS, PILOT, layout_of
from viewer.watermark.payload import Payload, chips, payload_of
from viewer.watermark.warping import Laid
from viewer.watermark.whitening import Plane

_SPAN = 15  # cells: over so many each way the mark's strength is taken to be even
_LEAST, _FLOOR = 0.02, 0.05  # of a cell's gain and power: no place is trusted without end

Cells = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What the cells of a region say, each (rows, columns), 0 where it is not seen.

    `said`: agreement with the layout's sign, times the weight it deserves for the chips and the code. `pilot`: the
    pilot's evidence in deviations.
    """

    laid: Laid
    said: Cells
    pilot: float


def read_cells(key: Key, whites: Sequence[Plane], laid: Laid) -> Reading:
    """The reading of `laid`, whitened in several ways: each place speaks in the way in which its pilot is clearest."""
    rows, columns = laid.region.rows, laid.region.columns
    seen = laid.seen.reshape(rows, CELL, columns, CELL).min(axis=(1, 3)) > 0
    amounts = [
        np.einsum("aibj,ij->ab", white.reshape(rows, CELL, columns, CELL), CHECKER) / CELL for white in whites
    ]
    reading = _reading(key, amounts, laid, seen)
    bare = _unmarked(laid) & seen
    if not bare.any():
        return reading
    return max(reading, _reading(key, amounts, laid, seen & ~bare), key=lambda each: each.pilot)


def _reading(key: Key, amounts: Sequence[Cells], laid: Laid, seen: NDArray[np.bool_]) -> Reading:
    layout, region = layout_of(key), laid.region
    index, sign = region.cut(layout.index), region.cut(layout.sign)
    pilot = (index == PILOT) & seen
    best = np.full(seen.shape, -1, np.float32)
    amount, weight = np.zeros_like(best), np.zeros_like(best)
    common = ((np.arange(len(seen)) + region.top) % FLAT_ROWS == 0)[:, np.newaxis]
    for each in amounts:
        agreed = each * sign
        power = _mean(each * each, seen) + _FLOOR
        # Flat places are marked in the common rows alone, and how much of a place is flat the leak can't tell.
        gain = np.where(common, _mean(agreed, pilot & common), _mean(agreed, pilot & ~common))
        gain = np.maximum(gain, 0)
        clearer = gain * gain > best * power
        best = np.where(clearer, gain * gain / power, best)
        amount = np.where(clearer, agreed, amount)
        weight = np.where(clearer, (gain + _LEAST) / power, weight)
    heard = np.where(seen, amount * np.sqrt(weight), 0)
    evidence = float(heard[pilot].sum() / np.sqrt(np.square(heard[pilot]).sum() + 1e-9))
    return Reading(laid, np.where(seen, amount * weight, 0).astype(np.float32), evidence)


def _unmarked(laid: Laid) -> NDArray[np.bool_]:
    """The cells of a grey frame that carry nothing: black, between the rows that are marked there."""
    rows, columns = laid.region.rows, laid.region.columns
    cells = laid.picture.reshape(rows, CELL, columns, CELL).max(axis=(1, 3))
    dark = np.asarray(cv2.dilate(cells, np.ones((3, 3), np.uint8))) < BLACK
    marked = (np.arange(rows) + laid.region.top) % BLACK_ROWS == 0
    return np.asarray(dark & ~marked[:, np.newaxis], np.bool_)


def _mean(values: NDArray[np.float32], where: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The local mean of `values` where `where` holds."""
    total = cv2.blur(np.where(where, values, 0).astype(np.float32), (_SPAN, _SPAN))
    share = cv2.blur(where.astype(np.float32), (_SPAN, _SPAN))
    return np.asarray(total / (share + 1e-3), np.float32)


def candidates(key: Key, reading: Reading) -> list[Payload]:
    """The payloads that the code bits most likely say, best first; one can't tell from these whether any is true."""
    index = reading.laid.region.cut(layout_of(key).index)
    code = index >= 0
    soft = np.bincount(index[code], reading.said[code].astype(np.float64), minlength=polar.LENGTH)
    deviation = float(np.sqrt(np.mean(soft**2)))
    if deviation < 1e-9:
        return []
    x = soft / deviation
    # Of a sign in noise, the fourth moment falls short of a Gaussian's: E x^4 = 3 - 2 mu^4 at E x^2 = 1.
    mean = max(0.3, (max(0.0, 3 - float(np.mean(x**4))) / 2) ** 0.25)
    ratios = 2 * mean * x / max(0.05, 1 - mean * mean)
    return [payload_of(key, message) for message in polar.decode(ratios.astype(np.float32))]


def chip_cells(key: Key, reading: Reading) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """What the chips' cells say, of unit length in all, and which chips they are; a chip may stand in several cells."""
    layout, region = layout_of(key), reading.laid.region
    where = (region.cut(layout.index) == CHIP) & (reading.said != 0)
    number = region.cut(layout.number)[where]
    said = np.bincount(number, reading.said[where].astype(np.float64))
    present = np.unique(number)
    said = said[present]
    length = float(np.sqrt(np.sum(said**2)))
    return said / max(length, 1e-12), present.astype(np.int32)


def score(key: Key, said: NDArray[np.float64], number: NDArray[np.int32], payload: Payload) -> float:
    """How far the chips agree with `payload`, in deviations t: for any picture without it, P(>= t) <= exp(-t**2 / 2).

    That is Hoeffding's inequality (J. Am. Stat. Assoc. 58, 1963) over the payload's own signs, which nobody without
    the key can tell from coin tosses.
    """
    return float(chips(key, payload)[number] @ said)
