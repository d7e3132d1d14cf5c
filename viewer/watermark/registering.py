"""A leak registered onto the frame that was sent, by what the picture shows; and what is then left of it: the mark."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.watermark.layout import CELL
from viewer.watermark.warping import Laid, Matrix
from viewer.watermark.whitening import Plane

_LONGEST = 1100  # px: features are sought at about this size
_FEATURES = 3000
_CONTRAST = 0.015
_RATIO = 0.8  # D. Lowe, Int. J. Comput. Vis. 60 (2004), 7.1
_ENOUGH = 10  # matches that agree on one homography
_WITHIN = 4.0  # px
_BOX = 25  # px: over so many each way the leak's tone is a straight line of the frame's
_NOISE = 6.0  # squared grey levels: a frame flatter than that has no tone to fit


@dataclass(frozen=True, slots=True, eq=False)
class Registered:
    """`to_leak` takes frame px to leak px; `about`: the middle of the matches in the frame; `matches` that agree."""

    to_leak: Matrix
    about: tuple[float, float]
    matches: int


def register(leak: Plane, sent: Plane) -> Iterator[Registered]:
    """Where `leak` shows `sent`: as it is, then mirrored, if its features say so."""
    share = min(1.0, _LONGEST / max(leak.shape))
    small = cv2.resize(leak, None, fx=share, fy=share, interpolation=cv2.INTER_AREA) if share < 1 else leak
    finder = cv2.SIFT.create(_FEATURES, contrastThreshold=_CONTRAST)
    points, features = finder.detectAndCompute(_bytes(np.asarray(sent)), None)
    if len(points) < _ENOUGH:
        return
    for mirrored in (False, True):
        seen = _bytes(np.asarray(small))
        if mirrored:
            seen = np.ascontiguousarray(seen[:, ::-1])
        seen_points, seen_features = finder.detectAndCompute(seen, None)
        if len(seen_points) < _ENOUGH:
            return
        pairs = cv2.BFMatcher().knnMatch(features, seen_features, k=2)
        good = [pair[0] for pair in pairs if len(pair) == 2 and pair[0].distance < _RATIO * pair[1].distance]
        if len(good) < _ENOUGH:
            continue
        here = np.array([points[each.queryIdx].pt for each in good], np.float64)
        there = np.array([seen_points[each.trainIdx].pt for each in good], np.float64)
        if mirrored:
            there[:, 0] = small.shape[1] - 1 - there[:, 0]
        matrix, agree = cv2.findHomography(here, there / share, cv2.RANSAC, _WITHIN)
        if np.size(matrix) != 9 or agree.sum() < _ENOUGH:
            continue
        middle = here[agree.ravel() > 0].mean(axis=0)
        yield Registered(
            np.asarray(matrix, np.float64), (float(middle[0]), float(middle[1])), int(agree.sum())
        )


def residue(laid: Laid, sent: Plane) -> Plane:
    """`laid` less what `sent` explains of it, by a straight line of tone fitted about each px; of even strength.

    Outside `sent` it is 0.
    """
    region = laid.region
    top, left = region.top * CELL, region.left * CELL
    frame = np.zeros_like(laid.picture)
    inside = np.zeros_like(laid.picture)
    rows, columns = region.rows * CELL, region.columns * CELL
    cut = sent[top : top + rows, left : left + columns]
    frame[: cut.shape[0], : cut.shape[1]] = cut
    inside[: cut.shape[0], : cut.shape[1]] = 1
    inside *= laid.seen
    best: Plane | None = None
    least = np.inf
    for blur in (0.0, 0.8, 1.4):  # as sharp as the leak
        shown = np.asarray(cv2.GaussianBlur(frame, (0, 0), blur), np.float32) if blur else frame
        left_over = _unexplained(laid.picture, shown, inside)
        amount = float(np.abs(left_over[inside > 0]).mean()) if inside.any() else 0.0
        if amount < least:
            best, least = left_over, amount
    assert best is not None
    deviation = np.sqrt(np.maximum(_box(np.minimum(best * best, 400) * inside, 33), 0)) + 0.2
    return np.asarray(np.clip(best / deviation, -2.0, 2.0) * inside, np.float32)


def _unexplained(leak: Plane, frame: Plane, inside: Plane) -> Plane:
    share = _box(inside, _BOX) + 1e-3
    mean_frame, mean_leak = _box(frame * inside, _BOX) / share, _box(leak * inside, _BOX) / share
    spread = _box(frame * frame * inside, _BOX) / share - mean_frame * mean_frame
    both = _box(frame * leak * inside, _BOX) / share - mean_frame * mean_leak
    slope = np.maximum(both, 0) / (np.maximum(spread, 0) + _NOISE)
    return np.asarray((leak - mean_leak - slope * (frame - mean_frame)) * inside, np.float32)


def _box(values: Plane, side: int) -> Plane:
    return np.asarray(cv2.blur(values, (side, side)), np.float32)


def _bytes(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.clip(np.round(picture), 0, 255).astype(np.uint8)
