"""Planes and slabs through a stack: a linear function of the place comes back as itself, however the stack lies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.errors import UnsupportedFile
from viewer.imaging.geometry import Place, to_patient
from viewer.imaging.sections import Section, section
from viewer.imaging.volume import Plane, Slab, Volume, volume_of

STACKS = {
    "axial": ((1, 0, 0, 0, 1, 0), 0.0, (2, 2)),
    "flipped": ((-1, 0, 0, 0, 1, 0), 0.0, (2, 2)),
    "head first": ((1, 0, 0, 0, -1, 0), 0.0, (2, 2)),
    "coronal": ((1, 0, 0, 0, 0, -1), 0.0, (2, 2)),
    "oblique": ((0.8, 0.6, 0, -0.36, 0.48, 0.8), 0.0, (2, 2)),
    "tilted": ((1, 0, 0, 0, 1, 0), 0.25, (2, 2)),
    "anisotropic": ((1, 0, 0, 0, 1, 0), 0.0, (3, 1.5)),
}
SHAPE = (12, 17, 20)  # slices, rows, columns: odd and even


def _linear(point: np.ndarray) -> np.ndarray:
    return 3 * point[..., 0] - 2 * point[..., 1] + 5 * point[..., 2] + 7


def _phantom(name: str, *, uneven: bool = False) -> Volume:
    orientation, shear, spacing = STACKS[name]
    cosines = tuple(float(v) for v in orientation)
    normal = np.cross(cosines[:3], cosines[3:])
    heights = np.arange(SHAPE[0]) * 2.5 + (np.arange(SHAPE[0]) % 3 * 0.4 if uneven else 0)
    places = [
        Place(
            orientation=cosines,
            position=tuple(
                float(v) for v in np.array([-20, 10, 5]) + (normal + shear * np.array(cosines[3:])) * h
            ),
        )
        for h in heights
    ]
    slices = [
        np.array(
            [
                [_linear(to_patient(here, spacing, x + 0.5, y + 0.5)) for x in range(SHAPE[2])]
                for y in range(SHAPE[1])
            ]
        )
        for here in places
    ]
    return volume_of(slices, places, spacing)


def _points(found: Section) -> np.ndarray:
    rows, columns = found.values.shape
    spacing = (found.spacing_mm, found.spacing_mm)
    return np.array(
        [[to_patient(found.place, spacing, x + 0.5, y + 0.5) for x in range(columns)] for y in range(rows)]
    )


@pytest.mark.parametrize("uneven", [False, True])
@pytest.mark.parametrize("plane", Plane)
@pytest.mark.parametrize("name", STACKS)
def test_a_linear_phantom_comes_back(name: str, plane: Plane, uneven: bool) -> None:
    volume = _phantom(name, uneven=uneven)
    through = {Plane.AXIAL: 2, Plane.CORONAL: 1, Plane.SAGITTAL: 0}[plane]
    low, high = volume.stack.bounds()
    found = section(volume, plane, float((low + high)[through] / 2), spacing_mm=1.3)
    inside = ~np.isnan(found.values)
    assert inside.sum() > 20
    assert np.allclose(found.values[inside], _linear(_points(found))[inside], atol=1e-3)


def test_a_stored_slice_is_itself_in_its_own_plane() -> None:
    volume = _phantom("axial")
    found = section(volume, Plane.AXIAL, float(volume.stack.positions[4, 2]))
    assert np.allclose(found.values, volume.values[4], atol=1e-4)
    assert found.place.position == pytest.approx(tuple(volume.stack.positions[4]))


@pytest.mark.parametrize(
    ("plane", "corner"),
    [(Plane.AXIAL, "right front"), (Plane.CORONAL, "right head"), (Plane.SAGITTAL, "front head")],
)
def test_the_patient_lies_as_radiologists_expect(plane: Plane, corner: str) -> None:
    """x grows to the left, y to the back, z to the head; the top-left pixel is this corner."""
    volume = _phantom("oblique")
    low, high = volume.stack.bounds()
    found = section(volume, plane, float((low + high)[1] / 2))
    first = found.place.position
    assert first is not None
    expected = {"right": (0, low[0]), "front": (1, low[1]), "head": (2, high[2])}
    for word in corner.split():
        axis, value = expected[word]
        assert first[axis] == pytest.approx(value)


def test_slabs() -> None:
    volume = _phantom("axial")
    middle = float(volume.stack.positions[:, 2].mean())
    planes = [section(volume, Plane.AXIAL, middle + d).values for d in (-4, -2, 0, 2, 4)]
    for slab, expected in (
        (Slab.MAXIMUM, np.max(planes, axis=0)),
        (Slab.MINIMUM, np.min(planes, axis=0)),
        (Slab.MEAN, np.mean(planes, axis=0)),
    ):
        found = section(volume, Plane.AXIAL, middle, thickness_mm=8, slab=slab)
        assert np.allclose(found.values, expected, atol=1e-3), slab


def test_a_slab_over_the_edge_takes_what_is_there() -> None:
    volume = _phantom("axial")
    top = float(volume.stack.positions[:, 2].max())
    found = section(volume, Plane.AXIAL, top + 1, thickness_mm=8, slab=Slab.MEAN)
    assert not np.isnan(found.values).any()
    assert np.isnan(section(volume, Plane.AXIAL, top + 20, thickness_mm=2).values).all()


def test_a_bright_voxel_is_where_it_was() -> None:
    orientation, _, spacing = STACKS["anisotropic"]
    cosines = tuple(float(v) for v in orientation)
    places = [Place(orientation=cosines, position=(0.0, 0.0, 4.0 * n)) for n in range(6)]
    slices = [np.zeros((9, 10), np.int16) for _ in places]
    slices[3][5, 7] = 1000
    volume = volume_of(slices, places, spacing)
    found = section(volume, Plane.CORONAL, 15.0, spacing_mm=1.5, thickness_mm=0)
    row, column = np.unravel_index(np.nanargmax(found.values), found.values.shape)
    point = to_patient(found.place, (1.5, 1.5), float(column) + 0.5, float(row) + 0.5)
    assert point == pytest.approx([7 * 1.5, 5 * 3.0, 3 * 4.0], abs=0.8)


@given(at=st.floats(-60, 60), plane=st.sampled_from(list(Plane)))
def test_any_plane_of_integers_stays_within_their_range(at: float, plane: Plane) -> None:
    volume = INTEGERS
    found = section(volume, plane, at).values
    inside = found[~np.isnan(found)]
    assert ((inside >= volume.values.min() - 1e-3) & (inside <= volume.values.max() + 1e-3)).all()


def _integers() -> Volume:
    values = np.random.default_rng(5).integers(-1024, 3000, (5, 8, 9)).astype(np.int16)
    places = [Place(orientation=(1, 0, 0, 0, 1, 0), position=(0.0, 0.0, 3.0 * n)) for n in range(5)]
    return volume_of(list(values), places, (1.0, 1.0))


INTEGERS = _integers()


@pytest.mark.parametrize(
    "places",
    [
        [],
        [None, None],
        [Place(instance=1), Place(instance=2)],
        [Place(orientation=(1, 0, 0, 0, 1, 0), position=(0, 0, 0))] * 2,
        [
            Place(orientation=(1, 0, 0, 0, 1, 0), position=(0, 0, 0)),
            Place(orientation=(1, 0, 0, 0, 0, -1), position=(0, 9, 0)),
        ],
    ],
)
def test_what_makes_no_volume_says_so(places: list[Place | None]) -> None:
    with pytest.raises(UnsupportedFile, match="no volume"):
        volume_of([np.zeros((4, 4))] * len(places), places, (1, 1))
