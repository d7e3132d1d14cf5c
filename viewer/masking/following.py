"""A line of text followed past the end of what a detector saw of it.

A detector stops where letters grow faint against what is behind them, and at a wide space. Strokes as strong as the
line's own, in the same row, belong to it; where noise is as strong, they must be more than above and below.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.masking.areas import Area

_LINE = 1.2  # a line is longer than high
_FAR = 12  # times a line's height that it is followed
_LEVEL = 0.5  # of the stronger strokes in the area
_STRONGER = 90  # per cent of its pixels are weaker
_FAINTEST = 14  # grey levels: noise
_DENSITY = 0.4  # of strokes as in the area
_BEYOND = 2.0  # times a line's height from its end: farther than a margin is wide
_ALONE = 2.0  # times as many strokes as above or below

Grey8 = NDArray[np.uint8]
Shares = NDArray[np.float64]


def quiet_ends(area: Area, strokes: Grey8, least: int) -> tuple[bool, bool]:
    """Whether no stroke of `least` stands in the row before the beginning of a line, and behind its end."""
    if area.width < area.height:
        return quiet_ends(area.swapped(), strokes.T, least)
    row, reach = strokes[area.top : area.bottom], round(_BEYOND * area.height)
    before, behind = row[:, max(0, area.left - reach) : area.left], row[:, area.right : area.right + reach]
    return not bool((before >= least).any()), not bool((behind >= least).any())


def follow(area: Area, strokes: Grey8, free: int) -> Area:
    """`area` as far as its line of text goes on, up to twelve times its height to each side.

    `strokes`: how far each pixel stands out; after `free` times its height, and behind a gap, the row must stand out too.
    """
    if area.width < area.height:
        return area if area.height < _LINE * area.width else follow(area.swapped(), strokes.T, free).swapped()
    if area.width < _LINE * area.height:
        return area
    own = strokes[area.top : area.bottom, area.left : area.right]
    level = max(float(_FAINTEST), _LEVEL * float(np.percentile(own, _STRONGER)))
    density = float((own >= level).mean())
    if density == 0:
        return area
    reach, half = _FAR * area.height, max(1, area.height // 2)
    start = max(0, area.left - reach)
    around = strokes[max(0, area.top - half) : area.bottom + half, start : area.right + reach] >= level
    top = min(half, area.top)
    row = _Row(
        share=around[top : top + area.height].mean(axis=0),
        beside=np.minimum(*(_shares(part) for part in (around[:top], around[top + area.height :]))),
        step=area.height,
        least=_DENSITY * density,
    )
    ends = (
        slice(area.left - start - 1, None, -1) if area.left > start else slice(0),
        slice(area.right - start, None),
    )
    left, right = (row.part(end).reach(free) for end in ends)
    return Area(
        left=area.left - left, top=area.top, right=area.right + right, bottom=area.bottom, score=area.score
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """Shares of strong strokes in each column of a row, and in the fewer of those above and below it."""

    share: Shares
    beside: Shares
    step: int
    least: float

    def part(self, columns: slice) -> "_Row":
        return _Row(share=self.share[columns], beside=self.beside[columns], step=self.step, least=self.least)

    def reach(self, free: int) -> int:
        """How many columns from the start hold enough strokes, in steps of the line's height."""
        reach = 0
        for number in range(_FAR):
            if self._is_dense(reach, must_stand_out=number >= free):
                reach += self.step
            elif self._is_dense(reach + self.step, must_stand_out=True):  # behind a space between two words
                reach += 2 * self.step
            else:
                break
        return min(reach, self.share.size)

    def _is_dense(self, start: int, *, must_stand_out: bool) -> bool:
        ahead = np.s_[start : start + self.step]
        share = self.share[ahead]
        if share.size < 2 or float(share.mean()) < self.least:
            return False
        return not must_stand_out or float(share.mean()) >= _ALONE * float(self.beside[ahead].mean())


def _shares(rows: NDArray[np.bool_]) -> Shares:
    """At the picture's edge there is nothing beside the row, and the other side alone counts."""
    return rows.mean(axis=0) if len(rows) else np.ones(rows.shape[1])
