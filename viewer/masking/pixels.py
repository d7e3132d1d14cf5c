"""Decoded pixels in the form that is stored: nothing but the stored values themselves.

Bits above BitsStored can hold an overlay (and did, in old files): they are cleared, PS3.5 8.1.1.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from viewer.errors import MaskingError
from viewer.imaging.image import RawFrame
from viewer.imaging.presentation import Presentation
from viewer.masking.image import MaskedFrame
from viewer.masking.vocabulary import UNITS

_PHOTOMETRIC = frozenset({"MONOCHROME1", "MONOCHROME2", "RGB"})

Grey = NDArray[np.generic]


def mask_frame(frame: RawFrame) -> MaskedFrame:
    """The frame with unused bits cleared, as uint8, uint16 or float32 (see `MaskedFrame`).

    Signed values of up to 16 bits are shifted by half their range, so that a second run changes nothing. Wider
    integers that need more than 16 bits, and doubles, become float32: exact up to 2^24, rounded beyond.
    Errors: MaskingError for a shape or type that no frame has.
    """
    presentation = clean_presentation(frame.presentation)
    pixels = frame.pixels
    if presentation.photometric == "RGB":
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
            raise MaskingError("a colour frame is not 8-bit RGB")
        return MaskedFrame(pixels=np.ascontiguousarray(pixels), offset=0, presentation=presentation)
    if pixels.ndim != 2:
        raise MaskingError("a grey frame does not have two dimensions")
    stored, offset = _grey(pixels, presentation.bits_stored)
    return MaskedFrame(pixels=np.ascontiguousarray(stored), offset=offset, presentation=presentation)


def from_page(page: NDArray[np.uint8]) -> MaskedFrame:
    """A page drawn from masked text: grey (rows, columns) or RGB (rows, columns, 3), 8 bits.

    Errors: MaskingError for another shape or type.
    """
    if page.dtype != np.uint8 or page.ndim not in {2, 3} or (page.ndim == 3 and page.shape[2] != 3):
        raise MaskingError("a page is not an 8-bit picture")
    presentation = Presentation(photometric="RGB" if page.ndim == 3 else "MONOCHROME2")
    return MaskedFrame(pixels=np.ascontiguousarray(page), offset=0, presentation=presentation)


def clean_presentation(presentation: Presentation) -> Presentation:
    """Numbers, and words of the vocabulary: a unit that is not in it is dropped."""
    if presentation.photometric not in _PHOTOMETRIC:
        raise MaskingError("a frame is neither grey nor RGB")
    unit = presentation.unit if presentation.unit in UNITS else None
    return msgspec.structs.replace(presentation, unit=unit)


def _grey(pixels: Grey, bits: int) -> tuple[Grey, int]:
    kind, size = pixels.dtype.kind, pixels.dtype.itemsize
    if kind == "b":
        return pixels.astype(np.uint8), 0
    if kind == "f":
        return _floats(pixels), 0
    if kind not in "iu":
        raise MaskingError("the pixels are neither integers nor floats")
    bits = bits if 0 < bits <= size * 8 else size * 8
    cleared = _clear(pixels, bits)
    if bits > 16:
        return _wide(cleared)
    stored = np.uint8 if size == 1 else np.uint16
    if kind == "u":
        return cleared.astype(stored), 0
    half = 1 << (bits - 1)
    return (cleared.astype(np.int32) + half).astype(stored), -half


def _clear(pixels: Grey, bits: int) -> Grey:
    unused = pixels.dtype.itemsize * 8 - bits
    if unused == 0:
        return pixels
    if pixels.dtype.kind == "u":
        return np.bitwise_and(pixels, pixels.dtype.type((1 << bits) - 1))
    # An arithmetic shift right brings the sign of the stored value down with it.
    shift = pixels.dtype.type(unused)
    return np.right_shift(np.left_shift(pixels, shift), shift)


def _wide(pixels: Grey) -> tuple[Grey, int]:
    if pixels.size == 0:
        return pixels.astype(np.uint16), 0
    low, high = int(pixels.min()), int(pixels.max())
    for offset in (0, -(1 << 15), low):
        if low >= offset and high - offset < 1 << 16:
            return (pixels.astype(np.int64) - offset).astype(np.uint16), offset
    return pixels.astype(np.float32), 0


def _floats(pixels: Grey) -> Grey:
    largest = float(np.finfo(np.float32).max)
    finite = np.nan_to_num(pixels, nan=0.0, posinf=largest, neginf=-largest)
    return np.clip(finite, -largest, largest).astype(np.float32)
