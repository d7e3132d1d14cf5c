"""How much of an item one person has seen at full detail, and what is left of the share that the policy allows."""

import numpy as np
from numpy.typing import NDArray

from viewer.render.frame import Encoding
from viewer.render.view import View, upright

CELLS = 32  # per side of a slice: the grain in which a share is counted
FULL = 1.0  # device pixels per image pixel from which detail is full
COARSE = 0.25  # what is sent instead, once the share is used up

Region = tuple[float, float, float, float]  # left, top, right, bottom in image pixels
Cells = NDArray[np.bool_]


class Coverage:
    """The cells of each slice of one item that were shown at full detail.

    `stretch`: device pixels per image pixel down the rows by those across. `seen`: cells by slice, from earlier sessions.
    """

    def __init__(self, *, rows: int, columns: int, slices: int, stretch: float) -> None:
        self.seen: dict[int, Cells] = {}
        self.free = False  # somebody gave a reason
        self._rows, self._columns, self._stretch = rows, columns, stretch
        self._all = CELLS * CELLS * max(1, slices)

    @property
    def share(self) -> float:
        """0..1."""
        return sum(int(cells.sum()) for cells in self.seen.values()) / self._all

    def see_all(self) -> None:
        """All of it was seen before, in another way than slice by slice."""
        self.seen = {number: np.ones((CELLS, CELLS), bool) for number in range(self._all // (CELLS * CELLS))}

    def allows(self, view: View, encoding: Encoding, share: float) -> bool:
        """Whether `view` shows nothing new at full detail, or leaves the item within `share`."""
        if self.free or share >= 1 or not is_full(view, encoding):
            return True
        more = self._cells(view) & ~self.seen.get(view.frame, np.zeros((CELLS, CELLS), bool))
        return not more.any() or self.share + more.sum() / self._all <= share

    def allows_all(self, number: int, share: float) -> bool:
        """Whether all of slice `number` at full detail leaves the item within `share`."""
        if self.free or share >= 1:
            return True
        seen = int(self.seen[number].sum()) if number in self.seen else 0
        return self.share + (CELLS * CELLS - seen) / self._all <= share

    def see(self, number: int) -> None:
        """All of slice `number` was shown, at once."""
        self.seen[number] = np.ones((CELLS, CELLS), bool)

    def add(self, view: View, encoding: Encoding) -> None:
        """`view` was shown."""
        if is_full(view, encoding):
            cells = self._cells(view)
            before = self.seen.get(view.frame)
            self.seen[view.frame] = cells if before is None else before | cells

    def _cells(self, view: View) -> Cells:
        return covered(lit(view, self._rows, self._columns, self._stretch), self._rows, self._columns)


def is_full(view: View, encoding: Encoding) -> bool:
    """Whether a frame shows every image pixel, at least in its spotlight."""
    return view.scale * encoding.shrink >= FULL


def region(view: View, rows: int, columns: int, stretch: float) -> Region:
    """What of a slice of `rows` x `columns` image pixels `view` shows; empty (left = right) beside it."""
    view = upright(view)
    across, down = view.width / 2 / view.scale, view.height / 2 / (view.scale * stretch)
    left, right = max(0.0, view.x - across), min(float(columns), view.x + across)
    top, bottom = max(0.0, view.y - down), min(float(rows), view.y + down)
    return (left, top, max(left, right), max(top, bottom))


def lit(view: View, rows: int, columns: int, stretch: float) -> Region:
    """The part of `region` in full detail: the square around the spotlight's disc, if there is one."""
    left, top, right, bottom = region(view, rows, columns, stretch)
    if view.spot is None:
        return (left, top, right, bottom)
    across, down = view.spot.radius / view.scale, view.spot.radius / (view.scale * stretch)
    x, y = view.spot.x, view.spot.y
    left, right = max(left, x - across), min(right, x + across)
    top, bottom = max(top, y - down), min(bottom, y + down)
    return (left, top, max(left, right), max(top, bottom))


def covered(shown: Region, rows: int, columns: int) -> Cells:
    """The cells of a slice whose middle is in `shown`, shape (`CELLS`, `CELLS`)."""
    left, top, right, bottom = shown
    middles = (np.arange(CELLS) + 0.5) / CELLS
    x, y = middles * columns, middles * rows
    return np.asarray(np.outer((y >= top) & (y < bottom), (x >= left) & (x < right)))
