"""The render pool and its marks: what is asked for is drawn once, in turn, and within bounds."""

import asyncio
import threading

import numpy as np
import pytest

from gateway.errors import StoreError
from gateway.workers.caching import FrameCache
from gateway.workers.marks import Marks, MarkSpec
from gateway.workers.rendering import Renderer, RenderJob
from viewer.errors import ViewError
from viewer.imaging.presentation import Presentation
from viewer.masking.image import MaskedFrame
from viewer.render.frame import Encoding, MarkedFrame
from viewer.render.view import View

FRAME = MaskedFrame(
    pixels=np.arange(64 * 64, dtype=np.uint16).reshape(64, 64),
    offset=0,
    presentation=Presentation(photometric="MONOCHROME2", bits_stored=12),
)


def job(key: str = "k", **changes: object) -> RenderJob:
    view = {"item": "i", "frame": 0, "width": 64, "height": 64, "x": 32.0, "y": 32.0, "scale": 1.0}
    return RenderJob(
        view=View(**{**view, **changes}),  # type: ignore[arg-type]
        subject="s",
        key=key,
        encoding=Encoding(lossless=True),
        mark=MarkSpec(64, 64, "ada s-1", 0.4, 1, None),
    )


class Source:
    """Frames without a store; `reads` are the keys that were read."""

    def __init__(self) -> None:
        self.reads: list[str] = []
        self.forgotten: list[str] = []

    def get(self, subject: str, key: str) -> MaskedFrame:
        self.reads.append(key)
        if key == "gone":
            raise StoreError("this was erased")
        return FRAME

    def forget(self, subject: str) -> None:
        self.forgotten.append(subject)


def test_frames_and_errors_come_back_to_who_asked() -> None:
    async def ask() -> None:
        renderer = Renderer(FrameCache(Source()))
        try:
            frame = await renderer.draw(job())
            assert isinstance(frame, MarkedFrame)
            assert frame.payload == renderer.draw_now(job()).payload
            with pytest.raises(StoreError, match="erased"):
                await renderer.draw(job("gone"))
            with pytest.raises(ViewError):
                await renderer.draw(job(scale=1e9))
            drawn = await asyncio.gather(*(renderer.draw(job(x=float(k))) for k in range(20)))
            assert len({each.digest for each in drawn}) == 20
        finally:
            renderer.close()

    asyncio.run(ask())


def test_what_is_in_memory_is_drawn_on_the_loop_which_is_let_in_between_two_frames() -> None:
    async def ask() -> None:
        renderer = Renderer(FrameCache(Source()))
        threads: list[int] = []
        draw = renderer._draw

        def seen(wanted: RenderJob, mark: object) -> MarkedFrame:
            threads.append(threading.get_ident())
            return draw(wanted, mark)  # type: ignore[arg-type] # as it came

        renderer._draw = seen  # type: ignore[method-assign] # looks on
        try:
            await renderer.draw(job())  # read first, so on the thread
            order: list[int | str] = []
            loop, last = asyncio.get_running_loop(), asyncio.Event()

            def came(k: int) -> None:
                order.append(k)
                if k == 2:
                    last.set()

            for k in range(3):
                renderer.ask("one", job(x=float(k)), lambda _, k=k: came(k))
            loop.call_soon(order.append, "between")
            await last.wait()
            assert order == [0, "between", 1, 2]
            assert threads[0] != threading.get_ident()
            assert set(threads[1:]) == {threading.get_ident()}
        finally:
            renderer.close()

    asyncio.run(ask())


def test_a_mark_is_made_once_however_many_ask_for_it() -> None:
    marks = Marks()
    spec = MarkSpec(64, 64, "ada", 0.3, 7, None)
    got: list[object] = []
    done = threading.Event()
    for _ in range(5):
        marks.ask(spec, lambda future: got.append(future.result()))
    marks.ask(MarkSpec(64, 64, "ada", 0.3, 8, None), lambda _: done.set())
    assert done.wait(60)
    marks.close()
    assert len(got) == 5
    assert len({id(mark) for mark in got}) == 1
    assert marks.held(spec) is got[0]


def test_marks_stay_within_their_bound() -> None:
    marks = Marks(limit_bytes=3 * 2 * 64 * 64)
    for epoch in range(10):
        marks.get(MarkSpec(64, 64, "ada", 0.3, epoch, None))
        assert marks.held_bytes <= 3 * 2 * 64 * 64
    assert marks.held(MarkSpec(64, 64, "ada", 0.3, 9, None)) is not None
    assert marks.held(MarkSpec(64, 64, "ada", 0.3, 6, None)) is None
    marks.close()


def test_the_cache_stays_within_its_bound_and_drops_the_oldest() -> None:
    source = Source()
    cache = FrameCache(source, limit_bytes=3 * FRAME.pixels.nbytes)
    for key in "abcab":
        cache.get("s", key)
    assert source.reads == ["a", "b", "c"]
    cache.get("s", "d")  # c was used longest ago
    assert cache.held_bytes == 3 * FRAME.pixels.nbytes
    assert [cache.has(key) for key in "abcd"] == [True, True, False, True]
    cache.close()


def test_many_who_want_one_frame_read_it_once() -> None:
    source, all_in, cache_in = Source(), threading.Barrier(5), threading.Event()
    read = source.get

    def slow(subject: str, key: str) -> MaskedFrame:
        cache_in.wait(10)
        return read(subject, key)

    source.get = slow  # type: ignore[method-assign]
    cache = FrameCache(source)
    got: list[MaskedFrame] = []

    def want() -> None:
        all_in.wait(10)
        got.append(cache.get("s", "a"))

    threads = [threading.Thread(target=want) for _ in range(5)]
    for thread in threads:
        thread.start()
    cache_in.set()
    for thread in threads:
        thread.join(10)
    assert source.reads == ["a"]
    assert len(got) == 5
    cache.close()


def test_what_is_read_ahead_is_there_and_an_erased_subject_is_not() -> None:
    source = Source()
    cache = FrameCache(source)
    cache.read_ahead("s", "a")
    cache.read_ahead("t", "b")
    cache.read_ahead("t", "gone")  # tells nobody: whoever asks for it hears why
    cache.close()  # waits for what is in hand
    for key in "ab":
        cache.get("s" if key == "a" else "t", key)
    assert cache.subjects() == {"s", "t"}
    cache.forget({"t"})
    assert (cache.has("a"), cache.has("b")) == (True, False)
    assert cache.held_bytes == FRAME.pixels.nbytes
    assert source.forgotten == ["t"]
    with pytest.raises(StoreError):
        cache.get("t", "gone")
