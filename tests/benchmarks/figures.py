"""One figure of a benchmark, and the clocks that they share."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Figure = dict[str, object]
_SCHED = 2  # Linux: the kind of clock that clock_getcpuclockid(3) gives for a process


def at_most(name: str, value: float, goal: float, unit: str, detail: str) -> Figure:
    """A figure that holds while `value` is `goal` or less."""
    return _figure(name, value, f"<= {goal:g}", unit, detail, holds=value <= goal)


def at_least(name: str, value: float, goal: float, unit: str, detail: str) -> Figure:
    """A figure that holds while `value` is `goal` or more."""
    return _figure(name, value, f">= {goal:g}", unit, detail, holds=value >= goal)


def skipped(name: str, goal: str, why: str) -> Figure:
    """A figure that could not be taken."""
    return {"name": name, "value": None, "unit": "", "goal": goal, "holds": None, "detail": f"skipped: {why}"}


def _figure(name: str, value: float, goal: str, unit: str, detail: str, *, holds: bool) -> Figure:
    return {
        "name": name,
        "value": round(value, 4),
        "unit": unit,
        "goal": goal,
        "holds": holds,
        "detail": detail,
    }


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of `values` do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@contextmanager
def on_processors(wanted: set[int]) -> Iterator[None]:
    """This process on `wanted` for a while."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, wanted)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def awake(processor: int) -> Iterator[None]:
    """Keep `processor` from falling asleep, by a process that gives way to all others.

    Who sends to a process on a sleeping virtual processor pays for waking it, up to 0.4 ms a message: where clients and server
    are on one machine, the clients' rest would be counted as the server's work.
    """
    code = f"import os; os.sched_setaffinity(0, {{{processor}}}); os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))\nwhile 1: pass"
    process = subprocess.Popen([sys.executable, "-c", code])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def cpu_ms(call: Callable[[], object], times: int) -> float:
    """CPU milliseconds of one call, the mean of `times` in a row."""
    started = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - started) * 1000 / times


def cpu_of(pid: int) -> float:
    """The CPU seconds of a process, all its threads, those that have ended too; 0.0 if it is gone."""
    try:
        return time.clock_gettime(~pid << 3 | _SCHED)
    except OSError:
        return 0.0
