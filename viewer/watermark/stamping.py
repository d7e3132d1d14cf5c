"""The forensic mark as planes for frames of one size, grey and in colour, with visible text in them or without."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from viewer.imaging.scratch import Scratch
from viewer.watermark.keying import Key
from viewer.watermark.layout import BLOCK
from viewer.watermark.pattern import AMOUNTS, SPARSE, Exempt, Pattern, Strength, patterns
from viewer.watermark.payload import Payload
from viewer.watermark.planes import Adaptive, Grey, Planes, Tinted


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stamp:
    """What a mark does to a frame.

    `grey` moves a grey frame, more where the picture hides it, or makes it RGB where the mark lies in colour.
    `colour` moves an RGB one.
    """

    grey: Planes | Adaptive | Tinted
    colour: Planes | Tinted
    _merged: list[Planes] = field(init=False, repr=False, default_factory=list)

    def on(self, frame: Grey, scratch: Scratch | None = None) -> Grey:
        """A marked copy of `frame`, (height, width) or (height, width, 3) in RGB, of `scratch` if that is given.

        A `frame` that is of `scratch` itself may be marked in its place.
        """
        scratch = scratch or Scratch()
        if frame.ndim == 2:
            return self.grey.on(frame, scratch)
        if not self._merged:  # once, and only for marks that ever meet a colour frame
            self._merged.append(self.colour.in_colour())
        return self._merged[0].on(frame, scratch)

    @property
    def nbytes(self) -> int:
        """What it holds, in bytes."""
        return sum(each.nbytes for each in (*{self.grey, self.colour}, *self._merged))


def stamp_of(
    key: Key,
    payload: Payload,
    seen: NDArray[np.int16],
    strength: Strength,
    exempt: Sequence[Exempt] = (),
) -> Stamp:
    """The mark of `payload` for frames of `seen`'s shape (height, width), on top of which `seen` moves levels."""
    height, width = seen.shape
    draw = partial(patterns, key, payload, width=width, height=height, exempt=exempt)
    made = draw(amounts=AMOUNTS[strength])
    even = seen + _in_pixels(made.colour, seen.shape)
    if made.blue is not None:
        blue = seen + _in_pixels(made.blue, seen.shape)
        tinted = Tinted(even=Planes.of(even), blue=Planes.of(blue))
        return Stamp(grey=tinted, colour=tinted)
    sparse = draw(amounts=SPARSE[strength]) if strength in SPARSE else made
    return Stamp(grey=Adaptive(Planes.of(seen), made, sparse), colour=Planes.of(even))


def _in_pixels(blocks: Pattern, shape: tuple[int, ...]) -> Pattern:
    return np.repeat(np.repeat(blocks, BLOCK, axis=0), BLOCK, axis=1)[: shape[0], : shape[1]]


def visible_stamp(seen: NDArray[np.int16]) -> Stamp:
    """`seen` alone, without a forensic mark."""
    planes = Planes.of(seen)
    return Stamp(grey=planes, colour=planes)


def make_stamp(key: Key, payload: Payload, *, width: int, height: int, strength: Strength) -> Stamp:
    """The forensic mark alone for frames of `width` x `height` px."""
    return stamp_of(key, payload, np.zeros((height, width), np.int16), strength)
