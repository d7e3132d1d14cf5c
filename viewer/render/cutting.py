"""A section through masked slices as a masked frame: from there on it is drawn like any other.

Values are rounded to the unit that is stored, so that a section costs no more to draw than a slice. What lies outside of
the slices is padding (PS3.3 C.7.5.1.1.2): black, whatever the window.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
import numpy as np

from viewer.errors import UnsupportedFile
from viewer.imaging.presentation import Presentation
from viewer.imaging.sections import section
from viewer.imaging.volume import Stack, Volume, grid_of
from viewer.imaging.windowing import modality
from viewer.masking.image import MaskedFrame
from viewer.render.view import Cut

_OUTSIDE = -(2**24)  # in float volumes: exact in float32, and beyond any measured value
_WORDS = np.iinfo(np.uint16)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedVolume:
    """The volume of masked slices: `pixels` and `offset` as a `MaskedFrame` has them, shown by `presentation`.

    Slices that are scaled each in its own way (PET) are there in the unit of the modality LUT's output.
    """

    volume: Volume
    offset: int
    presentation: Presentation

    @property
    def nbytes(self) -> int:
        """Of its values."""
        return self.volume.nbytes


def masked_volume(stack: Stack, frames: Iterable[MaskedFrame]) -> MaskedVolume:
    """The volume of `frames`, which are those that the stack keeps, in order. One is needed at a time.

    Errors: UnsupportedFile for colours, and for slices that are not all alike.
    """
    values: np.ndarray | None = None
    first: MaskedFrame | None = None
    for index, frame in enumerate(frames):
        if first is None or values is None:
            first = frame
            values = np.empty(stack.shape, frame.pixels.dtype)
        if frame.pixels.shape != stack.shape[1:] or frame.presentation.photometric == "RGB":
            raise UnsupportedFile("the slices make no volume: they are in colour or of several sizes")
        if values.dtype != np.float32 and not _alike(first, frame):
            values = _scaled(values[:index], first, stack.shape)
        values[index] = (
            frame.pixels if values.dtype != np.float32 else modality(_stored(frame), frame.presentation)
        )
    assert first is not None
    assert values is not None
    presentation = first.presentation
    if values.dtype == np.float32:
        presentation = msgspec.structs.replace(presentation, modality=None)
    offset = 0 if values.dtype == np.float32 else first.offset
    return MaskedVolume(volume=Volume(values=values, stack=stack), offset=offset, presentation=presentation)


def cut_frame(masked: MaskedVolume, cut: Cut, index: int) -> MaskedFrame:
    """Section `index` of the volume, counted from 0 along the plane's axis. Errors: UnsupportedFile beyond the last one."""
    grid = grid_of(masked.volume.stack, cut.plane)
    if not 0 <= index < grid.count:
        raise UnsupportedFile(f"there is no section {index + 1}: the volume has {grid.count}")
    found = section(
        masked.volume, cut.plane, grid.at_mm(index), thickness_mm=cut.thickness_mm, slab=cut.slab
    ).values
    outside = np.isnan(found)
    if masked.volume.values.dtype == np.float32:
        pixels = np.where(outside, np.float32(_OUTSIDE), found)
        void = _OUTSIDE
    else:
        # One value is kept for the outside: a level that no 12-bit scanner gives, and one off where 16 bits are full.
        pixels = np.floor(np.clip(np.where(outside, 0, found), 0, _WORDS.max - 1) + 0.5).astype(np.uint16)
        pixels[outside] = _WORDS.max
        void = int(_WORDS.max) + masked.offset
    presentation = msgspec.structs.replace(
        masked.presentation, padding=(void, void), spacing_mm=(grid.spacing_mm, grid.spacing_mm)
    )
    return MaskedFrame(pixels=np.ascontiguousarray(pixels), offset=masked.offset, presentation=presentation)


def _alike(first: MaskedFrame, frame: MaskedFrame) -> bool:
    one, other = first.presentation, frame.presentation
    return (
        frame.pixels.dtype == first.pixels.dtype
        and frame.offset == first.offset
        and other.modality == one.modality
    )


def _stored(frame: MaskedFrame) -> np.ndarray:
    return frame.pixels.astype(np.float64) + frame.offset


def _scaled(before: np.ndarray, first: MaskedFrame, shape: tuple[int, int, int]) -> np.ndarray:
    """The slices so far, in the unit of the modality LUT's output."""
    values = np.empty(shape, np.float32)
    for index, pixels in enumerate(before):
        values[index] = modality(pixels.astype(np.float64) + first.offset, first.presentation)
    return values
