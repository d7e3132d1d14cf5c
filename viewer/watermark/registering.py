"""A leak registered onto the frame that was sent, by what the picture shows; and what is then left of it: the mark."""

from collections.abc import Iterator, Sequence
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
_ALIKE = 4  # of the leak's features that one of the frame is compared with
_PLACE, _DOUBLINGS, _TURN = 90.0, 1.0, np.pi / 8  # of a bin: px, octaves, radians
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
    """Where `leak` shows `sent`: as it is, then mirrored, if its features say so; what most of them say comes first."""
    share = min(1.0, _LONGEST / max(leak.shape))
    small = cv2.resize(leak, None, fx=share, fy=share, interpolation=cv2.INTER_AREA) if share < 1 else leak
    finder = cv2.SIFT.create(_FEATURES, contrastThreshold=_CONTRAST)
    points, features = finder.detectAndCompute(_bytes(np.asarray(sent)), None)
    if len(points) < _ENOUGH:
        return
    here = _stands(points)
    for mirrored in (False, True):
        seen = _bytes(np.asarray(small))
        if mirrored:
            seen = np.ascontiguousarray(seen[:, ::-1])
        seen_points, seen_features = finder.detectAndCompute(seen, None)
        if len(seen_points) < _ENOUGH:
            return
        pairs = cv2.BFMatcher().knnMatch(features, seen_features, k=_ALIKE)
        there = _stands(seen_points)
        back = np.array([[-1, 0, small.shape[1] - 1], [0, 1, 0], [0, 0, 1.0]]) if mirrored else np.eye(3)
        to_leak = np.diag([1 / share, 1 / share, 1.0]) @ back
        found = [
            _registered(here[chosen[:, 0], :2], there[chosen[:, 1], :2], to_leak)
            for chosen in (_distinct(pairs), _agreeing(pairs, here, there))
        ]
        yield from sorted((each for each in found if each), key=lambda each: -each.matches)


def _registered(here: NDArray[np.float64], there: NDArray[np.float64], to_leak: Matrix) -> Registered | None:
    """The homography on which most of the matches `here` and `there` agree, (count, 2) each; None where few do."""
    if len(here) < _ENOUGH:
        return None
    matrix, agree = cv2.findHomography(here, there, cv2.RANSAC, _WITHIN)
    if np.size(matrix) != 9 or agree.sum() < _ENOUGH:
        return None
    x, y = here[agree.ravel() > 0].mean(axis=0)
    return Registered(np.asarray(to_leak @ matrix, np.float64), (float(x), float(y)), int(agree.sum()))


def _stands(points: Sequence[cv2.KeyPoint]) -> NDArray[np.float64]:
    """Of each feature x, y, size and angle in radians: (count, 4)."""
    return np.array([(*each.pt, each.size, np.deg2rad(each.angle)) for each in points], np.float64)


def _distinct(pairs: Sequence[Sequence[cv2.DMatch]]) -> NDArray[np.int64]:
    """The matches, (count, 2), that are far better than the next best."""
    good = [pair[0] for pair in pairs if len(pair) > 1 and pair[0].distance < _RATIO * pair[1].distance]
    return np.array([(each.queryIdx, each.trainIdx) for each in good], np.int64).reshape(-1, 2)


def _agreeing(
    pairs: Sequence[Sequence[cv2.DMatch]], here: NDArray[np.float64], there: NDArray[np.float64]
) -> NDArray[np.int64]:
    """The matches that place, turn and scale the frame most alike (Lowe, 7.3): print repeats itself, and few are far better there."""
    matches = np.array([(each.queryIdx, each.trainIdx) for pair in pairs for each in pair], np.int64).reshape(
        -1, 2
    )
    a, b = here[matches[:, 0]], there[matches[:, 1]]
    scale, turn = b[:, 2] / a[:, 2], b[:, 3] - a[:, 3]
    away = np.exp(1j * turn) * scale * ((a[:, 0] - a[:, 0].mean()) + 1j * (a[:, 1] - a[:, 1].mean()))
    middle = b[:, 0] + 1j * b[:, 1] - away
    votes = np.stack(
        [middle.real / _PLACE, middle.imag / _PLACE, np.log2(scale) / _DOUBLINGS, turn / _TURN], axis=1
    )
    best = np.zeros(0, np.int64)
    for shift in (0.0, 0.5):  # what straddles two bins of the one lies within one of the other
        bins = np.floor(votes + shift)
        bins[:, 3] %= round(2 * np.pi / _TURN)
        _, which, counts = np.unique(bins, axis=0, return_inverse=True, return_counts=True)
        if counts.max() > len(best):
            best = np.flatnonzero(which.ravel() == counts.argmax())
    return matches[best]


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
