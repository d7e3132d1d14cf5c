"""The forensic mark as planes for frames of one size, grey and in colour, with visible text in them or without."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from viewer.imaging.scratch import Scratch
from viewer.watermark.adaptive import Adaptive
from viewer.watermark.keying import Key
from viewer.watermark.layout import BLACK, BLOCK
from viewer.watermark.pattern import AMOUNTS, SPARSE, Exempt, Pattern, Strength, patterns
from viewer.watermark.payload import Payload
from viewer.watermark.planes import Grey, Planes, Tinted

SPARSE_COLOUR = 0.5  # of an RGB frame that is black: from there on half as much again stays above 42 dB
_SAMPLED = 8  # px


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stamp:
    """What a mark does to a frame.

    `grey` moves a grey frame, more where the picture hides it, or makes it RGB where the mark lies in colour.
    `colour` moves an RGB one, and `dark`, if there is any, one that is mostly black.
    """

    grey: Planes | Adaptive | Tinted
    colour: Planes | Tinted
    dark: Callable[[], Planes] | None = None
    _merged: dict[bool, Planes] = field(init=False, repr=False, default_factory=dict)

    def on(self, frame: Grey, scratch: Scratch | None = None) -> Grey:
        """A marked copy of `frame`, (height, width) or (height, width, 3) in RGB, of `scratch` if that is given.

        A `frame` that is of `scratch` itself may be marked in its place.
        """
        scratch = scratch or Scratch()
        if frame.ndim == 2:
            return self.grey.on(frame, scratch)
        dark = self.dark is not None and _mostly_black(frame)
        if dark not in self._merged:  # once, and only for marks that ever meet such a frame
            planes = self.dark() if dark and self.dark else self.colour
            self._merged[dark] = planes.in_colour()
        return self._merged[dark].on(frame, scratch)

    @property
    def nbytes(self) -> int:
        """What it holds, in bytes."""
        return sum(each.nbytes for each in (*{self.grey, self.colour}, *self._merged.values()))


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
    colour, base = Planes.of(even), Planes.of(seen)
    sparse = [(share, draw(amounts=amounts)) for share, amounts in SPARSE.get(strength, ())]
    dark = partial(_on_top, base, sparse[0][1].colour) if sparse else None
    return Stamp(grey=Adaptive(base, made, sparse), colour=colour, dark=dark)


def _on_top(base: Planes, blocks: Pattern) -> Planes:
    """What moves a frame as `base` and `blocks` together."""
    return Planes.of(
        np.subtract(base.add, base.subtract, dtype=np.int16) + _in_pixels(blocks, base.add.shape)
    )


def _mostly_black(frame: Grey) -> bool:
    """Of an RGB frame, by the green of one px in 64."""
    green = frame[::_SAMPLED, ::_SAMPLED, 1]
    return bool(np.count_nonzero(green < BLACK) > SPARSE_COLOUR * green.size)


def _in_pixels(blocks: Pattern, shape: tuple[int, ...]) -> Pattern:
    return np.repeat(np.repeat(blocks, BLOCK, axis=0), BLOCK, axis=1)[: shape[0], : shape[1]]


def visible_stamp(seen: NDArray[np.int16]) -> Stamp:
    """`seen` alone, without a forensic mark."""
    planes = Planes.of(seen)
    return Stamp(grey=planes, colour=planes)


def make_stamp(key: Key, payload: Payload, *, width: int, height: int, strength: Strength) -> Stamp:
    """The forensic mark alone for frames of `width` x `height` px."""
    return stamp_of(key, payload, np.zeros((height, width), np.int16), strength)
