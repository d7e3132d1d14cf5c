"""The renderer: sessions take turns at it, over a cache that they all share.

A frame whose pixels and mark are in memory is drawn on the event loop, one between two looks at the sockets: a process has
one processor, on which a thread beside the loop would only take turns with it, at the price of several switches a frame.
What has to be read first, or takes long, is drawn on a thread. A frame is drawn only from masked pixels, and always with a
mark: there is no other way out of here.
"""

import asyncio
import contextlib
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable, Hashable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from functools import partial

import cv2
import msgspec

from gateway.errors import GatewayError
from gateway.stream.turns import Turns
from gateway.workers.caching import FrameCache
from gateway.workers.marks import Marks, MarkSpec
from gateway.workers.sections import SectionJob, Sections
from viewer.errors import ViewerError
from viewer.masking.image import MaskedFrame
from viewer.masking.state import Appearance, State
from viewer.render.frame import Encoding, Film, MarkedFrame, render
from viewer.render.mark import Mark
from viewer.render.presenting import Place, presented
from viewer.render.reading import Reading, is_in_view, read_pixel
from viewer.render.view import MIN_SIDE, View

QUANTUM = 1 << 20  # device pixels a session may have drawn before the next one's turn: one usual frame
# Device pixels that the sockets may wait for, some 6 ms: a screen of 1920 x 1080, but none of 4K.
BRIEF = 5 << 19
FILMED = 4  # times as long takes a frame of a video as a JPEG, so it is drawn on the thread


@dataclass(frozen=True, slots=True)
class Presented:
    """How a frame is to look by a presentation state."""

    state: State
    look: Appearance

    def of(self, frame: MaskedFrame, place: Place = (0.0, 0.0, 1.0)) -> MaskedFrame:
        """`frame` so; `place`: as in `presented`."""
        return presented(frame, self.state, self.look, place)


Drawn = MarkedFrame | GatewayError | ViewerError | Exception
Then = Callable[[Drawn], object]


class RenderJob(msgspec.Struct, frozen=True, kw_only=True):
    """One frame to draw: `subject` and `key` name the masked frame, `mark` is what it carries.

    `large`: it may be stored in tiles. `section`: instead of the frame at `key`, a section through several.
    `state`: that the frame is shown by. `film`: of which it is a part, if its encoding says so.
    """

    view: View
    subject: str
    key: str
    encoding: Encoding
    mark: MarkSpec
    large: bool = False
    section: SectionJob | None = None
    state: Presented | None = None
    film: Film | None = None


class Renderer:
    """Draws frames on the event loop and on one thread; closing it waits for the frame in hand.

    `brief`: device pixels that are drawn on the loop at most; 0 for a process with several processors, where a thread
    draws beside it.
    """

    def __init__(self, cache: FrameCache, marks: Marks | None = None, *, brief: int = BRIEF) -> None:
        self.cache = cache
        self._most = brief
        self.marks = marks or Marks()
        self.sections = Sections(cache)
        self._brief: Turns[tuple[RenderJob, Mark, Then]] = Turns(QUANTUM)  # drawn on the loop
        self._going = False  # whether the loop comes back to them
        self._long: Turns[tuple[RenderJob, Mark, Then]] = Turns(QUANTUM)  # drawn on the thread
        self._ready = threading.Condition()
        self._closed = False
        # OpenCV's own threads would only contend with these two for the processor that this process has.
        cv2.setNumThreads(1)
        self._thread = threading.Thread(target=self._run, name="render", daemon=True)
        self._thread.start()

    async def draw(self, job: RenderJob) -> MarkedFrame:
        """The marked, encoded frame. Errors: ViewError, StoreError."""
        done: asyncio.Future[MarkedFrame] = asyncio.get_running_loop().create_future()

        def then(drawn: Drawn) -> None:
            if done.cancelled():
                return
            if isinstance(drawn, MarkedFrame):
                done.set_result(drawn)
            else:
                done.set_exception(drawn)

        self.ask(done, job, then)
        return await done

    def ask(self, owner: Hashable, job: RenderJob, then: Then) -> None:
        """Have `job` drawn when it is its owner's turn; `then` gets the frame or the error. Both on the event loop."""
        loop = asyncio.get_running_loop()
        section = job.section
        if section is not None and not self.sections.held(section):

            def cut(wrong: Exception | None) -> None:
                if wrong is None:
                    _tell(loop, self._with_mark, loop, owner, job, then)
                else:
                    _tell(loop, then, wrong)

            self.sections.ask(section, cut)
            return
        self._with_mark(loop, owner, job, then)

    def _with_mark(self, loop: AbstractEventLoop, owner: Hashable, job: RenderJob, then: Then) -> None:
        mark = self.marks.held(job.mark)
        if mark is not None:
            self._put(loop, owner, job, mark, then)
            return

        def made(future: "Future[Mark]") -> None:
            try:
                _tell(loop, self._put, loop, owner, job, future.result(), then)
            except CancelledError:
                _tell(loop, then, RuntimeError("the renderer is closed"))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
                _tell(loop, then, error)

        self.marks.ask(job.mark, made)

    def draw_now(self, job: RenderJob) -> MarkedFrame:
        """The frame, drawn on the calling thread. Errors: ViewError, StoreError."""
        return self._draw(job, self.marks.get(job.mark))

    def read(self, job: RenderJob, column: int, row: int) -> Reading | None:
        """The pixel at (`column`, `row`), from 0, of what `job` draws, where it is in view; waits for the store. Errors: StoreError."""
        if job.section is not None:
            frame = self.sections.get(job.section)
        elif job.large:
            near = View(
                item=job.view.item, frame=job.view.frame, width=MIN_SIDE, height=MIN_SIDE,
                x=column + 0.5, y=row + 0.5, scale=1.0,
            )  # fmt: skip
            inner, part = self.cache.for_view(job.subject, job.key, near, width=MIN_SIDE, height=MIN_SIDE)
            left, top = round(near.x - inner.x), round(near.y - inner.y)
            if not is_in_view(job.view, part.presentation, column, row):
                return None
            shown = part if job.state is None else job.state.of(part, (float(left), float(top), 1.0))
            return read_pixel(shown, column - left, row - top)
        else:
            frame = self.cache.get(job.subject, job.key)
        if not is_in_view(job.view, frame.presentation, column, row):
            return None
        return read_pixel(frame if job.state is None else job.state.of(frame), column, row)

    def close(self) -> None:
        """Wait for the frame in hand and stop the threads."""
        self.marks.close()
        self.sections.close()
        with self._ready:
            self._closed = True
            self._ready.notify()
        self._thread.join()
        self.cache.close()

    def _put(self, loop: AbstractEventLoop, owner: Hashable, job: RenderJob, mark: Mark, then: Then) -> None:
        cost = mark.width * mark.height
        if job.film is not None:
            cost *= FILMED
        elif cost <= self._most and self._at_hand(job):
            self._brief.put(owner, cost, (job, mark, then))
            if not self._going:
                self._going = True
                loop.call_soon(self._turn, loop)
            return
        with self._ready:
            self._long.put(owner, cost, (job, mark, partial(_tell, loop, then)))
            self._ready.notify()

    def _at_hand(self, job: RenderJob) -> bool:
        if job.section is not None:
            return self.sections.held(job.section)
        return not job.large and self.cache.holds(job.key)

    def _turn(self, loop: AbstractEventLoop) -> None:
        """Draw one frame; the next one comes after a look at the sockets, or they would starve."""
        taken = self._brief.take()
        self._going = bool(self._brief)
        if self._going:
            loop.call_soon(self._turn, loop)
        if taken is not None:
            job, mark, then = taken
            then(self._drawn(job, mark))

    def _run(self) -> None:
        while True:
            with self._ready:
                while (taken := self._long.take()) is None and not self._closed:
                    self._ready.wait()
            if taken is None:
                return
            job, mark, then = taken
            then(self._drawn(job, mark))

    def _drawn(self, job: RenderJob, mark: Mark) -> Drawn:
        try:
            return self._draw(job, mark)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
            return error

    def _draw(self, job: RenderJob, mark: Mark) -> MarkedFrame:
        if job.section is not None:
            return render(job.view, self.sections.get(job.section), mark, job.encoding, job.film)
        if not job.large:
            plain = self.cache.get(job.subject, job.key)
            shown = plain if job.state is None else job.state.of(plain)
            return render(job.view, shown, mark, job.encoding, job.film)
        view, frame = self.cache.for_view(
            job.subject, job.key, job.view, width=mark.width, height=mark.height
        )
        if job.state is not None:
            side = view.scale / job.view.scale
            frame = job.state.of(frame, (job.view.x - view.x * side, job.view.y - view.y * side, side))
        return render(view, frame, mark, job.encoding, job.film)


def _tell(loop: AbstractEventLoop, call: Callable[..., object], *about: object) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits for it any more
        loop.call_soon_threadsafe(call, *about)
