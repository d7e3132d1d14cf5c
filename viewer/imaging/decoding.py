"""Pixel data to stored values or RGB, frame by frame."""

import warnings
from collections.abc import Callable
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from viewer.errors import ImagingError, UnreadableFile
from viewer.imaging.attributes import presentation_of, text
from viewer.imaging.colour import to_rgb
from viewer.imaging.image import RawFrame, RawImage
from viewer.imaging.overlays import Overlay, overlays
from viewer.imaging.palette import palette
from viewer.imaging.pixel_header import PixelHeader, frame_count, pixel_header
from viewer.imaging.stored import PixelSource, stored_values
from viewer.imaging.uptake import suv_per_unit

__all__ = ["decode", "decode_all", "decode_with_overlays", "frame_count"]

Result = TypeVar("Result")

MAX_SAMPLES = 1 << 31  # of all frames of one file


def decode(dataset: Dataset, index: int) -> RawFrame:
    """Frame `index` (from 0). Errors: UnreadableFile, UnsupportedFile."""
    return _guarded(lambda: _one(dataset, index)[0])


def decode_with_overlays(dataset: Dataset, index: int) -> tuple[RawFrame, tuple[Overlay, ...]]:
    """Frame `index` (from 0), and the overlay planes over it: none over colour. Errors as `decode`."""

    def work() -> tuple[RawFrame, tuple[Overlay, ...]]:
        frame, cells = _one(dataset, index)
        is_colour = frame.presentation.photometric == "RGB"
        return frame, () if is_colour else overlays(dataset, index, cells)

    return _guarded(work)


def _one(dataset: Dataset, index: int) -> tuple[RawFrame, NDArray[np.generic]]:
    header = pixel_header(dataset)
    if not 0 <= index < header.frames:
        raise UnreadableFile(f"there is no frame {index + 1}: the file has {header.frames}")
    source = PixelSource(dataset, header)
    cells = source.cells(index)
    return _frame(dataset, header, source, index, cells), cells


def decode_all(dataset: Dataset) -> RawImage:
    """Every frame, in stored order. Errors: UnreadableFile, UnsupportedFile."""

    def work() -> RawImage:
        header = pixel_header(dataset)
        if header.frame_samples * header.frames > MAX_SAMPLES:
            raise UnreadableFile("the pictures are larger than can be shown")
        source = PixelSource(dataset, header)
        return RawImage(
            frames=tuple(
                _frame(dataset, header, source, index, source.cells(index)) for index in range(header.frames)
            )
        )

    return _guarded(work)


def _guarded(work: Callable[[], Result]) -> Result:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return work()
    except (ImagingError, MemoryError):
        raise
    except Exception as error:  # decoders raise whatever a damaged file leads them to
        raise UnreadableFile(f"the pixel data can't be decoded ({type(error).__name__})") from error


def _frame(
    dataset: Dataset, header: PixelHeader, source: PixelSource, index: int, cells: NDArray[np.generic]
) -> RawFrame:
    photometric = header.photometric
    if photometric == "PALETTE COLOR":
        pixels: NDArray[np.generic] = palette(
            dataset, stored_values(cells, header, is_placed=source.is_placed(index))
        )
    elif header.samples == 3:
        pixels = to_rgb(cells, header, is_rgb=source.is_rgb(index))
    else:
        pixels = stored_values(cells, header, is_placed=source.is_placed(index))
    is_colour = header.samples == 3 or photometric == "PALETTE COLOR"
    presentation = presentation_of(dataset, index, "RGB" if is_colour else photometric)
    if text(dataset, "Modality") == "PT" and not is_colour:
        presentation = msgspec.structs.replace(presentation, suv_per_unit=suv_per_unit(dataset))
    return RawFrame(pixels=np.ascontiguousarray(pixels), presentation=presentation)
