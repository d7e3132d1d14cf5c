"""A masked frame as a presentation state wants it: its LUTs instead of the header's, and its shutter closed.

What is closed is padding (PS3.3 C.7.5.1.1.2), as outside of a section: in the grey of the shutter, whatever the window. The
turn and the area are the view's.
"""

from functools import lru_cache

import msgspec
import numpy as np

from viewer.errors import ViewError
from viewer.imaging.outlines import Mask, Outline, opening
from viewer.imaging.presentation import Presentation
from viewer.imaging.windowing import whole
from viewer.masking.image import MaskedFrame
from viewer.masking.state import Appearance, State

_CLOSED = -(2**24)  # in float frames: exact in float32, and beyond any measured value
_WORDS = np.iinfo(np.uint16)

Place = tuple[float, float, float]


def presented(
    frame: MaskedFrame, state: State, look: Appearance, place: Place = (0.0, 0.0, 1.0)
) -> MaskedFrame:
    """`frame` as `look` of `state` has it.

    `place`: image coordinates of the frame's top left corner (x, y), and the side of one of its pixels, where it is a
    part of a picture. Errors: ViewError for a colour picture.
    """
    if frame.presentation.photometric == "RGB":
        raise ViewError("a presentation state does not go with a colour picture")
    is_signed = frame.offset < 0
    presentation = _resolved(
        look.signed if is_signed else look.unsigned, frame.presentation, is_signed=is_signed
    )
    if state.shutter is None:
        return MaskedFrame(pixels=frame.pixels, offset=frame.offset, presentation=presentation)
    rows, columns = frame.pixels.shape[:2]
    opened = _opening(state.shutter, rows, columns, place)
    return _closed(frame, msgspec.structs.replace(presentation, beyond=state.shutter.level), opened)


@lru_cache(maxsize=128)
def _resolved(wanted: Presentation, own: Presentation, *, is_signed: bool) -> Presentation:
    """What the state wants, of a picture of this depth; what it says nothing of stays as it is measured."""
    same_unit = wanted.modality == own.modality
    found = msgspec.structs.replace(
        wanted,
        bits_stored=own.bits_stored,
        padding=None,
        spacing_mm=own.spacing_mm,
        unit=own.unit if same_unit else None,
        suv_per_unit=own.suv_per_unit if same_unit else None,
    )
    return whole(found, is_signed=is_signed)


@lru_cache(maxsize=16)
def _opening(outline: Outline, rows: int, columns: int, place: Place) -> Mask:
    left, top, side = place
    down, across = np.mgrid[0:rows, 0:columns]
    # Locations count from 1 at the centres of pixels.
    return opening(outline, top + (down + 0.5) * side + 0.5, left + (across + 0.5) * side + 0.5)


def _closed(frame: MaskedFrame, presentation: Presentation, opened: Mask) -> MaskedFrame:
    if frame.pixels.dtype == np.float32:
        void = _CLOSED
        pixels = np.where(opened, frame.pixels, np.float32(void))
    else:
        void = int(_WORDS.max) + frame.offset  # one off where 16 bits are full
        pixels = np.minimum(frame.pixels.astype(np.uint16), _WORDS.max - 1)
        pixels[~opened] = _WORDS.max
    return MaskedFrame(
        pixels=np.ascontiguousarray(pixels),
        offset=frame.offset,
        presentation=msgspec.structs.replace(presentation, padding=(void, void)),
    )
