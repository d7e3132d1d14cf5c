"""Three frames that stand for a stack: the highest, lowest and median value of each pixel."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.masking.image import MaskedFrame

_MEDIAN_OF = 32  # frames


@dataclass(frozen=True, slots=True, kw_only=True)
class Projections:
    """What stands still over a stack shows in one of them: bright, dark, or faint."""

    most: MaskedFrame
    least: MaskedFrame
    middle: MaskedFrame


def projections(frames: Sequence[MaskedFrame]) -> Projections:
    """Of `frames`, of one size and kind."""
    most, least = frames[0].pixels.copy(), frames[0].pixels.copy()
    for frame in frames[1:]:
        np.maximum(most, frame.pixels, out=most)
        np.minimum(least, frame.pixels, out=least)
    return Projections(
        most=replace(frames[0], pixels=most), least=replace(frames[0], pixels=least), middle=middle(frames)
    )


def middle(frames: Sequence[MaskedFrame]) -> MaskedFrame:
    """The median alone, of evenly spread frames if there are many."""
    every = -(-len(frames) // _MEDIAN_OF)
    return replace(frames[0], pixels=_median([frame.pixels for frame in frames[::every]]))


def _median(pictures: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """As `numpy.median`, which takes ten times as long: it sorts each pixel by itself, and this sorts whole pictures."""
    held = [picture.copy() for picture in pictures]
    spare = np.empty_like(held[0])
    for low, high in _comparisons(len(held)):
        np.minimum(held[low], held[high], out=spare)
        np.maximum(held[low], held[high], out=held[high])
        held[low], spare = spare, held[low]
    half = len(held) // 2
    if len(held) % 2:
        return held[half]
    return np.asarray((held[half - 1].astype(np.float64) + held[half]) / 2, spare.dtype)


def _comparisons(count: int) -> Iterator[tuple[int, int]]:
    """Batcher's odd-even merge sort of `count` values (Knuth, 5.2.2, algorithm M): pairs to be put in order, one after another."""
    start = 1 << max(0, (count - 1).bit_length() - 1)
    step = start
    while step > 0:
        last, remainder, distance = start, 0, step
        while True:
            yield from ((at, at + distance) for at in range(count - distance) if at & step == remainder)
            if last == step:
                break
            distance, last, remainder = last - step, last // 2, step
        step //= 2
