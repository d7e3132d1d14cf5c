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
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
import pydicom
import simplejpeg
from isal import isal_zlib

from viewer.imaging.presentation import Presentation, Rescale, Rounding, Window
from viewer.imaging.windowing import window_table
from viewer.masking.image import MaskedFrame
from viewer.render.drawing import levels
from viewer.render.frame import Encoding, render
from viewer.render.mark import Mark, make_mark
from viewer.render.view import View

SHARED = Path(os.environ.get("ISINGLASS_SHARED", Path(__file__).resolve().parents[2].parent / "shared"))
REPEATS = 9
SIDE = 1024
SLICES = 24
GOAL = 1.25
BRAIN = Window(center=40.0, width=80.0)
TEXT = "m.keller · s-7f3a9c · 2026-11-24 14:31 UTC · Head CT"
VIEW = View(item="ct", frame=0, width=SIDE, height=SIDE, x=256.0, y=256.0, scale=2.0)
OFFSET = -32768

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
    frames, source = _slices()
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


def _slices() -> tuple[list[MaskedFrame], str]:
    """A head CT of the shared data, else a phantom of noisy ellipses; and which of them."""
    files = sorted((SHARED / "data" / "dicom" / "ct-head-28").glob("*.dcm"))[2 : 2 + SLICES]
    if files:
        stored = [pydicom.dcmread(path).pixel_array for path in files]
        return [_masked(pixels) for pixels in stored], f"{len(files)} slices of a head CT"
    return [_masked(_phantom(number)) for number in range(SLICES)], f"{SLICES} slices of a phantom"


def _phantom(number: int) -> np.ndarray:
    noise = np.random.default_rng(number).normal(0, 6, (512, 512))
    picture = np.full((512, 512), -1000.0)
    for axes, value in (((200, 240), 900.0), ((185, 225), 35.0), ((30 + number, 60), 8.0)):
        cv2.ellipse(picture, (256, 256), axes, 10.0, 0.0, 360.0, (value,), -1)
    return np.round(cv2.GaussianBlur(picture, (0, 0), 1.0) + noise).astype(np.int16)


def _masked(stored: np.ndarray) -> MaskedFrame:
    presentation = Presentation(
        photometric="MONOCHROME2",
        bits_stored=16,
        modality=Rescale(slope=1.0, intercept=0.0),
        windows=(BRAIN,),
        spacing_mm=(0.5, 0.5),
    )
    return MaskedFrame(
        pixels=(stored.astype(np.int32) - OFFSET).astype(np.uint16), offset=OFFSET, presentation=presentation
    )


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
