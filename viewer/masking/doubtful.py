"""Looks in which anatomy is taken for text, so that only what is read beyond doubt counts: very faint lines, and oblique ones.

For these the picture is turned: the networks see best what lies level.
"""

from collections.abc import Iterator, Sequence

from viewer.masking.areas import Area, covered
from viewer.masking.detectors import Detectors
from viewer.masking.findings import Finding, crop, is_clear, is_line, is_text, letters
from viewer.masking.look import Look
from viewer.masking.recognition import Reading
from viewer.masking.tilting import tilted

_DEGREES = (
    (-45, -22.5, 22.5),
    (45, 67.5, -67.5),
)  # of the two looks: what lies level in one is upright in the other
_LENGTH = 1.8  # of a leaning line by its box's height: its box is higher than its letters
_HEIGHTS = (6, 64)  # px of its box
_LETTERS = 4  # of what is read of it
_READINGS = 16  # of each look
_NEW = 0.6  # less than that of it lies in what was found


def clear(look: Look, found: Sequence[Area], detectors: Detectors, effort: float) -> Iterator[Finding]:
    """Lines of `look` outside of `found`, for a share of the `effort`."""
    readings = 0
    for area in detectors.first.find(look, effort):
        if readings == _READINGS or not is_line(area) or covered(area, found) >= _NEW:
            continue
        readings += 1
        if is_text(look.grey, area, detectors.reader):
            yield Finding(seen=area, area=area, detector=detectors.first.title, is_legible=True)


def leaning(
    looks: tuple[Look, Look], found: Sequence[Area], detectors: Detectors, effort: float
) -> Iterator[Finding]:
    """Oblique lines of two `looks` outside of `found`, as squares along them, for a share of the `effort`."""
    seen = list(found)
    turns = [(look, each) for look, degrees in zip(looks, _DEGREES, strict=True) for each in degrees]
    for look, degrees in turns:
        turned, readings = tilted(look, degrees), 0
        for area in detectors.first.find(turned.look, effort):
            if readings == _READINGS or not _may_be_line(area):
                continue
            pieces = list(turned.pieces(area))
            if not any(covered(piece, seen) < _NEW for piece in pieces):
                continue
            readings += 1
            line = crop(turned.look.grey, area)
            if any(_is_read(detectors.reader.read(each), area) for each in (line, line[::-1, ::-1])):
                seen += pieces
                for piece in pieces:
                    yield Finding(seen=piece, area=piece, detector=detectors.first.title, is_legible=True)


def _may_be_line(area: Area) -> bool:
    return _HEIGHTS[0] <= area.lesser <= _HEIGHTS[1] and max(area.width, area.height) >= _LENGTH * area.lesser


def _is_read(reading: Reading, area: Area) -> bool:
    return is_clear(reading, area) and letters(reading) >= _LETTERS
