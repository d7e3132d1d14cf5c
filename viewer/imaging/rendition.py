"""One frame of a dataset as the reference tools draw it: modality LUT, VOI LUT or window, overlays, RGB."""

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from viewer.imaging.decoding import decode_with_overlays
from viewer.imaging.image import RawFrame
from viewer.imaging.overlays import draw_overlays
from viewer.imaging.presentation import Rounding, Window
from viewer.imaging.windowing import default_window, to_grey


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
    window = window or default_window(frame.pixels, frame.presentation)
    return to_grey(frame.pixels, frame.presentation, window, rounding=rounding)
