"""Burned-in text: found by the real detectors, filled in stored values, held where it can be read; and every failure held."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.viewer.detecting import detectors
from viewer.errors import MaskingError
from viewer.imaging.presentation import Presentation, Window
from viewer.masking import models
from viewer.masking.areas import Area
from viewer.masking.detectors import Detectors
from viewer.masking.image import MaskedFrame
from viewer.masking.lines import Line
from viewer.masking.look import Look
from viewer.masking.models import DETECT_V4, load
from viewer.masking.recognition import Reading, may_stay
from viewer.masking.settling import BLANKED, Settled, settle, settle_pages
from viewer.masking.triage import Kind, Triage
from viewer.masking.verdict import PixelCheck, Reason, Verdict

SIDE = 256
RELEASED = Triage(verdict=Verdict.RELEASED, kind=Kind.SECTION)


def _background(dtype: str, *, seed: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    smooth = cv2.GaussianBlur(rng.normal(0, 1, (SIDE, SIDE)), (0, 0), 20)
    top = 255 if dtype == "uint8" else 4095
    values = top * (0.35 + 0.15 * smooth / np.abs(smooth).max()) + rng.normal(0, top / 250, (SIDE, SIDE))
    return np.clip(values, 0, top).astype(dtype)


def _ink(text: str, at: tuple[int, int] = (20, 60), scale: float = 0.6) -> np.ndarray:
    ink = np.zeros((SIDE, SIDE), np.uint8)
    cv2.putText(ink, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, 1, cv2.LINE_AA)
    return ink


def _frame(pixels: np.ndarray, **presentation: object) -> MaskedFrame:
    given = {"photometric": "RGB" if pixels.ndim == 3 else "MONOCHROME2", **presentation}
    return MaskedFrame(pixels=pixels, offset=0, presentation=Presentation(**given))  # type: ignore[arg-type]


def _drawn(ink: np.ndarray, dtype: str, step: float) -> np.ndarray:
    """`ink` over a background, `step` of the full range brighter."""
    pixels = _background(dtype)
    top = 255 if dtype == "uint8" else 4095
    return np.clip(pixels + ink / 255.0 * step * top, 0, top).astype(dtype)


def _is_gone(settled: Settled, frame: int, ink: np.ndarray) -> bool:
    """Whether 95 % of the ink lies in filled boxes, and these hold one value each."""
    filled = np.zeros((SIDE, SIDE), bool)
    for box in settled.regions:
        if box.frame == frame:
            window = np.s_[box.y : box.y + box.height, box.x : box.x + box.width]
            filled[window] = True
            assert len(np.unique(settled.frames[frame - 1].pixels[window])) == 1
    return float(filled[ink > 90].mean()) >= 0.95


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize(
    ("dtype", "step"), [("uint8", 0.5), ("uint8", -0.3), ("uint16", 0.5), ("uint16", 0.12)]
)
def test_text_is_filled_and_holds(dtype: str, step: float, turns: int) -> None:
    ink = np.ascontiguousarray(np.rot90(_ink("FENWICK QUENBY"), turns))
    settled = settle(RELEASED, (_frame(_drawn(ink, dtype, step)),), detectors())
    assert _is_gone(settled, 1, ink)
    assert settled.triage.verdict is Verdict.HELD
    assert Reason.LETTERING in settled.triage.reasons


def test_text_in_colour() -> None:
    ink = _ink("MRN 76753889")
    pixels = np.dstack([_background("uint8")] * 3)
    pixels[ink > 128] = (250, 220, 40)
    settled = settle_pages(RELEASED, (_frame(pixels),), detectors())
    assert _is_gone(settled, 1, ink)
    assert settled.triage.verdict is Verdict.HELD


def test_text_that_only_a_window_shows() -> None:
    pixels = _background("uint16") // 16  # 0 to 255, in a frame that goes to 4095 at one place
    ink = _ink("DOB 03/28/1979")
    pixels = pixels + (ink > 128).astype(np.uint16) * 60
    pixels[200:210, 200:210] = 4095
    window = Window(center=120, width=200)
    settled = settle(RELEASED, (_frame(pixels, bits_stored=12, windows=(window,)),), detectors())
    assert _is_gone(settled, 1, ink)


def test_text_that_stands_still_over_a_stack_is_gone_from_every_frame() -> None:
    ink = _ink("STAPLEHURST ANNA")
    frames = []
    for seed in range(6):
        pixels = _background("uint8", seed=seed)
        frames.append(_frame(np.clip(pixels + ink / 255.0 * 70, 0, 255).astype(np.uint8)))
    settled = settle(RELEASED, frames, detectors())
    assert all(_is_gone(settled, number, ink) for number in range(1, 7))
    assert settled.part(4).regions
    assert {box.frame for box in settled.part(4).regions} == {1}


def test_text_that_changes_over_a_cine_is_gone() -> None:
    inks = [_ink(f"16:{40 + number}:07 NOLAN P", at=(20, 220)) for number in range(5)]
    frames = [_frame(np.clip(_background("uint8") + ink, 0, 255).astype(np.uint8)) for ink in inks]
    settled = settle(RELEASED, frames, detectors())
    assert all(_is_gone(settled, number, ink) for number, ink in enumerate(inks, start=1))
    assert settled.triage.verdict is Verdict.HELD


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_a_picture_without_text_is_released_as_it_was(dtype: str) -> None:
    pixels = _background(dtype)
    settled = settle(RELEASED, (_frame(pixels),), detectors())
    assert settled.triage.verdict is Verdict.RELEASED
    assert (settled.check, settled.regions) == (PixelCheck.SEARCHED, ())
    assert np.array_equal(settled.frames[0].pixels, pixels)


class _Fails:
    """A detector that ends as detectors do."""

    title = "broken"

    def __init__(self, error: Exception) -> None:
        self._error = error

    def find(self, look: Look, share: float = 1.0) -> tuple[Area, ...]:
        raise self._error

    def find_lines(self, look: Look, share: float = 1.0) -> tuple[Line, ...]:
        raise self._error

    def read(self, line: np.ndarray) -> Reading:
        raise self._error


_BROKEN = [RuntimeError("onnx"), ValueError("shape"), TimeoutError(), MaskingError("gone"), cv2.error("boom")]


@pytest.mark.parametrize(
    ("part", "count", "error"),
    [
        *(("first", 1, error) for error in _BROKEN),
        ("second", 1, RuntimeError("onnx")),
        ("reader", 1, RuntimeError("onnx")),
        ("first", 3, TimeoutError()),
        ("reader", 3, RuntimeError("onnx")),
    ],
)
def test_a_failing_detector_blanks_and_holds(part: str, count: int, error: Exception) -> None:
    found: Detectors = replace(detectors(), **{part: _Fails(error)})
    frames = [_frame(_drawn(_ink("FENWICK QUENBY"), "uint8", 0.5))] * count
    settled = settle(RELEASED, frames, found)
    assert settled.triage.verdict is Verdict.HELD
    assert Reason.DETECTOR in settled.triage.reasons
    assert all(len(np.unique(frame.pixels)) == 1 for frame in settled.frames)
    assert {box.detector for box in settled.regions} == {BLANKED}


class _Sees:
    """Finds `count` boxes of `side` px, apart; nothing can be read in them."""

    title = "sees"

    def __init__(self, count: int, side: int) -> None:
        corners = [(24 * (number % 10), 24 * (number // 10)) for number in range(count)]
        self._areas = tuple(
            Area(left=x, top=y, right=x + side, bottom=y + side, score=1.0) for x, y in corners
        )
        self.readings = 0

    def find(self, look: Look, share: float = 1.0) -> tuple[Area, ...]:
        return self._areas

    def find_lines(self, look: Look, share: float = 1.0) -> tuple[Line, ...]:
        return ()

    def read(self, line: np.ndarray) -> Reading:
        self.readings += 1
        return Reading(text="", certainty=0.0)


@pytest.mark.parametrize(("side", "verdict"), [(5, Verdict.RELEASED), (14, Verdict.HELD)])
def test_what_is_smaller_than_any_letter_neither_holds_nor_takes_a_reading(
    side: int, verdict: Verdict
) -> None:
    """So many boxes of 14 px cannot all be read, and one that is not may be text."""
    sees = _Sees(40, side)
    found = replace(detectors(), first=sees, second=sees, reader=sees)
    settled = settle(RELEASED, (_frame(_background("uint8")),), found)
    assert settled.triage.verdict is verdict
    assert (sees.readings == 0) is (side == 5)


def test_without_detectors_everything_is_blank_and_held() -> None:
    settled = settle(RELEASED, (_frame(_background("uint8")),), None)
    assert (settled.triage.verdict, settled.triage.reasons) == (Verdict.HELD, (Reason.DETECTOR,))
    assert len(np.unique(settled.frames[0].pixels)) == 1


def test_a_model_is_checked_before_it_is_loaded() -> None:
    with pytest.raises(MaskingError, match="not the one that was checked"):
        load(replace(DETECT_V4, digest="0" * 64))
    with pytest.raises(MaskingError, match="missing"):
        load(replace(DETECT_V4, name="another.onnx"))
    with pytest.raises(MaskingError, match="not installed"):
        load(replace(DETECT_V4, package="no_such_package"))
    assert models.DETECT_V6.title == "rapidocr 3.10.0"


@pytest.mark.parametrize(
    ("text", "known", "stays"),
    [
        ("R", (), True),
        ("l", (), True),
        ("R PA", (), True),
        ("", (), False),
        ("ROSS", (), False),
        ("R ROSS", (), False),
        ("R", ("R",), False),
        ("ML", ("ML^Jane",), False),
        ("AP", ("Smith^Jane", "12345"), True),
    ],
)
def test_only_allowed_words_that_name_nobody_stay(text: str, known: tuple[str, ...], stays: bool) -> None:
    assert may_stay(text, known) is stays


@pytest.mark.parametrize("degrees", [45, -45])
def test_oblique_text_is_filled_and_holds(degrees: int) -> None:
    turn = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), degrees, 1.0)
    ink = np.asarray(
        cv2.warpAffine(_ink("FENWICK QUENBY", at=(50, 130), scale=0.7), turn, (SIDE, SIDE)), np.uint8
    )
    settled = settle(RELEASED, (_frame(_drawn(ink, "uint8", 0.5)),), detectors())
    assert _is_gone(settled, 1, ink)
    assert {Reason.LETTERING, Reason.DISAGREEMENT} & set(settled.triage.reasons)
    changed = settled.frames[0].pixels != _drawn(ink, "uint8", 0.5)
    assert float(changed.mean()) < 0.5  # squares along the line, not the large box around it
