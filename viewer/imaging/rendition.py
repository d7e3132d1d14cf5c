"""One frame of a dataset as the reference tools draw it: modality LUT, VOI LUT or window, overlays, RGB."""

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from viewer.imaging.decoding import decode_with_overlays
from viewer.imaging.image import RawFrame
from viewer.imaging.overlays import draw_overlays
from viewer.imaging.presentation import Rounding, Window
from viewer.imaging.windowing import default_window, reference_shift, to_grey

_TABLE = 1 << 16  # values, above which a table costs more than the pixels


def rendition(
    dataset: Dataset, index: int, window: Window | None, rounding: Rounding = Rounding.HALF_UP
) -> NDArray[np.uint8]:
    """8-bit grey (rows, columns) or RGB (rows, columns, 3) of frame `index` (from 0).

    `window` None: the first VOI LUT or window of the header, else the 1-99 percentile. Errors: ImagingError.
    """
    frame, planes = decode_with_overlays(dataset, index)
    return draw_overlays(levels(frame, window, rounding), planes)


def levels(
    frame: RawFrame, window: Window | None, rounding: Rounding = Rounding.HALF_UP
) -> NDArray[np.uint8]:
    """8-bit grey or RGB of a decoded frame."""
    if frame.presentation.photometric == "RGB":
        return np.asarray(frame.pixels, np.uint8)
    pixels, presentation = frame.pixels, frame.presentation
    window = window or default_window(pixels, presentation)
    shift = reference_shift(pixels, presentation) if rounding is Rounding.FLOOR else 0.0
    low, high = pixels.min(), pixels.max()
    if pixels.dtype.kind in "iu" and int(high) - int(low) < min(_TABLE, pixels.size):
        values = np.arange(int(low), int(high) + 1)
        table = to_grey(values, presentation, window, rounding=rounding, shift=shift)
        return table[pixels.astype(np.int64) - int(low)]
    return to_grey(pixels, presentation, window, rounding=rounding, shift=shift)
