"""Faces in photographs, scanned pages and films: boxes with a margin, in any of four directions, small and large."""

from collections.abc import Sequence

import cv2
import msgspec
import numpy as np

from viewer.errors import MaskingError
from viewer.masking import mappings
from viewer.masking.areas import Area
from viewer.masking.faces.detector import FaceDetector, Picture, without_doubles
from viewer.masking.image import MaskedFrame
from viewer.masking.report import Box

_SIDES = (640, 1280)  # px of the longer side that a picture is looked at with
_UPRIGHT, _TURNED = 0.35, 0.5  # sure enough: fewer faces lie on their side than other things look like one
_MARGIN = 0.25  # of a box's sides: hair, ears and chin
_LEAST = 24  # px of a picture's side
_EVERY = 8  # frames of a film that are looked at in all directions and sizes
_REACH = 2  # frames of a film before and after one with a face


def find_faces(frames: Sequence[MaskedFrame], detector: FaceDetector) -> tuple[Box, ...]:
    """Boxes of faces in `frames` (of one size), frames from 1. Errors: MaskingError if the detector fails."""
    try:
        found = [_in_frame(frame, number, detector) for number, frame in enumerate(frames)]
    except MemoryError:
        raise
    except Exception as error:  # a detector raises whatever its library does
        raise MaskingError(f"the face detector failed ({type(error).__name__})") from error
    boxes: list[Box] = []
    for number in range(len(frames)):
        near = found[max(0, number - _REACH) : number + _REACH + 1]
        areas = without_doubles([area for areas in near for area in areas]) if len(frames) > 1 else found[0]
        boxes += [msgspec.structs.replace(_box(area, frames[number]), frame=number + 1) for area in areas]
    return tuple(boxes)


def _in_frame(frame: MaskedFrame, number: int, detector: FaceDetector) -> tuple[Area, ...]:
    picture = _picture(frame)
    rows, columns = picture.shape[:2]
    if min(rows, columns) < _LEAST:
        return ()
    longer, whole = max(rows, columns), number % _EVERY == 0
    sides = [side for side in _SIDES if whole and (side == _SIDES[0] or longer > _SIDES[0])] or [_SIDES[0]]
    found: list[Area] = []
    for side in sides:
        scale = min(2.0, side / longer)
        looked = _scaled(picture, scale)
        for turns in range(4 if whole and side == _SIDES[0] else 1):
            least = _TURNED if turns else _UPRIGHT
            turned = np.ascontiguousarray(np.rot90(looked, turns))
            found += [
                _grown_back(_turned_back(area, turns, looked.shape), scale)
                for area in detector.find(turned, least)
            ]
    return without_doubles(found)


def _picture(frame: MaskedFrame) -> Picture:
    if frame.pixels.ndim == 3:
        return frame.pixels.astype(np.uint8)
    grey = mappings.full(frame).grey
    return 255 - grey if frame.presentation.photometric == "MONOCHROME1" else grey


def _scaled(picture: Picture, scale: float) -> Picture:
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=method), np.uint8)


def _turned_back(area: Area, turns: int, shape: tuple[int, ...]) -> Area:
    """An area of a picture of `shape` that was turned left by `turns` quarters, in the picture as it was."""
    rows, columns = shape[:2]
    left, top, right, bottom = area.left, area.top, area.right, area.bottom
    match turns:
        case 1:
            left, top, right, bottom = columns - bottom, left, columns - top, right
        case 2:
            left, top, right, bottom = columns - right, rows - bottom, columns - left, rows - top
        case 3:
            left, top, right, bottom = top, rows - right, bottom, rows - left
        case _:
            pass
    return Area(left=left, top=top, right=right, bottom=bottom, score=area.score)


def _grown_back(area: Area, scale: float) -> Area:
    return Area(
        left=int(area.left / scale),
        top=int(area.top / scale),
        right=int(area.right / scale) + 1,
        bottom=int(area.bottom / scale) + 1,
        score=area.score,
    )


def _box(area: Area, frame: MaskedFrame) -> Box:
    rows, columns = frame.pixels.shape[:2]
    across, down = int(area.width * _MARGIN), int(area.height * _MARGIN)
    left, top = max(0, area.left - across), max(0, area.top - down)
    right, bottom = min(columns, area.right + across), min(rows, area.bottom + down)
    return Box(
        x=left, y=top, width=max(1, right - left), height=max(1, bottom - top), detector=FaceDetector.title
    )
