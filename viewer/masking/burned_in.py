"""Burned-in text of the frames of one file: every box that any detector finds, and what it means for the verdict.

A single picture is searched in every mapping. Of a stack, text that stands still shows in the highest, lowest and
median value of each pixel over the frames: these three are searched like a picture, and their boxes count for every
frame; a few frames are searched one by one for what changes; and every frame for shapes of lettering.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from viewer.errors import MaskingError
from viewer.masking import mappings
from viewer.masking.areas import Area, area_of, box_of, covered, grown
from viewer.masking.detectors import Detectors
from viewer.masking.doubtful import clear, drawn
from viewer.masking.findings import (
    LARGE_LETTERS,
    LARGEST_UNREAD,
    SMALLEST,
    Finding,
    crop,
    is_clear,
    is_legible,
    is_line,
)
from viewer.masking.following import follow, quiet_ends
from viewer.masking.image import MaskedFrame
from viewer.masking.look import Grey8, Look
from viewer.masking.markings import Sensitivity, find_lettering
from viewer.masking.projections import Projections, projections
from viewer.masking.recognition import may_stay
from viewer.masking.report import Box

SHAPES = "shapes of lettering"

_SAMPLES = 2  # frames of a stack that are searched one by one
_SUSPECTS = 8  # frames more, in which shapes of lettering stand where nothing is masked
_SURE = 0.8  # of a word that may stay
_READINGS = 24  # of one picture's small boxes, and as many of its large ones
_FAR, _NEAR = 12, 1  # times a line's height that it is followed without standing out of its neighbours
_TURNED = 0.45  # of the effort for the turned picture, if it is large
_OTHERS = 0.25  # of the effort for looks in which little shows that others do not
_QUIET = 8  # grey levels of 255: less than any letter stands out
_PLENTY = 12  # legible lines: a picture of text, whose other lines need no reading
_READ_ALREADY = 0.85  # of a box lies in legible ones
COVERED = 0.6  # of a box lies in masked ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """`regions`: what may be text, frames from 1. `is_lettered`: something readable, or the shape of a line, is among it.

    `stays`: boxes of allowed words, such as side markers.
    """

    regions: tuple[Box, ...]
    stays: tuple[Box, ...] = ()
    is_lettered: bool = False


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
    shape = frames[0].pixels.shape
    return Search(
        regions=tuple(
            grown(each.area, number, each.detector, shape, is_legible=each.is_legible, quiet=each.quiet)
            for number in sorted(found)
            for each in found[number]
            if each.may_be_text and not each.is_blob
        ),
        stays=tuple(
            box_of(each.area, number, each.detector)
            for number in found
            for each in found[number]
            if each.stays
        ),
        is_lettered=is_lettered,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    seen: Area
    area: Area
    grey: Grey8  # in which it was found
    quiet: tuple[bool, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Searching:
    detectors: Detectors
    sensitivity: Sensitivity
    known: tuple[str, ...]

    def single(self, frame: MaskedFrame) -> dict[int, list[Finding]]:
        found = self._read(self._everywhere(frame))
        return {1: [*found, *self._doubtful(frame, found), *self._shapes(frame)]}

    def stack(self, frames: Sequence[MaskedFrame]) -> dict[int, list[Finding]]:
        seen = projections(frames)
        still = self._read(self._still(seen))
        still += self._doubtful(seen.middle, still)
        found = {number: list(still) for number in range(1, len(frames) + 1)}
        for number in _samples(len(frames)):
            read = self._read(self._glanced(frames[number - 1]))
            found[number] += read
            legible = [each for each in read if each.is_legible]
            for other in found:  # what one frame says may stand in its neighbours, fainter
                found[other] += legible if other != number else []
        suspects = 0
        for number, frame in enumerate(frames, start=1):
            masked = [each.area for each in found[number]]
            shapes = [each for each in self._shapes(frame) if covered(each.area, masked) < COVERED]
            found[number] += shapes
            if shapes and suspects < _SUSPECTS:
                suspects += 1
                found[number] += self._read(self._quickly(frame))
        return found

    def _everywhere(self, frame: MaskedFrame) -> Iterator[_Seen]:
        """In every mapping, and once with the picture turned: the network sees upright text better."""
        whole, rest = mappings.full(frame), mappings.remaining(frame)
        for look in (whole, rest):
            yield from self._upright(look, whole)
        for look in mappings.others(frame):
            yield from self._upright(look, whole, _OTHERS)
        yield from self._turned(rest, whole)

    def _still(self, stack: Projections) -> Iterator[_Seen]:
        """In mappings in which text stands out that is the same in all frames: bright, dark, and faint."""
        for look in (mappings.full(stack.least), mappings.full(stack.most)):
            yield from self._upright(look, look)
        whole, rest = mappings.full(stack.middle), mappings.remaining(stack.middle)
        yield from self._upright(rest, whole)
        yield from self._turned(rest, whole)

    def _glanced(self, frame: MaskedFrame) -> Iterator[_Seen]:
        """What changes from frame to frame, if it is bright or dark, stands in the highest or lowest values, too."""
        yield from self._upright(mappings.remaining(frame), mappings.full(frame), _OTHERS)

    def _quickly(self, frame: MaskedFrame) -> Iterator[_Seen]:
        whole = mappings.full(frame)
        for look in (whole, mappings.remaining(frame)):
            yield from self._upright(look, whole)

    def _upright(self, look: Look, whole: Look, effort: float = 1.0) -> Iterator[_Seen]:
        for area in self.detectors.first.find(look, effort):
            yield _seen(area, look, whole)

    def _turned(self, look: Look, whole: Look) -> Iterator[_Seen]:
        columns = look.grey.shape[1]
        for area in self.detectors.first.find(look.turned(), _TURNED):
            yield _seen(area.turned_back(columns), look, whole)

    def _doubtful(self, frame: MaskedFrame, found: list[Finding]) -> list[Finding]:
        """Beside other text: very faint lines, and drawn ones. They count if they are read: anatomy looks like them.

        A picture without other text is looked at more closely once all of this is done (`doubtful.hidden`).
        """
        if not any(each.is_telling for each in found):
            return []
        seen = [each.area for each in found if each.may_be_text]
        faint = mappings.faint(frame)
        made = [] if faint is None else list(clear(faint, seen, self.detectors, _OTHERS))
        seen += [each.area for each in made]
        return [*made, *drawn(frame, seen, self.detectors)]

    def _shapes(self, frame: MaskedFrame) -> list[Finding]:
        return [
            Finding(seen=area_of(box), area=area_of(box), detector=SHAPES, is_legible=True)
            for box in find_lettering(frame, self.sensitivity)
        ]

    def _read(self, seen: Iterator[_Seen]) -> list[Finding]:
        found: list[Finding] = []
        legible: list[Area] = []
        readings = {False: 0, True: 0}
        for each in seen:
            inside = covered(each.area, legible) if legible else 0.0
            if inside == 1:
                continue  # masked already
            plenty = len(legible) >= _PLENTY and is_line(each.seen)
            is_large = each.seen.lesser > LARGEST_UNREAD
            if inside >= _READ_ALREADY or plenty:
                found.append(self._finding(each, is_legible=True))
            elif each.seen.lesser < SMALLEST:  # into it, letters would only be imagined
                found.append(self._finding(each, is_legible=False))
            elif readings[is_large] == _READINGS:
                found.append(self._finding(each, is_legible=True))
            else:
                readings[is_large] += 1
                found.append(self._read_one(each))
                legible += [each.area] if found[-1].is_legible else []
        return found

    def _read_one(self, each: _Seen) -> Finding:
        reading = self.detectors.reader.read(crop(each.grey, each.seen))
        # Large letters are read for sure if they are any; an upright box is read both ways, and more is read into it.
        is_doubtful = each.seen.lesser > LARGE_LETTERS or each.seen.height > each.seen.width
        stays = reading.is_whole and reading.certainty >= _SURE and may_stay(reading.text, self.known)
        legible = is_clear(reading, each.seen) if is_doubtful else is_legible(reading)
        return self._finding(each, is_legible=legible and not stays, stays=stays)

    def _finding(self, each: _Seen, *, is_legible: bool, stays: bool = False) -> Finding:
        return Finding(
            seen=each.seen,
            area=each.seen if stays else each.area,
            detector=self.detectors.first.title,
            is_legible=is_legible,
            stays=stays,
            quiet=each.quiet,
        )


def _seen(seen: Area, look: Look, whole: Look) -> _Seen:
    area = _followed(seen, look, whole)
    ends = quiet_ends(area, whole.strokes, _QUIET)
    others = ends if look is whole else quiet_ends(area, look.strokes, look.contrast)
    quiet = (ends[0] and others[0], ends[1] and others[1])
    return _Seen(seen=seen, area=area, grey=look.grey, quiet=quiet)


def _followed(area: Area, look: Look, whole: Look) -> Area:
    """Without the background, noise is as strong as strokes: a line is followed far in the `whole` range alone."""
    if area.lesser > LARGEST_UNREAD:
        return area
    far = follow(area, whole.strokes, _FAR)
    return far if look is whole else follow(far, look.strokes, _NEAR)


def _samples(count: int) -> list[int]:
    """Frame numbers from 1, evenly spread."""
    return sorted({1 + (2 * each + 1) * count // (2 * _SAMPLES) for each in range(_SAMPLES)})
