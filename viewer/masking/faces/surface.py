"""The front of a head as a relief, and the smooth one that takes its place.

A relief has a height for each place seen from the front: mm forward of the patient's coordinate 0, so -y; NaN where
nothing is hit. Closing it fills the eyes; opening what remains takes the nose, the lips and the chin away.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.masking.faces.volume import Volume

_NOSE_MM = 24.0  # radius of the disk that fits into no nose
_EYES_MM = 40.0  # radius of the disk that fits into no eye socket
_DEPTH_MM = 8.0  # below the smooth surface, what is under the skin goes too
_LEAST_DEPTH_MM = 5.0  # below the skin itself
_MOST_DEPTH_MM = 45.0  # below the smooth surface, into a hole
_SOFT_MM = 6.0
_HOLE_MM = 8.0  # radius of a gap in a head that is still a part of it
_LEAST_CM2 = 1.0  # of a part of a level that belongs to the head
_MOST_PX = 1.4  # of a picture, a mm: a face of 120 mm has 170 px, and a thin slab is made no larger
_AIR_MM = 20.0  # beside a head in a picture

Relief = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """Reliefs over (z, x) of `volume`. `skin`: as found; `outer`: smooth, what is before it is air; `inner`: the depth that is kept.

    `is_face`: places that are replaced: the front half of the head.
    """

    skin: Relief
    outer: Relief
    inner: Relief
    is_face: NDArray[np.bool_]


def body(volume: Volume, threshold: float) -> NDArray[np.bool_]:
    """What is denser than `threshold`, or within it, and hangs together with the largest part of any level."""
    solid = volume.values > threshold
    least = _LEAST_CM2 * 100 / volume.step**2
    levels = [cv2.connectedComponentsWithStats(_whole(level), connectivity=4) for level in solid]
    areas = [int(stats[1:, cv2.CC_STAT_AREA].max()) if count > 1 else 0 for count, _, stats, _ in levels]
    start = int(np.argmax(areas))
    kept = np.zeros_like(solid)
    for way in (range(start, len(levels)), range(start - 1, -1, -1)):
        before: NDArray[np.bool_] | None = kept[start] if way.step < 0 else None
        for level in way:
            count, labels, stats, _ = levels[level]
            area = stats[:, cv2.CC_STAT_AREA]
            belongs = area >= least
            if before is None:
                belongs &= area == areas[start]
            else:
                belongs &= np.bincount(labels[before], minlength=count) > 0
            belongs[0] = False  # the air
            kept[level] = belongs[labels]
            before = kept[level]
    return kept


def _whole(level: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """A level without holes: in MR the skull is as dark as air, between the scalp and the brain."""
    filled = level.astype(np.uint8)
    contours, _ = cv2.findContours(filled, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(filled, contours, -1, 1, cv2.FILLED)
    return filled


def relief(volume: Volume, inside: NDArray[np.bool_], threshold: float) -> Relief:
    """The first hit of `inside` from the front, at the height where the value passes `threshold`."""
    hit = inside.any(axis=1)
    first = np.argmax(inside, axis=1)
    z, x = np.indices(first.shape)
    at = volume.values[z, first, x]
    before = volume.values[z, np.maximum(first - 1, 0), x]
    share = np.clip((at - threshold) / np.maximum(at - before, 1e-3), 0, 1)
    y = volume.origin[1] + (first - np.where(first > 0, share, 0)) * volume.step
    return np.where(hit, -y, np.nan).astype(np.float32)


def smooth(skin: Relief, step: float) -> Relief:
    """`skin` closed and opened: what no face shows. Doing it again changes nothing."""
    closed = cv2.morphologyEx(_filled(skin), cv2.MORPH_CLOSE, _disk(_EYES_MM, step))
    return np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, _disk(_NOSE_MM, step)), np.float32)


def front(volume: Volume, inside: NDArray[np.bool_], threshold: float) -> Front:
    """What replaces the face of the head `inside`."""
    skin = relief(volume, inside, threshold)
    outer = smooth(skin, volume.step)
    filled = _filled(skin)
    soft = cv2.GaussianBlur(outer, (0, 0), _SOFT_MM / volume.step)
    inner = np.minimum(soft - _DEPTH_MM, np.minimum(filled, outer) - _LEAST_DEPTH_MM)
    inner = np.maximum(inner, outer - _MOST_DEPTH_MM)
    hit = cv2.morphologyEx((~np.isnan(skin)).astype(np.uint8), cv2.MORPH_CLOSE, _disk(_HOLE_MM, volume.step))
    ys = np.nonzero(inside.any(axis=(0, 2)))[0]
    middle = -(volume.origin[1] + float(ys.mean() if ys.size else 0) * volume.step)
    is_face = (hit > 0) & (outer > middle)
    return Front(skin=skin, outer=outer, inner=inner.astype(np.float32), is_face=is_face)


def _filled(skin: Relief) -> Relief:
    return np.where(np.isnan(skin), _floor(skin), skin).astype(np.float32)


def _floor(skin: Relief) -> float:
    return float(np.nanmin(skin)) if not np.isnan(skin).all() else 0.0


def _disk(radius_mm: float, step: float) -> NDArray[np.uint8]:
    side = 2 * round(radius_mm / step) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def shaded(heights: Relief, step: float, size: int) -> NDArray[np.uint8]:
    """A relief lit from the front and above, as a grey picture of up to `size` px high, the head up, with little air beside it."""
    known = ~np.isnan(heights)
    scale = min(size / known.shape[0], _MOST_PX * step)
    beside, air = np.flatnonzero(known.any(axis=0)), round(_AIR_MM / step)
    if beside.size:
        part = np.s_[:, max(0, beside[0] - air) : beside[-1] + 1 + air]
        heights, known = heights[part], known[part]
    low = _floor(heights)
    filled = np.where(known, heights, low).astype(np.float32)
    filled = np.asarray(cv2.GaussianBlur(cv2.medianBlur(filled, 3), (0, 0), 0.8), np.float32)
    down, across = np.gradient(filled[::-1], step)
    length = np.sqrt(down**2 + across**2 + 1)
    light = np.clip((1.0 + 0.35 * down) / (length * 1.06), 0, 1)
    grey = np.where(known[::-1], 25 + 215 * light, 0).astype(np.float32)
    return np.clip(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), 0, 255).astype(
        np.uint8
    )
