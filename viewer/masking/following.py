"""A line of text followed past the end of what a detector saw of it.

A detector stops where letters grow faint against what is behind them. Strokes as strong as the line's own, in the same
row, belong to it.
"""

import numpy as np
from numpy.typing import NDArray

from viewer.masking.areas import Area

_LINE = 1.2  # a line is longer than high
_LEVEL = 0.5  # of the stronger strokes in the area
_STRONGER = 90  # per cent of its pixels are weaker
_FAINTEST = 14  # grey levels: noise
_DENSITY = 0.4  # of strokes as in the area

Grey8 = NDArray[np.uint8]


def follow(area: Area, strokes: Grey8, steps: int) -> Area:
    """`area` as far as its line of text goes on, up to `steps` times its height to each side.

    `strokes`: how far each pixel stands out.
    """
    if area.width < area.height:
        return (
            area if area.height < _LINE * area.width else follow(area.swapped(), strokes.T, steps).swapped()
        )
    if area.width < _LINE * area.height:
        return area
    row = strokes[area.top : area.bottom]
    own = row[:, area.left : area.right]
    level = max(float(_FAINTEST), _LEVEL * float(np.percentile(own, _STRONGER)))
    density = float((own >= level).mean())
    if density == 0:
        return area
    share = (row >= level).mean(axis=0)
    right = area.right + _reach(share[area.right :], area.height, steps, _DENSITY * density)
    left = area.left - _reach(share[: area.left][::-1], area.height, steps, _DENSITY * density)
    return Area(left=left, top=area.top, right=right, bottom=area.bottom, score=area.score)


def _reach(share: NDArray[np.float64], step: int, steps: int, least: float) -> int:
    """How many columns from the start hold enough strokes, in steps of the line's height."""
    reach = 0
    for _ in range(steps):
        ahead = share[reach : reach + step]
        if ahead.size < 2 or float(ahead.mean()) < least:
            break
        reach += ahead.size
    return reach
