"""With the frame that was sent, a mark is read where a camera drew edges and ended at white, and the place is made exact."""

import cv2
import numpy as np
import pytest

from viewer.watermark.aligning import Start, align
from viewer.watermark.channels import Picture
from viewer.watermark.comparing import Comparison
from viewer.watermark.explaining import residue
from viewer.watermark.keying import Key
from viewer.watermark.nearing import nearer
from viewer.watermark.pattern import Strength
from viewer.watermark.payload import Payload
from viewer.watermark.registering import register
from viewer.watermark.searching import Sight
from viewer.watermark.stamping import make_stamp
from viewer.watermark.tracing import trace
from viewer.watermark.warping import Matrix, homography, unbent

KEY = Key(bytes(range(32)))
SIDE = 768
MARKED = Payload(session=0x5EED, epoch=59_000_001)
TO_LEAK = homography(
    np.array([[0.71, 0.02], [-0.015, 0.7]]), np.array([3e-5, -2e-5]), (560, 550), (400.0, 380.0)
)


def _two_tones() -> Picture:
    """White shapes on black, and not much between."""
    rough = cv2.GaussianBlur(np.random.default_rng(8).normal(0, 1, (SIDE, SIDE)), (0, 0), 11)
    return np.clip(2200 * (rough - rough.std() / 2), 0, 255).astype(np.uint8)


def _photographed(frame: Picture, *, bend: float = 0.0) -> Picture:
    """Light blurred, a third too much of it, noise, and what a lens does."""
    light = np.power(frame / 255, 2.2).astype(np.float32)
    seen = cv2.warpPerspective(cv2.GaussianBlur(light, (0, 0), 0.8), TO_LEAK, (1120, 1100))
    noise = np.random.default_rng(4).normal(0, 0.004, seen.shape)
    levels = 255 * np.power(np.clip(1.3 * seen + noise + 0.004, 0, 1), 1 / 2.2).astype(np.float32)
    if bend:
        levels = unbent(
            np.asarray(levels, np.float32), -bend
        )  # the inverse, to within what a lens bends twice
    return np.round(np.clip(levels, 0, 255)).astype(np.uint8)


def _corners(to_leak: Matrix) -> np.ndarray:
    return np.asarray(
        cv2.perspectiveTransform(np.array([[[60.0, 60], [700, 60], [700, 700], [60, 700]]]), to_leak)[0]
    )


def test_an_overexposed_picture_of_two_tones_is_traced_with_its_frame() -> None:
    frame = _two_tones()
    stamp = make_stamp(KEY, MARKED, width=SIDE, height=SIDE, strength=Strength.STANDARD)
    traced = trace(KEY, _photographed(stamp.on(frame)), sent=frame, late=lambda: False)
    assert [each.payload for each in traced.named] == [MARKED]


def test_a_place_is_made_exact_by_the_picture() -> None:
    frame = _two_tones()
    leak = _photographed(frame).astype(np.float32)
    off = TO_LEAK @ np.array([[1.004, 0.001, -3.0], [-0.002, 1.003, 2.0], [1e-6, 0, 1]])
    assert np.abs(_corners(off) - _corners(TO_LEAK)).max() > 3
    found = nearer(leak, frame.astype(np.float32), off, (SIDE / 2, SIDE / 2))
    assert np.abs(_corners(found) - _corners(TO_LEAK)).max() < 0.3


def test_a_lens_is_told_from_where_features_stand() -> None:
    frame = _two_tones()
    best = next(register(_photographed(frame, bend=-0.03).astype(np.float32), frame.astype(np.float32)))
    assert best.bend == pytest.approx(-0.03, abs=0.0051)


def test_what_was_not_bent_is_not_unbent() -> None:
    frame = _two_tones()
    best = next(register(frame.astype(np.float32)[:500, 100:], frame.astype(np.float32)))
    assert best.bend == 0


def test_nothing_is_left_of_a_frame_that_is_explained() -> None:
    """What is left of a marked leak agrees with its mark; of one without, with none."""
    frame = _two_tones()
    stamp = make_stamp(KEY, MARKED, width=SIDE, height=SIDE, strength=Strength.STANDARD)
    pilots = []
    for shown in (stamp.on(frame), frame):
        start = Start(
            _photographed(shown).astype(np.float32), TO_LEAK, (SIDE / 2, SIDE / 2),
            lambda laid: residue(laid, frame.astype(np.float32)), anywhere=True, beside=(),
        )  # fmt: skip
        pilots.append(next(align(KEY, start)).reading.pilot)
    assert pilots[0] > 8
    assert pilots[1] < 5


def test_a_place_is_given_once() -> None:
    frame = _two_tones()
    leak = _photographed(frame)
    comparison = Comparison(frame, Sight(KEY, leak.astype(np.float32)), None)
    places = [_corners(start.to_leak) for start in comparison.starts(lambda: True)]
    assert places
    for number, one in enumerate(places):
        assert all(np.abs(one - other).max() > 0.5 for other in places[:number])


def test_an_untouched_leak_is_read_by_its_levels() -> None:
    """Nothing is evened where a mark is all that is left: so five pages that were mixed still say whose they are."""
    frame = _two_tones()
    stamp = make_stamp(KEY, MARKED, width=SIDE, height=SIDE, strength=Strength.STANDARD)
    start = Start(
        stamp.on(frame).astype(np.float32), np.eye(3), (SIDE / 2, SIDE / 2),
        lambda laid: residue(laid, frame.astype(np.float32)), anywhere=True, beside=(),
    )  # fmt: skip
    left = residue(next(align(KEY, start)).reading.laid, frame.astype(np.float32))
    moved = stamp.on(frame).astype(np.float32) - frame
    assert np.corrcoef(left.ravel(), moved.ravel())[0, 1] > 0.9
