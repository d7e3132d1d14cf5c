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
        text="ada s-1",
        opacity=0.4,
        epoch=1,
        forensic=None,
    )


def load(subject: str, key: str) -> MaskedFrame:
    if key == "gone":
        raise StoreError("this was erased")
    return FRAME


def test_frames_and_errors_come_back_to_who_asked() -> None:
    async def ask() -> None:
        renderer = Renderer(FrameCache(load))
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


def test_a_mark_is_made_once_however_many_ask_for_it() -> None:
    marks = Marks()
    spec = MarkSpec(64, 64, "ada", 0.3, 7, None)
    got: list[object] = []
    done = threading.Barrier(2)
    for _ in range(5):
        marks.ask(spec, lambda future: got.append(future.result()))
    marks.ask(MarkSpec(64, 64, "ada", 0.3, 8, None), lambda _: done.wait(10))
    done.wait(10)
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
