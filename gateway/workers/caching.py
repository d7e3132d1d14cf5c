"""Decoded masked frames in memory, shared by all sessions of this process, within a bound."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gateway.store.tiles import TiledFrame
from viewer.masking.image import MaskedFrame
from viewer.render.cutting import MaskedVolume
from viewer.render.region import moved, region_of
from viewer.render.view import View

LIMIT_BYTES = 512 * 1024 * 1024  # about 1,000 CT slices
AHEAD = 64  # frames that may wait to be read ahead: beyond it the hand has moved on


class Frames(Protocol):
    """Where frames come from."""

    def get(self, subject: str, key: str) -> MaskedFrame:
        """The frame of `subject` at object `key`. Errors: StoreError if it was erased or is damaged."""
        ...

    def open(self, subject: str, key: str) -> TiledFrame | MaskedFrame:
        """The same without its pixels if it is stored in tiles."""
        ...

    def tile(self, subject: str, key: str, tiled: TiledFrame, number: int) -> NDArray[np.generic]:
        """The pixels of one tile. Errors: StoreError."""
        ...

    def forget(self, subject: str) -> None:
        """Keep nothing of `subject`."""
        ...


Content = (
    MaskedFrame | TiledFrame | NDArray[np.generic] | MaskedVolume
)  # a frame, a large one's index, a tile of it, a volume


@dataclass(frozen=True, slots=True)
class _Held:
    subject: str
    content: Content
    nbytes: int


class FrameCache:
    """Decoded masked frames and tiles, the least recently used dropped first. Safe between threads."""

    def __init__(self, frames: Frames, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self._frames = frames
        self._limit = limit_bytes
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._bytes = 0
        self._loading: dict[str, Future[Content]] = {}
        self._lock = threading.Lock()
        self._waiting = 0
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead")

    @property
    def held_bytes(self) -> int:
        """What the cache holds now, in bytes; never above its limit, but for a single frame that is larger."""
        return self._bytes

    def has(self, key: str) -> bool:
        """Whether the frame at object `key` is held, or on its way."""
        return key in self._held or key in self._loading

    def holds(self, key: str) -> bool:
        """Whether `key` is held, so that asking for it waits for nobody."""
        return key in self._held

    def get(self, subject: str, key: str) -> MaskedFrame:
        """The frame of `subject` at object `key`. Errors: StoreError if it was erased or is damaged."""
        found = self._get(subject, key, lambda: self._frames.get(subject, key))
        assert isinstance(found, MaskedFrame)
        return found

    def uncached(self, subject: str, key: str) -> MaskedFrame:
        """The same for somebody who needs it once: it is kept only if it was. Errors: as `get`."""
        held = self._held.get(key)
        if held is not None and isinstance(held.content, MaskedFrame):
            return held.content
        return self._frames.get(subject, key)

    def volume(self, subject: str, key: str, build: Callable[[], MaskedVolume]) -> MaskedVolume:
        """The volume called `key`, built if it is not held. Errors: what `build` raises."""
        found = self._get(subject, key, build)
        assert isinstance(found, MaskedVolume)
        return found

    def section(self, subject: str, key: str, cut: Callable[[], MaskedFrame]) -> MaskedFrame:
        """The section called `key`, cut if it is not held. Errors: what `cut` raises."""
        found = self._get(subject, key, cut)
        assert isinstance(found, MaskedFrame)
        return found

    def for_view(
        self, subject: str, key: str, view: View, *, width: int, height: int
    ) -> tuple[View, MaskedFrame]:
        """What `view`, drawn on `width` x `height`, shows of a large frame, and the view of that part. Errors: StoreError."""
        found = self._get(subject, f"{key}/", lambda: self._frames.open(subject, key))
        if isinstance(found, MaskedFrame):
            return view, found
        assert isinstance(found, TiledFrame)
        tiled = found
        region = region_of(view, tiled.presentation, tiled.sizes, width=width, height=height)

        def tile(number: int) -> NDArray[np.generic]:
            name = f"{key}/{number}"
            pixels = self._get(subject, name, lambda: self._frames.tile(subject, key, tiled, number))
            assert isinstance(pixels, np.ndarray)
            return pixels

        return moved(view, region), tiled.assemble(region, tile)

    def _get(self, subject: str, key: str, load: Callable[[], Content]) -> Content:
        with self._lock:
            held = self._held.get(key)
            if held is not None:
                self._held.move_to_end(key)
                return held.content
            coming = self._loading.get(key)
            if coming is None:
                mine: Future[Content] = Future()
                self._loading[key] = mine
        if coming is not None:
            return coming.result()
        try:
            content = load()
        except BaseException as error:
            mine.set_exception(error)
            raise
        else:
            self._keep(subject, key, content)
            mine.set_result(content)
            return content
        finally:
            with self._lock:
                del self._loading[key]

    def read_ahead(self, subject: str, key: str) -> None:
        """Have the frame read beside the render thread, if there is nothing more pressing; errors come when it is asked for."""
        if self.has(key) or self._waiting >= AHEAD:
            return
        self._waiting += 1
        try:
            self._pool.submit(self._read, subject, key)
        except RuntimeError:  # closed
            self._waiting -= 1

    def subjects(self) -> set[str]:
        """Whose frames are held."""
        with self._lock:
            return {held.subject for held in self._held.values()}

    def forget(self, subjects: Collection[str]) -> None:
        """Hold nothing of `subjects` any more: they were erased."""
        for subject in subjects:
            self._frames.forget(subject)
        with self._lock:
            for key in [key for key, held in self._held.items() if held.subject in subjects]:
                self._bytes -= self._held.pop(key).nbytes

    def close(self) -> None:
        """Read nothing ahead any more."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _read(self, subject: str, key: str) -> None:
        self._waiting -= 1
        self.get(subject, key)

    def _keep(self, subject: str, key: str, content: Content) -> None:
        nbytes = content.pixels.nbytes if isinstance(content, MaskedFrame) else content.nbytes
        with self._lock:
            self._held[key] = _Held(subject, content, nbytes)
            self._bytes += nbytes
            while self._bytes > self._limit and len(self._held) > 1:
                _, dropped = self._held.popitem(last=False)
                self._bytes -= dropped.nbytes
