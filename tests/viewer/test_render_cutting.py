"""A section of masked slices is a masked frame: of the stored values, black outside, in a unit that all slices share."""

import msgspec
import numpy as np
import pytest

from viewer.errors import UnsupportedFile
from viewer.imaging.geometry import Place
from viewer.imaging.presentation import Presentation, Rescale, Window
from viewer.imaging.sections import section
from viewer.imaging.volume import Plane, Slab, grid_of, stack_of
from viewer.masking.image import MaskedFrame
from viewer.render.cutting import cut_frame, masked_volume
from viewer.render.drawing import levels, window_of
from viewer.render.view import Cut, View

HEADER = Presentation(
    photometric="MONOCHROME2", bits_stored=12, modality=Rescale(slope=1.0, intercept=-1024.0)
)
SHAPE = (5, 8, 10)  # slices, rows, columns


def _frames(**more: object) -> list[MaskedFrame]:
    values = np.random.default_rng(5).integers(0, 4096, SHAPE).astype(np.uint16)
    header = msgspec.structs.replace(HEADER, **more)
    return [MaskedFrame(pixels=pixels, offset=-100, presentation=header) for pixels in values]


def _stack(step_mm: float = 2.0, tilt: float = 0.0):  # noqa: ANN202 - a `Stack`
    cosines = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    places = [Place(orientation=cosines, position=(0.0, tilt * k, step_mm * k)) for k in range(SHAPE[0])]
    return stack_of(places, SHAPE[1:], (1.0, 1.0))


@pytest.mark.parametrize("plane", Plane)
@pytest.mark.parametrize("slab", Slab)
@pytest.mark.parametrize("tilt", [0.0, 0.5])
def test_it_holds_the_values_of_the_section_rounded_and_padding_outside(
    plane: Plane, slab: Slab, tilt: float
) -> None:
    volume = masked_volume(_stack(tilt=tilt), _frames())
    grid = grid_of(volume.volume.stack, plane)
    cut = Cut(plane=plane, slab=slab, thickness_mm=3.0)
    frame = cut_frame(volume, cut, grid.count // 2)
    exact = section(volume.volume, plane, grid.at_mm(grid.count // 2), thickness_mm=3.0, slab=slab).values
    outside = np.isnan(exact)
    assert frame.pixels.dtype == np.uint16
    assert np.abs(frame.pixels[~outside].astype(float) - exact[~outside]).max() <= 0.5
    assert frame.offset == -100
    assert frame.presentation.padding == (65535 - 100, 65535 - 100)
    assert (frame.pixels[outside] == 65535).all()
    assert frame.presentation.spacing_mm == (1.0, 1.0)


def test_the_outside_is_black_in_every_window_and_white_never() -> None:
    volume = masked_volume(_stack(tilt=2.0), _frames())
    frame = cut_frame(volume, Cut(plane=Plane.CORONAL), 0)
    rows, columns = frame.pixels.shape
    assert (frame.pixels == 65535).any()
    for center in (-1000.0, 40.0, 3000.0):
        view = View(item="i", frame=0, width=columns * 16, height=rows * 16, x=columns / 2, y=rows / 2, scale=16.0,
                    window=Window(center=center, width=2.0))  # fmt: skip
        drawn = levels(view, frame, width=columns * 16, height=rows * 16)
        middle = drawn[8::16, 8::16][frame.pixels == 65535]
        assert (middle <= 128).all()  # the resampling may reach over an edge, to half
        assert middle.min() == 0


def test_slices_scaled_each_in_its_own_way_are_in_the_unit_of_their_modality() -> None:
    frames = [
        _rescaled(frame, Rescale(slope=1.0 + index, intercept=0.0)) for index, frame in enumerate(_frames())
    ]
    volume = masked_volume(_stack(), frames)
    assert volume.presentation.modality is None
    assert volume.volume.values.dtype == np.float32
    for index, frame in enumerate(frames):
        wanted = (frame.pixels.astype(np.float64) - 100) * (1.0 + index)
        assert np.allclose(volume.volume.values[index], wanted)
    found = cut_frame(volume, Cut(plane=Plane.AXIAL), 2)  # between the second and the third slice, 2 mm apart
    assert np.allclose(found.pixels, volume.volume.values[1], atol=1e-2)
    assert found.offset == 0


def _rescaled(frame: MaskedFrame, modality: Rescale) -> MaskedFrame:
    header = msgspec.structs.replace(frame.presentation, modality=modality)
    return MaskedFrame(pixels=frame.pixels, offset=frame.offset, presentation=header)


def test_what_makes_no_volume_is_named() -> None:
    colour = MaskedFrame(
        pixels=np.zeros((8, 10, 3), np.uint8), offset=0, presentation=Presentation(photometric="RGB")
    )
    with pytest.raises(UnsupportedFile, match="colour"):
        masked_volume(_stack(), [colour])
    volume = masked_volume(_stack(), _frames())
    with pytest.raises(UnsupportedFile, match="there is no section 100: the volume has 9"):
        cut_frame(volume, Cut(plane=Plane.AXIAL), 99)
    far = [Place(orientation=(1, 0, 0, 0, 1, 0), position=(0, 0, 1e6 * k)) for k in range(3)]
    with pytest.raises(UnsupportedFile, match="too large"):
        grid_of(stack_of(far, (8, 10), (1.0, 1.0)), Plane.CORONAL)


def test_without_a_window_it_is_shown_by_its_own_values_not_by_the_outside() -> None:
    volume = masked_volume(_stack(tilt=4.0), _frames())
    frame = cut_frame(volume, Cut(plane=Plane.CORONAL), 12)
    assert (frame.pixels == 65535).mean() > 0.3
    window = window_of(frame)
    assert window is not None
    assert -1124 <= window.center - window.width / 2 < window.center + window.width / 2 <= 4096 - 1124
