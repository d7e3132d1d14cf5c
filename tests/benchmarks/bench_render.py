"""What a frame costs in processor time, against the bare library calls that it can't do without.

A 512 x 512 16-bit CT is scrolled at 1024 x 1024. Both sides run in turn on one processor, slice by slice; a figure is
the median over `REPEATS` passes. The bare side windows, resizes, marks and compresses, and does nothing else: no view
to check, no geometry, no PNG filter, no checksums, no digest.
"""

import os
import statistics
import time
from collections.abc import Callable
from itertools import cycle
from typing import TypeVar

import cv2
import numpy as np
import simplejpeg
from isal import isal_zlib

from tests.benchmarks.studio import OFFSET, ct_slices, masked
from viewer.imaging.presentation import Rounding, Window
from viewer.imaging.windowing import window_table
from viewer.masking.image import MaskedFrame
from viewer.render.drawing import levels
from viewer.render.frame import Encoding, render
from viewer.render.mark import Mark, make_mark
from viewer.render.view import View

REPEATS = 9
SIDE = 1024
SLICES = 24
GOAL = 1.25
TEXT = "m.keller · s-7f3a9c · 2026-11-24 14:31 UTC · Head CT"
VIEW = View(item="ct", frame=0, width=SIDE, height=SIDE, x=256.0, y=256.0, scale=2.0)

Figure = dict[str, object]
Argument = TypeVar("Argument")


def run() -> list[Figure]:
    """The figures, measured on one processor of those that this process may use."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        return _measure()
    finally:
        os.sched_setaffinity(0, allowed)


def _measure() -> list[Figure]:
    slices, source = ct_slices(SLICES)
    frames, source = [masked(pixels) for pixels in slices], f"{SLICES} slices of a {source}"
    mark = _mark(0)
    lossy, exact = Encoding(lossless=False, quality=85), Encoding(lossless=True)
    drag = cycle([Window(center=40.0 + step / 8, width=80.0) for step in range(1000)])

    def draw(encoding: Encoding) -> Callable[[MaskedFrame], object]:
        return lambda frame: render(VIEW, frame, mark, encoding)

    def dragged(frame: MaskedFrame) -> object:
        view = View(
            item="ct", frame=0, width=SIDE, height=SIDE, x=256.0, y=256.0, scale=2.0, window=next(drag)
        )
        return render(view, frame, mark, lossy)

    return [
        _ratio("scrolled frame, jpeg q85", frames, _bare_jpeg(frames, mark), draw(lossy), source),
        _ratio("scrolled frame, lossless", frames, _bare_png(frames, mark), draw(exact), source),
        _ratio(
            "window drag, jpeg q85, a new table each frame", frames, _bare_jpeg(frames, mark), dragged, source
        ),
        _planes(),
    ]


def _mark(epoch: int) -> Mark:
    return make_mark(width=SIDE, height=SIDE, text=TEXT, opacity=0.14, epoch=epoch)


def _table(frame: MaskedFrame) -> np.ndarray:
    return window_table(
        frame.presentation, None, first=OFFSET, count=65536, rounding=Rounding.HALF_UP, invert=False
    )


def _bare_levels(frame: MaskedFrame, table: np.ndarray, mark: Mark) -> np.ndarray:
    shaded = cv2.resize(cv2.LUT(frame.pixels, table), (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    return cv2.subtract(cv2.add(shaded, mark.add), mark.subtract)


def _bare_jpeg(frames: list[MaskedFrame], mark: Mark) -> Callable[[MaskedFrame], object]:
    table = _table(frames[0])
    return lambda frame: simplejpeg.encode_jpeg(
        _bare_levels(frame, table, mark)[..., None], 85, "GRAY", "Gray"
    )


def _bare_png(frames: list[MaskedFrame], mark: Mark) -> Callable[[MaskedFrame], object]:
    table = _table(frames[0])
    filtered = {}
    for frame in frames:
        marked = cv2.subtract(cv2.add(levels(VIEW, frame, width=SIDE, height=SIDE), mark.add), mark.subtract)
        filtered[id(frame)] = np.diff(marked, axis=0, prepend=np.zeros((1, SIDE), np.uint8)).tobytes()

    def bare(frame: MaskedFrame) -> object:
        _bare_levels(frame, table, mark)
        return isal_zlib.compress(filtered[id(frame)], 1)

    return bare


def _ratio(
    name: str,
    frames: list[MaskedFrame],
    bare: Callable[[MaskedFrame], object],
    ours: Callable[[MaskedFrame], object],
    source: str,
) -> Figure:
    passes = []
    for number in range(REPEATS + 1):
        spent = [(_cpu_ms(bare, frame), _cpu_ms(ours, frame)) for frame in frames]
        if number:  # the first pass warms caches
            passes.append(tuple(statistics.median(column) for column in zip(*spent, strict=True)))
    bare_ms, ours_ms = (statistics.median(column) for column in zip(*passes, strict=True))
    value = statistics.median(after / before for before, after in passes)
    return {
        "name": f"render: {name}",
        "value": round(value, 3),
        "unit": "x bare calls",
        "goal": f"<= {GOAL}",
        "holds": value <= GOAL,
        "detail": f"{ours_ms:.2f} ms against {bare_ms:.2f} ms of CPU at {SIDE}x{SIDE}; {source}; {REPEATS} passes",
    }


def _planes() -> Figure:
    spent = [_cpu_ms(_mark, epoch) for epoch in range(REPEATS + 1)]
    value = statistics.median(spent[1:])
    return {
        "name": "render: watermark planes of an epoch",
        "value": round(value, 1),
        "unit": "ms CPU",
        "goal": "<= 80",
        "holds": value <= 80,
        "detail": f"{SIDE}x{SIDE}, once per session and epoch; the first of a process {spent[0]:.0f} ms",
    }


def _cpu_ms(call: Callable[[Argument], object], argument: Argument) -> float:
    started = time.process_time_ns()
    call(argument)
    return (time.process_time_ns() - started) / 1e6
