"""Display shutters: what lies outside of a rectangle, circle, polygon or bitmap is not shown, PS3.3 C.7.6.11 and C.7.6.15."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from viewer.imaging.attributes import integer, numbers
from viewer.imaging.outlines import MAX_VERTICES, Mask, Outline, Shape, opening
from viewer.imaging.overlays import overlays


@dataclass(frozen=True, slots=True, kw_only=True)
class Shutter:
    """`opening`: (rows, columns), True where the picture is seen. `level`: 8-bit grey of what is not."""

    opening: Mask
    level: int


def shutter(dataset: Dataset, index: int, shape: tuple[int, int]) -> Shutter | None:
    """The shutter that a header puts before frame `index` of `shape` (rows, columns); None without one.

    Several shapes close together: only what all of them leave open is seen.
    """
    if not _names(dataset):
        return None
    found = outline(dataset)
    rows, columns = np.mgrid[1 : shape[0] + 1, 1 : shape[1] + 1]
    opened = opening(found, rows, columns)
    if has_bitmap(dataset):
        opened &= _bitmap(dataset, index, shape)
    return Shutter(opening=opened, level=found.level)


def outline(dataset: Dataset) -> Outline:
    """What of a header's shutter needs no pixels."""
    known = {shape.value for shape in Shape}
    center = numbers(dataset, "CenterOfCircularShutter")
    flat = numbers(dataset, "VerticesOfThePolygonalShutter")
    edges = [integer(dataset, f"Shutter{side}VerticalEdge", 0) for side in ("Left", "Right")]
    edges += [integer(dataset, f"Shutter{side}HorizontalEdge", 0) for side in ("Upper", "Lower")]
    radius = integer(dataset, "RadiusOfCircularShutter", 0)
    return Outline(
        shapes=tuple(Shape(name) for name in _names(dataset) if name in known)[:8],
        rectangle=(edges[0], edges[1], edges[2], edges[3]),
        circle=(center[0], center[1], radius) if len(center) == 2 else None,
        polygon=tuple(zip(flat[::2], flat[1::2], strict=False))[:MAX_VERTICES],
        level=_level(dataset),
    )


def _level(dataset: Dataset) -> int:
    """The 8-bit grey of what is closed: the P-Value, or the grey as light as the colour where there is only that."""
    color = numbers(dataset, "ShutterPresentationColorCIELabValue")
    if "ShutterPresentationValue" in dataset or len(color) != 3:
        return integer(dataset, "ShutterPresentationValue", 0) >> 8 & 0xFF
    lightness = min(100.0, max(0.0, color[0] / 0xFFFF * 100))  # PS3.3 C.10.7.1.1
    share = ((lightness + 16) / 116) ** 3 if lightness > 8 else lightness * 27 / 24389
    return round(255 * (1.055 * share ** (1 / 2.4) - 0.055 if share > 0.0031308 else 12.92 * share))


def has_bitmap(dataset: Dataset) -> bool:
    """Whether an overlay is the shutter, or a part of it."""
    return "BITMAP" in _names(dataset)


def close(levels: NDArray[np.uint8], before: Shutter | None) -> NDArray[np.uint8]:
    """`levels`, grey or RGB, behind a shutter."""
    if before is None:
        return levels
    closed = levels.copy()
    closed[~before.opening] = before.level
    return closed


def _names(dataset: Dataset) -> list[str]:
    value = dataset.get("ShutterShape")
    if value is None or value == "":
        return []
    return [str(each).strip().upper() for each in ([value] if isinstance(value, str) else value)]


def _bitmap(dataset: Dataset, index: int, shape: tuple[int, int]) -> Mask:
    """Set bits are closed."""
    opened = np.ones(shape, bool)
    group = integer(dataset, "ShutterOverlayGroup", 0)
    for plane in overlays(dataset, index):
        if plane.group == group and plane.bits.shape == shape:
            opened &= ~plane.bits
    return opened
