"""Drawing: every image point lands where the client's vectors are drawn, and nothing is resampled without need."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from viewer.imaging.presentation import Presentation, Rescale, Window
from viewer.masking.image import MaskedFrame
from viewer.render.drawing import levels, span
from viewer.render.view import View, row_scale

AS_IS = Window(center=128.0, width=256.0)  # LINEAR: stored value = grey level


def grey(pixels: np.ndarray, spacing: tuple[float, float] | None = None) -> MaskedFrame:
    presentation = Presentation(photometric="MONOCHROME2", windows=(AS_IS,), spacing_mm=spacing)
    pixels.flags.writeable = False
    return MaskedFrame(pixels=pixels, offset=0, presentation=presentation)


def noise(rows: int, columns: int, *rest: int) -> np.ndarray:
    return np.random.default_rng(rows * 4099 + columns).integers(1, 256, (rows, columns, *rest), np.uint8)


def look(width: int, height: int, *, x: float, y: float, scale: float, invert: bool = False) -> View:
    return View(item="i", frame=0, width=width, height=height, x=x, y=y, scale=scale, invert=invert)


def draw(view: View, frame: MaskedFrame) -> np.ndarray:
    return levels(view, frame, width=view.width, height=view.height)


def overlay(view: View, frame: MaskedFrame, x: float, y: float) -> tuple[float, float]:
    """Where the client draws image point (x, y): the formula of `viewer.render.view`."""
    return (
        view.width / 2 + (x - view.x) * view.scale,
        view.height / 2 + (y - view.y) * row_scale(frame.presentation, view.scale),
    )


def centroid(picture: np.ndarray) -> tuple[float, float]:
    weight = picture.astype(np.float64)
    down, across = np.indices(picture.shape) + 0.5
    return float((weight * across).sum() / weight.sum()), float((weight * down).sum() / weight.sum())


@given(
    centre=st.floats(-3000, 3000),
    scale=st.floats(0.01, 256),
    size=st.integers(16, 4096),
    count=st.integers(1, 3000),
)
def test_spans(centre: float, scale: float, size: int, count: int) -> None:
    found = span(centre=centre, scale=scale, size=size, count=count)
    reach = size / 2 / scale
    first, last = max(0.0, centre - reach), min(float(count), centre + reach)
    if found is None:
        assert (last - first) * scale <= 1
        return
    assert 0 <= found.start < found.stop <= count
    assert found.left < found.right
    for pixel, device in ((found.start, found.left), (found.stop, found.right)):
        off = abs((pixel - centre) * scale + size / 2 - device)
        assert off <= (1 if found.right - found.left == 1 else 0.5) + 1e-6
    if first < last:  # all that is visible is there, and little more
        assert found.start <= first
        assert found.stop >= last
        assert found.stop - found.start <= last - first + 4


@given(
    st.data(),
    st.sampled_from([None, (0.7, 0.7), (1.5, 1.0), (0.4, 0.5)]),
    st.integers(40, 260),
    st.integers(40, 260),
    st.floats(0.3, 40),
)
def test_a_bright_dot_lands_under_its_vector(
    data: st.DataObject, spacing: tuple[float, float] | None, width: int, height: int, scale: float
) -> None:
    rows, columns = data.draw(st.tuples(st.integers(60, 300), st.integers(60, 300)))
    side = 1 if scale >= 1 else 6  # source pixels; one alone can fall between samples of a smaller picture
    row, column = data.draw(st.tuples(st.integers(0, rows - side), st.integers(0, columns - side)))
    pixels = np.zeros((rows, columns), np.uint8)
    pixels[row : row + side, column : column + side] = 255
    frame = grey(pixels, spacing)
    spot = (column + side / 2, row + side / 2)
    down = row_scale(frame.presentation, scale)
    halo_x, halo_y = (side / 2 + 1) * scale + 2, (side / 2 + 1) * down + 2
    assume(2 * halo_x < width)
    assume(2 * halo_y < height)
    u = data.draw(st.floats(halo_x, width - halo_x))
    v = data.draw(st.floats(halo_y, height - halo_y))
    view = look(
        width, height, x=spot[0] - (u - width / 2) / scale, y=spot[1] - (v - height / 2) / down, scale=scale
    )
    # A dot on the picture's rim is cut there, so its halo is one-sided: half a source pixel at most.
    rim_x = scale / 2 if column == 0 or column + side == columns else 0
    rim_y = down / 2 if row == 0 or row + side == rows else 0
    seen = centroid(draw(view, frame))
    expected = overlay(view, frame, *spot)
    assert abs(seen[0] - expected[0]) <= 0.75 + rim_x
    assert abs(seen[1] - expected[1]) <= 0.75 + rim_y


@given(
    st.integers(-40, 80),
    st.integers(-40, 80),
    st.integers(16, 70),
    st.integers(16, 70),
    st.sampled_from([1, 3]),
)
def test_scale_one_at_whole_pixels_is_the_identity(
    left: int, top: int, width: int, height: int, channels: int
) -> None:
    """`left`, `top`: the image coordinate at the viewport's top left corner."""
    pixels = noise(50, 37) if channels == 1 else noise(50, 37, 3)
    shown = draw(look(width, height, x=left + width / 2, y=top + height / 2, scale=1.0), grey(pixels))
    wide = np.pad(pixels, ((200, 200), (200, 200), (0, 0))[: pixels.ndim])
    assert np.array_equal(shown, wide[200 + top : 200 + top + height, 200 + left : 200 + left + width])


@given(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_scale_one_between_pixels_is_moved_not_resampled(dx: float, dy: float) -> None:
    pixels = noise(64, 64)
    shown = draw(look(40, 40, x=32 + dx, y=32 + dy, scale=1.0), grey(pixels))
    moved = [pixels[12 + y : 52 + y, 12 + x : 52 + x] for y in (-1, 0, 1) for x in (-1, 0, 1)]
    assert any(np.array_equal(shown, candidate) for candidate in moved)


def test_twice_as_large_is_linear_interpolation() -> None:
    ramp = np.tile(np.arange(0, 160, 10, dtype=np.uint8), (16, 1))
    shown = draw(look(32, 32, x=8.0, y=8.0, scale=2.0), grey(ramp))
    expected = np.clip((np.arange(32) + 0.5) / 2 - 0.5, 0, 15) * 10
    assert np.abs(shown - expected).max() <= 0.5


def test_a_zoomed_view_is_a_piece_of_the_whole() -> None:
    """What is cropped away does not change what is left: interpolation sees across the edge of the crop."""
    frame = grey(noise(64, 64))
    whole = draw(look(512, 512, x=32.0, y=32.0, scale=8.0), frame)
    piece = draw(look(100, 80, x=30.25, y=35.5, scale=8.0), frame)
    assert np.array_equal(piece, whole[284 - 40 : 284 + 40, 242 - 50 : 242 + 50])


@pytest.mark.parametrize("spacing", [None, (0.5, 1.0), (20.0, 1.0)])  # (20, 1): the rows grow meanwhile
def test_a_thin_line_survives_a_small_scale(spacing: tuple[float, float] | None) -> None:
    pixels = np.zeros((1000, 1000), np.uint8)
    pixels[:, 333] = 255
    shown = draw(look(100, 40, x=500.0, y=500.0, scale=0.1), grey(pixels, spacing))
    assert (shown[:, 33] >= 20).all()
    assert shown.sum() == shown[:, 33].sum()


@pytest.mark.parametrize(("spacing", "rows", "columns"), [((2.0, 1.0), 20, 40), ((0.5, 1.25), 50, 20)])
def test_a_square_in_millimetres_is_square_on_screen(
    spacing: tuple[float, float], rows: int, columns: int
) -> None:
    pixels = np.zeros((100, 100), np.uint8)
    pixels[10 : 10 + rows, 20 : 20 + columns] = 255
    frame = grey(pixels, spacing)
    view = look(600, 600, x=20 + columns / 2, y=10 + rows / 2, scale=3.0)
    lit = draw(view, frame) > 127
    wide, tall = np.count_nonzero(lit.any(axis=0)), np.count_nonzero(lit.any(axis=1))
    assert abs(wide - 3 * columns) <= 1
    assert abs(tall - wide) <= 2


def test_flat_pixels_shrink_one_way_and_grow_the_other() -> None:
    pixels = noise(40, 400)
    shown = draw(look(200, 200, x=200.0, y=20.0, scale=0.25), grey(pixels, (8.0, 1.0)))
    assert shown[60:140, 50:150].all()
    assert not shown[:55].any()
    assert not shown[:, :45].any()


@pytest.mark.parametrize(("x", "y"), [(-500.0, 20.0), (20.0, -500.0), (900.0, 900.0), (1e6, -1e6)])
def test_off_the_picture_is_background(x: float, y: float) -> None:
    assert not draw(look(64, 64, x=x, y=y, scale=1.0), grey(noise(40, 40))).any()
    assert not draw(look(64, 64, x=x, y=y, scale=1.0), grey(noise(40, 40, 3))).any()


def test_a_picture_smaller_than_a_device_pixel_is_a_dot() -> None:
    shown = draw(look(64, 64, x=5.0, y=5.0, scale=1e-3), grey(noise(10, 10)))
    assert np.count_nonzero(shown) == 1
    assert shown[32, 32]


@pytest.mark.parametrize("pixels", [noise(30, 30), noise(30, 30, 3)])
def test_invert_swaps_black_and_white_of_the_picture(pixels: np.ndarray) -> None:
    plain = draw(look(40, 40, x=15.0, y=15.0, scale=1.0), grey(pixels))
    inverted = draw(look(40, 40, x=15.0, y=15.0, scale=1.0, invert=True), grey(pixels))
    assert np.array_equal(inverted[5:35, 5:35], 255 - plain[5:35, 5:35])
    assert not inverted[:5].any()


@pytest.mark.parametrize(
    ("dtype", "offset", "stored"),
    [(np.uint16, -32768, (-32768, -1, 0, 90, 255, 256, 32767)), (np.uint16, 0, (0, 255, 65535))],
)
def test_stored_values_are_pixels_plus_offset(dtype: type, offset: int, stored: tuple[int, ...]) -> None:
    pixels = np.tile(np.array(stored, np.int64) - offset, (20, 1)).astype(dtype)
    frame = MaskedFrame(
        pixels=pixels,
        offset=offset,
        presentation=Presentation(photometric="MONOCHROME2", bits_stored=16, windows=(AS_IS,)),
    )
    shown = draw(look(len(stored) * 4, 20, x=len(stored) / 2, y=10.0, scale=1.0), frame)
    middle = shown[10, np.flatnonzero(shown.any(axis=0))[0] :] if stored[0] > 0 else shown[10]
    start = (len(stored) * 4 - len(stored) + 1) // 2
    assert middle[start : start + len(stored)].tolist() == np.clip(stored, 0, 255).tolist()


@given(st.floats(0.3, 3), st.integers(16, 100), st.integers(16, 100))
def test_a_shrunken_frame_shows_the_same_region(scale: float, width: int, height: int) -> None:
    pixels = np.zeros((100, 100), np.uint8)
    pixels[44:56, 44:56] = 255
    view = look(200, 200, x=50.0, y=50.0, scale=scale)
    small = levels(view, grey(pixels), width=width, height=height)
    assert small.shape == (height, width)
    seen = centroid(small)
    assert abs(seen[0] - width / 2) <= 0.75
    assert abs(seen[1] - height / 2) <= 0.75
    lit = small.sum() / 255 / (width * height)
    edge = (12 * scale + 200 / min(width, height)) ** 2 - (12 * scale) ** 2
    assert abs(lit - (12 * scale / 200) ** 2) <= edge / 200**2


SCAN = np.random.default_rng(9).normal(0, 1, (200, 240)).cumsum(axis=1)


def scan(dtype: type, *, offset: int, **header: object) -> MaskedFrame:
    """A picture of values around 3,000 that fills a fraction of its type, with one bright outlier."""
    values = SCAN * 40 + 3000
    values[7, 9] = 30000
    presentation = Presentation(photometric="MONOCHROME2", bits_stored=16, **header)
    return MaskedFrame(pixels=(values - offset).astype(dtype), offset=offset, presentation=presentation)


@pytest.mark.parametrize(("dtype", "offset"), [(np.uint16, 0), (np.uint16, -32768), (np.float32, 0)])
def test_without_a_window_most_values_are_spread_over_the_grey_scale(dtype: type, offset: int) -> None:
    frame = scan(dtype, offset=offset)
    whole = draw(look(240, 200, x=120.0, y=100.0, scale=1.0), frame)
    assert np.percentile(whole, 2) < 20
    assert np.percentile(whole, 98) > 235
    assert np.mean((whole == 0) | (whole == 255)) < 0.1
    piece = draw(look(60, 40, x=120.0, y=100.0, scale=1.0), frame)  # panning changes no level
    assert np.array_equal(piece, whole[80:120, 90:150])


@pytest.mark.parametrize("window", [AS_IS, Window(center=3000.0, width=500.0)])
@pytest.mark.parametrize("invert", [False, True])
def test_a_table_and_plain_arithmetic_agree(window: Window, *, invert: bool) -> None:
    """Whole values as float32 (no table) and as uint16 (a table) are one picture."""
    whole = np.round(SCAN * 40 + 3000)
    header = {"windows": (window,), "modality": Rescale(slope=1.5, intercept=-20.0)}
    presentation = Presentation(photometric="MONOCHROME1", bits_stored=16, **header)
    view = look(300, 260, x=110.0, y=90.0, scale=1.25, invert=invert)
    real, table = (
        draw(
            view, MaskedFrame(pixels=(whole - offset).astype(dtype), offset=offset, presentation=presentation)
        )
        for dtype, offset in ((np.float32, 0), (np.uint16, -1000))
    )
    assert np.array_equal(real, table)


def test_eight_bits_without_a_window_are_shown_as_they_are() -> None:
    pixels = noise(60, 60)
    frame = MaskedFrame(pixels=pixels, offset=0, presentation=Presentation(photometric="MONOCHROME2"))
    assert np.array_equal(draw(look(60, 60, x=30.0, y=30.0, scale=1.0), frame), pixels)


def test_padding_is_background() -> None:
    pixels = np.full((30, 30), 2000, np.uint16)
    pixels[:10] = 0
    window = Window(center=-500.0, width=100.0)
    frame = MaskedFrame(
        pixels=pixels,
        offset=-1024,
        presentation=Presentation(
            photometric="MONOCHROME2", bits_stored=16, windows=(window,), padding=(-1024, -1024)
        ),
    )
    shown = draw(look(30, 30, x=15.0, y=15.0, scale=1.0), frame)
    assert not shown[:10].any()
    assert (shown[10:] == 255).all()
