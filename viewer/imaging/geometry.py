"""Where a slice is, and the order in which slices are shown: from geometry, never from instance numbers alone."""

from collections.abc import Sequence

import msgspec
import numpy as np
from pydicom.dataset import Dataset

from viewer.imaging.attributes import integer, numbers, scopes

_SAME_MM = 1e-3


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A frame's plane. `orientation`: row and column cosines (6); `position`: mm, of the first pixel (3)."""

    instance: int = 0
    frame: int = 0
    orientation: tuple[float, ...] | None = None
    position: tuple[float, ...] | None = None


def place(dataset: Dataset, index: int) -> Place | None:
    """Where frame `index` is; None if the header says nothing of it."""
    orientation = _first(dataset, index, "PlaneOrientationSequence", "ImageOrientationPatient", 6)
    position = _first(dataset, index, "PlanePositionSequence", "ImagePositionPatient", 3)
    whole = orientation is not None and position is not None
    instance = integer(dataset, "InstanceNumber", 0)
    if not whole and "InstanceNumber" not in dataset:
        return None
    return Place(
        instance=instance,
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


def order(places: Sequence[Place | None]) -> list[int]:
    """Display order: along the normal of the first slice that has one; then instance, frame and input order."""
    normal = _normal(places)

    def key(index: int) -> tuple[float, int, int, int]:
        here = places[index]
        if here is None:
            return (0.0, 0, 0, index)
        along = _along(here, normal)
        return (round(along / _SAME_MM) * _SAME_MM, here.instance, here.frame, index)

    return sorted(range(len(places)), key=key)


def irregularities(places: Sequence[Place | None]) -> tuple[str, ...]:
    """What is odd about a stack in display order: slices without geometry, duplicates, gaps, a tilted gantry."""
    normal = _normal(places)
    known = [here for here in places if here is not None and here.position is not None]
    found = []
    if len(known) < len(places):
        found.append(f"{len(places) - len(known)} slices have no geometry")
    if normal is None or len(known) < 3:
        return tuple(found)
    along = np.array([_along(here, normal) for here in known])
    steps = np.diff(np.sort(along))
    doubles = int((steps < _SAME_MM).sum())
    if doubles:
        found.append(f"{doubles} slices share a position with another")
    steps = steps[steps >= _SAME_MM]
    if steps.size and (steps > 1.5 * np.median(steps)).any():
        found.append(f"{int((steps > 1.5 * np.median(steps)).sum())} gaps between slices")
    shift = np.array(known[-1].position) - np.array(known[0].position)
    if np.linalg.norm(shift) > _SAME_MM and abs(shift @ normal) / np.linalg.norm(shift) < 0.999:
        found.append("the gantry is tilted")
    return tuple(found)


def _normal(places: Sequence[Place | None]) -> np.ndarray | None:
    for here in places:
        if here is not None and here.orientation is not None:
            normal = np.cross(here.orientation[:3], here.orientation[3:])
            length = float(np.linalg.norm(normal))
            if length > 0.1:
                return normal / length
    return None


def _along(here: Place, normal: np.ndarray | None) -> float:
    if normal is None or here.position is None:
        return 0.0
    return float(np.dot(normal, here.position))
