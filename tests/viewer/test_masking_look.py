"""Where a picture is looked at: nowhere in an empty one, and everywhere that something as long as a word stands out."""

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from viewer.masking.areas import Area
from viewer.masking.following import follow
from viewer.masking.look import Look, look_at


def _lettered(rows: int, columns: int, at: tuple[int, int], text: str = "FENWICK") -> np.ndarray:
    picture = np.full((rows, columns), 90, np.uint8)
    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, 200, 1, cv2.LINE_AA)
    return picture


def _seen(look: Look) -> np.ndarray:
    seen = np.zeros(look.grey.shape, bool)
    for window in look.windows():
        seen[window] = True
    return seen


def test_an_empty_picture_is_not_looked_at() -> None:
    ramp = np.tile(np.arange(256, dtype=np.uint8), (200, 1))
    assert look_at(ramp, 16).windows() == []


@given(
    rows=st.integers(64, 900),
    columns=st.integers(120, 900),
    at=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    turned=st.booleans(),
)
def test_every_word_is_looked_at(rows: int, columns: int, at: tuple[float, float], *, turned: bool) -> None:
    place = (int(at[0] * (columns - 80)), 16 + int(at[1] * (rows - 20)))
    picture = _lettered(rows, columns, place)
    cv2.rectangle(picture, (columns // 2, rows // 2), (columns // 2 + 3, rows // 2 + 3), 10, -1)
    look = look_at(picture, 16)
    look = look.turned() if turned else look
    assert _seen(look)[look.grey > 130].all()


def test_of_a_large_picture_little_is_looked_at() -> None:
    look = look_at(_lettered(2000, 1600, (1400, 1900)), 16)
    assert 0 < _seen(look).mean() < 0.01


def test_a_line_is_followed_to_its_end_and_no_further() -> None:
    look = look_at(_lettered(60, 400, (20, 40), "QUENBY FENWICK 76753889"), 16)
    ink = np.flatnonzero((look.grey > 130).any(axis=0))
    part = Area(left=80, top=26, right=140, bottom=42)
    found = follow(part, look.strokes, 12)
    assert found.left <= ink[0]
    assert found.right >= ink[-1]
    assert found.left >= ink[0] - 2 * part.height
    assert found.right <= ink[-1] + 2 * part.height
    upright = follow(part.swapped(), np.ascontiguousarray(look.strokes.T), 12)
    assert upright.swapped() == found


def test_what_is_no_line_is_not_followed() -> None:
    look = look_at(_lettered(60, 400, (20, 40)), 16)
    blob = Area(left=30, top=26, right=44, bottom=42)
    assert follow(blob, look.strokes, 12) == blob
