"""The forensic mark alone on a picture, without visible text: what the command and the benchmarks measure."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.watermark.keying import Key
from viewer.watermark.pattern import Patterns, Strength, patterns
from viewer.watermark.payload import Payload
from viewer.watermark.planes import Grey, Planes, strengthened


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stamp:
    """A mark ready for frames of one size: `base` everywhere, `more` besides where the picture hides it.

    `colour`: the mark lies in colour, so a grey frame becomes RGB.
    """

    base: Planes
    more: Planes | None
    colour: bool

    def on(self, frame: Grey) -> Grey:
        """A marked copy of `frame`, (height, width) or (height, width, 3) in RGB; RGB if the mark is in colour."""
        base, more = self.base, self.more
        if self.colour and frame.ndim == 2:
            frame = np.asarray(cv2.cvtColor(frame, cv2.COLOR_GRAY2RGB), np.uint8)
        if frame.ndim == 3 and not self.colour:
            base, more = base.in_colour(), more.in_colour() if more else None
        marked = base.on(frame)
        return strengthened(marked, frame, more) if more else marked


def make_stamp(key: Key, payload: Payload, *, width: int, height: int, strength: Strength) -> Stamp:
    """The forensic mark of `payload` for frames of `width` x `height` px."""
    made = patterns(key, payload, width=width, height=height, strength=strength)
    if made.blue is not None:
        return Stamp(base=Planes.of(in_rgb(made)), more=None, colour=True)
    return Stamp(base=Planes.of(made.plain), more=Planes.of(made.busy - made.plain), colour=False)


def in_rgb(made: Patterns) -> NDArray[np.int16]:
    """`plain` in red and green, `blue` in blue: int16 of shape (height, width, 3)."""
    blue = made.plain if made.blue is None else made.blue
    return np.stack([made.plain, made.plain, blue], axis=-1).astype(np.int16)
