"""Which part of a large picture a view needs, and of which level of its pyramid: so that no more than that is read.

Level 0 is the picture; each next one has half the rows and columns, rounded up. A view is moved into the coordinates of
its region, and then the region is drawn like any picture.
"""

from dataclasses import dataclass
from typing import cast

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from viewer.imaging.presentation import Presentation
from viewer.render.drawing import Numbers, span
from viewer.render.view import View, row_scale, upright

SMALLEST = 1024  # px: the longer side of the last level
Pixels = NDArray[np.generic]


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Pixels [top, bottom) x [left, right) of `level`; never empty."""

    level: int
    top: int
    left: int
    bottom: int
    right: int


def level_sizes(rows: int, columns: int) -> list[tuple[int, int]]:
    """Rows and columns of each level."""
    sizes = [(rows, columns)]
    while max(sizes[-1]) > SMALLEST:
        rows, columns = sizes[-1]
        sizes.append(((rows + 1) // 2, (columns + 1) // 2))
    return sizes


def halved(pixels: Pixels) -> Pixels:
    """The next level: each pixel the mean of four; an odd last row or column is taken twice."""
    rows, columns = pixels.shape[:2]
    source = cv2.copyMakeBorder(cast("Numbers", pixels), 0, rows % 2, 0, columns % 2, cv2.BORDER_REPLICATE)
    size = (source.shape[1] // 2, source.shape[0] // 2)
    return np.asarray(cv2.resize(source, size, interpolation=cv2.INTER_AREA))


def region_of(
    view: View, presentation: Presentation, sizes: list[tuple[int, int]], *, width: int, height: int
) -> Region:
    """What `view`, drawn on `width` x `height` device pixels, needs of a picture with levels of `sizes`.

    The level is the last one that is not coarser than the device pixels.
    """
    if view.turned % 180:
        width, height = height, width
    view = upright(view)
    across = view.scale * width / view.width
    down = row_scale(presentation, view.scale) * height / view.height
    level = 0
    while level + 1 < len(sizes) and max(across, down) * 2 ** (level + 1) <= 1:
        level += 1
    factor = 2**level
    rows, columns = sizes[level]
    wide = span(centre=view.x / factor, scale=across * factor, size=width, count=columns)
    high = span(centre=view.y / factor, scale=down * factor, size=height, count=rows)
    if wide is None or high is None:  # beside the picture: any pixel will do, none is seen
        return Region(level=level, top=0, left=0, bottom=1, right=1)
    return Region(level=level, top=high.start, left=wide.start, bottom=high.stop, right=wide.stop)


def moved(view: View, region: Region) -> View:
    """`view` in the coordinates of `region`: of it the same is drawn."""
    factor = 2**region.level
    spot = view.spot
    if spot is not None:
        spot = msgspec.structs.replace(spot, x=spot.x / factor - region.left, y=spot.y / factor - region.top)
    return msgspec.structs.replace(
        view,
        x=view.x / factor - region.left,
        y=view.y / factor - region.top,
        scale=view.scale * factor,
        spot=spot,
    )
