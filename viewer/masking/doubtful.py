"""Looks in which anatomy is taken for text, so that only what is read beyond doubt counts.

Very faint lines, by the first network; and all that it did not see, by the second, which was trained on text of any
angle. A picture in which nothing was found is looked at by it in all ways: it is about to be released.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from viewer.masking import mappings
from viewer.masking.areas import Area, area_of, covered
from viewer.masking.detectors import Detectors
from viewer.masking.findings import (
    LARGEST_UNREAD,
    Finding,
    crop,
    is_clear_large,
    is_legible,
    is_line,
    is_text,
)
from viewer.masking.image import MaskedFrame
from viewer.masking.lines import Line
from viewer.masking.look import Grey8, Look
from viewer.masking.markings import Sensitivity, find_lettering
from viewer.masking.recognition import Reading, may_stay
from viewer.masking.spikes import lettering

_READINGS = 16  # of the faint look
_NEW = 0.6  # less than that of it lies in what was found
_LINES = 8  # of a masked picture that are read
_LINES_EACH = 5  # of each look at a picture that is to be released
_SHAPES_EACH = 3
_LOOKED_AT = 900_000  # px of all looks, enlarged
_ENLARGED = 9  # times as many px
_LEAST_LOOKS = 4
_LOOKS_STACK = 2  # at what stands for a stack: its slices were looked at by the first network, too
_EFFORT = 451 / 700  # of the second network's: of larger anatomy it is surer
_LEANING = 60  # degrees: what is steeper is level in the turned picture
_BEYOND = 4  # times a line's height that are read at its ends: the network may have seen two letters of ten
_SEEN = 0.97  # of a clean picture's lines none is seen as surely
_LONG = 2.2  # times its height, which has a margin
_LEAST_HEIGHT, _MOST_HEIGHT = 5, 24  # px
_LEVEL = 8  # degrees from level or upright
_SHORT = 4  # times its height
_LIKE_LETTERS = 0.35
_LETTERS = 3
_LARGE = 32  # px of a line's height
_SURE_LARGE = 0.82  # into anatomy of that height words are read with up to 0.79
_SURE_SMALL = 0.55  # into lines of small letters up to 0.51
_SURE = 0.68  # what is between them
_SURE_NUMBER = 0.6  # digits are seldom read into anything
_PAIR, _PAIR_LETTERS = (
    1.8,
    2,
)  # times its height is long what the network is sure of, if so many letters are read ...
_SURE_PAIR = 0.7  # ... with this certainty
_SHAPES = Sensitivity(contrast=128, letters=3)
_DRAWN = 0.15  # of the effort for a picture of one grey level
_MOST_INK = 0.6  # of a line's box; tissue of one level fills it


def clear(look: Look, found: Sequence[Area], detectors: Detectors, effort: float) -> Iterator[Finding]:
    """Lines of `look` outside of `found`, for a share of the `effort`."""
    readings = 0
    for area in detectors.first.find(look, effort):
        if readings == _READINGS or not is_line(area) or covered(area, found) >= _NEW:
            continue
        readings += 1
        if is_text(look.grey, area, detectors.reader):
            yield Finding(seen=area, area=area, detector=detectors.first.title, is_legible=True)


def drawn(frame: MaskedFrame, found: Sequence[Area], detectors: Detectors) -> Iterator[Finding]:
    """Lines outside of `found` that are of one grey level each, and read in the picture of that level alone."""
    seen = list(found)
    for look in mappings.drawn(frame):
        columns = look.grey.shape[1]
        turned = (area.turned_back(columns) for area in detectors.first.find(look.turned(), _DRAWN))
        for area in (*detectors.first.find(look, _DRAWN), *turned):
            if not is_line(area) or covered(area, seen) >= _NEW:
                continue
            cut = crop(look.grey, area)
            if float((cut > 0).mean()) <= _MOST_INK and is_legible(detectors.reader.read(cut)):
                seen.append(area)
                yield Finding(seen=area, area=area, detector=detectors.first.title, is_legible=True)


def left_over(frame: MaskedFrame, done: Sequence[Area], detectors: Detectors) -> Iterator[Area]:
    """What is still read outside of `done` in a masked picture: most of it is faint, small or upright."""
    look = mappings.even(frame)
    lines = detectors.second.find_lines(look.turned())[:_LINES]
    here = [line.turned_back(look.grey.shape[1]) for line in lines]
    yield from _read(here, (look.grey, mappings.full(frame).grey), done, detectors)


def hidden(
    frame: MaskedFrame, done: Sequence[Area], detectors: Detectors, *, is_stack: bool = False
) -> Iterator[Area]:
    """What may be text outside of `done` in a picture in which nothing was found, or in what stands for a stack.

    What is read, or seen for sure in the shape of a line, by the second network. Ends with the first look that shows any.
    """
    whole, even, rest = mappings.full(frame), mappings.even(frame), mappings.remaining(frame)
    looks = (
        (even, whole, False),
        (even, whole, True),
        (rest, whole, True),
        (rest, whole, False),
        (whole, even, True),
        (whole, even, False),
    )
    count = max(_LEAST_LOOKS, min(len(looks), _LOOKED_AT // (_ENLARGED * whole.grey.size)))
    for look, other, is_turned in looks[: _LOOKS_STACK if is_stack else count]:
        lines = _lines(look, detectors, is_turned=is_turned)
        if found := [
            *(piece for line in lines if is_sure(line) for piece in line.pieces(look.grey.shape)),
            *_read(lines, (look.grey, other.grey), done, detectors),
        ]:
            yield from found
            return


def shapes(frame: MaskedFrame, detectors: Detectors) -> Iterator[Area]:
    """What no network sees: rows of one grey level among noise, and letters as black as the gaps around them."""
    yield from (row.area for row in lettering(frame))
    yield from _clipped(frame, detectors)


def _clipped(frame: MaskedFrame, detectors: Detectors) -> Iterator[Area]:
    """Shapes of letters among the darkest or the brightest pixels, level or upright, if they are read."""
    for grey in mappings.clipped(frame):
        for turned in (False, True):
            shown = np.ascontiguousarray(np.rot90(grey)) if turned else grey
            boxes = find_lettering(replace(frame, pixels=shown), _SHAPES)
            for found in map(area_of, boxes[:_SHAPES_EACH]):
                area = found.turned_back(grey.shape[1]) if turned else found
                if is_text(grey, area, detectors.reader):
                    yield area


def is_sure(line: Line) -> bool:
    """Whether the network sees a line of small letters for sure: anatomy is seen so less surely, or is larger."""
    is_small = _LEAST_HEIGHT <= line.height <= _MOST_HEIGHT and line.length >= _LONG * line.height
    return is_small and line.score >= _SEEN and min(abs(line.degrees), 90 - abs(line.degrees)) <= _LEVEL


def _lines(look: Look, detectors: Detectors, *, is_turned: bool) -> list[Line]:
    """It sees upright text, too, but less of it than in the turned picture."""
    columns = look.grey.shape[1]
    found = []
    lines = detectors.second.find_lines(look.turned() if is_turned else look, _EFFORT)
    high = [each for each in lines if each.height >= _LEAST_HEIGHT and abs(each.degrees) <= _LEANING]
    for line in high[:_LINES_EACH]:
        here = line.turned_back(columns) if is_turned else line
        found.append(here)
        if line.is_short:
            found.append(replace(here, degrees=here.degrees - 90 if here.degrees > 0 else here.degrees + 90))
    return found


def _read(
    lines: Iterable[Line], greys: tuple[Grey8, Grey8], done: Sequence[Area], detectors: Detectors
) -> Iterator[Area]:
    for line in lines:
        pieces = list(line.pieces(greys[0].shape))
        if all(covered(piece, done) >= _NEW for piece in pieces):
            continue
        is_seen = line.score >= _SEEN and _PAIR * line.height <= line.length and line.height <= _LARGE
        if any(
            _is_read(each, line.height) or (is_seen and _is_pair(each))
            for each in _readings(line, greys, detectors)
        ):
            yield from pieces


def _readings(line: Line, greys: tuple[Grey8, Grey8], detectors: Detectors) -> Iterator[Reading]:
    """Of the line alone; and if that is like letters at all, of the other picture, and of what is beside it."""
    for turns in (False, True) if line.may_stand_on_its_head else (False,):
        first = _reading(line.cut(greys[0], 0), detectors, turned=turns)
        yield first
        if _count(first) == 0 or first.certainty < _LIKE_LETTERS:
            continue
        yield _reading(line.cut(greys[1], 0), detectors, turned=turns)
        if line.length < _SHORT * line.height:
            for grey in greys:
                yield _reading(line.cut(grey, _BEYOND), detectors, turned=turns)


def _reading(cut: Grey8, detectors: Detectors, *, turned: bool) -> Reading:
    return detectors.reader.read(np.ascontiguousarray(cut[::-1, ::-1]) if turned else cut)


def _is_read(reading: Reading, height: float) -> bool:
    if may_stay(reading.text, ()):
        return False
    if height > LARGEST_UNREAD:
        return is_clear_large(reading)
    numbers = sum(character.isdigit() for character in reading.text)
    sure = _SURE_NUMBER if numbers >= _LETTERS else _SURE
    certainty = reading.certainty if _count(reading) >= _LETTERS else 0.0
    if height > _LARGE:
        sure = _SURE_LARGE
    elif height <= _MOST_HEIGHT:
        sure = _SURE_SMALL
    return max(certainty, reading.surest) >= sure


def _is_pair(reading: Reading) -> bool:
    """Whether two letters are read for sure: of a line whose others are as bright as what is behind them."""
    return (
        _count(reading) >= _PAIR_LETTERS
        and reading.certainty >= _SURE_PAIR
        and not may_stay(reading.text, ())
    )


def _count(reading: Reading) -> int:
    return sum(character.isascii() and character.isalnum() for character in reading.text)
