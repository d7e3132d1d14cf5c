"""A head of ellipsoids: skull and brain, nose, eyes in their sockets, brows, lips and chin; as CT or MR slices."""

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.imaging.geometry import Place
from viewer.imaging.presentation import Presentation, Rescale
from viewer.masking.image import MaskedFrame

STEP = 2.5  # mm between slices
PIXEL = 1.5  # mm
_SIZE = (220.0, 240.0, 260.0)  # mm of the field: x, y, z
_AIR, _SKIN, _BONE, _BRAIN = 0, 1, 2, 3
_CT = {_AIR: -1000, _SKIN: 50, _BONE: 900, _BRAIN: 35}
_MR = {_AIR: 8, _SKIN: 520, _BONE: 60, _BRAIN: 300}


@dataclass(frozen=True, slots=True, kw_only=True)
class Phantom:
    """Slices from the feet up. `brain`: its voxels, for each frame."""

    frames: tuple[MaskedFrame, ...]
    places: tuple[Place, ...]
    brain: tuple[NDArray[np.bool_], ...]


@functools.cache
def head(modality: str = "CT", *, plane: str = "axial", tilt: float = 0.0) -> Phantom:
    """`plane`: axial, sagittal or coronal; `tilt`: degrees of the slices about the x axis."""
    row, column, normal = _axes(plane, tilt)
    centre = np.array([0.0, 0.0, 0.0])
    extent = [float(np.abs(np.array(_SIZE) @ np.abs(axis))) for axis in (row, column, normal)]
    columns, rows, slices = (int(extent[0] / PIXEL), int(extent[1] / PIXEL), int(extent[2] / STEP))
    frames, places, brains = [], [], []
    for number in range(slices):
        origin = (
            centre
            + normal * STEP * (number - slices / 2)
            - row * PIXEL * columns / 2
            - column * PIXEL * rows / 2
        )
        points = (
            origin
            + row * PIXEL * np.arange(columns)[None, :, None]
            + column * PIXEL * np.arange(rows)[:, None, None]
        )
        tissue = _tissue(points)
        frames.append(_frame(tissue, modality))
        places.append(
            Place(
                instance=number,
                orientation=(*map(float, row), *map(float, column)),
                position=tuple(map(float, origin)),
            )
        )
        brains.append(tissue == _BRAIN)
    return Phantom(frames=tuple(frames), places=tuple(places), brain=tuple(brains))


def _axes(plane: str, tilt: float) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    row, column = {
        "axial": ((1, 0, 0), (0, 1, 0)),
        "coronal": ((1, 0, 0), (0, 0, -1)),
        "sagittal": ((0, 1, 0), (0, 0, -1)),
    }[plane]
    angle = np.deg2rad(tilt)
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    across, down = turn @ np.array(row, float), turn @ np.array(column, float)
    return across, down, np.cross(across, down)


def _inside(
    points: NDArray[np.float64], middle: tuple[float, float, float], radii: tuple[float, float, float]
) -> NDArray[np.bool_]:
    return np.asarray((((points - np.array(middle)) / np.array(radii)) ** 2).sum(axis=-1) < 1)


def _tissue(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """What is at `points` (mm; +x left, +y back, +z head)."""
    skin = _inside(points, (0, 8, 30), (75, 92, 82))  # the cranium
    skin |= _inside(points, (0, -20, -28), (58, 62, 76))  # jaws and cheeks
    skin |= _inside(points, (0, 20, -80), (52, 55, 90))  # neck
    for side in (-1, 1):
        skin &= ~_inside(points, (side * 31, -86, 10), (19, 19, 13))  # sockets
        skin |= _inside(points, (side * 31, -66, 10), (13, 13, 13))  # eyes
        skin |= _inside(points, (side * 31, -78, 26), (20, 8, 5))  # brows
        skin |= _inside(points, (side * 9, -89, -27), (8, 8, 6))  # wings of the nose
    skin |= _inside(points, (0, -84, -6), (8, 12, 24))
    skin |= _inside(points, (0, -94, -22), (9, 14, 9))  # tip of the nose
    skin |= _inside(points, (0, -78, -50), (22, 9, 5))  # upper lip
    skin |= _inside(points, (0, -77, -60), (19, 9, 5))  # lower lip
    skin &= ~_inside(points, (0, -84, -55), (24, 8, 1.8))  # mouth
    skin |= _inside(points, (0, -68, -82), (20, 14, 13))  # chin
    bone = _inside(points, (0, 8, 32), (68, 84, 75))
    brain = _inside(points, (0, 9, 34), (62, 77, 68))
    tissue = np.where(skin, _SKIN, _AIR)
    tissue = np.where(bone & skin, _BONE, tissue)
    return np.asarray(np.where(brain & skin, _BRAIN, tissue), np.int64)


def _frame(tissue: NDArray[np.int64], modality: str) -> MaskedFrame:
    levels = _CT if modality == "CT" else _MR
    values = np.array([levels[kind] for kind in range(4)])[tissue]
    rows, columns = np.indices(tissue.shape)
    values = values + (rows * 7 + columns * 13) % 9  # texture that any run makes again
    if modality == "CT":
        rescale, bits = Rescale(slope=1.0, intercept=-1024.0), 12
        values = values + 1024
    else:
        rescale, bits = None, 12
    return MaskedFrame(
        pixels=values.astype(np.uint16),
        offset=0,
        presentation=Presentation(
            photometric="MONOCHROME2", bits_stored=bits, modality=rescale, spacing_mm=(PIXEL, PIXEL)
        ),
    )
