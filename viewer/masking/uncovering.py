"""One masked region of one frame shown again: which may be asked for, and the frame with it put back.

Only the region's own pixels are decoded for it; whatever else is masked in the frame stays so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray

from viewer.errors import MaskingError
from viewer.masking.image import MaskedFrame
from viewer.masking.report import Report
from viewer.masking.settling import BLANKED

Pixel = Annotated[int, msgspec.Meta(ge=0, le=1 << 20)]
Side = Annotated[int, msgspec.Meta(ge=1, le=1 << 20)]


class Region(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rectangle in pixels of a frame: left, top, width, height."""

    x: Pixel
    y: Pixel
    width: Side
    height: Side


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Patch:
    """What a region hides, in the form that frames are stored in (see `MaskedFrame`). `whole`: rows, columns of its frame."""

    pixels: NDArray[np.generic]
    offset: int
    whole: tuple[int, int]


def regions_of(report: Report, frame: int) -> tuple[Region, ...]:
    """The regions that were filled in frame `frame` (from 0) of a file; boxes that overlap, as those of several detectors do, are one.

    Not a whole picture that no detector looked at.
    """
    found: list[Region] = []
    for box in report.regions:
        if box.frame != frame + 1 or box.detector == BLANKED or not (box.width and box.height):
            continue
        region = Region(x=box.x, y=box.y, width=box.width, height=box.height)
        while touching := [each for each in found if _overlap(each, region)]:
            found = [each for each in found if each not in touching]
            region = _around((*touching, region))
        found.append(region)
    return tuple(sorted(found, key=lambda each: (each.y, each.x)))


def _overlap(one: Region, other: Region) -> bool:
    across = max(one.x, other.x) < min(one.x + one.width, other.x + other.width)
    return across and max(one.y, other.y) < min(one.y + one.height, other.y + other.height)


def _around(regions: Sequence[Region]) -> Region:
    left, top = min(each.x for each in regions), min(each.y for each in regions)
    right, bottom = (
        max(each.x + each.width for each in regions),
        max(each.y + each.height for each in regions),
    )
    return Region(x=left, y=top, width=right - left, height=bottom - top)


def cut_out(frame: MaskedFrame, region: Region) -> Patch:
    """The patch of `region` in `frame`, in which nothing is filled yet. Errors: MaskingError for a region outside of it."""
    rows, columns = frame.pixels.shape[:2]
    _check(region, (rows, columns))
    pixels = frame.pixels[region.y : region.y + region.height, region.x : region.x + region.width]
    return Patch(pixels=np.ascontiguousarray(pixels), offset=frame.offset, whole=(rows, columns))


def uncover(frame: MaskedFrame, region: Region, patch: Patch) -> MaskedFrame:
    """`frame` with `patch` in `region`. Errors: MaskingError where it is not of that frame."""
    shape = frame.pixels.shape
    _check(region, shape[:2])
    fits = patch.pixels.shape == (region.height, region.width, *shape[2:]) and patch.whole == shape[:2]
    if not fits or patch.pixels.dtype != frame.pixels.dtype or patch.offset != frame.offset:
        raise MaskingError("what the region hides does not fit the masked picture")
    pixels = np.array(frame.pixels)
    pixels[region.y : region.y + region.height, region.x : region.x + region.width] = patch.pixels
    return replace(frame, pixels=pixels)


def _check(region: Region, shape: tuple[int, ...]) -> None:
    if region.y + region.height > shape[0] or region.x + region.width > shape[1]:
        raise MaskingError("the region lies outside of the picture")
