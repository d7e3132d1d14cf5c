"""What a leak shows beyond the frame that was sent: the frame is taken away as a camera would have drawn it, edges and all."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.watermark.layout import CELL
from viewer.watermark.warping import Laid
from viewer.watermark.whitening import Plane, blur

GAMMA = 2.2  # of screens: light by grey level; a camera takes it back, but for what a blur mixed in between
_STEP = 16  # px: the fit is solved so far apart,
_BOX = 3  # and over so many steps each way
_RIDGE = 1e-3  # of what is fitted, in its own deviations: what is not there is not fitted
_NEAR = 4.0  # px: over so many the noise is taken to be even
_QUIET = 0.3  # squared grey levels
_CLIP = 2.0  # deviations
_FULL, _SHOULDER = 254.5, 4.0  # grey levels: nothing is said where a camera ended
_DARKEST = 0.03  # of full: what is darker is the camera's own
_UNTOUCHED, _FEW = 6.0, 0.01  # grey levels, and of the px: a mark goes no further, and little else is left
_LEAST = 0.1  # of what a plain grey says


def residue(laid: Laid, sent: Plane, *, light: bool = True) -> Plane:
    """`laid` less what `sent` explains of it, in deviations, and where both are `light` by how far a mark moves each px there.

    The fit is linear, about each px, in the frame's light blurred in several ways, its square, and its slopes, which take
    up what a camera does to edges, and a place that is a part of a px off. Outside `sent` it is 0. Of a leak that is the
    frame itself but for its tone, the levels that are left are given: nothing needs to be evened.
    """
    frame, inside = beside(laid, sent)
    plain = (laid.picture - explained_by(laid.picture, [frame], inside)) * inside
    if np.count_nonzero(np.abs(plain) > _UNTOUCHED) < _FEW * np.count_nonzero(inside):
        return np.asarray(np.clip(plain, -_UNTOUCHED, _UNTOUCHED), np.float32)
    explained = explained_by(laid.picture, _shapes(frame), inside)
    left = (laid.picture - explained) * inside
    even = np.clip(left / np.sqrt(blur(left * left, _NEAR) + _QUIET), -_CLIP, _CLIP) * inside
    return np.asarray(even * _moved(laid.picture, explained, frame) if light else even, np.float32)


def beside(laid: Laid, sent: Plane) -> tuple[Plane, Plane]:
    """The same region of `sent`, 0..1, and where that and the leak are seen."""
    top, left = laid.region.top * CELL, laid.region.left * CELL
    frame, inside = np.zeros_like(laid.picture), np.zeros_like(laid.picture)
    cut = sent[top : top + frame.shape[0], left : left + frame.shape[1]]
    frame[: cut.shape[0], : cut.shape[1]] = np.clip(cut / 255, 0, 1)
    inside[: cut.shape[0], : cut.shape[1]] = 1
    return frame, inside * laid.seen


def _shapes(frame: Plane) -> list[Plane]:
    """What a leak's tone is fitted with."""
    light = blur(np.power(frame, np.float32(GAMMA)), 1.0)
    tone = np.power(np.minimum(1.15 * light, 1), np.float32(1 / GAMMA))
    across, down = cv2.Sobel(tone, cv2.CV_32F, 1, 0), cv2.Sobel(tone, cv2.CV_32F, 0, 1)
    return [
        tone,
        tone * tone,
        blur(frame, 0.8),
        np.asarray(across, np.float32),
        np.asarray(down, np.float32),
        np.asarray(cv2.Laplacian(tone, cv2.CV_32F), np.float32),
    ]


def explained_by(picture: Plane, shapes: Sequence[Plane], inside: Plane) -> Plane:
    """The best fit of `picture`, where `inside`, by a constant and `shapes` about each px."""
    terms = [inside]
    for shape in shapes:
        mean, deviation = (float(each[0, 0]) for each in cv2.meanStdDev(shape, mask=inside.astype(np.uint8)))
        terms.append((shape - mean) * (inside / (deviation + 1e-6)))
    count = len(terms)
    first = _summed(inside)
    products = np.empty((*first.shape, count, count))
    wanted = np.empty((*first.shape, count))
    for one in range(count):
        wanted[..., one] = _summed(terms[one] * picture)
        for other in range(one, count):
            products[..., one, other] = products[..., other, one] = _summed(terms[one] * terms[other])
    products += np.eye(count) * _RIDGE
    solved = np.linalg.solve(products, wanted[..., np.newaxis])[..., 0].astype(np.float32)
    total = np.zeros_like(picture)
    size = picture.shape[::-1]
    for number, term in enumerate(terms):
        amount = cv2.resize(np.ascontiguousarray(solved[..., number]), size, interpolation=cv2.INTER_LINEAR)
        total += amount * term
    return total


def _summed(values: Plane) -> NDArray[np.float32]:
    """The mean about each _STEP px."""
    small = cv2.resize(values, None, fx=1 / _STEP, fy=1 / _STEP, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.blur(small, (_BOX, _BOX)), np.float32)


def _moved(picture: Plane, explained: Plane, frame: Plane) -> Plane:
    """How far each px of the leak moves for one grey level of `frame`, where light adds up and a camera may end.

    In a plain grey by 1; at an edge by more on the light side and nothing on the dark one; nothing in black and in what is
    overexposed.
    """
    open_ = np.clip((_FULL - blur(picture, 1.0)) / _SHOULDER, 0, 1)
    seen = np.power(np.clip(explained / 255, _DARKEST, 1), np.float32(1 - GAMMA))
    given = np.power(frame, np.float32(GAMMA - 1))
    return np.asarray(np.clip(open_ * seen * given, _LEAST, 1), np.float32)
