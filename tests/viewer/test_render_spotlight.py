"""Outside the spotlight there is no detail left to bring back, however near the view is."""

import numpy as np
import pytest

from viewer.imaging.presentation import Presentation
from viewer.render.spotlight import spotlit
from viewer.render.view import Spot, View

FLAT = Presentation(photometric="MONOCHROME2", bits_stored=8)
rng = np.random.default_rng(20261126)


def _view(scale: float, spot: Spot, side: int = 256) -> View:
    return View(item="i", frame=0, width=side, height=side, x=128.0, y=128.0, scale=scale, spot=spot)


@pytest.mark.parametrize("colour", [False, True])
def test_full_inside_coarse_outside(colour: bool) -> None:
    drawn = rng.integers(0, 256, (256, 256, 3) if colour else (256, 256), np.uint8)
    spot = Spot(x=100.0, y=140.0, radius=40, detail=0.125)
    lit = spotlit(drawn, _view(1.0, spot), spot, FLAT)
    y, x = np.mgrid[:256, :256]
    distance = np.hypot(x + 0.5 - 100, y + 0.5 - 140)
    assert np.array_equal(lit[distance <= 39], drawn[distance <= 39])
    assert lit[distance > 41].std() < 0.25 * drawn.std()  # 64 pixels averaged: an eighth of the noise


@pytest.mark.parametrize("scale", [0.5, 1.0, 4.0, 16.0])
def test_two_pictures_with_the_same_blocks_look_the_same(scale: float) -> None:
    """A checkerboard finer than the blocks is grey from any distance: the detail is not there."""
    pixels = np.kron(np.indices((128, 128)).sum(axis=0) % 2, np.ones((2, 2))).astype(np.uint8) * 255
    step = max(1, round(scale))
    drawn = np.kron(pixels[:64, :64], np.ones((step, step))).astype(np.uint8)
    side = drawn.shape[0]
    spot = Spot(x=0.0, y=0.0, radius=0, detail=0.125)
    view = View(item="i", frame=0, width=side, height=side, x=32.0, y=32.0, scale=step, spot=spot)
    lit = spotlit(drawn, view, spot, FLAT)
    assert np.abs(lit.astype(float) - 127.5).max() < 3


def test_a_spot_beside_the_picture_lights_nothing() -> None:
    drawn = rng.integers(0, 256, (64, 64), np.uint8)
    far = Spot(x=9000.0, y=-9000.0, radius=50, detail=0.25)
    assert not np.array_equal(spotlit(drawn, _view(1.0, far, 64), far, FLAT), drawn)
