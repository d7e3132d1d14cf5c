"""A mostly black frame in colour is marked more in what it shows, and stays within what is promised of its quality."""

import numpy as np
import pytest

from viewer.watermark.keying import Key
from viewer.watermark.pattern import Strength
from viewer.watermark.payload import Payload
from viewer.watermark.planes import Grey
from viewer.watermark.stamping import make_stamp, stamp_of

KEY, MARKED = Key(bytes(range(32))), Payload(session=7, epoch=59_000_000)
WIDTH, HEIGHT = 320, 250


def _frame(black: float) -> Grey:
    """Colours, of which the upper rows are black."""
    frame = np.random.default_rng(1).integers(40, 200, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    frame[: round(black * HEIGHT)] = 0
    return frame


@pytest.mark.parametrize(("black", "most"), [(0.0, 2), (0.45, 2), (0.55, 3), (0.9, 3), (1.0, 3)])
def test_what_a_mostly_black_colour_frame_shows_is_marked_more(black: float, most: int) -> None:
    stamp = make_stamp(KEY, MARKED, width=WIDTH, height=HEIGHT, strength=Strength.STANDARD)
    frame = _frame(black)
    moved = stamp.on(frame).astype(int) - frame
    assert np.abs(moved).max() == most
    assert (moved == moved[..., :1])[frame.min(axis=2) > most].all()  # no colour of its own
    assert 10 * np.log10(255**2 / np.mean(np.square(moved))) >= (42 if black else 41)


@pytest.mark.parametrize("strength", [Strength.LIGHT, Strength.STRONG])
def test_other_strengths_are_the_same_on_black(strength: Strength) -> None:
    stamp = make_stamp(KEY, MARKED, width=WIDTH, height=HEIGHT, strength=strength)
    lit, dark = _frame(0.0), _frame(0.9)
    shown = round(0.9 * HEIGHT)
    assert np.array_equal(
        stamp.on(lit)[shown:].astype(int) - lit[shown:], stamp.on(dark)[shown:].astype(int) - dark[shown:]
    )


def test_visible_text_is_moved_as_far_on_black() -> None:
    seen = np.zeros((HEIGHT, WIDTH), np.int16)
    seen[-40:, :50] = 40
    stamp = stamp_of(KEY, MARKED, seen, Strength.STANDARD)
    dark = _frame(0.6)
    moved = stamp.on(dark).astype(int) - dark
    assert np.abs(moved[-40:, :50] - 40).max() <= 3
    assert np.abs(moved[-40:, 50:]).max() <= 3


@pytest.mark.parametrize(("black", "most"), [(0.68, 3), (0.73, 4), (0.75, 4), (0.79, 5), (0.9, 5)])
def test_a_mostly_black_grey_frame_of_nothing_but_texture_stays_above_42_db(black: float, most: int) -> None:
    stamp = make_stamp(KEY, MARKED, width=WIDTH, height=HEIGHT, strength=Strength.STANDARD)
    frame = np.ascontiguousarray(_frame(black)[..., 1])
    moved = stamp.on(frame).astype(int) - frame
    assert np.abs(moved).max() == most
    assert 10 * np.log10(255**2 / np.mean(np.square(moved))) >= 42
