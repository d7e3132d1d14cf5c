"""Burned-in text of the frames of one file: every box that any detector finds, and what it means for the verdict.

A single picture is searched in every mapping. Of a stack, text that stands still shows in the highest, lowest and
median value of each pixel over the frames: these three are searched like a picture, and their boxes count for every
frame; a few frames are searched one by one for what changes; and every frame for shapes of lettering.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from viewer.errors import MaskingError
from viewer.masking import mappings
from viewer.masking.detection import Area, Grey8
from viewer.masking.detectors import Detector, Detectors, Reader
from viewer.masking.image import MaskedFrame
from viewer.masking.markings import Sensitivity, find_lettering
from viewer.masking.recognition import Reading, may_stay
from viewer.masking.report import Box

SHAPES = "shapes of lettering"

_LARGE = 2_000_000  # px: above it a picture is not enlarged, as its text is not that small
_SAMPLES = 2  # frames of a stack that are searched one by one
_SUSPECTS = 8  # frames more, in which shapes of lettering stand where nothing is masked
_MEDIAN_OF = 32  # frames
_PAD = 6  # px around a box, at least
_PAD_SHARE = 0.2  # of its lesser side
_END_SHARE = 0.75  # of its lesser side more at both ends of a line, where letters are cut
_LEGIBLE = 0.5  # a reading's certainty
_CLEAR = (3, 0.7)  # letters and certainty of what the second detector, or the check of the result, finds
_CLEAR_LARGE = (5, 0.85)  # of a box that is mostly something else
_SURE = 0.8  # of a word that may stay
_READINGS = 48  # of one picture
_LEAST_LETTERS = 2  # of a reading; a single one is read into anything
_LARGEST_UNREAD = 64  # px of a box's lesser side: text of that height is read, if it is any
_LINE = 2.8  # a line's length by its height: five letters
_COVERED = 0.6  # of a box lies in masked boxes


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """`regions`: what may be text, frames from 1. `is_lettered`: something readable, or the shape of a line, is among it.

    `stays`: boxes of allowed words, such as side markers.
    """

    regions: tuple[Box, ...]
    stays: tuple[Box, ...] = ()
    is_lettered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A box that a detector found, and what came of reading it."""

    area: Area
    detector: str
    is_legible: bool
    stays: bool = False
    is_weak: bool = False  # it counts only where there is other text

    @property
    def may_be_text(self) -> bool:
        """Whether it is read, or too small for being legible if it is text."""
        lesser = min(self.area.width, self.area.height)
        return not self.stays and (self.is_legible or lesser <= _LARGEST_UNREAD)

    @property
    def is_telling(self) -> bool:
        """Whether a picture with it has text: anatomy is taken for a blob, and never for a thin line."""
        return not self.stays and not self.is_weak and (self.is_legible or is_line(self.area))


def search(
    frames: Sequence[MaskedFrame], detectors: Detectors, sensitivity: Sensitivity, known: tuple[str, ...]
) -> Search:
    """The burned-in text of `frames` (of one size); `known`: values of the header.

    Errors: MaskingError if a detector fails: nothing may be concluded then.
    """
    searching = _Searching(detectors=detectors, sensitivity=sensitivity, known=known)
    try:
        found = searching.single(frames[0]) if len(frames) == 1 else searching.stack(frames)
    except (MaskingError, MemoryError):
        raise
    except Exception as error:  # a detector raises whatever its library does
        raise MaskingError(f"a text detector failed ({type(error).__name__})") from error
    is_lettered = any(each.is_telling for findings in found.values() for each in findings)
    return Search(
        regions=tuple(
            grown(each.area, number, each.detector, frames[0])
            for number in sorted(found)
            for each in found[number]
            if each.may_be_text
        ),
        stays=tuple(
            _box(each.area, number, each.detector) for number in found for each in found[number] if each.stays
        ),
        is_lettered=is_lettered,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    area: Area
    grey: Grey8  # in which it was found
    title: str
    is_weak: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Searching:
    detectors: Detectors
    sensitivity: Sensitivity
    known: tuple[str, ...]

    def single(self, frame: MaskedFrame) -> dict[int, list[Finding]]:
        return {1: [*self._read(self._everywhere(frame)), *self._shapes(frame)]}

    def stack(self, frames: Sequence[MaskedFrame]) -> dict[int, list[Finding]]:
        still = [
            each
            for mapped in _still(frames)
            for each in self._read(self._with(self.detectors.first, *mapped))
        ]
        found = {number: list(still) for number in range(1, len(frames) + 1)}
        for number in _samples(len(frames)):
            seen = self._read(self._quickly(frames[number - 1]))
            found[number] += seen
            legible = [each for each in seen if each.is_legible]
            for other in found:  # what one frame says may stand in its neighbours, fainter
                found[other] += legible if other != number else []
        suspects = 0
        for number, frame in enumerate(frames, start=1):
            shapes = [each for each in self._shapes(frame) if not covered(each.area, _areas(found[number]))]
            found[number] += shapes
            if shapes and suspects < _SUSPECTS:
                suspects += 1
                found[number] += self._read(self._quickly(frame))
        return found

    def _everywhere(self, frame: MaskedFrame) -> Iterator[_Seen]:
        """In every mapping, and once with the picture turned: the networks see upright text better."""
        first, scale = self.detectors.first, scale_of(frame)
        grey, rest = mappings.full(frame), mappings.remaining(frame)
        for each in (grey, rest, *mappings.others(frame)):
            yield from self._with(first, each, scale)
        for area in first.find(np.ascontiguousarray(np.rot90(grey)), scale):
            yield _Seen(area=_turned_back(area, grey.shape[1]), grey=grey, title=first.title)
        for seen in self._with(self.detectors.second, rest, scale / 2):
            # The second network takes texture for text, once the background is gone: what it can't show to be text
            # counts only where there is other text.
            if is_text(rest, seen.area, self.detectors.reader):
                yield seen
            elif is_line(seen.area):
                yield replace(seen, is_weak=True)

    def _quickly(self, frame: MaskedFrame) -> Iterator[_Seen]:
        for each in (mappings.full(frame), mappings.remaining(frame)):
            yield from self._with(self.detectors.first, each, scale_of(frame))

    def _with(self, detector: Detector, grey: Grey8, scale: float) -> Iterator[_Seen]:
        for area in detector.find(grey, scale):
            yield _Seen(area=area, grey=grey, title=detector.title)

    def _shapes(self, frame: MaskedFrame) -> list[Finding]:
        return [
            Finding(
                area=Area(left=box.x, top=box.y, right=box.x + box.width, bottom=box.y + box.height),
                detector=SHAPES,
                is_legible=True,
            )
            for box in find_lettering(frame, self.sensitivity)
        ]

    def _read(self, seen: Iterator[_Seen]) -> list[Finding]:
        found: list[Finding] = []
        readings = 0
        for each in seen:
            if any(_holds(finding.area, each.area) for finding in found if not finding.stays):
                continue  # masked already
            readings += 1
            found.append(self._finding(each) if readings <= _READINGS else _unread(each))
        return found

    def _finding(self, seen: _Seen) -> Finding:
        reading = self.detectors.reader.read(_crop(seen.grey, seen.area))
        is_large = min(seen.area.width, seen.area.height) > _LARGEST_UNREAD
        stays = reading.certainty >= _SURE and may_stay(reading.text, self.known)
        return Finding(
            area=seen.area,
            detector=seen.title,
            is_legible=not stays and (_is_clear(reading, seen.area) if is_large else _is_legible(reading)),
            stays=stays,
            is_weak=seen.is_weak,
        )


def is_line(area: Area) -> bool:
    """Whether a box has the shape of a line of text, of any size that is hard to read."""
    lesser, larger = sorted((area.width, area.height))
    return lesser <= _LARGEST_UNREAD and larger >= _LINE * lesser


def is_text(grey: Grey8, area: Area, reader: Reader) -> bool:
    """Whether something can surely be read in `area` of a picture."""
    return _is_clear(reader.read(_crop(grey, area)), area)


def _is_clear(reading: Reading, area: Area) -> bool:
    """Whether it is a word or number beyond doubt: what is read into anatomy is shorter or less certain."""
    letters, certainty = _CLEAR_LARGE if min(area.width, area.height) > _LARGEST_UNREAD else _CLEAR
    return _letters(reading) >= letters and reading.certainty >= certainty


def _is_legible(reading: Reading) -> bool:
    """Whether there is a word or a number in it."""
    return _letters(reading) >= _LEAST_LETTERS and reading.certainty >= _LEGIBLE


def _letters(reading: Reading) -> int:
    return sum(character.isalnum() for character in reading.text)


def scale_of(frame: MaskedFrame) -> float:
    """How far a frame is enlarged before it is searched."""
    return 1.0 if frame.pixels.shape[0] * frame.pixels.shape[1] > _LARGE else 2.0


def aggregates(frames: Sequence[MaskedFrame]) -> Iterator[MaskedFrame]:
    """The highest, lowest and median value of each pixel over the frames, as frames."""
    every = -(-len(frames) // _MEDIAN_OF)
    middle = np.median(np.stack([frame.pixels for frame in frames[::every]]), axis=0)
    most, least = frames[0].pixels.copy(), frames[0].pixels.copy()
    for frame in frames[1:]:
        np.maximum(most, frame.pixels, out=most)
        np.minimum(least, frame.pixels, out=least)
    for pixels in (most, least, middle.astype(frames[0].pixels.dtype)):
        yield replace(frames[0], pixels=np.ascontiguousarray(pixels))


def _still(frames: Sequence[MaskedFrame]) -> Iterator[tuple[Grey8, float]]:
    """Mappings in which text stands out that is the same in all frames: bright, dark, and faint."""
    most, least, middle = aggregates(frames)
    for grey in (
        mappings.full(most),
        mappings.remaining(most),
        mappings.full(least),
        mappings.full(middle),
        mappings.remaining(middle),
    ):
        yield grey, scale_of(most)


def covered(area: Area, others: Sequence[Area]) -> bool:
    """Whether most of `area` lies in the union of `others`."""
    inside = np.zeros((max(1, area.height), max(1, area.width)), np.bool_)
    for other in others:
        top, left = max(other.top - area.top, 0), max(other.left - area.left, 0)
        inside[top : max(0, other.bottom - area.top), left : max(0, other.right - area.left)] = True
    return float(inside.mean()) >= _COVERED


def _areas(findings: Sequence[Finding]) -> list[Area]:
    return [each.area for each in findings]


def _samples(count: int) -> list[int]:
    """Frame numbers from 1, evenly spread."""
    return sorted({1 + (2 * each + 1) * count // (2 * _SAMPLES) for each in range(_SAMPLES)})


def _holds(outer: Area, inner: Area) -> bool:
    return (
        outer.left <= inner.left
        and outer.top <= inner.top
        and outer.right >= inner.right
        and outer.bottom >= inner.bottom
    )


def _unread(seen: _Seen) -> Finding:
    """One of too many boxes: taken for text."""
    return Finding(area=seen.area, detector=seen.title, is_legible=True)


def _turned_back(area: Area, columns: int) -> Area:
    """Of a picture of `columns` that was turned a quarter to the left."""
    return Area(
        left=columns - area.bottom,
        top=area.left,
        right=columns - area.top,
        bottom=area.right,
        score=area.score,
    )


def _crop(grey: Grey8, area: Area) -> Grey8:
    return np.ascontiguousarray(
        grey[area.top : max(area.bottom, area.top + 1), area.left : max(area.right, area.left + 1)]
    )


def grown(area: Area, number: int, detector: str, frame: MaskedFrame) -> Box:
    """`area` with its margin, for frame `number`: more at the ends of a line than at its sides."""
    lesser = min(area.width, area.height)
    pad = max(_PAD, round(_PAD_SHARE * lesser))
    end = pad + round(_END_SHARE * lesser)
    across, down = (end, pad) if area.width >= area.height else (pad, end)
    rows, columns = frame.pixels.shape[:2]
    left, top = max(0, area.left - across), max(0, area.top - down)
    right, bottom = min(columns, area.right + across), min(rows, area.bottom + down)
    return _box(Area(left=left, top=top, right=right, bottom=bottom), number, detector)


def _box(area: Area, frame: int, detector: str) -> Box:
    return Box(frame=frame, x=area.left, y=area.top, width=area.width, height=area.height, detector=detector)
