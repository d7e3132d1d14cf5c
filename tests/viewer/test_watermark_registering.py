"""A piece of a frame is found in the frame that was sent, whatever repeats itself there."""

import cv2
import numpy as np
import pytest

from viewer.document.lettering import draw
from viewer.watermark.channels import grey_plane
from viewer.watermark.placing import shown
from viewer.watermark.planes import Grey
from viewer.watermark.registering import register
from viewer.watermark.tones import Pose
from viewer.watermark.warping import homography

SIDE = 768
WORDS = (
    "the",
    "patient",
    "was",
    "seen",
    "no",
    "acute",
    "distress",
    "left",
    "upper",
    "lobe",
    "nodule",
    "stable",
)
# A quarter of the frame from the left, larger and tilted: where its corners are in the leak.
PIECE = ((200, 150), (590, 160), (600, 560), (190, 540))
LEAK = ((0, 0), (800, 40), (780, 820), (-20, 760))


def _page() -> Grey:
    """Ten words, again and again."""
    words, page = np.random.default_rng(3), np.zeros((SIDE, SIDE), np.uint8)
    for baseline in range(50, SIDE - 20, 26):
        draw(page, " ".join(words.choice(WORDS, 11)), x=40, baseline=baseline, size=16, level=210)
    return np.asarray(cv2.add(page, 28), np.uint8)


@pytest.mark.parametrize("mirrored", [False, True])
def test_print_that_repeats_itself_is_found(mirrored: bool) -> None:
    page = _page()
    matrix = cv2.getPerspectiveTransform(np.array(PIECE, np.float32), np.array(LEAK, np.float32))
    leak = cv2.GaussianBlur(cv2.warpPerspective(page, matrix, (800, 780)), (0, 0), 1.0)
    if mirrored:
        leak = np.ascontiguousarray(leak[:, ::-1])
    found = list(register(grey_plane(leak), grey_plane(page)))
    assert found
    middle = np.array([[[400.0, 350.0]]])
    there = cv2.perspectiveTransform(middle, matrix)[0, 0]
    if mirrored:
        there[0] = 799 - there[0]
    best = min(found, key=lambda each: -each.matches)
    assert np.abs(cv2.perspectiveTransform(middle, best.to_leak)[0, 0] - there).max() < 2


LINEAR, TILT = np.array([[0.6, 0.05], [-0.04, 0.62]]), np.array([1e-4, -5e-5])
MIDDLE, TARGET = (400.0, 390.0), (430.0, 360.0)


@pytest.mark.parametrize("hand", [1, -1])
def test_a_piece_without_features_is_placed_by_a_rough_pose(hand: int) -> None:
    """A spectrum can't tell a pose from its half turn, and is a little off."""
    rough = cv2.GaussianBlur(np.random.default_rng(5).normal(0, 1, (SIDE, SIDE)), (0, 0), 14)
    frame = np.clip(120 + 900 * rough, 0, 255).astype(np.float32)
    to_leak = homography(LINEAR, TILT, MIDDLE, TARGET)
    leak = np.asarray(cv2.warpPerspective(frame, to_leak, (800, 780)), np.float32)
    place = shown(leak, frame, Pose(hand * 1.008 * LINEAR, 0.7 * TILT, 2.0))
    assert place is not None
    points = np.array([[[350.0, 300.0], [500.0, 420.0]]])
    there, true = (cv2.perspectiveTransform(points, each) for each in (place.to_leak, to_leak))
    assert np.abs(there - true).max() < 2


def test_another_frame_is_not_what_a_piece_shows() -> None:
    frames = [
        np.clip(
            120 + 900 * cv2.GaussianBlur(np.random.default_rng(n).normal(0, 1, (SIDE, SIDE)), (0, 0), 14),
            0,
            255,
        )
        for n in (5, 6)
    ]
    leak, other = (each.astype(np.float32) for each in frames)
    assert shown(leak, other, Pose(LINEAR, TILT, 2.0)) is None
