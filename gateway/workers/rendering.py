"""The render pool: one thread beside the event loop, a bounded cache of decoded frames shared by all sessions, and their marks.

A frame is drawn only from masked pixels, and always with a mark: there is no other way out of here.
"""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from viewer.masking.image import MaskedFrame
from viewer.render.frame import Encoding, MarkedFrame, output_size, render
from viewer.render.mark import Mark, make_mark
from viewer.render.view import View

CACHE_BYTES = 512 * 1024 * 1024  # decoded frames: about 1,000 CT slices
MARKS = 64  # a mark of 1024x1024 is 2 MB


class FrameCache:
    """Decoded masked frames by object key, the least recently used dropped first. Safe between threads."""

    def __init__(self, load: Callable[[str, str], MaskedFrame], *, limit_bytes: int = CACHE_BYTES) -> None:
        self._load = load
        self._limit = limit_bytes
        self._held: OrderedDict[str, MaskedFrame] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def held_bytes(self) -> int:
        """What the cache holds now, in bytes; never above its limit, but for a single frame that is larger."""
        return self._bytes

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


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderJob:
    """One frame to draw: `subject` and `key` name the masked frame, `text` is what the visible mark says."""

    view: View
    subject: str
    key: str
    encoding: Encoding
    text: str
    opacity: float
    epoch: int


class Renderer:
    """Draws frames on one thread; closing it waits for the frame in hand."""

    def __init__(self, cache: FrameCache) -> None:
        self._cache = cache
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="render")
        self._marks: OrderedDict[tuple[int, int, str, float, int], Mark] = OrderedDict()

    async def draw(self, job: RenderJob) -> MarkedFrame:
        """The marked, encoded frame. Errors: ViewError, StoreError."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self.draw_now, job)

    def draw_now(self, job: RenderJob) -> MarkedFrame:
        """The same on the calling thread."""
        frame = self._cache.get(job.subject, job.key)
        width, height = output_size(job.view, job.encoding)
        return render(job.view, frame, self._mark(width, height, job), job.encoding)

    def _mark(self, width: int, height: int, job: RenderJob) -> Mark:
        wanted = (width, height, job.text, job.opacity, job.epoch)
        mark = self._marks.get(wanted)
        if mark is None:
            mark = make_mark(width=width, height=height, text=job.text, opacity=job.opacity, epoch=job.epoch)
            self._marks[wanted] = mark
            if len(self._marks) > MARKS:
                self._marks.popitem(last=False)
        self._marks.move_to_end(wanted)
        return mark

    def close(self) -> None:
        """Wait for the frame in hand and stop the thread."""
        self._pool.shutdown(wait=True)
