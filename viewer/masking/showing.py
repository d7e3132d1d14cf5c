"""What a header wants done to a picture before anybody sees it, done once, before the pixels are kept: colours to sRGB, shutters closed.

What lies behind a shutter is never to be shown (PS3.3 C.7.6.11), so it is not kept.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from viewer.errors import UnreadableFile
from viewer.imaging.icc import icc_profile, to_srgb
from viewer.imaging.image import RawFrame
from viewer.imaging.shutters import shutter


def shown(dataset: Dataset, frames: Iterable[RawFrame]) -> Iterator[RawFrame]:
    """`frames` of `dataset`, in order, as they are to be seen. A colour profile that can't be used changes nothing."""
    profile = icc_profile(dataset)
    for index, frame in enumerate(frames):
        if profile is not None and frame.presentation.photometric == "RGB":
            frame = _in_srgb(frame, profile)  # noqa: PLW2901 - the same frame, further on
        yield _behind_shutter(dataset, index, frame)


def _in_srgb(frame: RawFrame, profile: bytes) -> RawFrame:
    try:
        return replace(frame, pixels=to_srgb(np.asarray(frame.pixels, np.uint8), profile))
    except UnreadableFile:
        return frame


def _behind_shutter(dataset: Dataset, index: int, frame: RawFrame) -> RawFrame:
    if "ShutterShape" not in dataset:
        return frame
    rows, columns = frame.pixels.shape[:2]
    closing = shutter(dataset, index, (rows, columns))
    if closing is None or closing.opening.all():
        return frame
    pixels = np.array(frame.pixels)
    pixels[~closing.opening] = _dark(frame)
    return replace(frame, pixels=pixels)


def _dark(frame: RawFrame) -> Any:
    """A value that is black in every window: padding, or else what is shown darkest."""
    header = frame.presentation
    if header.photometric == "RGB":
        return 0
    if header.padding is not None and np.can_cast(np.min_scalar_type(header.padding[0]), frame.pixels.dtype):
        return header.padding[0]
    return frame.pixels.max() if header.photometric == "MONOCHROME1" else frame.pixels.min()
