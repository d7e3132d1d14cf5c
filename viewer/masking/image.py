"""Masked pixels: the only pixels that a renderer accepts and that the frame store holds."""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedImage:
    """All masked frames of one file, in stored order."""

    frames: tuple[MaskedFrame, ...]
