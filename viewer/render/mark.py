"""The watermark: who is looking, drawn once per session and epoch as planes for every frame.

The visible text and the invisible mark (`viewer.watermark`) lie in the same planes. Light strokes are added and a
dark outline is subtracted, both saturating, so that the text is legible on black film and on a white page alike.
There is no empty mark: what can't be drawn raises, and without a mark nothing is rendered.
"""

import math
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.document.lettering import Grey, advance, draw, visible
from viewer.errors import MarkError
from viewer.imaging.scratch import Scratch
from viewer.render.view import MAX_SIDE, MIN_SIDE
from viewer.watermark.adaptive import Adaptive
from viewer.watermark.keying import Key
from viewer.watermark.pattern import Exempt, Strength
from viewer.watermark.payload import Payload
from viewer.watermark.planes import Planes, Tinted
from viewer.watermark.stamping import Stamp, stamp_of, visible_stamp

MAX_TEXT = 400  # characters; a longer text would not stand whole on any screen
ANGLE_DEGREES = -24.0  # uphill, across rows of tissue and of print
MIN_COVER = 1 / 400  # of the pixels, per plane; the text covers about 1/60

_SIZES = (8, 48)  # px, least and greatest letter size
_SEPARATOR = "  \N{MIDDLE DOT}  "
# Steps from epoch to epoch along and across the rows, in tiles: the two-dimensional golden ratio, so that
# places recur as late as possible and no spot of the picture stays covered.
_STEP_ALONG, _STEP_ACROSS = 0.7548776662466927, 0.5698402909980532


@dataclass(frozen=True, slots=True, kw_only=True)
class Forensic:
    """The invisible mark in a frame: `session` is the number that a tracer reads out again, 0..2**32-1.

    It is left out of the `exempt` regions; the visible mark is not.
    """

    key: Key
    session: int
    strength: Strength
    exempt: tuple[Exempt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mark:
    """The mark of `epoch` for frames of one size: `stamp` is what it does to them.

    `width`, `height`: of these frames in pixels.
    `add`, `subtract`: what it adds to and subtracts from a frame at least, uint8, read-only, (height, width).
    Errors: MarkError where one of these covers less than `MIN_COVER` of the picture.
    """

    stamp: Stamp
    epoch: int
    width: int = field(init=False)
    height: int = field(init=False)

    def __post_init__(self) -> None:
        _check_drawn(self.add, self.subtract)
        height, width = self.add.shape[:2]
        object.__setattr__(self, "width", width)
        object.__setattr__(self, "height", height)

    @property
    def _least(self) -> Planes:
        grey = self.stamp.grey
        if isinstance(grey, Adaptive):
            return grey.base
        return grey.even if isinstance(grey, Tinted) else grey

    @property
    def add(self) -> Grey:
        """What is added."""
        return self._least.add

    @property
    def subtract(self) -> Grey:
        """What is subtracted."""
        return self._least.subtract

    @property
    def nbytes(self) -> int:
        """What it holds, in bytes."""
        return self.stamp.nbytes

    def on(self, plain: Grey, scratch: Scratch | None = None) -> Grey:
        """A marked copy of `plain`, (height, width) or (height, width, 3) in RGB; RGB for a mark in colour.

        Of `scratch` if it is given: then the next call takes it back, and a `plain` that is of it may be marked in its place.
        """
        return self.stamp.on(plain, scratch or Scratch())


def make_mark(
    *, width: int, height: int, text: str, opacity: float, epoch: int, forensic: Forensic | None = None
) -> Mark:
    """The mark of one session and epoch for frames of `width` x `height` px.

    `text` (1..`MAX_TEXT` characters) is tiled over the picture, rotated, and moved by `epoch` (0..2**32-1).
    `opacity`, in (0, 1], is the share of the grey scale that a stroke shifts: 0.14 is 36 levels. `forensic` None
    leaves the invisible mark out. Errors: MarkError when any of these is out of range or nothing was drawn.
    """
    _check(width, height, opacity, epoch)
    seen = _visible(width, height, text, opacity, epoch)
    if forensic is None:
        return Mark(stamp=visible_stamp(seen), epoch=epoch)
    payload = Payload(forensic.session, epoch)
    return Mark(stamp=stamp_of(forensic.key, payload, seen, forensic.strength, forensic.exempt), epoch=epoch)


def _visible(width: int, height: int, text: str, opacity: float, epoch: int) -> NDArray[np.int16]:
    """What the text moves, in levels: up in its strokes, down in their outline."""
    glyphs, outline = _tile(_words(text), min(width, height))
    turn = _turn(width, height, glyphs.shape, epoch)
    glyphs, outline = (_covering(plane, turn, width, height) for plane in (glyphs, outline))
    light = cv2.compare(glyphs, outline, cv2.CMP_GE)
    strength = max(1, round(255 * opacity)) / 255
    up = cv2.convertScaleAbs(cv2.bitwise_and(glyphs, light), alpha=strength)
    down = cv2.convertScaleAbs(cv2.bitwise_and(outline, cv2.bitwise_not(light)), alpha=strength)
    _check_drawn(np.asarray(up), np.asarray(down))
    return np.asarray(cv2.subtract(up, down, dtype=cv2.CV_16S), np.int16)


def _check_drawn(*planes: Grey) -> None:
    for plane in planes:
        if np.count_nonzero(plane) < MIN_COVER * plane.size:
            raise MarkError("the watermark is empty")


def _check(width: int, height: int, opacity: float, epoch: int) -> None:
    if not (MIN_SIDE <= width <= MAX_SIDE and MIN_SIDE <= height <= MAX_SIDE):
        raise MarkError(f"a watermark of `{width}` x `{height}` pixels can't be made")
    if not 0 < opacity <= 1:
        raise MarkError(f"a watermark of opacity `{opacity}` can't be made: use more than 0, at most 1")
    if not 0 <= epoch < 2**32:
        raise MarkError(f"`{epoch}` is not an epoch")


def _words(text: str) -> str:
    words = visible(" ".join(text.split()))
    if not words:
        raise MarkError("a watermark without text can't be made")
    if len(words) > MAX_TEXT:
        raise MarkError(f"a watermark of more than `{MAX_TEXT}` characters can't be made")
    return words + _SEPARATOR


def _tile(words: str, side: int) -> tuple[Grey, Grey]:
    """Two rows of the text, the second half a text ahead: glyphs and their outline, one shape, 0..255.

    Rows are closer together than the picture's shorter side, so at least one crosses any picture.
    """
    size = min(max(side // 44, _SIZES[0]), _SIZES[1])
    row_height = max(size + 4, min(7 * size, int(0.8 * side)))
    row = np.zeros((row_height, advance(words, size)), np.uint8)
    draw(row, words, x=0, baseline=(row_height + round(0.7 * size)) // 2, size=size, level=255)
    glyphs = np.vstack((row, np.roll(row, row.shape[1] // 2, axis=1)))
    reach = 1 + 2 * max(1, round(size / 11))
    spread = cv2.dilate(glyphs, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    return glyphs, np.asarray(cv2.subtract(spread, glyphs), np.uint8)


def _turn(width: int, height: int, tile: tuple[int, ...], epoch: int) -> NDArray[np.float64]:
    """From picture to tile, shape (2, 3): turned about the picture's centre, then moved by the epoch."""
    cosine, sine = math.cos(math.radians(ANGLE_DEGREES)), math.sin(math.radians(ANGLE_DEGREES))
    along = math.fmod(epoch * _STEP_ALONG, 1.0) * tile[1]
    across = math.fmod(epoch * _STEP_ACROSS, 1.0) * tile[0]
    turn = np.array([[cosine, sine], [-sine, cosine]])
    return np.column_stack((turn, np.array([along, across]) - turn @ (width / 2, height / 2)))


def _covering(plane: Grey, turn: NDArray[np.float64], width: int, height: int) -> Grey:
    """`plane` repeated without end, seen through `turn`: shape (height, width)."""
    corners = turn @ [[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]]
    first = np.floor(corners.min(axis=1)) - 1
    across, down = (np.ceil(corners.max(axis=1)) + 2 - first).astype(int)
    # Laying the copies out first is four times as fast as letting the warp wrap around at every pixel.
    copies = cv2.copyMakeBorder(
        np.roll(plane, (-int(first[1]), -int(first[0])), axis=(0, 1)),
        0,
        max(0, int(down) - plane.shape[0]),
        0,
        max(0, int(across) - plane.shape[1]),
        cv2.BORDER_WRAP,
    )
    shifted = turn - np.array([[0, 0, first[0]], [0, 0, first[1]]])
    seen = cv2.warpAffine(copies, shifted, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return np.asarray(seen, np.uint8)
