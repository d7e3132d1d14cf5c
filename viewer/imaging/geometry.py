"""Where a slice is, and the order in which slices are shown: from geometry, never from instance numbers alone.

Patient coordinates are in mm, +x to the left, +y to the back, +z to the head (PS3.3 C.7.6.2.1.1).
"""

import math
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from viewer.imaging.attributes import integer, numbers, scopes

SAME_MM = 0.01  # closer slices share a place: positions are decimal text
_SAME_COSINE = 0.999
_GAP, _UNEVEN = 1.8, 0.05  # of the usual distance
_LEAST_TILT = 0.5  # degrees

Vector = NDArray[np.float64]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A frame's plane. `orientation`: row and column cosines (6); `position`: mm, of the first pixel's centre (3).

    `time_ms`: when a loop shows the frame, after its first.
    """

    instance: int = 0
    frame: int = 0
    orientation: tuple[float, ...] | None = None
    position: tuple[float, ...] | None = None
    time_ms: float | None = None


def place(dataset: Dataset, index: int) -> Place | None:
    """Where frame `index` is; None if the header says nothing of it."""
    orientation = _first(dataset, index, "PlaneOrientationSequence", "ImageOrientationPatient", 6)
    position = _first(dataset, index, "PlanePositionSequence", "ImagePositionPatient", 3)
    whole = orientation is not None and position is not None
    if not whole and "InstanceNumber" not in dataset:
        return None
    return Place(
        instance=integer(dataset, "InstanceNumber", 0),
        frame=index,
        orientation=orientation if whole else None,
        position=position if whole else None,
    )


def _first(dataset: Dataset, index: int, group: str, keyword: str, length: int) -> tuple[float, ...] | None:
    for scope in scopes(dataset, index, group):
        found = numbers(scope, keyword)
        if len(found) == length:
            return found
    return None


def normal_of(here: Place | None) -> Vector | None:
    """The unit normal of a plane, row cosines times column cosines; None without a usable orientation."""
    if here is None or here.orientation is None or here.position is None:
        return None
    normal = np.cross(here.orientation[:3], here.orientation[3:])
    length = float(np.linalg.norm(normal))
    return normal / length if length > 0.1 else None


def to_patient(here: Place, spacing_mm: tuple[float, float], x: float, y: float) -> Vector:
    """The point in mm of image coordinates (`x` along the row, `y` down; (0.5, 0.5) is the first pixel's centre).

    `spacing_mm`: between rows, between columns. Errors: ValueError for a place without geometry.
    """
    if here.orientation is None or here.position is None:
        raise ValueError("the slice has no geometry")
    along_row, down_column = np.array(here.orientation[:3]), np.array(here.orientation[3:])
    return np.asarray(
        np.array(here.position)
        + along_row * spacing_mm[1] * (x - 0.5)
        + down_column * spacing_mm[0] * (y - 0.5),
        np.float64,
    )


def to_image(here: Place, spacing_mm: tuple[float, float], point: Vector) -> tuple[float, float]:
    """The image coordinates (x, y) of the foot of `point` (mm) on the plane: the inverse of `to_patient`."""
    if here.orientation is None or here.position is None:
        raise ValueError("the slice has no geometry")
    away = np.asarray(point) - np.array(here.position)
    return (
        float(away @ here.orientation[:3]) / spacing_mm[1] + 0.5,
        float(away @ here.orientation[3:]) / spacing_mm[0] + 0.5,
    )


def order(places: Sequence[Place | None]) -> list[int]:
    """Display order: stack by stack, along the normal of each; then instance, frame and input order.

    A stack is what has one orientation; slices without geometry come last, by instance.
    """
    ordered: list[int] = []
    for members, normal in _stacks(places):
        along = {index: _along(places[index], normal) for index in members}
        ordered += [index for group in _same(members, along) for index in _by_instance(places, group)]
    known = set(ordered)
    return ordered + _by_instance(places, [index for index in range(len(places)) if index not in known])


def _stacks(places: Sequence[Place | None]) -> list[tuple[list[int], Vector]]:
    """Indices that share an orientation, and its normal; the stack with the lowest instance first."""
    stacks: list[tuple[list[int], Vector]] = []
    for index in _by_instance(places, range(len(places))):
        normal = normal_of(places[index])
        if normal is None:
            continue
        home = next((members for members, other in stacks if float(other @ normal) > _SAME_COSINE), None)
        if home is None:
            stacks.append(([index], normal))
        else:
            home.append(index)
    return stacks


def _by_instance(places: Sequence[Place | None], members: Sequence[int]) -> list[int]:
    def key(index: int) -> tuple[int, int, int]:
        here = places[index]
        return (here.instance, here.frame, index) if here else (0, 0, index)

    return sorted(members, key=key)


def _same(members: Sequence[int], along: dict[int, float]) -> list[list[int]]:
    """`members` in order of their distance `along` the normal, those at one place together."""
    groups: list[list[int]] = []
    for index in sorted(members, key=along.__getitem__):
        if groups and along[index] - along[groups[-1][0]] < SAME_MM:
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def irregularities(places: Sequence[Place | None]) -> tuple[str, ...]:
    """What is odd about a stack, for a person to read: no geometry, several orientations, duplicates, gaps, tilt."""
    found: list[str] = []
    stacks = _stacks(places)
    bare = len(places) - sum(len(members) for members, _ in stacks)
    if bare and stacks:
        found.append(f"{bare} of {len(places)} slices have no geometry")
    elif len(places) > 1 and not stacks:
        found.append("no slice has geometry: they are in the order of their instance numbers")
    if len(stacks) > 1:
        found.append(f"slices of {len(stacks)} orientations")
    for members, normal in stacks:
        along = {index: _along(places[index], normal) for index in members}
        groups = _same(members, along)
        found += _duplicates(groups) + _distances([along[group[0]] for group in groups])
        found += _tilt([places[group[0]] for group in groups], normal)
    return tuple(found)


def _duplicates(groups: Sequence[Sequence[int]]) -> list[str]:
    doubles = sum(len(group) - 1 for group in groups)
    return (
        [f"{doubles} {'slice shares' if doubles == 1 else 'slices share'} the place of another"]
        if doubles
        else []
    )


def _distances(along: Sequence[float]) -> list[str]:
    steps = np.diff(along)
    if steps.size < 2:
        return []
    usual = float(np.median(steps))
    gaps = steps[steps >= _GAP * usual]
    found = []
    if gaps.size:
        missing = int(np.round(gaps / usual - 1).sum())
        where = "1 gap" if gaps.size == 1 else f"{gaps.size} gaps"
        found.append(f"{where} between slices: {missing} may be missing")
    rest = steps[steps < _GAP * usual]
    if rest.max() - rest.min() > _UNEVEN * usual + SAME_MM:
        found.append(f"the distance between slices varies from {rest.min():.4g} to {rest.max():.4g} mm")
    return found


def _tilt(stack: Sequence[Place | None], normal: Vector) -> list[str]:
    degrees = tilt_degrees(stack, normal)
    return [f"the gantry is tilted by {degrees:.1f}°"] if degrees >= _LEAST_TILT else []


def tilt_degrees(stack: Sequence[Place | None], normal: Vector) -> float:
    """The angle between the way from the first to the last of `stack` and the normal of its slices."""
    ends = [here.position for here in stack if here is not None and here.position is not None]
    if len(ends) < 3:
        return 0.0
    way = np.array(ends[-1]) - np.array(ends[0])
    length = float(np.linalg.norm(way))
    if length < SAME_MM:
        return 0.0
    return math.degrees(math.acos(min(1.0, abs(float(way @ normal)) / length)))


def _along(here: Place | None, normal: Vector) -> float:
    if here is None or here.position is None:
        return 0.0
    return float(np.dot(normal, here.position))
