"""Kernels in C for the work on a frame besides its codec, where they were built (the C files in `avx2`); each has a twin of OpenCV's calls."""

from types import ModuleType

import cv2
import numpy as np
from numpy.typing import NDArray

KERNELS: ModuleType | None
try:
    from viewer.imaging import _avx2
except ImportError:  # no C compiler when this was installed, or another processor
    KERNELS = None
else:
    KERNELS = _avx2

_LEAST = 16  # columns that the kernel enlarges


def describe() -> str:
    """What frames are drawn by here, for a person."""
    if KERNELS is None:
        return "by OpenCV alone, a fifth slower: install with a C compiler, for a processor with AVX2"
    return "by kernels for AVX2"


def enlarge(source: NDArray[np.uint8], out: NDArray[np.uint8]) -> None:
    """`source`, (rows, columns) or (rows, columns, 3), drawn on `out`, of another size, between its pixels linearly."""
    grey = source.ndim == 2 and source.flags.c_contiguous and out.flags.c_contiguous
    if KERNELS is not None and grey and _LEAST <= source.shape[1] <= out.shape[1]:
        KERNELS.enlarge(source, out)
    else:
        cv2.resize(source, (out.shape[1], out.shape[0]), dst=out, interpolation=cv2.INTER_LINEAR)
