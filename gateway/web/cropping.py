"""The parts in which a held picture is checked: the whole, then tiles at twice its size that leave nothing out; pages of text as they are."""

import math
from dataclasses import dataclass

from gateway.errors import Denied
from gateway.store.items import ItemRow
from gateway.stream.display import limited, may_cut
from policies.controls import Controls
from viewer.imaging.presentation import Presentation
from viewer.render.frame import Encoding
from viewer.render.view import MIN_SCALE, View, row_scale

WIDTH, HEIGHT = 1040, 680  # device pixels of the checker's picture
_ZOOM = 2.0  # device pixels per image pixel: letters of 8 px are legible
_READABLE = 1.0  # of a page drawn here: its letters are twice as large
_ENCODING = Encoding(lossless=False, quality=92)
_OVERLAP = 32  # image pixels: a word on an edge is whole in one of two tiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop:
    """A viewport of `width` x `height` device pixels around the image point (x, y)."""

    x: float
    y: float
    scale: float
    width: int = WIDTH
    height: int = HEIGHT


def crops(item: ItemRow, presentation: Presentation) -> list[Crop]:
    """The whole picture, then its tiles, left to right and top to bottom."""
    tall = row_scale(presentation, 1.0)
    fit = max(MIN_SCALE, min(WIDTH / item.columns, HEIGHT / (item.rows * tall)))
    whole = Crop(x=item.columns / 2, y=item.rows / 2, scale=fit)
    zoom = _READABLE if item.kind == "text" else _ZOOM
    if fit >= zoom:
        return [whole]
    across = _centres(item.columns, WIDTH / zoom)
    down = _centres(item.rows, HEIGHT / (zoom * tall))
    return [whole, *(Crop(x=x, y=y, scale=zoom) for y in down for x in across)]


def legible(view: View, controls: Controls, *, overview: bool) -> Encoding:
    """How `view` is sent within the limits of `controls`. `overview`: its parts follow, larger.

    Errors: Denied where they leave less of it than a check needs: whoever can't read a name can't say that there is none.
    """
    encoding = limited(_ENCODING, view, controls)
    enough = overview or view.scale * encoding.shrink >= min(1.0, view.scale)
    if not (enough and may_cut(controls)):
        raise Denied("your session's policies leave less of a picture than a check of it needs")
    return encoding


def _centres(length: int, side: float) -> list[float]:
    """Centres of the fewest equal steps in which windows of `side` image pixels cover `length`."""
    if length <= side:
        return [length / 2]
    step = max(side - _OVERLAP, 1.0)
    count = math.ceil((length - side) / step) + 1
    return [side / 2 + number * (length - side) / (count - 1) for number in range(count)]
