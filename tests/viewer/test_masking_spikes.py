"""Text that no network sees: of one grey level among noise as strong as it, or as black as the gaps around it; and tiny faint lines.

The cases stand for scans that were released with text: sizes, contrasts and noise are theirs.
"""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.viewer.detecting import detectors
from viewer.imaging.presentation import Presentation
from viewer.masking.doubtful import hidden, shapes
from viewer.masking.image import MaskedFrame
from viewer.masking.settling import settle
from viewer.masking.spikes import lettering
from viewer.masking.triage import Kind, Triage
from viewer.masking.verdict import Reason, Verdict

SIDE = 256
RELEASED = Triage(verdict=Verdict.RELEASED, kind=Kind.SECTION)


def _noise(deviation: float, seed: int) -> np.ndarray:
    """Noise of MR slices as they are shown: each pixel like its neighbours, about 110 of 255."""
    rng = np.random.default_rng(seed)
    fine = cv2.GaussianBlur(rng.normal(0, 1, (SIDE, SIDE)), (0, 0), 0.6)
    coarse = cv2.GaussianBlur(rng.normal(0, 1, (SIDE, SIDE)), (0, 0), 20)
    return np.asarray(110 + 25 * coarse / np.abs(coarse).max() + deviation * fine / fine.std())


def _ink(text: str, scale: float, *, turned: bool, thickness: int = 1) -> np.ndarray:
    ink = np.zeros((SIDE, SIDE), np.uint8)
    cv2.putText(ink, text, (30, 100), cv2.FONT_HERSHEY_SIMPLEX, scale, 255, thickness)
    return np.ascontiguousarray(np.rot90(ink)) if turned else ink


def _frame(levels: np.ndarray, dtype: type = np.uint8) -> MaskedFrame:
    times = 1 if dtype is np.uint8 else 8
    pixels = (np.clip(levels, 0, 255).astype(np.int32) * times).astype(dtype)
    return MaskedFrame(
        pixels=pixels,
        offset=0,
        presentation=Presentation(photometric="MONOCHROME2", bits_stored=8 if times == 1 else 12),
    )


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize(("scale", "deviation"), [(0.4, 25), (0.6, 35)])
def test_letters_as_faint_as_the_noise_hold(
    scale: float, deviation: float, dtype: type, *, turned: bool
) -> None:
    levels, ink = _noise(deviation, 3), _ink("SSN 550-82-2443", scale, turned=turned)
    levels[ink > 0] = 140
    rows = lettering(_frame(levels, dtype))
    assert rows
    across, down = np.flatnonzero(ink.any(axis=0)), np.flatnonzero(ink.any(axis=1))
    for row in rows:
        assert row.area.left <= across[-1]
        assert row.area.right >= across[0]
        assert row.area.top <= down[-1]
        assert row.area.bottom >= down[0]
    settled = settle(RELEASED, (_frame(levels, dtype),), detectors())
    assert settled.triage.verdict is Verdict.HELD
    assert {Reason.LETTERING, Reason.DISAGREEMENT} & set(settled.triage.reasons)


@pytest.mark.parametrize("deviation", [1, 5, 15, 30])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_noise_alone_is_no_lettering(deviation: float, dtype: type) -> None:
    assert not any(lettering(_frame(_noise(deviation, seed), dtype)) for seed in range(4))


def test_tissue_of_one_value_is_no_lettering() -> None:
    levels = _noise(15, 5)
    cv2.ellipse(levels, (128, 128), (70, 40), 20, 0, 360, 120.0, -1)
    cv2.circle(levels, (128, 128), 90, 150.0, 2)
    assert lettering(_frame(levels)) == ()


@pytest.mark.parametrize("shape", [(1, 1), (3, 300), (300, 5), (40, 40)])
def test_small_pictures_are_looked_at_without_error(shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(1).integers(0, 1000, shape).astype(np.uint16)
    presentation = Presentation(photometric="MONOCHROME2", bits_stored=12)
    frame = MaskedFrame(pixels=pixels, offset=0, presentation=presentation)
    assert lettering(frame) == ()
    assert settle(RELEASED, (frame,), detectors()).triage.verdict is Verdict.RELEASED


def _gaps() -> np.ndarray:
    """White tissue with black gaps, on black."""
    rng = np.random.default_rng(7)
    smooth = cv2.GaussianBlur(rng.normal(0, 1, (SIDE, SIDE)), (0, 0), 4)
    levels = 215 + 10 * smooth / np.abs(smooth).max() + rng.normal(0, 3, (SIDE, SIDE))
    levels[smooth < -1.9 * smooth.std()] = 0
    inside = np.zeros((SIDE, SIDE), np.uint8)
    cv2.circle(inside, (128, 128), 120, 1, -1)
    return np.asarray(levels * inside)


@pytest.mark.parametrize("turned", [False, True])
def test_black_letters_among_black_gaps_are_read(*, turned: bool) -> None:
    levels = _gaps()
    levels[_ink("38Y F", 1.1, turned=turned, thickness=3) > 0] = 0
    assert list(shapes(_frame(levels), detectors()))
    assert settle(RELEASED, (_frame(levels),), detectors()).triage.verdict is Verdict.HELD


def test_black_gaps_alone_are_not_read() -> None:
    assert list(shapes(_frame(_gaps()), detectors())) == []


def test_a_tiny_line_of_thirty_levels_in_smooth_tissue_holds() -> None:
    page = Image.new("L", (SIDE, SIDE))
    ImageDraw.Draw(page).text((60, 90), "BARNES^JUSTIN", font=ImageFont.load_default(9), fill=255)
    frame = _frame(_noise(4, 9) + np.asarray(page) / 255.0 * 30, np.uint16)
    assert list(hidden(frame, (), detectors()))
    assert settle(RELEASED, (frame,), detectors()).triage.verdict is Verdict.HELD
