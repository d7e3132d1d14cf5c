"""Overlay planes, groups 6000 to 601E: bitmaps that are drawn over the grey levels, PS3.3 C.9.2 and PS3.5 8.1.2."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from viewer.imaging.attributes import value_at

_GROUPS = range(0x6000, 0x6020, 2)
_ROWS, _COLUMNS, _TYPE, _ORIGIN = 0x0010, 0x0011, 0x0040, 0x0050
_FRAMES, _FRAME_ORIGIN = 0x0015, 0x0051
_ALLOCATED, _BIT, _DATA = 0x0100, 0x0102, 0x3000
_MAX_SIDE = 65_535

WHITE = 255
_DARKER = 4  # bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """A bitmap, its corner at image row `top` and column `left`, from 0 and possibly outside; `group` from 0x6000."""

    group: int
    is_roi: bool
    top: int
    left: int
    bits: NDArray[np.bool_]


def overlays(dataset: Dataset, index: int, stored: NDArray[np.generic] | None = None) -> tuple[Overlay, ...]:
    """The planes over frame `index`. `stored`: unmasked pixel cells, for planes that are held in their unused bits."""
    return tuple(_planes(dataset, index, stored))


def draw_overlays(levels: NDArray[np.uint8], planes: tuple[Overlay, ...]) -> NDArray[np.uint8]:
    """Grey `levels` (rows, columns) with `planes` over them, in a copy if there are any.

    Graphics are white. A region of interest stays as it is, and what its bitmap leaves out is darkened, as by dcmtk.
    """
    if not planes:
        return levels
    drawn = levels.copy()
    rows, columns = levels.shape[:2]
    for plane in planes:
        height, width = plane.bits.shape
        top, left = max(0, plane.top), max(0, plane.left)
        bottom, right = min(rows, plane.top + height), min(columns, plane.left + width)
        if top < bottom and left < right:
            seen = plane.bits[top - plane.top : bottom - plane.top, left - plane.left : right - plane.left]
            under = drawn[top:bottom, left:right]
            if plane.is_roi:
                under[~seen] >>= _DARKER
            else:
                under[seen] = WHITE
    return drawn


def _planes(dataset: Dataset, index: int, stored: NDArray[np.generic] | None) -> Iterator[Overlay]:
    for group in _GROUPS:
        rows, columns = (value_at(dataset, group, element) for element in (_ROWS, _COLUMNS))
        if not (0 < rows <= _MAX_SIDE and 0 < columns <= _MAX_SIDE):
            continue
        if any(_value(dataset, group, element) is None for element in (_ORIGIN, _ALLOCATED, _BIT)):
            continue  # of type 1: nobody knows where such a plane lies, and dcmtk draws none
        count = value_at(dataset, group, _FRAMES)
        # A plane that does not say how many frames it has lies over every frame.
        frame = index - (value_at(dataset, group, _FRAME_ORIGIN, 1) - 1) if count else 0
        if not 0 <= frame < max(1, count):
            continue
        bits = _bits(dataset, group, frame, (rows, columns), stored)
        if bits is not None:
            yield Overlay(
                group=group,
                is_roi=str(_value(dataset, group, _TYPE)).strip() == "R",
                top=value_at(dataset, group, _ORIGIN, 1) - 1,
                left=value_at(dataset, group, _ORIGIN, 1, 1) - 1,
                bits=bits,
            )


def _bits(
    dataset: Dataset, group: int, frame: int, shape: tuple[int, int], stored: NDArray[np.generic] | None
) -> NDArray[np.bool_] | None:
    size = shape[0] * shape[1]
    data = _value(dataset, group, _DATA)
    if isinstance(data, bytes) and data:
        start = frame * size
        packed = np.frombuffer(data, np.uint8)
        if dataset.original_encoding[1] is False and packed.size % 2 == 0:  # words, big endian
            packed = packed.reshape(-1, 2)[:, ::-1].reshape(-1)
        flat = np.unpackbits(packed[start // 8 : (start + size) // 8 + 1], bitorder="little")[start % 8 :]
        return flat[:size].reshape(shape).astype(bool) if flat.size >= size else None
    bit = value_at(dataset, group, _BIT, -1)
    if stored is None or stored.shape != shape or stored.dtype.kind not in "iu":
        return None
    if not 0 <= bit < stored.dtype.itemsize * 8:
        return None
    return np.asarray(stored.astype(np.int64) >> bit & 1, bool)


def _value(dataset: Dataset, group: int, element: int) -> object:
    try:
        return dataset[group, element].value
    except Exception:  # noqa: BLE001 - absent, or whatever a damaged value leads pydicom to
        return None
