"""Whether a head volume can still be drawn as a face: looked at from the front and obliques, by a face detector.

The detector may not know a face that a person knows; so the surface is measured too: a face stands out of the smooth
surface that it would be without nose, eyes and lips.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.masking.faces.detector import FaceDetector
from viewer.masking.faces.surface import Front, body, relief, shaded, smooth
from viewer.masking.faces.volume import Volume
from viewer.masking.look import Grey8

VIEWS = ((0, 0), (-30, 0), (30, 0), (-55, 0), (55, 0), (0, 20))  # degrees to the side and up
_FEW = 3  # of them for every surface but the first
SIZE = 256  # px of a rendering's height
SCORE = 0.3  # of the detector: a face
RELIEF_MM = 8.0  # the surface may stand out of a smooth one by this much ...
_HALF = 127  # of 255
_SHARE = 98  # ... in this percentage of its places

_Number = TypeVar("_Number", np.float32, np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The surest face in any rendering, from 0 to 1, and how far the surface stands out of a smooth one, in mm."""

    score: float
    relief_mm: float

    @property
    def is_face(self) -> bool:
        """Whether either says so."""
        return self.score >= SCORE or self.relief_mm > RELIEF_MM


def look(volume: Volume, thresholds: tuple[float, ...], detector: FaceDetector, front: Front | None) -> Look:
    """The surfaces of `volume` at `thresholds`, the first one from all sides.

    `front`: of the head before it was masked; its places are measured, at the first threshold.
    Errors: MaskingError, or whatever the detector raises.
    """
    bodies = [body(volume, threshold) for threshold in thresholds]
    score = max(
        (
            detector.score(picture)
            for inside, threshold, views in zip(
                bodies, thresholds, (VIEWS, *(VIEWS[:_FEW],) * len(thresholds)), strict=False
            )
            for picture in renderings(volume, inside, threshold, views)
        ),
        default=0.0,
    )
    rest = 0.0
    if front is not None:
        rest = _standing_out(volume, bodies[0], thresholds[0], front)
    return Look(score=score, relief_mm=rest)


def renderings(
    volume: Volume,
    inside: NDArray[np.bool_],
    threshold: float,
    views: tuple[tuple[int, int], ...] = VIEWS,
) -> Iterator[Grey8]:
    """The surface of `inside` from each of `views`, lit, as grey pictures."""
    if not inside.any():
        return
    solid = inside.astype(np.uint8) * np.uint8(255)
    for side, up in views:
        values = _turned(_turned(volume.values, side, axis=0), up, axis=2)
        seen = _turned(_turned(solid, side, axis=0), up, axis=2) > _HALF
        yield shaded(relief(replace(volume, values=values), seen, threshold), volume.step, SIZE)


def _turned(values: NDArray[_Number], degrees: float, *, axis: int) -> NDArray[_Number]:
    """`values` (z, y, x) turned about its middle: about the patient's z (`axis` 0) or x (`axis` 2)."""
    if degrees == 0:
        return values
    planes = np.moveaxis(values, axis, 0)
    _, rows, columns = planes.shape
    turn = cv2.getRotationMatrix2D((columns / 2, rows / 2), degrees, 1.0)
    floor = float(values.min())
    turned = [
        cv2.warpAffine(
            np.ascontiguousarray(plane), turn, (columns, rows), flags=cv2.INTER_LINEAR, borderValue=floor
        )
        for plane in planes
    ]
    return np.ascontiguousarray(np.moveaxis(np.stack(turned), 0, axis), values.dtype)


def _standing_out(volume: Volume, inside: NDArray[np.bool_], threshold: float, front: Front) -> float:
    skin = relief(volume, inside, threshold)
    # Beside a tilted stack there are places of the head's front that no slice reaches.
    y = np.rint((-front.outer - volume.origin[1]) / volume.step).astype(np.int64)
    z, x = np.indices(y.shape)
    reached = volume.known[z, np.clip(y, 0, volume.known.shape[1] - 1), x]
    places = front.is_face & reached & ~np.isnan(skin)
    rest = np.abs(skin - smooth(skin, volume.step))[places]
    return float(np.percentile(rest, _SHARE)) if rest.size else 0.0
