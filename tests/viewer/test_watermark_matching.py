"""Where a plane belongs on the map: the same as by one large transform."""

import numpy as np
import pytest
from numpy.typing import NDArray

from viewer.watermark.keying import Key
from viewer.watermark.layout import half_pilot
from viewer.watermark.matching import USUAL, WHOLE, Inset, halved, match, match_exactly

KEY = Key(bytes(range(32)))
SIDE = 1152  # px of the patch


def piece(width: int, height: int, x: int, y: int, *, noise: float) -> NDArray[np.float32]:
    """What is `x`, `y` half px on the map, at px, in noise."""
    half = np.pad(half_pilot(KEY), (0, 1024), mode="wrap")[y : y + height // 2, x : x + width // 2]
    draws = np.random.default_rng(width).normal(size=(height, width))
    return (np.kron(half, np.ones((2, 2))) + noise * draws).astype(np.float32)


def plainly(plane: NDArray[np.float32], side: int) -> tuple[float, int, int]:
    """The score, x and y of a plane at half size, by one transform over the map."""
    map_ = half_pilot(KEY)
    map_ = np.tile(map_, (2, 2))[:side, :side]
    product = np.fft.rfft2(map_) * np.conj(np.fft.rfft2(plane, (side, side)))
    found = np.fft.irfft2(product, (side, side))
    y, x = divmod(int(found.argmax()), side)
    return float(found[y, x] / found.std()), x, y


@pytest.mark.parametrize(
    ("size", "at", "noise"),
    [((96, 80), (305, 565), 4.0), ((328, 344), (917, 3), 14.0), ((800, 640), (640, 900), 0.5)],
)
def test_a_plane_is_where_one_transform_puts_it(
    size: tuple[int, int], at: tuple[int, int], noise: float
) -> None:
    plane = piece(*size, *at, noise=noise)
    score, x, y = plainly(halved(plane), USUAL)
    found = match(KEY, halved(plane), Inset(0, 0, SIDE))
    assert found[0] == pytest.approx(score, rel=1e-4)
    assert (found[1] % USUAL, found[2] % USUAL) == (x, y)


def test_a_plane_within_a_patch_says_where_the_patch_is() -> None:
    plane = piece(96, 80, 305, 565, noise=3.0)
    _, x, y = match(KEY, halved(plane), Inset(40, 24, SIDE))
    assert (x, y) == (305 - 20, 565 - 12)


def test_of_places_that_are_near_less_will_do() -> None:
    plane = piece(96, 80, 305, 565, noise=3.0)
    alone = match(KEY, halved(plane), Inset(0, 0, SIDE))
    near = match(KEY, halved(plane), Inset(0, 0, SIDE), [(40, 40), (315, 556)])
    assert near == (pytest.approx(alone[0] + 1.3, rel=1e-4), 305, 565)


@pytest.mark.parametrize(
    ("size", "at"), [((96, 80), (1805, 1465)), ((328, 344), (203, 1001)), ((800, 640), (1200, 77))]
)
def test_px_are_compared_over_the_whole_map(size: tuple[int, int], at: tuple[int, int]) -> None:
    plane = piece(*size, *at, noise=1.0)
    score, x, y = plainly(halved(plane), WHOLE)
    found = match_exactly(KEY, plane, Inset(0, 0, SIDE))
    assert found[0] == pytest.approx(score, rel=0.02)
    assert (found[1] % WHOLE, found[2] % WHOLE) == (x, y)


def test_px_that_lie_between_the_halves_are_compared() -> None:
    plane = piece(160, 160, 305, 565, noise=0.5)[1:-1, 1:-1]
    _, x, y = match_exactly(KEY, plane, Inset(0, 0, SIDE))
    assert (x, y) == (305.5, 565.5)


def test_a_plane_of_nothing_is_nowhere() -> None:
    assert match_exactly(KEY, np.zeros((64, 64), np.float32), Inset(0, 0, SIDE)) == (0.0, 0.0, 0.0)
