"""What a person looks at: one value, parsed from the stream message and kept in the ledger, enough to replay.

Coordinates are image space: x = column, y = row, (0, 0) the corner of the top-left pixel. The centre of device
pixel (u, v) of the viewport shows

    x + (u + 0.5 - width / 2) / scale,    y + (v + 0.5 - height / 2) / row_scale

so an image point stands at device position (width / 2 + (px - x) * scale, height / 2 + (py - y) * row_scale).
A view that is turned or mirrored is that of its `upright`, then turned and mirrored about its centre.
Pixels are placed on whole device pixels: a frame may be off by half a device pixel against this, never more.
"""

import math
from typing import Annotated

import msgspec
from msgspec import Meta

from viewer.errors import ViewError
from viewer.imaging.greyscale import LUMINANCE_FIRST, LUMINANCE_LAST
from viewer.imaging.presentation import Presentation, Window, WindowFunction
from viewer.imaging.volume import Plane, Slab

MIN_SIDE = 16
MAX_SIDE = 4096  # device pixels; a wall display, and a bound on what one message makes the server draw
MIN_SCALE, MAX_SCALE = 1e-4, 256.0
MAX_ROW_SCALE = 1024.0  # tall pixels stretch further; beyond it one source row would fill a screen
MAX_COORDINATE = 1e6
MAX_THICKNESS_MM = 500.0
TURNS = (0, 90, 180, 270)
MIN_CONTRAST = 10.0  # of a display that pictures are looked at on


class Spot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Full detail within `radius` device pixels of the image point (`x`, `y`), and `detail` of it, 0..1, elsewhere.

    `detail` is a share of one device pixel per image pixel: nearing the picture shows no more of it beside the spot.
    """

    x: float
    y: float
    radius: int
    detail: float


class Cut(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plane through the volume of an item's slices, and a slab of `thickness_mm` around it (0: the plane alone)."""

    plane: Plane
    slab: Slab = Slab.MEAN
    thickness_mm: Annotated[float, Meta(ge=0, le=MAX_THICKNESS_MM)] = 0.0


class View(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A view of one frame of one item (PS3.18's rendered resource, by other means).

    `frame` counts from 0 in display order. `width`, `height`: viewport in device pixels, 16..4096.
    `x`, `y`: the image coordinate (corner-based, in image pixels) at the viewport's centre.
    `scale`: device pixels per image pixel across columns, 0.0001..256; down the rows it is `row_scale`.
    `window`: None means the item's own first window or VOI LUT. `invert` swaps black and white after windowing.
    `spot`: None shows all of it in full detail. `cut`: instead of a slice, the section of this plane that `frame` counts.
    `pane`: which of the pictures on screen it is; it changes nothing in the frame.
    `state`: the presentation state that the slice is shown by, its id. `turned`: clockwise by 0, 90, 180 or 270 degrees, and
    then `mirrored` left to right. `luminance`: black and white of the display in cd/m², for which grey levels are
    P-values (PS3.14); None: they are the display's own.
    """

    item: str
    frame: int
    width: int
    height: int
    x: float
    y: float
    scale: float
    window: Window | None = None
    invert: bool = False
    spot: Spot | None = None
    cut: Cut | None = None
    pane: int = 0
    # Fields are added at the end: records of views are read by position.
    state: str | None = None
    turned: int = 0
    mirrored: bool = False
    luminance: tuple[float, float] | None = None


def upright(view: View) -> View:
    """`view` as it is before it is turned and mirrored: a quarter turn swaps its sides. Its centre and scale stay."""
    if not (view.turned or view.mirrored):
        return view
    width, height = (view.height, view.width) if view.turned % 180 else (view.width, view.height)
    return msgspec.structs.replace(view, width=width, height=height, turned=0, mirrored=False)


def row_scale(presentation: Presentation, scale: float) -> float:
    """Device pixels per image pixel down the rows, so that a millimetre is as long down as across.

    `scale * spacing_mm[0] / spacing_mm[1]`; `scale` itself where no spacing is known, or one that is not above 0.
    The client does the same sum with the `spacing_mm` of its task message.
    """
    between_rows, between_columns = presentation.spacing_mm or (1.0, 1.0)
    if not (0 < between_rows < math.inf and 0 < between_columns < math.inf):
        return scale
    return scale * between_rows / between_columns


def check_view(view: View, presentation: Presentation) -> None:
    """Pass a view that can be drawn of a frame with `presentation`.

    Errors: ViewError for a size, place, scale or window out of range, and for a window on a colour picture.
    """
    if not (MIN_SIDE <= view.width <= MAX_SIDE and MIN_SIDE <= view.height <= MAX_SIDE):
        raise ViewError(
            f"a viewport of `{view.width}` x `{view.height}` can't be drawn: use {MIN_SIDE}..{MAX_SIDE}"
        )
    if not (MIN_SCALE <= view.scale <= MAX_SCALE and row_scale(presentation, view.scale) <= MAX_ROW_SCALE):
        raise ViewError(
            f"a scale of `{view.scale}` can't be drawn: use {MIN_SCALE:g}..{MAX_SCALE:g}, less for tall pixels"
        )
    if not (abs(view.x) <= MAX_COORDINATE and abs(view.y) <= MAX_COORDINATE):  # nan fails too
        raise ViewError("the view is too far from the picture")
    _check_options(view)
    if view.window is not None:
        _check_window(view.window)
        if presentation.photometric == "RGB":
            raise ViewError("a colour picture has no window")


def _check_options(view: View) -> None:
    if view.turned not in TURNS:
        raise ViewError(f"a view turned by `{view.turned}` degrees can't be drawn: use a quarter turn")
    if view.luminance is not None:
        _check_luminance(view.luminance)
    if view.spot is not None:
        _check_spot(view.spot)


def _check_luminance(luminance: tuple[float, float]) -> None:
    black, white = luminance
    if not (black >= LUMINANCE_FIRST and black * MIN_CONTRAST <= white <= LUMINANCE_LAST):  # nan fails too
        raise ViewError(
            f"a display of `{black:g}` to `{white:g}` cd/m² can't be drawn for: it needs {LUMINANCE_FIRST:g}..{LUMINANCE_LAST:.0f},"
            f" and white {MIN_CONTRAST:g} times as bright as black"
        )


def _check_spot(spot: Spot) -> None:
    near = abs(spot.x) <= MAX_COORDINATE and abs(spot.y) <= MAX_COORDINATE
    if not (near and 0 <= spot.radius <= MAX_SIDE and 0 < spot.detail <= 1):
        raise ViewError("the spotlight is out of range")


def _check_window(window: Window) -> None:
    # PS3.3 C.11.2.1.2: Window Width shall be >= 1 for LINEAR, > 0 otherwise.
    least = 1.0 if window.function is WindowFunction.LINEAR else math.ulp(0.0)
    if not (math.isfinite(window.center) and least <= window.width < math.inf):
        raise ViewError(f"a window of width `{window.width}` at `{window.center}` can't be drawn")
