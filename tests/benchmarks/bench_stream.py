"""What a frame costs the whole server, from the message to the socket, and how soon it comes.

The server is `isinglass serve` in processes of its own; clients are raw sockets. Cost is the CPU time of all its processes
(the kernel's account of each thread), set against the bare calls of `bare`, which take turns with it on the same processor.
"""

import asyncio
import os
import statistics
import time
from collections.abc import Callable

import cv2
import numpy as np
import simplejpeg
from isal import isal_zlib

from tests.benchmarks.figures import (
    Figure,
    at_least,
    at_most,
    awake,
    cpu_ms,
    on_processors,
    percentile,
)
from tests.benchmarks.studio import BRAIN, OFFSET, Seat, Serving, Studio, ct_slices, masked, studio
from tests.benchmarks.thin import Got, Thin, connect, open_task
from viewer.imaging.windowing import window_table
from viewer.masking.image import MaskedFrame
from viewer.render.mark import Forensic, Mark, make_mark
from viewer.watermark.keying import Key
from viewer.watermark.pattern import Strength

SIDE = 1024
SLICES = 28
LONG = 2800
REPEATS = 5
COST_GOAL = 1.25
STREAMS = 6  # of the cost: they ask again as soon as they have a frame, so the server is always busy
ALONE_S = 0.026  # between a frame and the next step of a single session: some thirty steps a second
SEGMENT_S = 1.5
CROWD = 20
RUSH = 24
IDLE = 200
WARM = 60  # before them: the threads and caches that all sessions share are there then


def run() -> list[Figure]:
    """All figures, some two minutes."""
    processors = sorted(os.sched_getaffinity(0))
    figures: list[Figure] = []
    with studio() as made:
        _furnish(made)
        with made.serving("--workers", "1", cpus={processors[0]}) as serving, on_processors({processors[-1]}):
            with awake(processors[-1]):
                figures += asyncio.run(_costs(made, serving, processors[0]))
            figures += asyncio.run(_alone(made, serving))
            figures += asyncio.run(_memory(made, serving))
        with made.serving("--workers", "2") as serving:
            figures += asyncio.run(_crowd(made, serving))
            figures += asyncio.run(_saturated(made, serving))
    return figures


# --- what is scrolled
def _furnish(made: Studio) -> None:
    """Series that sessions get in the order of their priority: each takes the next task."""
    slices, _ = ct_slices(LONG)
    frames = [masked(pixels) for pixels in slices]
    made.add_series("short", frames[:SLICES], tasks_=STREAMS, priority=9)
    made.add_series("exact", frames[:SLICES], tasks_=STREAMS, priority=8, kind="text", subject="short")
    made.add_series("long", frames, tasks_=STREAMS, priority=7)
    made.add_series("rest", frames[:SLICES], tasks_=1000, priority=1, subject="short")


class Hand:
    """Scrolls one stream, a step after each frame, up and down a range of slices."""

    def __init__(self, stream: Thin, item: str, first: int = 0, count: int = SLICES) -> None:
        self.stream = stream
        self.item = item
        self.first, self.count = first, count
        self.waits: list[float] = []  # ms from each step to its frame
        self.frames = 0
        self._seq = 0
        self._asked = 0.0
        self._going = False
        self._pace = 0.0
        stream.on_frame = self._on_frame

    def start(self, pace_s: float) -> None:
        """Step on, `pace_s` after each frame."""
        self._pace = pace_s
        if not self._going:
            self._going = True
            self._step()

    def stop(self) -> None:
        self._going = False

    def _step(self) -> None:
        self._seq += 1
        place = self._seq % (2 * self.count - 2)
        frame = place if place < self.count else 2 * self.count - 2 - place
        self._asked = time.monotonic()
        self.stream.look(self.item, self.first + frame, self._seq)

    def _on_frame(self, got: Got) -> None:
        self.frames += 1
        if got.answers != self._seq or not self._going or self._asked == 0.0:
            return
        self.waits.append((got.at - self._asked) * 1000)
        self._asked = 0.0
        if self._pace:
            asyncio.get_running_loop().call_later(self._pace, self._go_on)
        else:
            self._step()

    def _go_on(self) -> None:
        if self._going:
            self._step()


async def hands(made: Studio, port: int, sessions: int, **where: int) -> list[Hand]:
    """`sessions` new ones with an open task each."""
    made_hands = []
    for seat in made.seat(sessions):
        stream = await connect(made, seat, port)
        task = await open_task(stream)
        made_hands.append(Hand(stream, task["item"]["id"], **where))
    return made_hands


# --- cost
async def _costs(made: Studio, serving: Serving, processor: int) -> list[Figure]:
    scrolled = await hands(made, serving.port, STREAMS)
    exact = await hands(made, serving.port, STREAMS)
    long = await hands(made, serving.port, STREAMS, count=LONG)
    slices, source = ct_slices(SLICES)
    bare_jpeg, bare_png = bare(slices)
    await _warm(long)
    rows: list[dict[str, float]] = []
    for number in range(REPEATS + 1):
        row = {}
        with on_processors({processor}):
            row["bare jpeg"] = cpu_ms(bare_jpeg, 3 * SLICES)
            row["bare png"] = cpu_ms(bare_png, 2 * SLICES)
            row["bare seldom"] = _seldom(bare_jpeg)
        row["jpeg"], row["jpeg bytes"] = await _segment(serving, scrolled)
        row["png"], row["png bytes"] = await _segment(serving, exact)
        row["long"], _ = await _segment(serving, long)
        row["alone"], _ = await _segment(serving, scrolled[:1], ALONE_S)
        if number:  # the first one warms caches
            rows.append(row)
    for hand in (*scrolled, *exact, *long):
        hand.stream.close()

    def median(name: str) -> float:
        return statistics.median(row[name] for row in rows)

    def ratio(over: str, under: str) -> float:
        return statistics.median(row[over] / row[under] for row in rows)

    about = f"{STREAMS} sessions; {SLICES} slices of a {source}; {REPEATS} repeats"
    return [
        at_most(
            "server: CPU of a scrolled frame at full load, jpeg / bare calls",
            ratio("jpeg", "bare jpeg"),
            COST_GOAL,
            "x",
            f"{median('jpeg'):.2f} against {median('bare jpeg'):.2f} ms, {median('jpeg bytes') / 1000:.0f} kB; {about}",
        ),
        at_most(
            "server: CPU of a scrolled frame at full load, lossless / bare calls",
            ratio("png", "bare png"),
            COST_GOAL,
            "x",
            f"{median('png'):.2f} against {median('bare png'):.2f} ms, {median('png bytes') / 1000:.0f} kB; {about}",
        ),
        at_most(
            "server: the same of one session at 30 steps/s, jpeg / bare calls",
            ratio("alone", "bare jpeg"),
            COST_GOAL,
            "x",
            f"{median('alone'):.2f} ms, what the server does beside included; the bare calls alone, as seldom: "
            f"{median('bare seldom'):.2f} ms, {ratio('bare seldom', 'bare jpeg'):.2f} x",
        ),
        at_most(
            f"server: CPU of a frame of {LONG} slices / of {SLICES}",
            ratio("long", "jpeg"),
            1.05,
            "x",
            f"{median('long'):.2f} against {median('jpeg'):.2f} ms, cache warm",
        ),
    ]


async def _warm(long: list[Hand]) -> None:
    """Every slice of the long series into the cache, each session its part."""
    part = LONG // len(long)
    for number, hand in enumerate(long):
        hand.first, hand.count = number * part, part
        hand.start(0.006)
    deadline = time.monotonic() + 90
    for hand in long:
        await hand.stream.until(lambda hand=hand: len(hand.waits) >= part, deadline - time.monotonic())
    for hand in long:
        hand.stop()
        hand.first, hand.count = 0, LONG


async def _segment(serving: Serving, going: list[Hand], pace_s: float = 0.0) -> tuple[float, float]:
    """CPU milliseconds and bytes of a frame while `going` scroll, `pace_s` between a frame and the next step."""
    for hand in going:
        hand.start(pace_s)
    await asyncio.sleep(0.3)
    frames, spent = sum(hand.frames for hand in going), serving.cpu_s()
    sizes = [len(hand.stream.frames) for hand in going]
    await asyncio.sleep(SEGMENT_S)
    frames, spent = sum(hand.frames for hand in going) - frames, serving.cpu_s() - spent
    seen = [got.size for hand, first in zip(going, sizes, strict=True) for got in hand.stream.frames[first:]]
    for hand in going:
        hand.stop()
    await asyncio.sleep(0.25)  # the exact frame of the resting hand is not counted
    return spent * 1000 / frames, statistics.mean(seen)


def _seldom(call: Callable[[], object]) -> float:
    """CPU milliseconds of one call where each comes as long after the one before as those of a single session do."""
    spent = 0.0
    for _ in range(SLICES):
        time.sleep(ALONE_S)
        spent += cpu_ms(call, 1)
    return spent / SLICES


def bare(slices: list[np.ndarray]) -> tuple[Callable[[], object], Callable[[], object]]:
    """The library calls that a frame can't do without, one frame a call: as JPEG of quality 85, and as filtered deflate.

    The plane is a real one, visible and forensic mark in one: it makes the picture, and so the codec's work, larger. The mark
    moves each slice as that slice hides it; here the plane is what it does to the last one, which makes no frame larger than ours on average.
    """
    frames = [masked(pixels) for pixels in slices]
    table = window_table(frames[0].presentation, BRAIN, first=OFFSET, count=65536)
    mark = make_mark(
        width=SIDE,
        height=SIDE,
        text="annotator1 k3f9a2m4x7q1",
        opacity=0.14,
        epoch=1,
        forensic=Forensic(key=Key(bytes(32)), session=1, strength=Strength.STANDARD),
    )
    add, subtract = _moves(mark, frames[-1], table)

    def levels(number: int) -> np.ndarray:
        grey = cv2.LUT(frames[number].pixels, table)
        large = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
        return np.asarray(cv2.subtract(cv2.add(large, add), subtract), np.uint8)

    counters = [0, 0]

    def following(which: int) -> int:
        counters[which] = (counters[which] + 1) % len(frames)
        return counters[which]

    def jpeg() -> object:
        return simplejpeg.encode_jpeg(levels(following(0))[..., None], 85, "GRAY", "Gray")

    def png() -> object:
        marked = levels(following(1))
        filtered = np.empty((SIDE, SIDE + 1), np.uint8)
        filtered[:, 0] = 2
        filtered[0, 1:] = marked[0]
        np.subtract(marked[1:], marked[:-1], out=filtered[1:, 1:])
        return isal_zlib.compress(filtered, 1)

    return jpeg, png


def _moves(mark: Mark, frame: MaskedFrame, table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What `mark` adds to `frame` and subtracts from it."""
    plain = cv2.resize(cv2.LUT(frame.pixels, table), (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    marked = mark.on(plain)
    return cv2.subtract(marked, plain), cv2.subtract(plain, marked)


# --- latency
async def _alone(made: Studio, serving: Serving) -> list[Figure]:
    (hand,) = await hands(made, serving.port, 1)
    hand.start(0.04)
    await asyncio.sleep(1.0)
    hand.waits.clear()
    await asyncio.sleep(8.0)
    hand.stop()
    hand.stream.close()
    waits = hand.waits
    detail = (
        f"p50 {statistics.median(waits):.1f} ms, {len(waits)} steps; server and client on a processor each"
    )
    return [at_most("latency: one session, p95", percentile(waits, 0.95), 8.0, "ms", detail)]


async def _crowd(made: Studio, serving: Serving) -> list[Figure]:
    """Sessions that step ten times a second each, whether a frame came or not."""
    crowd = await hands(made, serving.port, CROWD)
    asked: dict[tuple[int, int], float] = {}
    waits: list[float] = []

    def taking(who: int) -> Callable[[Got], None]:
        def on_frame(got: Got) -> None:
            started = asked.pop((who, got.answers), None)
            if started is not None:
                waits.append((got.at - started) * 1000)

        return on_frame

    async def step(who: int, hand: Hand) -> None:
        await asyncio.sleep(who / CROWD / 10)
        for seq in range(1, 90):
            asked[who, seq] = time.monotonic()
            hand.stream.look(hand.item, seq % SLICES, seq)
            await asyncio.sleep(0.1)

    for who, hand in enumerate(crowd):
        hand.stream.on_frame = taking(who)
    await asyncio.gather(*(step(who, hand) for who, hand in enumerate(crowd)))
    for hand in crowd:
        hand.stream.close()
    steady = waits[CROWD * 10 :]
    detail = f"p50 {statistics.median(steady):.1f} ms, {len(steady)} frames, two processes"
    return [
        at_most(
            f"latency: {CROWD} sessions, 10 events/s each, p95", percentile(steady, 0.95), 25.0, "ms", detail
        )
    ]


async def _saturated(made: Studio, serving: Serving) -> list[Figure]:
    """Sessions that ask again as soon as they have a frame; the clients share the two processors with the server."""
    rush = await hands(made, serving.port, RUSH)
    for hand in rush:
        hand.start(0.0)
    await asyncio.sleep(2.0)
    marks = []
    spent = serving.cpu_s()
    started = time.monotonic()
    for _ in range(2):
        for hand in rush:
            hand.frames = 0
            hand.waits.clear()
        await asyncio.sleep(4.0)
        marks.append(([hand.frames for hand in rush], [wait for hand in rush for wait in hand.waits]))
    lasted, spent = time.monotonic() - started, serving.cpu_s() - spent
    for hand in rush:
        hand.stop()
        hand.stream.close()
    bare_ms = cpu_ms(bare(ct_slices(SLICES)[0])[0], 3 * SLICES)
    counts = [sum(pair) for pair in zip(marks[0][0], marks[1][0], strict=True)]
    before, after = (statistics.median(waits) for _, waits in marks)
    rate = sum(counts) / lasted
    return [
        at_least(
            "saturation: frames/s on two processors",
            rate,
            600.0,
            "1/s",
            f"{RUSH} sessions; server {spent / lasted:.2f} processors, the rest is the clients'; "
            f"{sum(counts) / spent:.0f} frames per CPU second; the bare calls alone make {2000 / bare_ms:.0f} frames/s",
        ),
        at_least(
            "saturation: slowest session / median",
            min(counts) / statistics.median(counts),
            0.5,
            "x",
            f"from {min(counts)} to {max(counts)} frames",
        ),
        at_most(
            "saturation: median wait of the second half / the first",
            after / before,
            1.3,
            "x",
            f"{before:.0f} and {after:.0f} ms: no queue grows",
        ),
    ]


# --- memory
async def _memory(made: Studio, serving: Serving) -> list[Figure]:
    seats: list[Seat] = made.seat(IDLE + WARM)
    warm = [await connect(made, seat, serving.port) for seat in seats[:WARM]]
    await asyncio.sleep(1.0)
    before = serving.rss_bytes()
    idle = []
    for seat in seats[WARM:]:
        stream = await connect(made, seat, serving.port)
        await open_task(stream)
        idle.append(stream)
    await asyncio.sleep(1.0)
    held = (serving.rss_bytes() - before) / IDLE
    for stream in (*warm, *idle):
        stream.close()
    detail = f"{IDLE} streams with an open task of {SLICES} slices"
    return [at_most("memory: an idle session", held / 1024, 64.0, "KiB", detail)]
