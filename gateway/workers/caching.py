"""Decoded masked frames in memory, shared by all sessions of this process, within a bound."""

import threading
from collections import OrderedDict
from collections.abc import Callable

from viewer.masking.image import MaskedFrame

LIMIT_BYTES = 512 * 1024 * 1024  # about 1,000 CT slices


class FrameCache:
    """Decoded masked frames by object key, the least recently used dropped first. Safe between threads."""

    def __init__(self, load: Callable[[str, str], MaskedFrame], *, limit_bytes: int = LIMIT_BYTES) -> None:
        self._load = load
        self._limit = limit_bytes
        self._held: OrderedDict[str, MaskedFrame] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def held_bytes(self) -> int:
        """What the cache holds now, in bytes; never above its limit, but for a single frame that is larger."""
        return self._bytes

    def has(self, key: str) -> bool:
        """Whether the frame at object `key` is held."""
        return key in self._held

    def get(self, subject: str, key: str) -> MaskedFrame:
        """The frame of `subject` at object `key`. Errors: StoreError if it was erased or is damaged."""
        with self._lock:
            frame = self._held.get(key)
            if frame is not None:
                self._held.move_to_end(key)
                return frame
        frame = self._load(subject, key)
        with self._lock:
            if key not in self._held:
                self._held[key] = frame
                self._bytes += frame.pixels.nbytes
                while self._bytes > self._limit and len(self._held) > 1:
                    _, dropped = self._held.popitem(last=False)
                    self._bytes -= dropped.pixels.nbytes
        return frame
