"""Memory that pictures are made in one after the other: a fresh megabyte costs a third of what is done with it."""

import math
import threading

import numpy as np
from numpy.typing import NDArray

KEPT_BYTES = 1 << 24  # of one array; what is larger is rare, and made anew


class Scratch(threading.local):
    """Arrays by name, each thread its own. One that was taken is whoever took it's until the same name is taken again."""

    def __init__(self) -> None:
        self._held: dict[str, NDArray[np.uint8]] = {}
        self._whole: dict[str, NDArray[np.uint8]] = {}

    def take(self, name: str, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        """An array of `shape`, C-contiguous, with anything in it."""
        held = self._held.get(name)
        if held is not None and held.shape == shape:
            return held
        size = math.prod(shape)
        if size > KEPT_BYTES:
            return np.empty(shape, np.uint8)
        whole = self._whole.get(name)
        if whole is None or whole.size < size:
            whole = self._whole[name] = np.empty(size, np.uint8)
        held = self._held[name] = whole[:size].reshape(shape)
        return held

    def lent(self, array: NDArray[np.uint8]) -> bool:
        """Whether `array`, in one piece, was taken here: then whoever got it may go on in the same memory."""
        base = array.base
        for whole in self._whole.values():
            if base is whole:
                return array.flags.c_contiguous
        return False
