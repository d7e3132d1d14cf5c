"""Cost of the search for burned-in text: CPU seconds of one picture of each usual size, of each further slice, memory; peers beside it."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.figures import skipped
from tests.benchmarks.peak import peak_mib
from tests.benchmarks.redactors import compared
from tests.benchmarks.studio import SHARED
from viewer.imaging.presentation import Presentation, Window
from viewer.imaging.reading import read
from viewer.masking.applying import DicomSource, apply_stack
from viewer.masking.detectors import Detectors, load
from viewer.masking.image import MaskedFrame
from viewer.masking.profile import BASIC
from viewer.masking.pseudonyms import derive_keys
from viewer.masking.settling import settle
from viewer.masking.triage import Kind, Triage
from viewer.masking.verdict import Verdict

SIDE = 512
REPEATS = 5
SLICES = 33
FEW = 3
FURTHER_MS = 30
HEADS = ("ct-head-28", "ct-phantom-64", "mr-t1w-96")
SIZES = ((512, 512), (768, 1024), (1024, 1024), (2048, 1664))
LINES = ("QUENBY^FENWICK", "MRN 76753889", "03/28/1979", "Tel (185) 314-2006", "ST. ALBERTSHIRE CLINIC")
RELEASED = Triage(verdict=Verdict.RELEASED, kind=Kind.SECTION)


def run() -> list[dict[str, object]]:
    cv2.setNumThreads(1)
    detectors, plain = load(), _plain()
    figures = [
        _figure(
            f"mask: one picture of {columns} x {rows} with five lines of text",
            _median(lambda frame=frame: settle(RELEASED, (frame,), detectors)),
            "CPU s",
            3,
        )
        for rows, columns in SIZES
        for frame in (_frame(cv2.resize(_lettered(1), (columns, rows))),)
    ]
    figures.append(
        _figure(
            f"mask: one picture of {SIDE} x {SIDE} without text",
            _median(lambda: settle(RELEASED, (plain,), detectors)),
            "CPU s",
            3,
        )
    )
    return [*figures, *_series(detectors), _further(detectors), _memory(), *compared(SHARED, detectors)]


def _series(detectors: Detectors) -> Iterator[dict[str, object]]:
    """Whole series of heads, from read files to masked ones: read, searched for text, their faces taken off and looked for."""
    keys = derive_keys(bytes(32), "")
    for name in HEADS:
        files = sorted((SHARED / "data/dicom" / name).glob("*.dcm"))
        title = f"mask: the series {name}, less {FURTHER_MS} ms for each further slice"
        if not files:
            yield skipped(title, "<= 3", "the shared data is not there")
            continue
        sources = [DicomSource(dataset=read(file.read_bytes()), origin=file.name) for file in files]
        seconds = _median(lambda sources=sources: apply_stack(sources, BASIC, keys, detectors), FEW)
        further = FURTHER_MS / 1000 * (len(files) - 1)
        yield _figure(title, seconds - further, "CPU s", 3, f"{len(files)} slices, {seconds:.2f} s in all")


class _Timed:
    """A detector or reader, its calls counted and timed."""

    def __init__(self, inner: Any) -> None:
        self._inner, self.title, self.calls, self.seconds = inner, getattr(inner, "title", ""), 0, 0.0

    def find(self, look: Any, share: float = 1.0) -> Any:
        return self._timed(self._inner.find, look, share)

    def find_lines(self, look: Any, share: float = 1.0) -> Any:
        return self._timed(self._inner.find_lines, look, share)

    def read(self, line: Any) -> Any:
        return self._timed(self._inner.read, line)

    def _timed(self, work: Callable[..., Any], *given: Any) -> Any:
        began = time.process_time()
        done = work(*given)
        self.seconds += time.process_time() - began
        self.calls += 1
        return done


def _further(detectors: Detectors) -> dict[str, object]:
    """A slice's own share of a stack. The networks look at a layout a fixed number of times, for seconds that vary by more
    than all slices cost: they are timed apart, and count as far as more slices made them look more often."""
    stack = [_frame(_anatomy(seed)) for seed in range(SLICES)]
    costs = []
    for _ in range(REPEATS):
        timed = [_Timed(each) for each in (detectors.first, detectors.second, detectors.reader)]
        found = replace(detectors, first=timed[0], second=timed[1], reader=timed[2])
        began = time.process_time()
        settle(RELEASED, stack[:FEW], found)
        few = time.process_time() - began - sum(each.seconds for each in timed)
        looks = [each.calls for each in timed]
        for each in timed:
            each.calls, each.seconds = 0, 0.0
        began = time.process_time()
        settle(RELEASED, stack, found)
        many = time.process_time() - began - sum(each.seconds for each in timed)
        more = sum(
            (each.calls - before) * each.seconds / each.calls
            for each, before in zip(timed, looks, strict=True)
            if each.calls > before
        )
        costs.append((many - few + more) / (SLICES - FEW))
    spread = f"{1000 * min(costs):.1f} to {1000 * max(costs):.1f} ms; the networks looked {looks} times at {FEW} slices"
    spread += f", {[each.calls for each in timed]} at {SLICES}"
    return _figure(
        "mask: each further slice of a stack", 1000 * statistics.median(costs), "CPU ms", FURTHER_MS, spread
    )


def _figure(name: str, value: float, unit: str, goal: float, detail: str = "") -> dict[str, object]:
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "goal": f"<= {goal:g}",
        "holds": value <= goal,
        "detail": detail,
    }


def peak() -> float:
    """Peak memory, in MiB, of this process after it masked a large picture."""
    settle(RELEASED, (_frame(cv2.resize(_lettered(2), (2048, 2048))),), load())
    return peak_mib()


def _memory() -> dict[str, object]:
    command = "from tests.benchmarks.bench_masking import peak; print(peak())"
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, check=True, env=environment
    )
    name = "mask: memory of one worker, a picture of 2048 x 2048"
    return _figure(name, float(done.stdout), "MiB", 1.2 * 1024, "peak resident set, models included")


def _median(work: Callable[[], object], repeats: int = REPEATS) -> float:
    times = []
    for _ in range(repeats):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return statistics.median(times)


def _anatomy(seed: int) -> NDArray[np.uint16]:
    rng = np.random.default_rng(seed)
    smooth = cv2.GaussianBlur(rng.normal(0, 1, (SIDE, SIDE)), (0, 0), 12)
    values = 1500 + 600 * smooth / smooth.std() + rng.normal(0, 12, (SIDE, SIDE))
    return np.clip(values, 0, 4095).astype(np.uint16)


def _plain() -> MaskedFrame:
    """Rough anatomy, so that all of it is looked at."""
    rng = np.random.default_rng(3)
    fine = cv2.GaussianBlur(rng.normal(0, 1, (SIDE, SIDE)), (0, 0), 1.5)
    pixels = np.clip(_anatomy(3) + 250 * fine / fine.std(), 0, 4095).astype(np.uint16)
    shown = Presentation(
        photometric="MONOCHROME2", bits_stored=12, windows=(Window(center=1500, width=1200),)
    )
    return MaskedFrame(pixels=pixels, offset=0, presentation=shown)


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
