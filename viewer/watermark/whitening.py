"""What is left of a leak when the picture itself is taken away: the mark, and noise of even strength."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]

_LIT = 40.0  # grey levels
_DARK, _SHINING = 12.0, 30.0  # grey levels
_EDGE = 0.7  # px
_STROKE = 12.0  # grey levels from the median beyond which a pixel is ink


def whiten(
    picture: Plane,
    *,
    near: float = 3.0,
    far: float = 12.0,
    floor: float = 0.35,
    clip: float = 1.2,
    smooth: float = 0.0,
) -> Plane:
    """`picture` less its blur, divided by its own local deviation, clipped: for tissue and photographs.

    `near`, `far`, `smooth`: standard deviations in px of the blur taken away, of the neighbourhood, of a blur before.
    """
    fine = blur(picture, smooth) if smooth else picture
    high = fine - blur(picture, near)
    deviation = np.sqrt(np.maximum(_wide(np.square(np.clip(high, -20, 20)), far), 0)) + floor
    return np.clip(high / deviation, -clip, clip).astype(np.float32)


def sharpen(picture: Plane) -> Plane:
    """The same for a leak that kept its sharpest detail: the edges of the mark's blocks stand out of what is smooth.

    The fine detail is taken twice, so that what follows, which looks for whole blocks, is matched to their edges.
    """
    fine = whiten(picture, near=_EDGE, far=4 * _EDGE)
    return fine - blur(fine, _EDGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """How print is taken away: the median over `side` px, then a blur of `level` px of what is left.

    `far`, `smooth`: standard deviations in px of the neighbourhood, and of a blur before.
    """

    side: int = 9
    level: float = 4.0
    far: float = 12.0
    smooth: float = 0.0
    floor: float = 0.35
    clip: float = 1.2


def erase(picture: Plane, way: Print | None = None) -> Plane:
    """The same for print and user interfaces: `picture` less its median, strokes set to zero."""
    way = way or Print()
    if way.smooth:
        picture = blur(picture, way.smooth)
    high = picture - cv2.medianBlur(_bytes(picture), way.side).astype(np.float32)
    high -= blur(np.clip(high, -_STROKE, _STROKE), way.level)
    ink = np.abs(high) > _STROKE
    paper = np.where(ink, 0, high).astype(np.float32)
    share = _wide((~ink).astype(np.float32), way.far) + 1e-3
    deviation = np.sqrt(np.maximum(_wide(paper * paper, way.far), 0) / share) + way.floor
    return np.where(ink, 0, np.clip(paper / deviation, -way.clip, way.clip)).astype(np.float32)


def lit(picture: Plane) -> Plane:
    """How far each place can be trusted by its brightness: 0.2..1. A screen's black holds nothing but the camera's noise."""
    small = cv2.resize(picture, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    level = cv2.resize(
        blur(np.asarray(small, np.float32), 3.0), picture.shape[::-1], interpolation=cv2.INTER_LINEAR
    )
    return np.asarray(np.clip(level / _LIT, 0.2, 1), np.float32)


def shining(picture: Plane) -> Plane:
    """How much of the tones each place can hold: 0.1..1. They lie in what is lit; black is a camera's noise, and drowns them."""
    small = np.asarray(cv2.resize(picture, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA), np.float32)
    level = cv2.resize(blur(small, 2.0), picture.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip((level - _DARK) / _SHINING, 0.1, 1), np.float32)


def printed(picture: Plane) -> bool:
    """Whether the picture is more like a page or a user interface than like a scan or a photograph."""
    high = np.abs(picture - cv2.medianBlur(_bytes(picture), 9))
    return bool((high > 25).mean() > 0.02)


def blur(picture: Plane, sigma: float) -> Plane:
    """`picture` blurred by a Gaussian of `sigma` px."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.float32)


def _wide(picture: Plane, sigma: float) -> Plane:
    """The same for a wide one, of every fourth px each way: it takes a tenth of the time, and what comes is as smooth."""
    if sigma < 8 or min(picture.shape) < 64:
        return blur(picture, sigma)
    small = cv2.resize(picture, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    return np.asarray(
        cv2.resize(
            blur(np.asarray(small, np.float32), sigma / 4),
            picture.shape[::-1],
            interpolation=cv2.INTER_LINEAR,
        ),
        np.float32,
    )


def _bytes(picture: Plane) -> NDArray[np.uint8]:
    return np.clip(np.round(picture), 0, 255).astype(np.uint8)
