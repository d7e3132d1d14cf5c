"""How a leak is turned, scaled, mirrored and tilted, from where the eight tones stand in its spectrum.

A leak's px x, from its centre, stands at `linear @ x / (1 + tilt @ x)` of the frame, from some place. A tone of
frequency f in the frame then has frequency `J(x).T @ f` in the leak, J being the derivative there.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.watermark.spectrum import Points, Spectra, dilated
from viewer.watermark.warping import Matrix
from viewer.watermark.whitening import Plane

NOISE = 4.3  # what the best pose of a leak without a mark scores in one window
_SCALES = 0.35, 3.0  # px of the leak per px of the frame
_STRETCHES = 0.85, 1.0, 1.18
_TILTS = -0.3, -0.15, 0.0, 0.15, 0.3  # at the edge of the leak
_SHORTLIST = 2000
_APART = 0.05  # of their size: poses less unlike are one
_DROPPED = 2  # of the tones, the strongest: a picture with a line of its own is not misled
_STEPS = (  # of the random descent: linear, tilt, bend, which map
    (0.05, 0.10, 0.0, 2), (0.03, 0.06, 0.02, 2), (0.02, 0.04, 0.02, 1), (0.01, 0.03, 0.01, 1),
    (0.006, 0.02, 0.01, 0), (0.003, 0.01, 0.006, 0), (0.002, 0.006, 0.004, 0),
)  # fmt: skip
_TRIES = 200
_MOST_BENT = 0.06


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """`linear` (2, 2) and `tilt` (2,), 1/px; `score` rises with the evidence, per window.

    `bend`: what the lens did: a px at x is taken as if it stood at x * (1 + bend * |x|**2), in half diagonals.
    """

    linear: Matrix
    tilt: Matrix
    score: float
    bend: float = 0.0

    def near(self, other: "Pose", radius: float, *, linear: float, tilt: float) -> bool:
        """Whether both are the same but for relative `linear` and `tilt` at `radius` px."""
        size = abs(np.linalg.det(other.linear)) ** 0.5
        return bool(
            np.abs(self.linear - other.linear).max() < linear * size
            and np.abs(self.tilt - other.tilt).max() * radius < tilt
        )


def flat_poses(found: Spectra, tones: Points, *, mirrored: bool, most: int) -> list[Pose]:
    """The `most` likeliest poses without tilt."""
    return best_of(found, tones, _grid(mirrored=mirrored), most)


def best_of(
    found: Spectra, tones: Points, linear: Matrix, most: int, *, blur: int = 2, apart: float = _APART
) -> list[Pose]:
    """The `most` likeliest of the maps `linear`, (count, 2, 2), without tilt. `blur`: which spectra; `apart`: how unlike they are."""
    scores = _score(found, blur, tones, linear, np.zeros((1, 2)))[:, 0]
    order = np.argsort(-scores)[:_SHORTLIST]
    return _distinct(linear[order], np.zeros((len(order), 2)), scores[order], found.radius, (most, apart))


def borne_out(found: Spectra, tones: Points, linear: Matrix) -> NDArray[np.float64]:
    """How far each of the maps `linear`, (count, 2, 2), stands out of the others, in their deviations."""
    scores = [_score(found, blur, tones, linear, np.zeros((1, 2)))[:, 0] for blur in (1, 2)]
    return np.asarray(
        np.max([(each - each.mean()) / (each.std() + 1e-9) for each in scores], axis=0), np.float64
    )


def tilted_poses(found: Spectra, tones: Points, *, mirrored: bool, most: int) -> list[Pose]:
    """The `most` likeliest poses with tilt, from those that do best with none."""
    linear = _grid(mirrored=mirrored)
    smeared = dilated(found.maps[2], 5)
    wide = Spectra(
        (found.maps[0], found.maps[1], smeared), found.places, found.side, found.radius, found.diagonal
    )
    linear = linear[np.argsort(-_score(wide, 2, tones, linear, np.zeros((1, 2)))[:, 0])[:_SHORTLIST]]
    tilts = np.array([(x, y) for x in _TILTS for y in _TILTS]) / found.radius
    scores = _score(found, 2, tones, linear, tilts)
    order = np.argsort(-scores.ravel())[: 2 * _SHORTLIST]
    which, tilt = np.unravel_index(order, scores.shape)
    return _distinct(linear[which], tilts[tilt], scores[which, tilt], found.radius, (most, _APART))


def _distinct(
    linear: Matrix, tilts: Points, scores: NDArray[np.float32], radius: float, kept: tuple[int, float]
) -> list[Pose]:
    """The first poses, so many, those left out that are near one before them (as `Pose.near` has it)."""
    most, apart = kept
    flat = linear.reshape(-1, 4)
    sizes = np.sqrt(np.abs(flat[:, 0] * flat[:, 3] - flat[:, 1] * flat[:, 2]))
    left = np.ones(len(flat), np.bool_)
    poses: list[Pose] = []
    while left.any() and len(poses) < most:
        first = int(left.argmax())
        poses.append(Pose(linear[first], tilts[first], float(scores[first])))
        left &= (np.abs(flat - flat[first]).max(axis=1) >= apart * sizes[first]) | (
            np.abs(tilts - tilts[first]).max(axis=1) * radius >= 0.2
        )
        left[first] = False
    return poses


@lru_cache(maxsize=2)
def _grid(*, mirrored: bool) -> Matrix:
    """Linear maps to begin from, shape (count, 2, 2): half a turn, since a spectrum can't tell the other half."""
    turn, scale, stretch = np.meshgrid(
        np.deg2rad(np.arange(0, 180, 2.0)),
        np.exp(np.arange(np.log(_SCALES[0]), np.log(_SCALES[1]), 0.03)),
        np.array(_STRETCHES),
        indexing="ij",
    )
    cosine, sine, root = np.cos(turn), np.sin(turn), np.sqrt(stretch)
    hand = -1.0 if mirrored else 1.0
    maps = np.empty((*turn.shape, 2, 2))
    maps[..., 0, 0], maps[..., 0, 1] = hand * cosine * scale * root, -sine * scale / root
    maps[..., 1, 0], maps[..., 1, 1] = hand * sine * scale * root, cosine * scale / root
    return np.asarray(np.linalg.inv(maps.reshape(-1, 2, 2)), np.float64)


def _score(found: Spectra, blur: int, tones: Points, linear: Matrix, tilts: Points) -> NDArray[np.float32]:
    """Of each linear map with each tilt, shape (maps, tilts)."""
    scores = np.empty((len(linear), len(tilts)), np.float32)
    for number, tilt in enumerate(tilts):
        scores[:, number] = _paired(
            found, blur, tones, (linear, np.broadcast_to(tilt, (len(linear), 2)), np.zeros(len(linear)))
        )
    return scores


def _paired(
    found: Spectra, blur: int, tones: Points, poses: tuple[Matrix, Points, NDArray[np.float64]]
) -> NDArray[np.float32]:
    """Of each pose (linear maps, tilts, bends): what the windows' spectra hold at the tones, the best two left out."""
    stack = found.maps[blur]
    linear, tilts, bends = (each.astype(np.float32) for each in poses)
    places = found.places.astype(np.float32)
    scaled = tones.astype(np.float32) * np.float32(found.side)
    if not tilts.any() and not bends.any():  # then the tones stand in one place in all windows
        whole = stack[0] if len(stack) == 1 else stack.sum(axis=0)
        a, b, c, d = np.ascontiguousarray(linear.reshape(-1, 4).T)
        total = _at_tones(whole, (a, b, c, d), scaled)
    else:
        slopes, near = _slopes(places, found.diagonal, linear, tilts, bends)
        total = np.zeros((len(linear), len(tones)), np.float32)
        for spectrum, (a, b, c, d), ahead in zip(stack, slopes, near, strict=True):
            total += _at_tones(spectrum, (a, b, c, d), scaled) * ahead[:, np.newaxis]
    total.sort(axis=1)
    return np.asarray(total[:, :-_DROPPED].sum(axis=1), np.float32)


def _slopes(
    places: Plane, diagonal: float, linear: Plane, tilts: Plane, bends: Plane
) -> tuple[Plane, NDArray[np.bool_]]:
    """The derivative of each pose at each of `places`, (places, 4, poses), by rows, and whether that is on this side of the horizon.

    Written out, since these few sums are what most of a search consists of.
    """
    x, y = places.T[..., np.newaxis]
    a, b, c, d = linear.reshape(-1, 4).T
    across, down = tilts.T
    straight = 1 + bends * ((x * x + y * y) / np.float32(diagonal**2))
    depth = 1 + (across * x + down * y) * straight
    moved_x, moved_y = (a * x + b * y) * straight, (c * x + d * y) * straight
    size = 1 / np.square(np.maximum(depth, np.float32(0.3)))
    a, b = (a * depth - moved_x * across) * size, (b * depth - moved_x * down) * size
    c, d = (c * depth - moved_y * across) * size, (d * depth - moved_y * down) * size
    lens = bends * np.float32(2 / diagonal**2)
    along_x, along_y = (a * x + b * y) * lens, (c * x + d * y) * lens
    slopes = np.stack(
        [
            a * straight + along_x * x, b * straight + along_x * y,
            c * straight + along_y * x, d * straight + along_y * y,
        ],
        axis=1,
    )  # fmt: skip
    return slopes, depth > np.float32(0.3)


def _at_tones(spectrum: Plane, slope: tuple[Plane, Plane, Plane, Plane], tones: Plane) -> Plane:
    """What `spectrum` holds at each tone, in its px, for each slope, (slopes, tones); beyond it 0."""
    half = spectrum.shape[0] // 2
    a, b, c, d = slope
    column = np.multiply.outer(a, tones[:, 0])
    column += np.multiply.outer(c, tones[:, 1])
    row = np.multiply.outer(b, tones[:, 0])
    row += np.multiply.outer(d, tones[:, 1])
    row *= np.copysign(np.float32(1), column)  # the other half of a spectrum is the same turned around
    row += half
    held = cv2.remap(
        spectrum[:, :half], np.abs(column, out=column), row, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT
    )
    return np.asarray(held, np.float32)


def refine(found: Spectra, tones: Points, poses: list[Pose], draws: NDArray[np.float64]) -> list[Pose]:
    """`poses` after a random descent of each on all windows at once. `draws`: `draw_count()` standard normal numbers."""
    if not poses:
        return []
    count, single = len(poses), len(found.places) == 1
    linear = np.stack([pose.linear for pose in poses])
    tilt = np.stack([pose.tilt for pose in poses])
    bend = np.array([pose.bend for pose in poses])
    best = np.zeros(count, np.float32)
    parts = draws.reshape(len(_STEPS), 2, _TRIES, 7)
    for (size, slant, lens, blur), rounds in zip(_STEPS, parts, strict=True):
        best = _paired(found, blur, tones, (linear, tilt, bend))
        for round_ in rounds:
            moves = round_[:, :4].reshape(-1, 2, 2) * size
            slants = round_[:, 4:6] * (0 if single else slant / found.radius)
            bends = round_[:, 6] * (0 if single else lens)
            slants[::3] = 0  # some try the one alone, some the other
            moves[1::5] = 0
            bends[::2] = 0
            sizes = np.sqrt(np.abs(np.linalg.det(linear)))[:, np.newaxis, np.newaxis, np.newaxis]
            tried = (
                linear[:, np.newaxis] + moves * sizes,
                tilt[:, np.newaxis] + slants,
                np.clip(bend[:, np.newaxis] + bends, -_MOST_BENT, _MOST_BENT),
            )
            flat = tried[0].reshape(-1, 2, 2), tried[1].reshape(-1, 2), tried[2].ravel()
            scores = _paired(found, blur, tones, flat).reshape(count, _TRIES)
            winners = scores.argmax(axis=1)
            rows = np.flatnonzero(scores.max(axis=1) > best)
            winners = winners[rows]
            best[rows] = scores[rows, winners]
            linear[rows], tilt[rows], bend[rows] = (each[rows, winners] for each in tried)
    return [
        Pose(linear[row], tilt[row], float(best[row]) / len(found.places), float(bend[row]))
        for row in range(count)
    ]


def draw_count() -> int:
    """How many numbers `refine` takes."""
    return len(_STEPS) * 2 * _TRIES * 7
