"""Decoded, unmasked pixels: the type that no renderer accepts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.imaging.presentation import Presentation

Pixels = NDArray[np.generic]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFrame:
    """One decoded frame: stored values of shape (rows, columns), or uint8 RGB of shape (rows, columns, 3).

    Grey dtypes: uint8, int8, uint16, int16, uint32, int32, float32, float64, as stored.
    """

    pixels: Pixels
    presentation: Presentation


@dataclass(frozen=True, slots=True, kw_only=True)
class RawImage:
    """The decoded frames of one file, in stored order. Never rendered, never stored: only `viewer.masking.apply` takes it."""

    frames: tuple[RawFrame, ...]
