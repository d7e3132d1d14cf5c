"""Boxes filled with a constant, in stored values: what was there is gone in every window."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from viewer.masking.image import MaskedFrame
from viewer.masking.report import Box


def fill(frames: Iterable[MaskedFrame], boxes: Iterable[Box]) -> tuple[MaskedFrame, ...]:
    """`frames` with each box filled in its frame, with what is shown darkest in it; others are as they were."""
    by_frame: dict[int, list[Box]] = {}
    for box in boxes:
        by_frame.setdefault(box.frame, []).append(box)
    return tuple(
        _filled(frame, by_frame[number]) if number in by_frame else frame
        for number, frame in enumerate(frames, start=1)
    )


def _filled(frame: MaskedFrame, boxes: list[Box]) -> MaskedFrame:
    pixels = np.array(frame.pixels)
    is_inverse = frame.presentation.photometric == "MONOCHROME1"
    dark = 0 if pixels.ndim == 3 else pixels.max() if is_inverse else pixels.min()
    for box in boxes:
        pixels[box.y : box.y + box.height, box.x : box.x + box.width] = dark
    return replace(frame, pixels=pixels)
