"""What was found in a picture, and what may be said of it: whether it has the shape of a line, and whether it is read."""

from dataclasses import dataclass

import numpy as np

from viewer.masking.areas import Area
from viewer.masking.detectors import Reader
from viewer.masking.look import Grey8
from viewer.masking.recognition import Reading

LARGEST_UNREAD = 64  # px of a box's lesser side: text of that height is read, if it is any
LARGE_LETTERS = 22  # px
SMALLEST = 6  # px of a line's height

_LEGIBLE = 0.5  # a reading's certainty
_CLEAR = (3, 0.7)  # letters and certainty of what the second detector, or the check of the result, finds
_CLEAR_LARGE = (5, 0.85)  # of a box that is mostly something else
_LEAST_LETTERS = 2  # of a reading; a single one is read into anything
_LINE = 2.8  # a line's length by its height: five letters
_BLOB = 2.0  # times its lesser side
_LINE_LARGE = 4.0  # of one of large letters: anatomy is seldom as long, unless it is upright


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A box that a detector found, and what came of reading it; `seen` is as it was found, `area` with the rest of its line."""

    seen: Area
    area: Area
    detector: str
    is_legible: bool
    stays: bool = False
    quiet: tuple[bool, bool] = (False, False)  # ends at which nothing stands out

    @property
    def may_be_text(self) -> bool:
        """Whether it is read, or too small for being legible if it is text."""
        return not self.stays and (self.is_legible or self.area.lesser <= LARGEST_UNREAD)

    @property
    def is_blob(self) -> bool:
        """Whether nobody can read it, and it is as high as letters that are read and hardly longer: anatomy."""
        longer = max(self.seen.width, self.seen.height)
        return not self.is_legible and self.seen.lesser > LARGE_LETTERS and longer < _BLOB * self.seen.lesser

    @property
    def is_telling(self) -> bool:
        """Whether a picture with it has text: anatomy is taken for a blob, and never for a thin line."""
        return not self.stays and (self.is_legible or is_line(self.seen))


def is_line(area: Area) -> bool:
    """Whether a box has the shape of a line of text, of any size that is hard to read."""
    if area.lesser <= LARGE_LETTERS:
        return area.lesser >= SMALLEST and max(area.width, area.height) >= _LINE * area.lesser
    return area.lesser <= LARGEST_UNREAD and area.width >= _LINE_LARGE * area.height


def is_text(grey: Grey8, area: Area, reader: Reader) -> bool:
    """Whether something can surely be read in `area` of a picture."""
    return is_clear(reader.read(crop(grey, area)), area)


def is_clear(reading: Reading, area: Area) -> bool:
    """Whether it is a word or number beyond doubt: what is read into anatomy is shorter or less certain."""
    return is_clear_large(reading) if area.lesser > LARGEST_UNREAD else _is_as(reading, _CLEAR)


def is_clear_large(reading: Reading) -> bool:
    """Whether it is one of a box so large that it is mostly something else."""
    return _is_as(reading, _CLEAR_LARGE)


def _is_as(reading: Reading, least: tuple[int, float]) -> bool:
    return letters(reading) >= least[0] and reading.certainty >= least[1]


def is_legible(reading: Reading) -> bool:
    """Whether there is a word or a number in it."""
    return letters(reading) >= _LEAST_LETTERS and reading.certainty >= _LEGIBLE


def letters(reading: Reading) -> int:
    """How many letters and digits were read."""
    return sum(character.isalnum() for character in reading.text)


def crop(grey: Grey8, area: Area) -> Grey8:
    return np.ascontiguousarray(
        grey[area.top : max(area.bottom, area.top + 1), area.left : max(area.right, area.left + 1)]
    )
