"""Grayscale softcopy presentation states: how somebody wanted a picture to be seen, PS3.3 A.33.1, C.10 and C.11.

A state replaces what the image says of its display: what it leaves out is not done (PS3.4 N.2).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from viewer.errors import UnsupportedFile
from viewer.imaging.attributes import integer, numbers, presentation_of, text
from viewer.imaging.decoding import decode_with_overlays
from viewer.imaging.overlays import Overlay, draw_overlays, overlays
from viewer.imaging.presentation import Presentation, Rounding
from viewer.imaging.shutters import close, shutter
from viewer.imaging.windowing import to_grey, whole

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.11.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Graphic:
    """A mark of a state. `kind`: POINT, POLYLINE, INTERPOLATED, CIRCLE, ELLIPSE or TEXT; `layer`: its name.

    `points`: image coordinates (x, y), or shares of the displayed area where `is_relative`. `content` of a TEXT.
    """

    kind: str
    layer: str
    points: tuple[tuple[float, float], ...]
    is_relative: bool = False
    is_filled: bool = False
    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Softcopy:
    """`presentation`: luts, and a window if the state has one (see `whole`).

    `turned`: clockwise degrees, after which `mirrored` left to right.
    `area`: displayed area as image coordinates (left, top, right, bottom) of its outer edges; None for all of it.
    """

    dataset: Dataset
    presentation: Presentation
    turned: int
    mirrored: bool
    area: tuple[float, float, float, float] | None
    graphics: tuple[Graphic, ...]


def softcopy(state: Dataset, image: Dataset, index: int) -> Softcopy:
    """What `state` says of frame `index` (from 0) of `image`. Errors: UnsupportedFile for another kind of object."""
    if text(state, "SOPClassUID") != SOP_CLASS:
        raise UnsupportedFile("it is not a grayscale softcopy presentation state")
    mine = referring(items_of(state, "SoftcopyVOILUTSequence"), image, index)
    shown = Dataset()
    shown.update(state)
    for keyword in ("VOILUTSequence", "WindowCenter", "WindowWidth", "VOILUTFunction"):
        if mine and keyword in mine[0]:
            shown[keyword] = mine[0][keyword]
    shown.set_original_encoding(state.is_implicit_VR, state.is_little_endian, "iso8859")
    for keyword in ("PixelRepresentation", "BitsStored", "BitsAllocated"):
        if keyword in image:
            setattr(shown, keyword, image[keyword].value)
    areas = referring(items_of(state, "DisplayedAreaSelectionSequence"), image, index)
    return Softcopy(
        dataset=state,
        presentation=presentation_of(shown, 0, "MONOCHROME2"),
        turned=integer(state, "ImageRotation", 0) % 360,
        mirrored=text(state, "ImageHorizontalFlip").upper() == "Y",
        area=_area(areas[0]) if areas else None,
        graphics=_graphics(referring(items_of(state, "GraphicAnnotationSequence"), image, index)),
    )


def is_about(state: Dataset, image: Dataset, index: int) -> bool:
    """Whether `state` names frame `index` (from 0) of `image` among the pictures that it is about."""
    return any(
        _speaks_of([reference], image, index)
        for series in items_of(state, "ReferencedSeriesSequence")
        for reference in items_of(series, "ReferencedImageSequence")
    )


def draw(
    image: Dataset, index: int, state: Softcopy, rounding: Rounding = Rounding.HALF_UP
) -> NDArray[np.uint8]:
    """8-bit grey of frame `index` (from 0) as `state` wants it: luts, shutter, activated overlays; turned and mirrored.

    The displayed area and the graphics are the viewer's to use. Errors: ImagingError.
    """
    frame, own = decode_with_overlays(image, index)
    if frame.presentation.photometric == "RGB":
        raise UnsupportedFile("a grayscale presentation state does not go with a colour picture")
    if items_of(state.dataset, "PresentationLUTSequence"):
        raise UnsupportedFile("the presentation state has a presentation LUT of its own")
    shown = whole(state.presentation, is_signed=integer(image, "PixelRepresentation", 0) == 1)
    levels = to_grey(frame.pixels, shown, None, rounding=rounding)
    rows, columns = levels.shape
    levels = close(levels, shutter(state.dataset, index, (rows, columns)))
    planes = _activated(state.dataset, own, overlays(state.dataset, index))
    return _turned(draw_overlays(levels, planes), state)


def _turned(levels: NDArray[np.uint8], state: Softcopy) -> NDArray[np.uint8]:
    turned = np.rot90(levels, -(state.turned // 90))
    return np.ascontiguousarray(turned[:, ::-1] if state.mirrored else turned)


def _activated(state: Dataset, own: Sequence[Overlay], added: Sequence[Overlay]) -> tuple[Overlay, ...]:
    """Planes that the state puts on a layer: its own, and for other groups the image's. A shutter's bitmap is none."""
    closing = integer(state, "ShutterOverlayGroup", -1)
    mine = {plane.group: plane for plane in (*own, *added)}
    return tuple(plane for group, plane in sorted(mine.items()) if group != closing and _layer(state, group))


def _layer(state: Dataset, group: int) -> str:
    try:
        return str(state[group, 0x1001].value or "")
    except Exception:  # noqa: BLE001 - absent, or whatever a damaged value leads pydicom to
        return ""


def items_of(dataset: Dataset, keyword: str) -> list[Dataset]:
    """The items of a sequence; none where it is absent or damaged."""
    try:
        return list(dataset[keyword].value or ())
    except Exception:  # noqa: BLE001
        return []


def referring(items: Sequence[Dataset], image: Dataset, index: int) -> list[Dataset]:
    """Those of `items` that speak of this frame: all images where they name none."""
    return [item for item in items if _speaks_of(items_of(item, "ReferencedImageSequence"), image, index)]


def _speaks_of(references: Sequence[Dataset], image: Dataset, index: int) -> bool:
    if not references:
        return True
    for reference in references:
        if text(reference, "ReferencedSOPInstanceUID") != text(image, "SOPInstanceUID"):
            continue
        frames = numbers(reference, "ReferencedFrameNumber")
        if not frames or index + 1 in frames:
            return True
    return False


def _area(item: Dataset) -> tuple[float, float, float, float] | None:
    """Corners are 1-based pixels; the area goes around them."""
    top_left = numbers(item, "DisplayedAreaTopLeftHandCorner")
    bottom_right = numbers(item, "DisplayedAreaBottomRightHandCorner")
    if len(top_left) != 2 or len(bottom_right) != 2:
        return None
    left, right = sorted((top_left[0], bottom_right[0]))
    top, bottom = sorted((top_left[1], bottom_right[1]))
    return (left - 1, top - 1, right, bottom)


def _graphics(annotations: Sequence[Dataset]) -> tuple[Graphic, ...]:
    found: list[Graphic] = []
    for annotation in annotations:
        layer = text(annotation, "GraphicLayer")
        found += [_shape(item, layer) for item in items_of(annotation, "GraphicObjectSequence")]
        found += [_words(item, layer) for item in items_of(annotation, "TextObjectSequence")]
    return tuple(each for each in found if each.points)


def _shape(item: Dataset, layer: str) -> Graphic:
    return Graphic(
        kind=text(item, "GraphicType").upper(),
        layer=layer,
        points=_pairs(item, "GraphicData"),
        is_relative=text(item, "GraphicAnnotationUnits").upper() == "DISPLAY",
        is_filled=text(item, "GraphicFilled").upper() == "Y",
    )


def _words(item: Dataset, layer: str) -> Graphic:
    box = _pairs(item, "BoundingBoxTopLeftHandCorner") + _pairs(item, "BoundingBoxBottomRightHandCorner")
    units = "BoundingBoxAnnotationUnits" if box else "AnchorPointAnnotationUnits"
    return Graphic(
        kind="TEXT",
        layer=layer,
        points=box or _pairs(item, "AnchorPoint"),
        is_relative=text(item, units).upper() == "DISPLAY",
        content=text(item, "UnformattedTextValue"),
    )


def _pairs(item: Dataset, keyword: str) -> tuple[tuple[float, float], ...]:
    flat = numbers(item, keyword)
    return tuple(zip(flat[::2], flat[1::2], strict=False))
