"""How a leak is turned, scaled, mirrored and tilted, from where the eight tones stand in its spectrum.

A leak's px x, from its centre, stands at `linear @ x / (1 + tilt @ x)` of the frame, from some place. A tone of
frequency f in the frame then has frequency `J(x).T @ f` in the leak, J being the derivative there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.watermark.warping import Matrix
from viewer.watermark.whitening import Plane

NOISE = 4.3  # what the best pose of a leak without a mark scores in one window
_SCALES = 0.35, 3.0  # px of the leak per px of the frame
_STRETCHES = 0.85, 1.0, 1.18
_TILTS = -0.3, -0.15, 0.0, 0.15, 0.3  # at the edge of the leak
_SHORTLIST = 2000
_DROPPED = 2  # of the tones, the strongest: a picture with a line of its own is not misled
_STEPS = (  # of the random descent: linear, tilt, bend, which map
    (0.05, 0.10, 0.0, 2), (0.03, 0.06, 0.02, 2), (0.02, 0.04, 0.02, 1), (0.01, 0.03, 0.01, 1),
    (0.006, 0.02, 0.01, 0), (0.003, 0.01, 0.006, 0), (0.002, 0.006, 0.004, 0),
)  # fmt: skip
_TRIES = 200
_MOST_BENT = 0.06

Points = NDArray[np.float64]  # (count, 2), x and y


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


@dataclass(frozen=True, slots=True, eq=False)
class Spectra:
    """Spectra of a leak's windows. `maps`: three, (windows, side, side / 2 + 1), ever more blurred.

    `places`: (windows, 2), the windows' centres from the leak's; `radius`, `diagonal`: px from its centre to its
    edge and its corner.
    """

    maps: tuple[Plane, Plane, Plane]
    places: Points
    side: int
    radius: float
    diagonal: float


def spectra(whitened: Plane) -> Spectra:
    """The spectra of a whitened leak, each relative to its own background."""
    height, width = whitened.shape
    short = min(height, width)
    side = 512 if short >= 480 else 256 if short >= 200 else 128
    centres = [(y, x) for y in _centres(height, side) for x in _centres(width, side)]
    window = np.outer(np.hanning(side), np.hanning(side)).astype(np.float32)
    stack = np.stack([_spectrum(whitened, centre, window) for centre in centres])
    places = np.array([(x - width / 2, y - height / 2) for y, x in centres])
    found = _spectra(stack, places, height, width)
    weights = np.array([_power(whitened, centre, window) for centre in centres], np.float32) ** 0.5
    weights /= np.sqrt(np.square(weights).mean()) + 1e-9  # so that noise alone scores as before
    maps = tuple(each * weights[:, None, None] for each in found.maps)
    return Spectra((maps[0], maps[1], maps[2]), places, found.side, found.radius, found.diagonal)


def whole_spectrum(whitened: Plane) -> Spectra:
    """The same of the leak as one window: a leak without tilt or bend shows its tones far clearer there."""
    height, width = whitened.shape
    side = 1 << max(8, (max(height, width) - 1).bit_length())
    padded = np.zeros((side, side), np.float32)
    padded[:height, :width] = whitened * np.outer(np.hanning(height), np.hanning(width))
    stack = _spectrum(padded, (side / 2, side / 2), np.ones((side, side), np.float32))[np.newaxis]
    return _spectra(stack, np.zeros((1, 2)), height, width)


def _spectra(stack: Plane, places: Points, height: int, width: int) -> Spectra:
    stack -= stack.mean()
    fine = _each(stack, lambda one: cv2.GaussianBlur(one, (0, 0), 0.7))
    maps = fine, _levelled(_dilated(stack, 3)), _levelled(_dilated(stack, 5))
    side = stack.shape[1]
    return Spectra(maps, places, side, max(height, width) / 2, float(np.hypot(height, width)) / 2)


def _each(stack: Plane, change: Callable[[Plane], Any]) -> Plane:
    return np.stack([np.asarray(change(one), np.float32) for one in stack])


def _dilated(stack: Plane, side: int) -> Plane:
    return _each(stack, lambda one: cv2.dilate(one, np.ones((side, side), np.uint8)))


def _levelled(stack: Plane) -> Plane:
    return np.asarray(stack - stack.mean(), np.float32)


def _centres(length: int, side: int) -> list[float]:
    if length <= side:
        return [length / 2]
    count = int(np.ceil((length - side) / (0.6 * side))) + 1
    return [float(each) for each in np.linspace(side / 2, length - side / 2, count)]


def _part(whitened: Plane, centre: tuple[float, float], side: int) -> Plane:
    top = int(np.clip(centre[0] - side // 2, 0, max(whitened.shape[0] - side, 0)))
    left = int(np.clip(centre[1] - side // 2, 0, max(whitened.shape[1] - side, 0)))
    part = np.zeros((side, side), np.float32)
    cut = whitened[top : top + side, left : left + side]
    part[: cut.shape[0], : cut.shape[1]] = cut
    return part


def _power(whitened: Plane, centre: tuple[float, float], window: Plane) -> float:
    """How much of the leak a window holds."""
    return float(np.mean(np.square(_part(whitened, centre, len(window))) * window))


def _spectrum(whitened: Plane, centre: tuple[float, float], window: Plane) -> Plane:
    side = len(window)
    part = _part(whitened, centre, side)
    parts = cv2.dft((part - part.mean()) * window, flags=cv2.DFT_COMPLEX_OUTPUT)[:, : side // 2 + 1]
    power = np.square(parts).sum(axis=2)
    power = np.concatenate([power[side // 2 :], power[: side // 2]])  # frequencies down, -1/2 first
    background = cv2.blur(np.minimum(power, cv2.blur(power, (31, 31)) * 4), (31, 31)) + 1e-9
    return np.asarray(np.sqrt(np.clip(power / background, 0, 12)), np.float32)


def flat_poses(found: Spectra, tones: Points, *, mirrored: bool, most: int) -> list[Pose]:
    """The `most` likeliest poses without tilt."""
    return best_of(found, tones, _grid(mirrored=mirrored), most)


def best_of(
    found: Spectra, tones: Points, linear: Matrix, most: int, *, blur: int = 2, apart: float = 0.05
) -> list[Pose]:
    """The `most` likeliest of the maps `linear`, (count, 2, 2), without tilt. `blur`: which spectra; `apart`: how unlike they are."""
    scores = _score(found, blur, tones, linear, np.zeros((1, 2)))[:, 0]
    order = np.argsort(-scores)[:_SHORTLIST]
    poses = [Pose(linear[i], np.zeros(2), float(scores[i])) for i in order]
    return _distinct(poses, found, most, apart)


def tilted_poses(found: Spectra, tones: Points, *, mirrored: bool, most: int) -> list[Pose]:
    """The `most` likeliest poses with tilt, from those that do best with none."""
    linear = _grid(mirrored=mirrored)
    smeared = _dilated(found.maps[2], 5)
    wide = Spectra(
        (found.maps[0], found.maps[1], smeared), found.places, found.side, found.radius, found.diagonal
    )
    linear = linear[np.argsort(-_score(wide, 2, tones, linear, np.zeros((1, 2)))[:, 0])[:_SHORTLIST]]
    tilts = np.array([(x, y) for x in _TILTS for y in _TILTS]) / found.radius
    scores = _score(found, 2, tones, linear, tilts)
    order = np.argsort(-scores.ravel())[: 2 * _SHORTLIST]
    which, tilt = np.unravel_index(order, scores.shape)
    poses = [Pose(linear[i], tilts[j], float(scores[i, j])) for i, j in zip(which, tilt, strict=True)]
    return _distinct(poses, found, most)


def _distinct(poses: list[Pose], found: Spectra, most: int, apart: float = 0.05) -> list[Pose]:
    kept: list[Pose] = []
    for pose in poses:
        if not any(pose.near(other, found.radius, linear=apart, tilt=0.2) for other in kept):
            kept.append(pose)
            if len(kept) == most:
                break
    return kept


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
    level = not tilts.any() and not bends.any()
    windows = [(stack.sum(axis=0), np.zeros(2))] if level else list(zip(stack, found.places, strict=True))
    total = np.zeros((len(linear), len(tones)), np.float32)
    for spectrum, place in windows:
        slope, near = _slopes(place.astype(np.float32), found.diagonal, linear, tilts, bends)
        total += _at_tones(spectrum, slope, near, tones.astype(np.float32))
    total.sort(axis=1)
    return np.asarray(total[:, :-_DROPPED].sum(axis=1), np.float32)


def _slopes(
    place: Plane, diagonal: float, linear: Plane, tilts: Plane, bends: Plane
) -> tuple[Plane, NDArray[np.bool_]]:
    """The derivative of each pose at `place`, (poses, 2, 2), and whether it is on this side of the horizon."""
    square = float(place @ place) / diagonal**2
    straight = 1 + bends * square
    unbent = straight[:, None] * place
    depth = 1 + (tilts * unbent).sum(axis=1)
    moved = np.einsum("mij,mj->mi", linear, unbent)
    slope = linear * depth[:, None, None] - moved[:, :, None] * tilts[:, None, :]
    slope /= np.maximum(depth, 0.3)[:, None, None] ** 2
    along = np.einsum("mij,j->mi", slope, place) * (2 * bends / diagonal**2)[:, None]
    return slope * straight[:, None, None] + along[:, :, None] * place, depth > 0.3


def _at_tones(spectrum: Plane, slope: Plane, near: NDArray[np.bool_], tones: Plane) -> Plane:
    """What `spectrum` holds at each tone for each slope, (slopes, tones)."""
    side, half = spectrum.shape[0], spectrum.shape[0] // 2
    across = tones[:, 0] * slope[:, 0, 0, None] + tones[:, 1] * slope[:, 1, 0, None]
    down = tones[:, 0] * slope[:, 0, 1, None] + tones[:, 1] * slope[:, 1, 1, None]
    flip = np.where(across < 0, np.float32(-1), np.float32(1))
    column = (across * flip * side + 0.5).astype(np.int32)
    row = (down * flip * side + (half + 0.5)).astype(np.int32)
    inside = (column < half) & (row >= 0) & (row < side) & near[:, None]
    flat = np.where(inside, row * spectrum.shape[1] + column, 0)
    return np.where(inside, spectrum.ravel()[flat], 0)


def refine(found: Spectra, tones: Points, pose: Pose, draws: NDArray[np.float64]) -> Pose:
    """`pose` after a random descent on all windows at once. `draws`: `draw_count()` standard normal numbers."""
    linear, tilt, bend, best = pose.linear, pose.tilt, pose.bend, pose.score
    single = len(found.places) == 1
    parts = draws.reshape(len(_STEPS), 2, _TRIES, 7)
    for (size, slant, lens, blur), rounds in zip(_STEPS, parts, strict=True):
        best = float(_paired(found, blur, tones, (linear[None], tilt[None], np.array([bend])))[0])
        for round_ in rounds:
            moves = round_[:, :4].reshape(-1, 2, 2) * (size * abs(np.linalg.det(linear)) ** 0.5)
            slants = round_[:, 4:6] * (0 if single else slant / found.radius)
            bends = round_[:, 6] * (0 if single else lens)
            slants[::3] = 0  # some try the one alone, some the other
            moves[1::5] = 0
            bends[::2] = 0
            tried = linear + moves, tilt + slants, np.clip(bend + bends, -_MOST_BENT, _MOST_BENT)
            scores = _paired(found, blur, tones, tried)
            winner = int(scores.argmax())
            if scores[winner] > best:
                best = float(scores[winner])
                linear, tilt, bend = tried[0][winner], tried[1][winner], float(tried[2][winner])
    return Pose(linear, tilt, best / len(found.places), bend)


def draw_count() -> int:
    """How many numbers `refine` takes."""
    return len(_STEPS) * 2 * _TRIES * 7
