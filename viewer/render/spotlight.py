"""The spotlight: full detail around one place, a coarse picture elsewhere, so that no single frame holds the whole."""

import cv2
import numpy as np

from viewer.imaging.presentation import Presentation
from viewer.render.drawing import Levels
from viewer.render.view import Spot, View, row_scale


def spotlit(drawn: Levels, view: View, spot: Spot, presentation: Presentation) -> Levels:
    """`drawn`, of shape (height, width[, 3]), coarse outside the spot of `view`.

    What is coarse was averaged over blocks of at least 1 / `spot.detail` image pixels a side: no sharpening brings back
    what is not there. A viewport that is nearer than one device pixel per image pixel has larger blocks.
    """
    height, width = drawn.shape[:2]
    across, down = view.scale * width / view.width, row_scale(presentation, view.scale) * height / view.height
    size = (_cells(width, spot.detail, across), _cells(height, spot.detail, down))
    blocks = cv2.resize(drawn, size, interpolation=cv2.INTER_AREA)
    coarse = np.asarray(cv2.resize(blocks, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    if spot.radius > 0:
        place = (width / 2 + (spot.x - view.x) * across, height / 2 + (spot.y - view.y) * down)
        _keep(coarse, drawn, place, spot.radius * width / view.width)
    return coarse


def _cells(size: int, detail: float, scale: float) -> int:
    return max(1, int(size * detail / max(1.0, scale)))


def _keep(coarse: Levels, drawn: Levels, place: tuple[float, float], radius: float) -> None:
    """Lay a disc of `drawn` over `coarse`."""
    height, width = drawn.shape[:2]
    left, top = max(0, int(place[0] - radius)), max(0, int(place[1] - radius))
    right, bottom = min(width, int(place[0] + radius) + 2), min(height, int(place[1] + radius) + 2)
    if left >= right or top >= bottom:
        return
    y, x = np.ogrid[top:bottom, left:right]
    disc = (x + 0.5 - place[0]) ** 2 + (y + 0.5 - place[1]) ** 2 <= radius * radius
    coarse[top:bottom, left:right][disc] = drawn[top:bottom, left:right][disc]
