"""A presentation state as it may be kept: numbers and pseudonyms alone. What is written in it may name people, and goes.

Text annotations are dropped, and so are lines in which somebody may have written: open ones of more than a few points.
A label stays if each of its words is one that labels are made of. Overlays and bitmaps can hold writing: a state whose
shutter is a bitmap would show without it what it is meant to close, and is refused.
"""

from collections.abc import Iterator

from pydicom.dataset import Dataset

from viewer.errors import UnsupportedFile
from viewer.imaging.attributes import integer, numbers, text
from viewer.imaging.shutters import has_bitmap, outline
from viewer.imaging.softcopy import SOP_CLASS, Graphic, items_of, referring, softcopy
from viewer.masking.pseudonyms import PseudonymKeys
from viewer.masking.state import (
    MAX_DRAWINGS,
    MAX_IMAGES,
    MAX_LOOKS,
    MAX_POINTS,
    TURNS,
    Appearance,
    Drawing,
    Pair,
    State,
    Subject,
    clean_label,
)

WRITTEN = 5  # points; an arrow, an angle or a caliper has no more
_DRAWN = frozenset(("POINT", "POLYLINE", "INTERPOLATED", "CIRCLE", "ELLIPSE"))
_BITS = 16


def is_state(dataset: Dataset) -> bool:
    """Whether it is a presentation state of the kind that is taken in."""
    return text(dataset, "SOPClassUID") == SOP_CLASS


def mask_state(dataset: Dataset, keys: PseudonymKeys) -> State:
    """What may be kept of a grayscale presentation state. Errors: UnsupportedFile."""
    turned = integer(dataset, "ImageRotation", 0) % 360
    if turned not in TURNS:
        raise UnsupportedFile("the presentation state turns its pictures by no quarter turn")
    if has_bitmap(dataset):
        raise UnsupportedFile("the presentation state has a bitmap for a shutter, which can hold writing")
    if items_of(dataset, "PresentationLUTSequence"):
        raise UnsupportedFile("the presentation state has a presentation LUT of its own")
    mirrored = text(dataset, "ImageHorizontalFlip").upper() == "Y"
    looks: dict[Appearance, int] = {}
    pictures: list[Subject] = []
    cache: dict[tuple[int, ...], Appearance] = {}
    for uid, frame in _pictures(dataset):
        look = _appearance(dataset, uid, frame, cache)
        number = looks.setdefault(look, len(looks))
        if number >= MAX_LOOKS or len(pictures) >= MAX_IMAGES:
            raise UnsupportedFile("the presentation state speaks of too many pictures")
        pictures.append(Subject(instance=keys.instance(uid), frame=frame, look=number))
    if not pictures:
        raise UnsupportedFile("the presentation state names no picture")
    closing = outline(dataset)
    return State(
        label=clean_label(text(dataset, "ContentLabel")),
        turned=turned,
        mirrored=mirrored,
        shutter=closing if closing.shapes else None,
        looks=tuple(looks),
        pictures=tuple(pictures),
    )


def _pictures(state: Dataset) -> Iterator[tuple[str, int]]:
    """(SOP Instance UID, frame from 1 or 0) of all that the state speaks of in another way than of the rest."""
    for uid, frames in dict(_referenced(state)).items():
        if frames:
            yield from ((uid, frame) for frame in frames)
            continue
        yield uid, 0
        yield from ((uid, frame) for frame in sorted(_singled_out(state, uid)))


def _referenced(state: Dataset) -> Iterator[tuple[str, tuple[int, ...]]]:
    for series in items_of(state, "ReferencedSeriesSequence"):
        for reference in items_of(series, "ReferencedImageSequence"):
            uid = text(reference, "ReferencedSOPInstanceUID")
            if uid:
                yield uid, _frames(reference)


def _singled_out(state: Dataset, uid: str) -> set[int]:
    """Frames of `uid` that an item of the state names by number."""
    keywords = ("SoftcopyVOILUTSequence", "DisplayedAreaSelectionSequence", "GraphicAnnotationSequence")
    return {
        frame
        for keyword in keywords
        for item in items_of(state, keyword)
        for reference in items_of(item, "ReferencedImageSequence")
        if text(reference, "ReferencedSOPInstanceUID") == uid
        for frame in _frames(reference)
    }


def _frames(reference: Dataset) -> tuple[int, ...]:
    return tuple(
        int(frame) for frame in numbers(reference, "ReferencedFrameNumber") if 1 <= frame <= 1_000_000
    )


def _appearance(state: Dataset, uid: str, frame: int, cache: dict[tuple[int, ...], Appearance]) -> Appearance:
    index = frame - 1 if frame else 2_000_000  # no item names that one
    stub = Dataset()
    stub.SOPInstanceUID = uid
    stub.BitsAllocated, stub.BitsStored = _BITS, _BITS
    keywords = ("SoftcopyVOILUTSequence", "DisplayedAreaSelectionSequence", "GraphicAnnotationSequence")
    parts = tuple(
        id(item) for keyword in keywords for item in (None, *referring(items_of(state, keyword), stub, index))
    )
    if parts not in cache:
        stub.PixelRepresentation = 0
        unsigned = softcopy(state, stub, index)
        stub.PixelRepresentation = 1
        signed = softcopy(state, stub, index)
        drawings = (
            _drawing(each, signed.area, signed.turned, mirrored=signed.mirrored) for each in signed.graphics
        )
        cache[parts] = Appearance(
            signed=signed.presentation,
            unsigned=unsigned.presentation,
            area=signed.area,
            drawings=tuple(each for each in drawings if each is not None)[:MAX_DRAWINGS],
        )
    return cache[parts]


def _drawing(
    graphic: Graphic, area: tuple[float, float, float, float] | None, turned: int, *, mirrored: bool
) -> Drawing | None:
    points = graphic.points
    if graphic.kind not in _DRAWN or not 1 <= len(points) <= MAX_POINTS:
        return None
    is_line = graphic.kind in {"POLYLINE", "INTERPOLATED"}
    if is_line and points[0] != points[-1] and len(points) > WRITTEN:
        return None
    if graphic.is_relative:
        if area is None:
            return None
        points = tuple(_on_image(point, area, turned, mirrored=mirrored) for point in points)
    return Drawing(kind=graphic.kind, points=points, filled=graphic.is_filled)


def _on_image(point: Pair, area: tuple[float, float, float, float], turned: int, *, mirrored: bool) -> Pair:
    """A place in shares of the displayed area, as it stands turned and mirrored, in image space."""
    across, down = (1 - point[0], point[1]) if mirrored else point
    x, y = {0: (across, down), 90: (down, 1 - across), 180: (1 - across, 1 - down), 270: (1 - down, across)}[
        turned
    ]
    left, top, right, bottom = area
    return left + x * (right - left), top + y * (bottom - top)
