"""Faces in pictures, by CenterFace: a network that gives each place a probability and the size of a face there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.masking.areas import Area
from viewer.masking.models import FACES, load

_STEP = 32  # the network halves a side five times
_CELL = 4  # px between the places that it answers for
_OVERLAP = 0.3  # of two boxes of one face: the share of both that they have in common

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    scores: NDArray[np.float32]
    sizes: NDArray[np.float32]
    shifts: NDArray[np.float32]


class FaceDetector:
    """Finds faces in grey and colour pictures."""

    title = "face"

    def __init__(self) -> None:
        """Errors: MaskingError if the model can't be loaded."""
        self._session: Any = load(FACES)

    def score(self, picture: Picture) -> float:
        """The probability of the surest face, from 0 to 1."""
        return float(self._answer(picture).scores.max())

    def find(self, picture: Picture, least: float) -> tuple[Area, ...]:
        """Boxes of the faces that are at least as sure as `least`, the surest first."""
        answer = self._answer(picture)
        rows, columns = np.nonzero(answer.scores >= least)
        heights = np.exp(answer.sizes[0, rows, columns]) * _CELL
        widths = np.exp(answer.sizes[1, rows, columns]) * _CELL
        middles = (rows + answer.shifts[0, rows, columns] + 0.5) * _CELL
        centres = (columns + answer.shifts[1, rows, columns] + 0.5) * _CELL
        found = [
            Area(
                left=max(0, int(x - w / 2)),
                top=max(0, int(y - h / 2)),
                right=min(picture.shape[1], int(x + w / 2) + 1),
                bottom=min(picture.shape[0], int(y + h / 2) + 1),
                score=float(score),
            )
            for x, y, w, h, score in zip(
                centres, middles, widths, heights, answer.scores[rows, columns], strict=True
            )
        ]
        return without_doubles([area for area in found if area.width > 0 and area.height > 0])

    def _answer(self, picture: Picture) -> _Answer:
        colour = picture if picture.ndim == 3 else cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB)
        rows, columns = colour.shape[:2]
        shape = (1, 3, -(-rows // _STEP) * _STEP, -(-columns // _STEP) * _STEP)
        tensor = np.zeros(shape, np.float32)
        tensor[0, :, :rows, :columns] = colour.transpose(2, 0, 1)
        scores, sizes, shifts, _ = self._session.run(None, {"input.1": tensor})
        return _Answer(scores=scores[0, 0], sizes=sizes[0], shifts=shifts[0])


def without_doubles(areas: Sequence[Area]) -> tuple[Area, ...]:
    """The surest box of each face, the surest first."""
    kept: list[Area] = []
    for area in sorted(areas, key=lambda each: -each.score):
        if all(_shared(area, other) < _OVERLAP for other in kept):
            kept.append(area)
    return tuple(kept)


def _shared(area: Area, other: Area) -> float:
    width = min(area.right, other.right) - max(area.left, other.left)
    height = min(area.bottom, other.bottom) - max(area.top, other.top)
    common = max(0, width) * max(0, height)
    return common / max(1, area.size + other.size - common)
