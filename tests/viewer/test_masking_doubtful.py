"""Lone lines that are faint, leaning or drawn in the colour of the noise around them: found, and the picture held."""

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.viewer.detecting import detectors
from viewer.imaging.presentation import Presentation
from viewer.masking import mappings
from viewer.masking.areas import Area
from viewer.masking.doubtful import drawn, hidden, left_over
from viewer.masking.image import MaskedFrame
from viewer.masking.lines import Line, line_around
from viewer.masking.look import Look
from viewer.masking.settling import settle
from viewer.masking.triage import Kind, Triage
from viewer.masking.verdict import Reason, Verdict

SIDE = 256
TEXT = "FENWICK 76753"
RELEASED = Triage(verdict=Verdict.RELEASED, kind=Kind.SECTION)


def _background(noise: float, seed: int = 5) -> np.ndarray:
    """Levels of 255, of which a deviation of `noise` is noise."""
    rng = np.random.default_rng(seed)
    smooth = cv2.GaussianBlur(rng.normal(0, 1, (SIDE, SIDE)), (0, 0), 20)
    return 110 + 40 * smooth / np.abs(smooth).max() + rng.normal(0, noise, (SIDE, SIDE))


def _ink(degrees: float, scale: float) -> np.ndarray:
    ink = np.zeros((SIDE, SIDE), np.uint8)
    (width, height), _ = cv2.getTextSize(TEXT, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    at = ((SIDE - width) // 2, (SIDE + height) // 2)
    cv2.putText(ink, TEXT, at, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, 1, cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), degrees, 1.0)
    return np.asarray(cv2.warpAffine(ink, turn, (SIDE, SIDE), flags=cv2.INTER_CUBIC), np.uint8)


def _frame(levels: np.ndarray) -> MaskedFrame:
    pixels = (np.clip(levels, 0, 255) * 8).astype(np.uint16)
    return MaskedFrame(
        pixels=pixels, offset=0, presentation=Presentation(photometric="MONOCHROME2", bits_stored=12)
    )


@pytest.mark.parametrize("degrees", [30, 45, 75, -60])
@pytest.mark.parametrize("scale", [0.4, 0.6])
def test_a_leaning_line_of_12_and_18_px_is_read(degrees: float, scale: float) -> None:
    frame = _frame(_background(3) + _ink(degrees, scale) / 255.0 * 70)
    covered = np.zeros((SIDE, SIDE), bool)
    for area in hidden(frame, (), detectors()):
        covered[area.top : area.bottom, area.left : area.right] = True
    assert covered[_ink(degrees, scale) > 128].mean() >= 0.9
    assert covered.mean() < 0.35  # squares along the line, not the large box around it


class _Recording:
    """Sees nothing, and remembers what it was shown."""

    title = "recording"

    def __init__(self) -> None:
        self.shown: list[np.ndarray] = []

    def find(self, look: Look, share: float = 1.0) -> tuple[Area, ...]:
        return ()

    def find_lines(self, look: Look, share: float = 1.0) -> tuple[Line, ...]:
        self.shown.append(look.grey)
        return ()


@pytest.mark.parametrize(("is_stack", "count"), [(False, 4), (True, 2)])
def test_a_picture_is_looked_at_without_its_background_too_and_a_stack_is_not(
    is_stack: bool, count: int
) -> None:
    frame, second = _frame(_background(3)), _Recording()
    assert list(hidden(frame, (), replace(detectors(), second=second), is_stack=is_stack)) == []
    assert len(second.shown) == count
    without = np.rot90(mappings.remaining(frame).grey)
    assert any(np.array_equal(grey, without) for grey in second.shown) is not is_stack


@pytest.mark.parametrize("degrees", [0, 30])
def test_what_is_left_in_a_masked_picture_is_read(degrees: float) -> None:
    frame = _frame(_background(3) + _ink(degrees, 0.5) / 255.0 * 90)
    found = list(left_over(frame, (), detectors()))
    assert found
    assert list(left_over(frame, found, detectors())) == []


def _doubled(step: float, noise: float) -> MaskedFrame:
    """A line of one value, `step` over the mean of its surroundings."""
    small = np.zeros((SIDE // 2, SIDE // 2), np.uint8)
    cv2.putText(small, "GARCIA T", (14, 60), cv2.FONT_HERSHEY_PLAIN, 1.0, 255, 1)
    levels = _background(noise)
    levels[np.kron(small, np.ones((2, 2))) > 0] = 110 + step
    return _frame(levels)


@pytest.mark.parametrize("step", [25, -25])
def test_letters_of_one_value_are_read_under_noise(step: float) -> None:
    frame = _doubled(step, noise=22)
    found = list(drawn(frame, (), detectors()))
    assert found
    assert all(40 <= each.area.top <= 140 for each in found)
    assert Reason.LETTERING in settle(RELEASED, (frame,), detectors()).triage.reasons


@pytest.mark.parametrize("noise", [3, 22])
def test_noise_alone_is_not_read(noise: float) -> None:
    frame = _frame(_background(noise))
    assert list(drawn(frame, (), detectors())) == []
    assert settle(RELEASED, (frame,), detectors()).triage.verdict is Verdict.RELEASED


def test_tissue_of_one_value_is_not_looked_at() -> None:
    levels = _background(10)
    levels[40:200, 40:200] = 120
    assert list(mappings.drawn(_frame(levels))) == []


@given(degrees=st.floats(-89, 89), length=st.floats(60, 110), height=st.floats(8, 20))
def test_a_line_covers_what_it_was_made_of(degrees: float, length: float, height: float) -> None:
    along = np.array((math.cos(math.radians(degrees)), math.sin(math.radians(degrees))))
    across = np.array((-along[1], along[0]))
    grid = np.stack(
        np.meshgrid(np.arange(-length / 2, length / 2), np.arange(-height / 2, height / 2)), axis=-1
    )
    points = (128 + grid.reshape(-1, 1, 2) @ np.stack((along, across)))[:, 0].astype(np.float32)
    line = line_around(points, 1.0, 1.6)
    assert abs((line.degrees - degrees + 90) % 180 - 90) < 3
    covered = np.zeros((SIDE, SIDE), bool)
    for piece in line.pieces((SIDE, SIDE)):
        covered[piece.top : piece.bottom, piece.left : piece.right] = True
    assert all(covered[int(y), int(x)] for x, y in points)


def test_a_line_is_cut_level_and_turned_back() -> None:
    levels = np.zeros((SIDE, SIDE), np.uint8)
    cv2.line(levels, (100, 60), (100, 180), 255, 3)
    upright = Line(x=100, y=120, length=120, height=12, degrees=90, score=1.0)
    assert upright.cut(levels, 0)[6].mean() > 150
    turned = np.ascontiguousarray(np.rot90(levels))
    level = Line(x=120, y=SIDE - 100, length=120, height=12, degrees=0, score=1.0)
    assert level.cut(turned, 0)[6].mean() > 150
    back = level.turned_back(SIDE)
    assert (back.x, back.y, back.degrees) == (100, 120, 90)
