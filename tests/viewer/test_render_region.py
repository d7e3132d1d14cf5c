"""A part of a picture, drawn by itself, is what the whole picture shows there."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.imaging.presentation import Presentation, Window
from viewer.masking.image import MaskedFrame
from viewer.render.drawing import levels
from viewer.render.region import SMALLEST, halved, level_sizes, moved, region_of
from viewer.render.view import Spot, View

ROWS, COLUMNS = 1500, 2301
GREY = np.random.default_rng(3).integers(0, 4096, (ROWS, COLUMNS), dtype=np.uint16)
SHOWN = Presentation(
    photometric="MONOCHROME2", bits_stored=12, windows=(Window(center=2000.0, width=3000.0),)
)


def pyramid(pixels: np.ndarray) -> list[np.ndarray]:
    made = [pixels]
    for _ in level_sizes(*pixels.shape[:2])[1:]:
        made.append(halved(made[-1]))
    return made


PYRAMID = pyramid(GREY)
views = st.builds(
    View,
    item=st.just("i"),
    frame=st.just(0),
    width=st.integers(16, 300),
    height=st.integers(16, 300),
    x=st.floats(-500, COLUMNS + 500),
    y=st.floats(-500, ROWS + 500),
    scale=st.floats(0.02, 8),
)


@settings(max_examples=150)
@given(views, st.sampled_from([None, (0.6, 0.3), (0.3, 0.9)]))
def test_the_region_shows_what_its_level_shows(view: View, spacing: tuple[float, float] | None) -> None:
    shown = Presentation(photometric="MONOCHROME2", bits_stored=12, windows=SHOWN.windows, spacing_mm=spacing)
    region = region_of(view, shown, level_sizes(ROWS, COLUMNS), width=view.width, height=view.height)
    level = PYRAMID[region.level]
    part = level[region.top : region.bottom, region.left : region.right]
    assert part.size > 0
    factor = 2**region.level
    there = View(
        item="i",
        frame=0,
        width=view.width,
        height=view.height,
        x=view.x / factor,
        y=view.y / factor,
        scale=view.scale * factor,
    )
    whole = MaskedFrame(pixels=level, offset=0, presentation=shown)
    alone = MaskedFrame(pixels=np.ascontiguousarray(part), offset=0, presentation=shown)
    size = {"width": view.width, "height": view.height}
    drawn, expected = levels(moved(view, region), alone, **size), levels(there, whole, **size)
    # Rounding of a sum may move an edge by one device pixel where it falls between two.
    assert np.mean(drawn != expected) <= 0.02 or np.array_equal(drawn, expected)
    stretch = 1.0 if spacing is None else spacing[0] / spacing[1]
    for pixels, side, scale in (
        (region.right - region.left, view.width, view.scale * factor),
        (region.bottom - region.top, view.height, view.scale * stretch * factor),
    ):
        assert pixels <= side / scale + 4  # what is seen, a pixel beyond it on each side, and both cut ones


def test_no_level_is_coarser_than_the_screen() -> None:
    sizes = level_sizes(4000, 3000)
    assert sizes == [(4000, 3000), (2000, 1500), (1000, 750)]
    for scale, level in ((1.0, 0), (0.51, 0), (0.5, 1), (0.26, 1), (0.25, 2), (0.01, 2)):
        view = View(item="i", frame=0, width=100, height=100, x=1500.0, y=2000.0, scale=scale)
        assert region_of(view, SHOWN, sizes, width=100, height=100).level == level


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("shape", [(7, 5), (8, 6), (5, 8), (1, 1), (6, 5, 3)])
def test_a_level_is_the_mean_of_four(dtype: type, shape: tuple[int, ...]) -> None:
    if len(shape) == 3 and dtype is not np.uint8:
        pytest.skip("colour has 8 bits")
    pixels = (np.arange(np.prod(shape)) * 3 % 251).reshape(shape).astype(dtype)
    padding = [(0, shape[0] % 2), (0, shape[1] % 2), *([(0, 0)] if len(shape) == 3 else [])]
    even = np.pad(pixels, padding, mode="edge").astype(np.float64)
    mean = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4
    made = halved(pixels)
    assert made.dtype == dtype
    assert np.abs(made - mean).max() <= 0.5


def test_the_spot_moves_along() -> None:
    sizes = level_sizes(4 * SMALLEST, 4 * SMALLEST)
    spot = Spot(x=2100.0, y=1900.0, radius=20, detail=0.2)
    view = View(item="i", frame=0, width=200, height=200, x=2048.0, y=2048.0, scale=0.25, spot=spot)
    region = region_of(view, SHOWN, sizes, width=200, height=200)
    there = moved(view, region)
    assert there.spot is not None
    for was, now in (
        ((spot.x - view.x), (there.spot.x - there.x)),
        ((spot.y - view.y), (there.spot.y - there.y)),
    ):
        assert was * view.scale == pytest.approx(now * there.scale)
