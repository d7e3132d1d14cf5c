"""A hand that scrolls over thin links, through a proxy of ours; and how soon the first picture of a series is there."""

import asyncio
import os
import statistics
import time

from tests.benchmarks.bench_stream import SLICES
from tests.benchmarks.figures import Figure, at_least, at_most, percentile
from tests.benchmarks.shaper import Line, shaped
from tests.benchmarks.studio import Studio, ct_slices, masked, studio
from tests.benchmarks.thin import Thin, connect, open_task

THIN = Line(delay_s=0.1, rate=250_000)  # 200 ms round trip, 2 Mbit/s
OFFICE = Line(delay_s=0.02, rate=1_250_000)  # 40 ms, 10 Mbit/s
SCROLL_S = 8.0
FIRST_REPEATS = 11


def run() -> list[Figure]:
    """The figures, some forty seconds."""
    with studio() as made:
        slices, _ = ct_slices(SLICES + 2 * FIRST_REPEATS)
        frames = [masked(pixels) for pixels in slices]
        shared = made.add_series("scrolled", frames[:SLICES], tasks_=2, priority=9)
        for number in range(FIRST_REPEATS):
            for kind, count in (("small", 60), ("large", 600)):
                own = frames[SLICES + 2 * number + (kind == "large")]
                more = [shared[k % SLICES] for k in range(count - 1)]
                made.add_series(f"{kind}{number}", [own], more=more, subject="scrolled", priority=5)
        with made.serving("--workers", str(min(2, len(os.sched_getaffinity(0))))) as serving:
            return [
                *asyncio.run(
                    _scrolling(made, serving.port, THIN, "200 ms, 2 Mbit/s", frames_s=8.0, settle_s=2.0)
                ),
                *asyncio.run(
                    _scrolling(made, serving.port, OFFICE, "40 ms, 10 Mbit/s", frames_s=20.0, settle_s=0.7)
                ),
                *asyncio.run(_first_pictures(made, serving.port)),
            ]


async def _scrolling(
    made: Studio, port: int, line: Line, name: str, *, frames_s: float, settle_s: float
) -> list[Figure]:
    (seat,) = made.seat(1)
    async with shaped(line, port) as through:
        stream = await connect(made, seat, port, through=through)
        task = await open_task(stream)
        item = task["item"]["id"]
        asked: dict[int, float] = {}
        seq = 0
        started = time.monotonic()
        while time.monotonic() - started < SCROLL_S:
            seq += 1
            asked[seq] = time.monotonic()
            stream.look(item, seq % SLICES, seq)
            await asyncio.sleep(1 / 30)
        stopped = time.monotonic()
        await stream.until(lambda: stream.frames[-1].lossless and stream.frames[-1].answers == seq, 15.0)
        settled = stream.frames[-1].at - stopped
        stream.close()
    steady = [got for got in stream.frames if started + 2 <= got.at <= stopped]
    shown = len({got.answers for got in steady})
    waits = [(got.at - asked[got.answers]) * 1000 for got in steady]
    rate = shown / (SCROLL_S - 2)
    size = statistics.mean(got.size for got in steady)
    detail = f"30 steps/s; step to frame p50 {statistics.median(waits):.0f}, p95 {percentile(waits, 0.95):.0f} ms; {size / 1000:.0f} kB a frame"
    return [
        at_least(f"link of {name}: true frames/s while scrolling", rate, frames_s, "1/s", detail),
        at_most(f"link of {name}: exact after the last step", settled, settle_s, "s", "1024x1024, lossless"),
    ]


async def _first_pictures(made: Studio, port: int) -> list[Figure]:
    """From asking for work to the first frame; each time a series that nobody has opened, in a session of its own."""
    taken: dict[str, list[float]] = {"small": [], "large": []}
    for seat in made.seat(2 * FIRST_REPEATS):
        stream = await connect(made, seat, port)
        kind, spent = await _first(stream)
        taken[kind].append(spent)
        stream.close()
    small, large = (statistics.median(taken[kind]) for kind in ("small", "large"))
    detail = f"median of {FIRST_REPEATS}; from {min(taken['large']):.0f} to {max(taken['large']):.0f} ms; a mark made on the way"
    return [
        at_most("first picture of 600 slices", large, 150.0, "ms", detail),
        at_most(
            "first picture of 600 slices / of 60", large / small, 1.2, "x", f"{large:.0f} and {small:.0f} ms"
        ),
    ]


async def _first(stream: Thin) -> tuple[str, float]:
    started = time.monotonic()
    task = await open_task(stream)
    item = task["item"]["id"]
    stream.look(item, 0, 1)
    await stream.until(lambda: stream.frames)
    return item.rstrip("0123456789"), (stream.frames[0].at - started) * 1000
