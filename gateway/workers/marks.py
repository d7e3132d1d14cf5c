"""Watermark planes, made beside the render thread and ahead of the epoch that needs them."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import msgspec

from viewer.render.mark import Forensic, Mark, make_mark

LIMIT_BYTES = (
    256 * 1024 * 1024
)  # a mark of 1024x1024 is 4 MB, 10 once it was on colour, and a moving session has two or three


class MarkSpec(msgspec.Struct, frozen=True, cache_hash=True):
    """All that a mark depends on."""

    width: int
    height: int
    text: str
    opacity: float
    epoch: int
    forensic: Forensic | None  # None where a policy wants no invisible mark

    def make(self) -> Mark:
        """The planes; some 50 ms for 1024 x 1024. Errors: MarkError."""
        return make_mark(
            width=self.width,
            height=self.height,
            text=self.text,
            opacity=self.opacity,
            epoch=self.epoch,
            forensic=self.forensic,
        )


class Marks:
    """Marks by what they depend on, the least recently used dropped first. Safe between threads."""

    def __init__(self, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit = limit_bytes
        self._bytes = 0
        self._held: OrderedDict[MarkSpec, Mark] = OrderedDict()
        self._making: dict[MarkSpec, Future[Mark]] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="marks")

    @property
    def held_bytes(self) -> int:
        """What is held now, in bytes."""
        return self._bytes

    def held(self, spec: MarkSpec) -> Mark | None:
        """The mark if it is there."""
        with self._lock:
            mark = self._held.get(spec)
            if mark is not None:
                self._held.move_to_end(spec)
            return mark

    def get(self, spec: MarkSpec) -> Mark:
        """The mark, made on the calling thread if need be. Errors: MarkError."""
        mark = self.held(spec)
        if mark is None:
            mark = spec.make()
            self._keep(spec, mark)
        return mark

    def ask(self, spec: MarkSpec, then: Callable[["Future[Mark]"], object] | None = None) -> None:
        """Have the mark made on a thread of its own; `then` is called there once it is, with the future."""
        with self._lock:
            future = self._making.get(spec)
            if future is None:
                future = self._making[spec] = self._pool.submit(self._make, spec)
        if then is not None:
            future.add_done_callback(then)

    def close(self) -> None:
        """Stop the thread; what is asked for and not begun is not made."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _make(self, spec: MarkSpec) -> Mark:
        try:
            return self.get(spec)
        finally:
            with self._lock:
                self._making.pop(spec, None)

    def _keep(self, spec: MarkSpec, mark: Mark) -> None:
        with self._lock:
            if spec in self._held:
                return
            self._held[spec] = mark
            self._bytes += mark.nbytes
            while self._bytes > self._limit and len(self._held) > 1:
                _, dropped = self._held.popitem(last=False)
                self._bytes -= dropped.nbytes
