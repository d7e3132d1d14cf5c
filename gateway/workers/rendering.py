"""The render pool: one thread beside the event loop, which sessions take in turn, over a cache that they all share.

A frame is drawn only from masked pixels, and always with a mark: there is no other way out of here.
"""

import asyncio
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass

import cv2

from gateway.errors import GatewayError
from gateway.stream.turns import Turns
from gateway.workers.caching import FrameCache
from gateway.workers.marks import Marks, MarkSpec
from gateway.workers.sections import SectionJob, Sections
from viewer.errors import ViewerError
from viewer.render.frame import Encoding, MarkedFrame, output_size, render
from viewer.render.mark import Forensic, Mark
from viewer.render.view import View

QUANTUM = 1 << 20  # device pixels a session may have drawn before the next one's turn: one usual frame

Drawn = MarkedFrame | GatewayError | ViewerError | Exception
Then = Callable[[Drawn], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderJob:
    """One frame to draw: `subject` and `key` name the masked frame, `text` is what the visible mark says.

    `forensic` None leaves the invisible mark out, which only a policy may want. `large`: it may be stored in tiles.
    `section`: instead of the frame at `key`, a section through several.
    """

    view: View
    subject: str
    key: str
    encoding: Encoding
    text: str
    opacity: float
    epoch: int
    forensic: Forensic | None
    large: bool = False
    section: SectionJob | None = None

    def mark(self, epoch: int | None = None) -> MarkSpec:
        """The mark that it needs. Errors: ViewError."""
        width, height = output_size(self.view, self.encoding)
        return MarkSpec(
            width, height, self.text, self.opacity, self.epoch if epoch is None else epoch, self.forensic
        )


class Renderer:
    """Draws frames on one thread; closing it waits for the frame in hand."""

    def __init__(self, cache: FrameCache, marks: Marks | None = None) -> None:
        self.cache = cache
        self.marks = marks or Marks()
        self.sections = Sections(cache)
        self._turns: Turns[tuple[RenderJob, Mark, Then]] = Turns(QUANTUM)
        self._ready = threading.Condition()
        self._closed = False
        # INVARIANT: one thread draws. OpenCV's own would only contend with it for the processor that this process has.
        cv2.setNumThreads(1)
        self._thread = threading.Thread(target=self._run, name="render", daemon=True)
        self._thread.start()

    async def draw(self, job: RenderJob) -> MarkedFrame:
        """The marked, encoded frame. Errors: ViewError, StoreError."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[MarkedFrame] = loop.create_future()

        def then(drawn: Drawn) -> None:
            if done.cancelled():
                return
            if isinstance(drawn, MarkedFrame):
                done.set_result(drawn)
            else:
                done.set_exception(drawn)

        self.ask(done, job, lambda drawn: loop.call_soon_threadsafe(then, drawn))
        return await done

    def ask(self, owner: Hashable, job: RenderJob, then: Then) -> None:
        """Have `job` drawn when it is its owner's turn; `then` gets the frame or the error, on a thread of the pool."""
        try:
            spec = job.mark()
        except ViewerError as error:
            then(error)
            return
        section = job.section
        if section is not None and not self.sections.held(section):
            self.sections.ask(
                section,
                lambda wrong: self._with_mark(owner, job, spec, then) if wrong is None else then(wrong),
            )
            return
        self._with_mark(owner, job, spec, then)

    def _with_mark(self, owner: Hashable, job: RenderJob, spec: MarkSpec, then: Then) -> None:
        mark = self.marks.held(spec)
        if mark is not None:
            self._queue(owner, job, mark, then)
            return

        def made(future: "Future[Mark]") -> None:
            try:
                self._queue(owner, job, future.result(), then)
            except CancelledError:
                then(RuntimeError("the renderer is closed"))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
                then(error)

        self.marks.ask(spec, made)

    def draw_now(self, job: RenderJob) -> MarkedFrame:
        """The frame, drawn on the calling thread. Errors: ViewError, StoreError."""
        return self._draw(job, self.marks.get(job.mark()))

    def close(self) -> None:
        """Wait for the frame in hand and stop the threads."""
        self.marks.close()
        self.sections.close()
        with self._ready:
            self._closed = True
            self._ready.notify()
        self._thread.join()
        self.cache.close()

    def _queue(self, owner: Hashable, job: RenderJob, mark: Mark, then: Then) -> None:
        with self._ready:
            self._turns.put(owner, mark.width * mark.height, (job, mark, then))
            self._ready.notify()

    def _run(self) -> None:
        while True:
            with self._ready:
                while (taken := self._turns.take()) is None and not self._closed:
                    self._ready.wait()
            if taken is None:
                return
            job, mark, then = taken
            try:
                drawn: Drawn = self._draw(job, mark)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
                drawn = error
            then(drawn)

    def _draw(self, job: RenderJob, mark: Mark) -> MarkedFrame:
        if job.section is not None:
            return render(job.view, self.sections.get(job.section), mark, job.encoding)
        if not job.large:
            return render(job.view, self.cache.get(job.subject, job.key), mark, job.encoding)
        view, frame = self.cache.for_view(
            job.subject, job.key, job.view, width=mark.width, height=mark.height
        )
        return render(view, frame, mark, job.encoding)
