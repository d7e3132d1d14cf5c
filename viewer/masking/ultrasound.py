"""Ultrasound: the parts of a picture that the header calls echo data; banners stand outside of them.

Sequence of Ultrasound Regions (0018,6011), PS3.3 C.8.5.5.
"""

import itertools
from collections.abc import Iterator

from pydicom.dataset import Dataset

from viewer.imaging.attributes import integer
from viewer.masking.report import Box

RULE = "outside of the ultrasound regions"
_LEAST_SIDE = 8  # px: a smaller region is no picture


def outside(dataset: Dataset, frames: int, rows: int, columns: int) -> tuple[Box, ...]:
    """Boxes of everything outside of the regions, for each frame; none if the header names no sensible region."""
    regions = [region for item in _items(dataset) if (region := _region(item, rows, columns))]
    if not regions:
        return ()
    strips = list(_strips(regions, rows, columns))
    return tuple(
        Box(frame=frame, x=x, y=y, width=width, height=height, detector=RULE)
        for frame in range(1, frames + 1)
        for x, y, width, height in strips
    )


def _items(dataset: Dataset) -> list[Dataset]:
    try:
        return list(dataset.get("SequenceOfUltrasoundRegions") or ())
    except Exception:  # noqa: BLE001 - pydicom raises whatever a damaged value leads it to
        return []


def _region(item: Dataset, rows: int, columns: int) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom, the last two exclusive."""
    left, top, right, bottom = (
        integer(item, f"RegionLocation{corner}", -1) for corner in ("MinX0", "MinY0", "MaxX1", "MaxY1")
    )
    right, bottom = min(right + 1, columns), min(bottom + 1, rows)
    sensible = 0 <= left <= right - _LEAST_SIDE and 0 <= top <= bottom - _LEAST_SIDE
    return (left, top, right, bottom) if sensible else None


def _strips(
    regions: list[tuple[int, int, int, int]], rows: int, columns: int
) -> Iterator[tuple[int, int, int, int]]:
    """The complement of the regions' union as boxes: bands between edges, cut where a region stands."""
    edges = sorted({0, rows, *(region[1] for region in regions), *(region[3] for region in regions)})
    for top, bottom in itertools.pairwise(edges):
        at = 0
        for left, _, right, _ in sorted(each for each in regions if each[1] <= top and each[3] >= bottom):
            if left > at:
                yield at, top, left - at, bottom - top
            at = max(at, right)
        if at < columns:
            yield at, top, columns - at, bottom - top
