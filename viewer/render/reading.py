"""The value of one pixel of a masked frame, exactly as it is kept."""

import math
from dataclasses import dataclass

import numpy as np

from viewer.imaging.presentation import Presentation
from viewer.imaging.windowing import modality
from viewer.masking.image import MaskedFrame
from viewer.render.view import View, row_scale, upright


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`stored`: the value in the file, of a colour three. `value`: after the modality LUT, in `unit`; `suv`: g/ml of body weight."""

    stored: tuple[float, ...]
    value: float | None = None
    unit: str | None = None
    suv: float | None = None


def is_in_view(view: View, presentation: Presentation, column: int, row: int) -> bool:
    """Whether the pixel at (`column`, `row`), from 0, of a frame with `presentation` is in the viewport of `view`."""
    straight = upright(view)
    down = row_scale(presentation, straight.scale)
    return (
        abs(column + 0.5 - straight.x) * straight.scale <= straight.width / 2
        and abs(row + 0.5 - straight.y) * down <= straight.height / 2
    )


def read_pixel(frame: MaskedFrame, column: int, row: int) -> Reading | None:
    """The pixel at (`column`, `row`), from 0; None beside the picture, in its padding, and behind a shutter."""
    rows, columns = frame.pixels.shape[:2]
    if not (0 <= row < rows and 0 <= column < columns):
        return None
    if frame.pixels.ndim == 3:
        return Reading(stored=tuple(float(level) for level in frame.pixels[row, column]))
    header = frame.presentation
    stored = float(frame.pixels[row, column]) + frame.offset
    if header.padding is not None and header.padding[0] <= stored <= header.padding[1]:
        return None
    value = float(modality(np.array([stored]), header)[0])
    if not math.isfinite(value):
        return None
    suv = value * header.suv_per_unit if header.suv_per_unit is not None else None
    return Reading(stored=(stored,), value=value, unit=header.unit, suv=suv)
