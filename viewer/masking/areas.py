"""Boxes in pixels: where a detector found something, and what is filled for it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from viewer.masking.report import Box

_PAD = 6  # px around a box, at least
_PAD_SHARE = 0.2  # of its lesser side
_END_SHARE = 0.75  # of its lesser side more at both ends of a line, where letters are cut
_END_SHARE_TEXT = 0.9  # where it was read: its first and last letters may be too faint to be seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """`right` and `bottom` exclusive; `score` is the surest pixel's probability."""

    left: int
    top: int
    right: int
    bottom: int
    score: float = 1.0

    @property
    def width(self) -> int:
        """In pixels."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """In pixels."""
        return self.bottom - self.top

    @property
    def size(self) -> int:
        """In pixels."""
        return self.width * self.height

    @property
    def lesser(self) -> int:
        """The lesser side: the height of a line's letters, about."""
        return min(self.width, self.height)

    def turned_back(self, columns: int) -> "Area":
        """As it stands in a picture of `columns`, if this was found in the one turned a quarter to the left."""
        return Area(
            left=columns - self.bottom,
            top=self.left,
            right=columns - self.top,
            bottom=self.right,
            score=self.score,
        )

    def swapped(self) -> "Area":
        """With rows for columns."""
        return Area(left=self.top, top=self.left, right=self.bottom, bottom=self.right, score=self.score)


def covered(area: Area, others: Sequence[Area]) -> float:
    """The share of `area` that lies in the union of `others`."""
    inside = np.zeros((max(1, area.height), max(1, area.width)), np.bool_)
    for other in others:
        top, left = max(other.top - area.top, 0), max(other.left - area.left, 0)
        inside[top : max(0, other.bottom - area.top), left : max(0, other.right - area.left)] = True
    return float(inside.mean())


def grown(
    area: Area,
    number: int,
    detector: str,
    shape: tuple[int, ...],
    *,
    is_legible: bool,
    quiet: tuple[bool, bool] = (False, False),
) -> Box:
    """`area` with its margin, for frame `number` of `shape`: more at the ends of a line than at its sides.

    `quiet`: ends where nothing stands out, so that no letter can be cut there.
    """
    pad = max(_PAD, round(_PAD_SHARE * area.lesser))
    end = pad + round((_END_SHARE_TEXT if is_legible else _END_SHARE) * area.lesser)
    ends, sides = tuple(pad if each else end for each in quiet), (pad, pad)
    across, down = (ends, sides) if area.width >= area.height else (sides, ends)
    left, top = max(0, area.left - across[0]), max(0, area.top - down[0])
    right, bottom = min(shape[1], area.right + across[1]), min(shape[0], area.bottom + down[1])
    return box_of(Area(left=left, top=top, right=right, bottom=bottom), number, detector)


def box_of(area: Area, number: int, detector: str) -> Box:
    """`area` of frame `number`, as a report has it."""
    return Box(frame=number, x=area.left, y=area.top, width=area.width, height=area.height, detector=detector)


def area_of(box: Box) -> Area:
    """The pixels of `box`."""
    return Area(left=box.x, top=box.y, right=box.x + box.width, bottom=box.y + box.height)
