"""Cost of the search for burned-in text: CPU seconds of one picture, of each further slice of a stack, and memory."""

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.imaging.presentation import Presentation
from viewer.masking.detectors import Detectors, load
from viewer.masking.image import MaskedFrame
from viewer.masking.settling import settle
from viewer.masking.triage import Kind, Triage
from viewer.masking.verdict import Verdict

SIDE = 512
REPEATS = 5
SLICES = 33
LINES = ("QUENBY^FENWICK", "MRN 76753889", "03/28/1979", "Tel (185) 314-2006", "ST. ALBERTSHIRE CLINIC")
RELEASED = Triage(verdict=Verdict.RELEASED, kind=Kind.SECTION)


def run() -> list[dict[str, object]]:
    cv2.setNumThreads(1)
    detectors = load()
    lettered = _frame(_lettered(1))
    stack = [_frame(_anatomy(seed)) for seed in range(SLICES)]
    one = _median(lambda: settle(RELEASED, (lettered,), detectors))
    few, many = (
        _median(lambda count=count: settle(RELEASED, stack[:count], detectors)) for count in (3, SLICES)
    )
    further = (many - few) / (SLICES - 3)
    tesseract = _tesseract(lettered)
    return [
        {
            "name": "mask: one picture of 512 x 512 with five lines of text",
            "value": one,
            "unit": "CPU s",
            "goal": "<= 3",
            "holds": one <= 3,
            "detail": f"tesseract alone, one pass: {tesseract}",
        },
        {
            "name": "mask: each further slice of a stack",
            "value": 1000 * further,
            "unit": "CPU ms",
            "goal": "<= 30",
            "holds": further <= 0.030,
            "detail": f"3 slices {few:.2f} s, {SLICES} slices {many:.2f} s",
        },
        _memory(),
    ]


def peak() -> int:
    """Peak memory, in KiB, of a process that masks a large picture."""
    detectors: Detectors = load()
    settle(RELEASED, (_frame(cv2.resize(_lettered(2), (2048, 2048))),), detectors)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _memory() -> dict[str, object]:
    command = "from tests.benchmarks.bench_masking import peak; print(peak())"
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, check=True, env=environment
    )
    mebibytes = int(done.stdout) / 1024
    return {
        "name": "mask: memory of one worker, a picture of 2048 x 2048",
        "value": mebibytes,
        "unit": "MiB",
        "goal": "<= 1229",
        "holds": mebibytes <= 1.2 * 1024,
        "detail": "peak resident set, models included",
    }


def _median(work: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return statistics.median(times)


def _anatomy(seed: int) -> NDArray[np.uint16]:
    rng = np.random.default_rng(seed)
    smooth = cv2.GaussianBlur(rng.normal(0, 1, (SIDE, SIDE)), (0, 0), 12)
    values = 1500 + 600 * smooth / smooth.std() + rng.normal(0, 12, (SIDE, SIDE))
    return np.clip(values, 0, 4095).astype(np.uint16)


def _lettered(seed: int) -> NDArray[np.uint16]:
    ink = np.zeros((SIDE, SIDE), np.uint8)
    for number, line in enumerate(LINES):
        cv2.putText(ink, line, (20, 60 + 90 * number), cv2.FONT_HERSHEY_SIMPLEX, 0.4 + 0.1 * number, 255, 1)
    pixels = _anatomy(seed)
    pixels[ink > 100] = 4000
    return pixels


def _frame(pixels: NDArray[np.uint16]) -> MaskedFrame:
    return MaskedFrame(
        pixels=pixels, offset=0, presentation=Presentation(photometric="MONOCHROME2", bits_stored=12)
    )


def _tesseract(frame: MaskedFrame) -> str:
    """CPU seconds of Tesseract on the same picture at twice its size, where it is installed."""
    levels = (frame.pixels.astype(np.float32) / 16).astype(np.uint8)
    done, encoded = cv2.imencode(".png", cv2.resize(levels, None, fx=2, fy=2))
    if not done:
        return "-"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        subprocess.run(
            ["tesseract", "-", "-", "--psm", "11", "tsv"],
            input=encoded.tobytes(),
            capture_output=True,
            check=True,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except (OSError, subprocess.CalledProcessError):
        return "not installed"
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return f"{after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime:.2f} CPU s"
