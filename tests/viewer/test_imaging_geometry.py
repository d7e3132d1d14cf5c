"""Order, gaps, duplicates and tilt from geometry; image and patient coordinates there and back."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from viewer.imaging.geometry import Place, irregularities, order, place, to_image, to_patient
from viewer.imaging.reading import read

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
FLIPPED = (-1.0, 0.0, 0.0, 0.0, 1.0, 0.0)  # negated row axis: the normal looks to the feet
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)
OBLIQUE = (0.8, 0.6, 0.0, -0.36, 0.48, 0.8)


def _stack(orientation: tuple[float, ...], distances: list[float], shear: float = 0.0) -> list[Place]:
    normal = np.cross(orientation[:3], orientation[3:])
    down = np.array(orientation[3:])
    return [
        Place(
            instance=100 - number,  # against the geometry
            orientation=orientation,
            position=tuple(float(v) for v in np.array([5, -7, 11]) + (normal + shear * down) * distance),
        )
        for number, distance in enumerate(distances)
    ]


@pytest.mark.parametrize("orientation", [AXIAL, FLIPPED, CORONAL, OBLIQUE])
@pytest.mark.parametrize("shear", [0.0, 0.3])
@given(chance=st.randoms(use_true_random=False))
def test_shuffled_slices_come_back_in_order(
    orientation: tuple[float, ...], shear: float, chance: object
) -> None:
    places = _stack(orientation, [2.5 * n for n in range(12)], shear)
    shuffled = list(places)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert [shuffled[index] for index in order(shuffled)] == places


def test_slices_at_one_place_go_by_instance_whatever_their_last_digits_say() -> None:
    near = [
        Place(instance=3, orientation=AXIAL, position=(0, 0, 10.0004999)),
        Place(instance=1, orientation=AXIAL, position=(0, 0, 10.0005001)),
        Place(instance=2, orientation=AXIAL, position=(0, 0, 10.0)),
        Place(instance=9, orientation=AXIAL, position=(0, 0, 5.0)),
    ]
    assert order(near) == [3, 1, 2, 0]


def test_stacks_of_several_orientations_stay_together() -> None:
    places = [
        each
        for pair in zip(_stack(AXIAL, [0, 1, 2]), _stack(CORONAL, [0, 1, 2]), strict=True)
        for each in pair
    ]
    found = [places[index].orientation for index in order(places)]
    assert found in ([AXIAL] * 3 + [CORONAL] * 3, [CORONAL] * 3 + [AXIAL] * 3)
    assert irregularities(places) == ("slices of 2 orientations",)


def test_slices_without_geometry_come_last_by_instance() -> None:
    places = [Place(instance=2), None, *_stack(AXIAL, [4, 1]), Place(instance=1)]
    assert order(places) == [3, 2, 1, 4, 0]
    assert irregularities(places) == ("3 of 5 slices have no geometry",)
    assert order([Place(instance=n) for n in (3, 1, 2)]) == [1, 2, 0]
    assert order([]) == []
    assert irregularities([]) == irregularities([None]) == ()
    assert "instance numbers" in irregularities([Place(instance=1), Place(instance=2)])[0]


@pytest.mark.parametrize(
    ("distances", "says"),
    [
        ([0, 2, 4, 6, 8], ()),
        ([0, 2.0001, 3.9999, 6, 8], ()),
        ([0, 2, 4, 8, 10], ("1 gap between slices: 1 may be missing",)),
        ([0, 2, 8, 10, 12, 16, 18, 20], ("2 gaps between slices: 3 may be missing",)),
        ([0, 2, 2, 4, 6], ("1 slice shares the place of another",)),
        ([0, 2, 2, 4, 4, 4, 6], ("3 slices share the place of another",)),
        ([0, 2, 4, 7, 9], ("the distance between slices varies from 2 to 3 mm",)),
        ([0], ()),
        ([0, 5], ()),
        ([3, 3], ("1 slice shares the place of another",)),
    ],
)
@pytest.mark.parametrize("orientation", [AXIAL, FLIPPED, OBLIQUE])
def test_what_is_odd_is_said(
    orientation: tuple[float, ...], distances: list[float], says: tuple[str, ...]
) -> None:
    places = _stack(orientation, distances)
    assert irregularities(places) == says
    assert irregularities(places[::-1]) == says


@pytest.mark.parametrize(("shear", "degrees"), [(0.2, "11.3"), (-0.2, "11.3"), (1.0, "45.0")])
def test_a_tilted_gantry_is_said(shear: float, degrees: str) -> None:
    assert irregularities(_stack(AXIAL, [0, 3, 6, 9], shear)) == (f"the gantry is tilted by {degrees}°",)


def test_real_series(shared_data: Path) -> None:
    head = [
        place(read(path.read_bytes()), 0)
        for path in sorted((shared_data / "dicom" / "ct-head-28").glob("*.dcm"))
    ]
    said = irregularities(head)
    assert any("tilted" in line for line in said)
    assert any("varies from" in line for line in said)
    phantom = [
        place(read(path.read_bytes()), 0)
        for path in sorted((shared_data / "dicom" / "ct-phantom-64").glob("*.dcm"))
    ]
    assert irregularities(phantom) == ()
    heights = [phantom[index].position[2] for index in order(phantom)]  # type: ignore[union-attr, index]
    assert heights == sorted(heights)


def test_functional_groups_place_each_frame() -> None:
    ds, frames = Dataset(), []
    for height in (9, 3, 6):
        here, frame = Dataset(), Dataset()
        here.ImagePositionPatient = [0, 0, height]
        frame.PlanePositionSequence = [here]
        frames.append(frame)
    plane, shared = Dataset(), Dataset()
    plane.ImageOrientationPatient = list(AXIAL)
    shared.PlaneOrientationSequence = [plane]
    ds.SharedFunctionalGroupsSequence, ds.PerFrameFunctionalGroupsSequence = [shared], frames
    places = [place(ds, index) for index in range(3)]
    assert order(places) == [1, 2, 0]
    assert places[2] == Place(frame=2, orientation=AXIAL, position=(0, 0, 6))


@pytest.mark.parametrize("orientation", [AXIAL, FLIPPED, CORONAL, OBLIQUE])
def test_the_formula_of_the_standard(orientation: tuple[float, ...]) -> None:
    """PS3.3 C.7.6.2.1.1: the first pixel's centre is at the position; spacing is (between rows, between columns)."""
    here = Place(orientation=orientation, position=(10.0, 20.0, 30.0))
    row, column = np.array(orientation[:3]), np.array(orientation[3:])
    assert np.allclose(to_patient(here, (2.0, 0.5), 0.5, 0.5), here.position)
    assert np.allclose(to_patient(here, (2.0, 0.5), 1.5, 0.5), np.array(here.position) + row * 0.5)
    assert np.allclose(to_patient(here, (2.0, 0.5), 0.5, 1.5), np.array(here.position) + column * 2.0)


@given(
    x=st.floats(-600, 600),
    y=st.floats(-600, 600),
    rows=st.floats(0.1, 9),
    columns=st.floats(0.1, 9),
    orientation=st.sampled_from([AXIAL, FLIPPED, CORONAL, OBLIQUE]),
)
def test_image_coordinates_there_and_back(
    x: float, y: float, rows: float, columns: float, orientation: tuple[float, ...]
) -> None:
    here = Place(orientation=orientation, position=(-120.0, 33.0, 7.5))
    point = to_patient(here, (rows, columns), x, y)
    assert to_image(here, (rows, columns), point) == pytest.approx((x, y), abs=1e-6)
    normal = np.cross(orientation[:3], orientation[3:])
    assert to_image(here, (rows, columns), point + 40 * normal) == pytest.approx((x, y), abs=1e-6)


def test_no_geometry_is_no_place_in_the_patient() -> None:
    with pytest.raises(ValueError, match="no geometry"):
        to_patient(Place(instance=1), (1, 1), 0, 0)
    with pytest.raises(ValueError, match="no geometry"):
        to_image(Place(instance=1), (1, 1), np.zeros(3))


def test_a_place_survives_the_store() -> None:
    import msgspec

    here = _stack(OBLIQUE, [4.0])[0]
    assert msgspec.convert(json.loads(json.dumps(msgspec.to_builtins(here))), Place) == here
