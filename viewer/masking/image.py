"""Masked pixels: the only pixels that a renderer accepts and that the frame store holds."""

from dataclasses import dataclass, field
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.imaging.presentation import Presentation


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedFrame:
    """One masked frame.

    `pixels`: uint8, uint16 or float32 of shape (rows, columns), or uint8 RGB of shape (rows, columns, 3);
    C-contiguous. The stored value of a grey pixel is `pixels + offset` (signed data is shifted once so that
    uint16 holds it).
    """

    pixels: NDArray[np.generic]
    offset: int
    presentation: Presentation
    _range: list[tuple[int, int]] = field(init=False, repr=False, compare=False, default_factory=list)

    @property
    def extremes(self) -> tuple[int, int]:
        """The least and the greatest of grey `pixels` in whole numbers; looked for once."""
        if not self._range:
            low, high, _, _ = cv2.minMaxLoc(cast("NDArray[np.integer[Any]]", self.pixels))
            self._range.append((int(low), int(high)))
        return self._range[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedImage:
    """All masked frames of one file, in stored order."""

    frames: tuple[MaskedFrame, ...]
