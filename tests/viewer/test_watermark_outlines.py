"""A frame that is photographed whole is found by its outline."""

import cv2
import numpy as np
import pytest

from viewer.watermark.channels import grey_plane
from viewer.watermark.keying import Key
from viewer.watermark.outlining import outlines
from viewer.watermark.pattern import Strength
from viewer.watermark.payload import Payload
from viewer.watermark.placing import placed
from viewer.watermark.planes import Grey
from viewer.watermark.stamping import make_stamp
from viewer.watermark.tracing import trace

KEY = Key(bytes(range(32)))
NAMED = Payload(0xC0FFEE, 59_000_000)
SIZE = 896, 768  # px across and down
POSES = {
    "straight": ((40, 40), (1240, 40), (1240, 1070), (40, 1070)),
    "from the left": ((60, 30), (1180, 130), (1180, 1010), (60, 1120)),
    "from above, turned": ((150, 60), (1200, 120), (1260, 1090), (40, 1010)),
}


def _tissue() -> Grey:
    """Blots and texture on black, as in a scan."""
    draws = np.random.default_rng(5)
    width, height = SIZE
    rough = cv2.GaussianBlur(draws.normal(0, 1, (height, width)), (0, 0), 14)
    fine = cv2.GaussianBlur(draws.normal(0, 1, (height, width)), (0, 0), 1.5)
    y, x = np.mgrid[0:height, 0:width]
    inside = ((x - width / 2) / (0.42 * width)) ** 2 + ((y - height / 2) / (0.44 * height)) ** 2 < 1
    return np.clip(np.where(inside, 110 + 900 * rough + 18 * fine, 3), 0, 255).astype(np.uint8)


def _photographed(frame: Grey, corners: tuple[tuple[int, int], ...], draws: np.random.Generator) -> Grey:
    """A picture of 1300 x 1150 px that shows `frame` with its corners at `corners`, a little blurred, with noise, as JPEG."""
    width, height = SIZE
    here = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(here, np.array(corners, np.float32))
    seen = cv2.warpPerspective(frame, matrix, (1300, 1150), flags=cv2.INTER_CUBIC, borderValue=35)
    seen = cv2.GaussianBlur(seen, (0, 0), 0.7).astype(np.float32)
    noisy = np.clip(np.round(seen + draws.normal(0, 2, seen.shape)), 0, 255).astype(np.uint8)
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", noisy)[1], cv2.IMREAD_GRAYSCALE), np.uint8)


def _leak(pose: str) -> Grey:
    width, height = SIZE
    stamp = make_stamp(KEY, NAMED, width=width, height=height, strength=Strength.STANDARD)
    return _photographed(stamp.on(_tissue()), POSES[pose], np.random.default_rng(1))


@pytest.mark.parametrize("pose", POSES)
def test_the_outline_is_among_the_likeliest(pose: str) -> None:
    found = outlines(grey_plane(_leak(pose)), 4)
    assert min(np.abs(each.corners - np.array(POSES[pose])).max() for each in found) < 8


@pytest.mark.parametrize("pose", POSES)
def test_the_session_is_named_from_the_photograph_alone(pose: str) -> None:
    traced = trace(KEY, _leak(pose), late=lambda: False)
    assert [each.payload for each in traced.named] == [NAMED]


def test_the_frame_that_was_sent_is_laid_onto_its_outline() -> None:
    frame = _tissue()
    place = next(placed(grey_plane(_leak("from the left")), grey_plane(frame)))
    corner = place.to_leak @ (SIZE[0], SIZE[1], 1)
    assert place.likeness > 0.6
    assert np.abs(corner[:2] / corner[2] - POSES["from the left"][2]).max() < 4


def test_a_picture_without_edges_has_no_outline() -> None:
    plain = np.full((600, 700), 90, np.float32)
    assert outlines(plain, 5) == []
