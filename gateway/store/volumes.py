"""An item's slices as a volume: which of them, where they are, and the frame of a section through them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

import msgspec
import numpy as np
from numpy.typing import NDArray

from gateway.store.items import FrameRow
from viewer.errors import UnsupportedFile
from viewer.imaging.geometry import Place
from viewer.imaging.volume import AXES, Plane, Stack, grid_of, stack_of
from viewer.masking.image import MaskedFrame
from viewer.render.cutting import MaskedVolume, masked_volume
from viewer.render.view import Cut

MAX_BYTES = 384 * 1024 * 1024  # of the values; the cache of frames holds 512 MiB


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeSource:
    """What a volume is made of. `name` stands for its content; `objects`: keys of the slices that `stack` keeps."""

    name: str
    subject: str
    objects: tuple[str, ...]
    stack: Stack

    def build(self, get: Callable[[str, str], MaskedFrame]) -> MaskedVolume:
        """The volume; `get`: subject, object → frame. Errors: StoreError, UnsupportedFile."""
        return masked_volume(self.stack, (get(self.subject, key) for key in self.objects))

    def key(self, cut: Cut, index: int) -> str:
        """A name for one section."""
        return f"{self.name}/{cut.plane}/{cut.slab}/{cut.thickness_mm}/{index}"

    def planes(self) -> dict[str, dict[str, object]]:
        """The extent of the sections in each plane, as a client fits them. Errors: UnsupportedFile."""
        found = {}
        for plane in Plane:
            grid = grid_of(self.stack, plane)
            found[str(plane)] = {
                "rows": grid.rows,
                "columns": grid.columns,
                "frames": grid.count,
                "spacing_mm": [grid.spacing_mm, grid.spacing_mm],
                "origin_mm": _millimetres(grid.origin_mm - np.array(AXES[plane], np.float64) @ self._corner),
            }
        return found

    def places(self) -> dict[str, object]:
        """Where the slices lie among the sections, for a client that draws on both.

        `row`, `column`: mm that a pixel further lies along a row, down a column; `slices`: position in display order, then where
        the centre of its first pixel lies. Patient axes, from the first slice's.
        """
        stack = self.stack
        return {
            "row": _millimetres(stack.row * stack.spacing_mm[1]),
            "column": _millimetres(stack.column * stack.spacing_mm[0]),
            "slices": [
                [kept, *_millimetres(position - self._corner)]
                for kept, position in zip(stack.kept, stack.positions, strict=True)
            ],
        }

    @property
    def _corner(self) -> NDArray[np.float64]:
        return np.asarray(self.stack.positions[0], np.float64)


def _millimetres(place: NDArray[np.float64]) -> list[float]:
    return [round(float(each), 4) for each in place]


def volume_source(subject: str, rows: Sequence[FrameRow], shape: tuple[int, int]) -> VolumeSource:
    """The volume of the frames `rows`, of `shape` each, in display order.

    Errors: UnsupportedFile, in words for a person, for frames that make none.
    """
    if len(rows) < 2:
        raise UnsupportedFile("one slice makes no volume")
    first = rows[0].presentation
    if first.photometric == "RGB" or first.spacing_mm is None:
        raise UnsupportedFile("pictures in colour or without a scale make no volume")
    stack = stack_of([msgspec.convert(row.place, Place | None) for row in rows], shape, first.spacing_mm)
    if 4 * stack.shape[0] * shape[0] * shape[1] > 2 * MAX_BYTES:
        raise UnsupportedFile("the series is too large for sections through it")
    for plane in Plane:
        grid_of(stack, plane)
    kept = [rows[index] for index in stack.kept]
    name = sha256("\n".join(row.digest for row in kept).encode()).hexdigest()
    return VolumeSource(
        name=f"volume {name}", subject=subject, objects=tuple(row.object for row in kept), stack=stack
    )
