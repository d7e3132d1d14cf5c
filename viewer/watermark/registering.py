"""A leak registered onto the frame that was sent, by what the picture shows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.watermark.warping import Matrix, reduced
from viewer.watermark.whitening import Plane

_LONGEST = 1100  # px: features are sought at about this size
_LARGEST = 2048  # px of a frame: its features at more take gigabytes
_FEATURES = 3000
_CONTRAST = 0.015
_RATIO = 0.8  # D. Lowe, Int. J. Comput. Vis. 60 (2004), 7.1
_ALIKE = 4  # of the leak's features that one of the frame is compared with
_PLACE, _DOUBLINGS, _TURN = 90.0, 1.0, np.pi / 8  # of a bin: px, octaves, radians
_ENOUGH = 10  # matches that agree on one homography
_WITHIN, _FINELY = 4.0, 1.5  # px, of a homography, and of one beside another
_BENDS = tuple(float(each) for each in np.arange(-0.05, 0.0301, 0.005) if abs(each) > 1e-6)
_GRADED, _MARKED = (
    30,
    1.03,
)  # matches that can tell a lens from noise, and how much better they must agree with it

Points = NDArray[np.float64]  # (count, 2)


@dataclass(frozen=True, slots=True, eq=False)
class Registered:
    """`to_leak` takes frame px to px of the leak without its `bend`; `about`: the middle of the matches in the frame.

    `matches` that agree.
    """

    to_leak: Matrix
    about: tuple[float, float]
    matches: int
    bend: float = 0.0


def register(leak: Plane, sent: Plane) -> Iterator[Registered]:
    """Where `leak` shows `sent`: as it is, then mirrored, if its features say so; what most of them say comes first."""
    small, share = reduced(leak, _LONGEST)
    frame, frame_share = reduced(sent, _LARGEST)
    finder = cv2.SIFT.create(_FEATURES, contrastThreshold=_CONTRAST)
    points, features = finder.detectAndCompute(_bytes(frame), None)
    if len(points) < _ENOUGH:
        return
    here = _stands(points)
    here[:, :3] /= frame_share
    for mirrored in (False, True):
        seen = _bytes(small)
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
            _registered(here[chosen[:, 0], :2], there[chosen[:, 1], :2], seen.shape, to_leak)
            for chosen in (_distinct(pairs), _agreeing(pairs, here, there))
        ]
        yield from sorted((each for each in found if each), key=lambda each: -each.matches)


def _registered(here: Points, there: Points, shape: tuple[int, ...], to_leak: Matrix) -> Registered | None:
    """The homography, and the lens's bend, on which most of the matches agree; None where few do.

    `here` and `there`, (count, 2) each; the latter in a leak of `shape`, from which `to_leak` goes on.
    """
    if len(here) < _ENOUGH:
        return None
    rough, agree = cv2.findHomography(here, there, cv2.RANSAC, _WITHIN)
    if np.size(rough) != 9 or agree.sum() < _ENOUGH:
        return None
    matrix: Matrix = np.asarray(rough, np.float64)
    matrix, bend = _bent(here, there, shape, matrix) if agree.sum() >= _GRADED else (matrix, 0.0)
    near = _apart(here, _unbent(there, shape, bend), matrix) < _WITHIN
    if near.sum() < _ENOUGH:
        return None
    x, y = here[near].mean(axis=0)
    return Registered(to_leak @ matrix, (float(x), float(y)), int(near.sum()), bend)


def _bent(here: Points, there: Points, shape: tuple[int, ...], straight: Matrix) -> tuple[Matrix, float]:
    """The homography near `straight`, with the bend of a lens, under which the matches agree far better, or as it is."""
    best, matrix, bend = _MARKED * _agreement(here, there, straight), straight, 0.0
    for tried in _BENDS:
        moved, found = _unbent(there, shape, tried), straight
        for within in (2 * _WITHIN, _WITHIN):
            near = _apart(here, moved, found) < within
            if near.sum() >= _ENOUGH:
                refined, _ = cv2.findHomography(here[near], moved[near], 0)
                found = np.asarray(refined, np.float64) if np.size(refined) == 9 else found
        worth = _agreement(here, moved, found)
        if worth > best:
            best, matrix, bend = worth, found, tried
    return matrix, bend


def _unbent(points: Points, shape: tuple[int, ...], bend: float) -> Points:
    """Where `points` of a leak of `shape` go when its lens's bend is undone."""
    half = np.array([shape[1], shape[0]]) / 2
    about = (points - half) / np.hypot(*half)
    return np.asarray(
        points + about * (bend * (about * about).sum(axis=1, keepdims=True) * np.hypot(*half)), np.float64
    )


def _apart(here: Points, there: Points, matrix: Matrix) -> NDArray[np.float64]:
    """How far each of `here` comes to lie from `there`, px."""
    moved = cv2.perspectiveTransform(here[np.newaxis], matrix)[0]
    return np.asarray(np.hypot(*(moved - there).T), np.float64)


def _agreement(here: Points, there: Points, matrix: Matrix) -> float:
    """How many matches agree, and how well."""
    return float(np.maximum(0, 1 - np.square(_apart(here, there, matrix) / _FINELY)).sum())


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


def _bytes(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.clip(np.round(picture), 0, 255).astype(np.uint8)
