"""Views: what can be asked for, and how tall a pixel stands."""

import math

import msgspec
import pytest

from viewer.errors import ViewError
from viewer.imaging.presentation import Presentation, Window, WindowFunction
from viewer.render.view import MAX_ROW_SCALE, View, check_view, row_scale

GREY = Presentation(photometric="MONOCHROME2", bits_stored=12)
COLOUR = Presentation(photometric="RGB")
VIEW = View(item="item", frame=0, width=512, height=400, x=10.5, y=-3.0, scale=2.0)
NAN = math.nan


def view(**changes: object) -> View:
    return msgspec.structs.replace(VIEW, **changes)


def window(center: float, width: float, function: WindowFunction = WindowFunction.LINEAR) -> Window:
    return Window(center=center, width=width, function=function)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"width": 16, "height": 16},
        {"width": 4096, "height": 4096},
        {"x": 1e6, "y": -1e6},
        {"scale": 1e-4},
        {"scale": 256.0},
        {"window": window(-600.0, 1500.0)},
        {"window": window(0.0, 1.0)},
        {"window": window(0.0, 0.25, WindowFunction.LINEAR_EXACT)},
        {"window": window(0.0, 0.25, WindowFunction.SIGMOID)},
        {"invert": True},
    ],
)
def test_a_view_that_can_be_drawn_passes(changes: dict[str, object]) -> None:
    check_view(view(**changes), GREY)


@pytest.mark.parametrize(
    "changes",
    [
        {"width": 15},
        {"height": 15},
        {"width": 4097},
        {"height": 4097},
        {"scale": 0.0},
        {"scale": -1.0},
        {"scale": 9e-5},
        {"scale": 257.0},
        {"scale": NAN},
        {"x": 1.1e6},
        {"y": -1.1e6},
        {"x": NAN},
        {"y": NAN},
        {"y": math.inf},
        {"window": window(0.0, 0.5)},
        {"window": window(0.0, 0.0, WindowFunction.LINEAR_EXACT)},
        {"window": window(0.0, -5.0, WindowFunction.SIGMOID)},
        {"window": window(NAN, 100.0)},
        {"window": window(0.0, NAN)},
        {"window": window(0.0, math.inf)},
    ],
)
def test_a_view_out_of_range_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ViewError):
        check_view(view(**changes), GREY)


def test_a_colour_picture_has_no_window() -> None:
    check_view(VIEW, COLOUR)
    with pytest.raises(ViewError):
        check_view(view(window=window(128.0, 256.0)), COLOUR)


@pytest.mark.parametrize(
    ("spacing", "expected"),
    [
        (None, 2.0),
        ((0.5, 0.5), 2.0),
        ((5.0, 0.5), 20.0),  # rows far apart stand taller
        ((0.5, 1.0), 1.0),
        ((0.0, 1.0), 2.0),
        ((1.0, 0.0), 2.0),
        ((-1.0, 1.0), 2.0),
        ((NAN, 1.0), 2.0),
        ((1.0, math.inf), 2.0),
    ],
)
def test_row_scale(spacing: tuple[float, float] | None, expected: float) -> None:
    assert row_scale(msgspec.structs.replace(GREY, spacing_mm=spacing), 2.0) == expected


def test_tall_pixels_stretch_no_further_than_the_limit() -> None:
    tall = msgspec.structs.replace(GREY, spacing_mm=(10.0, 1.0))
    check_view(view(scale=MAX_ROW_SCALE / 10), tall)
    with pytest.raises(ViewError):
        check_view(view(scale=MAX_ROW_SCALE / 10 + 1), tall)


def test_a_view_survives_the_ledger() -> None:
    kept = view(window=window(40.0, 80.0, WindowFunction.SIGMOID), invert=True)
    assert msgspec.json.decode(msgspec.json.encode(kept), type=View) == kept
