"""Beside remote desktops: the CPU of a step, and what a hand gets over an office's link; the same slices at the same size.

A desktop would hand pixels out as we do. Ours come through the whole server and carry both marks; theirs carry none. Every server has the
same processor, its client the other one. A lone step is counted from rest to rest: the first picture and what makes it good, less what the
server uses while nobody moves; of a scroll everything is counted, and the rest after it.
"""

import asyncio
import contextlib
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from tests.benchmarks.bench_link import OFFICE
from tests.benchmarks.desktop_clients import Client
from tests.benchmarks.desktops import PEERS, desktop, tree_cpu_s
from tests.benchmarks.figures import Figure, at_least, at_most, on_processors, percentile, skipped
from tests.benchmarks.shaper import shaped
from tests.benchmarks.studio import BRAIN, Serving, Studio, ct_slices, masked, studio
from tests.benchmarks.thin import Thin, connect, open_task
from viewer.masking.image import MaskedFrame
from viewer.render.drawing import levels
from viewer.render.view import View

SIDE = 512
SLICES = 24
LONE, SCROLLED = "lone", "scrolled"
STEPS = {LONE: 6, SCROLLED: 45}  # of one turn
TURNS = 5
IDLE_S = 2.0
REST_S = 0.7  # a desktop makes its picture good within this time
LINKED = 15  # steps over the link, each from rest
FLOOD, RATE = 181, 30.0
FIRST_MS, EXACT_MS, SHOWN, SHOWN_MS = 75.0, 190.0, 160, 130.0
_VIEW = {"width": SIDE, "height": SIDE, "x": SIDE / 2, "y": SIDE / 2, "scale": 1.0}


def run() -> list[Figure]:
    """The figures, some ninety seconds; those of a peer that is not installed are skipped."""
    processors = sorted(os.sched_getaffinity(0))
    slices, source = ct_slices(SLICES)
    frames = [masked(pixels) for pixels in slices]
    with studio() as made, tempfile.TemporaryDirectory(prefix="desktop-bench-") as folder:
        made.add_series("shown", frames, tasks_=2)
        np.save(Path(folder) / "slices.npy", np.stack([_grey(frame) for frame in frames]))
        with made.serving("--workers", "1", cpus={processors[0]}) as serving, on_processors({processors[-1]}):
            costs = asyncio.run(_costs(made, serving, Path(folder), processors[0]))
            over_link = asyncio.run(_over_link(made, serving))
    return [*(_cost(name, way, costs[way], source) for way in STEPS for name in PEERS), *over_link]


def _grey(frame: MaskedFrame) -> np.ndarray:
    """What we draw of it, before it is marked."""
    view = View(item="", frame=0, window=BRAIN, **_VIEW)  # type: ignore[arg-type]
    return levels(view, frame, width=SIDE, height=SIDE)


# --- the CPU of a step
@dataclass(frozen=True, slots=True)
class _Desk:
    """A server that shows the slices: `step` turns the wheel, `cpu_s` is what it has used, `size` how many bytes came of it."""

    step: Callable[[], object]
    cpu_s: Callable[[], float]
    size: Callable[[], int]


_Costs = dict[str, list[float]]  # CPU milliseconds of a step, by turn, for us and for each peer that is there


def _cost(name: str, way: str, costs: _Costs, source: str) -> Figure:
    title = f"desktops: CPU of a {way} step / {name}'s"
    if name not in costs:
        return skipped(title, "<= 1", f"{' or '.join(PEERS[name])} is not installed")
    if not costs[name]:
        return skipped(title, "<= 1", f"{name} stopped showing what the wheel was turned to")
    ours, theirs = (statistics.median(costs[each]) for each in ("ours", name))
    ratio = statistics.median(mine / other for mine, other in zip(costs["ours"], costs[name], strict=True))
    detail = f"{ours:.1f} ms against {theirs:.1f} ms; {SIDE}x{SIDE} of a {source}; {TURNS} turns of {STEPS[way]} steps"
    return at_most(title, ratio, 1.0, "x", detail)


async def _costs(made: Studio, serving: Serving, folder: Path, processor: int) -> dict[str, _Costs]:
    (seat,) = made.seat(1)
    async with contextlib.AsyncExitStack() as held:
        stream = await connect(made, seat, serving.port)
        held.callback(stream.close)
        ours = _Ours(stream, (await open_task(stream))["item"]["id"])
        desks = {"ours": _Desk(ours.ask, serving.cpu_s, ours.size)}
        for name, programs in PEERS.items():
            if all(map(shutil.which, programs)):
                client, pid = await held.enter_async_context(desktop(name, folder, processor))
                desks[name] = _Desk(
                    partial(_turned, client), partial(tree_cpu_s, pid), lambda c=client: c.size
                )
        costs: dict[str, _Costs] = {way: {name: [] for name in desks} for way in STEPS}
        stopped: set[str] = set()
        for turn in range(TURNS + 1):
            for name, desk in desks.items():
                standing = await _spent(desk, 0, IDLE_S) / IDLE_S
                lone = await _spent(desk, STEPS[LONE], REST_S) / STEPS[LONE] - standing * REST_S
                before = desk.size()
                scrolled = await _spent(desk, STEPS[SCROLLED], 1 / RATE) / STEPS[SCROLLED]
                if desk.size() - before < SIDE * SIDE // 16:
                    stopped.add(name)
                if turn:  # the first one warms
                    costs[LONE][name].append(lone * 1000)
                    costs[SCROLLED][name].append(scrolled * 1000)
        assert stream.frames[-1].answers == ours.seq
    for name in stopped:  # what was measured of it is no picture's cost
        for way in STEPS:
            costs[way][name].clear()
    return costs


async def _spent(desk: _Desk, steps: int, every_s: float) -> float:
    """The CPU seconds of `steps` and of the rest after them; without any, of one rest of `every_s`."""
    before, begun = desk.cpu_s(), time.monotonic()
    for k in range(1, steps + 1):
        desk.step()
        await asyncio.sleep(max(0.0, begun + k * every_s - time.monotonic()))
    await asyncio.sleep(max(0.0, REST_S - every_s) if steps else every_s)
    return desk.cpu_s() - before


class _Ours:
    """A stream of ours that is stepped through its slices."""

    def __init__(self, stream: Thin, item: str) -> None:
        self.stream, self.item, self.seq = stream, item, 0

    def size(self) -> int:
        """Of all frames that came, bytes."""
        return sum(got.size for got in self.stream.frames)

    def ask(self) -> float:
        """Ask for the next slice; when that was."""
        self.seq += 1
        self.stream.look(self.item, self.seq % SLICES, self.seq, **_VIEW)
        return time.monotonic()


def _turned(client: Client) -> None:
    client.wheel()
    assert client.size > SIDE * SIDE // 16, "nothing is shown"


# --- over an office's link
async def _over_link(made: Studio, serving: Serving) -> list[Figure]:
    (seat,) = made.seat(1)
    async with shaped(OFFICE, serving.port) as through:
        stream = await connect(made, seat, serving.port, through=through)
        ours = _Ours(stream, (await open_task(stream))["item"]["id"])
        firsts, exacts = await _lone_steps(ours)
        asked, begun = [], time.monotonic()
        before = ours.seq
        for k in range(FLOOD):
            await asyncio.sleep(max(0.0, begun + k / RATE - time.monotonic()))
            asked.append(ours.ask())
        await stream.until(lambda: stream.frames[-1].lossless and stream.frames[-1].answers == ours.seq, 15.0)
        stream.close()
    came: dict[int, float] = {}
    for got in stream.frames:
        if got.answers > before:
            came.setdefault(got.answers, (got.at - asked[got.answers - before - 1]) * 1000)
    told = f"40 ms, 10 Mbit/s; {SIDE}x{SIDE}"
    waits = sorted(came.values())
    steps = f"{told}; median of {LINKED} lone steps"
    shown = f"{told}; {len(came)} of {FLOOD} steps at {RATE:g}/s; p50 {statistics.median(waits):.0f} ms"
    return [
        at_most("desktops: first picture over the link", statistics.median(firsts), FIRST_MS, "ms", f"{steps}; p95 {percentile(firsts, 0.95):.0f} ms"),
        at_most("desktops: exact picture over the link", statistics.median(exacts), EXACT_MS, "ms", f"{steps}; p95 {percentile(exacts, 0.95):.0f} ms"),
        at_least("desktops: steps shown over the link", float(len(came)), SHOWN, "", shown),
        at_most("desktops: p95 of a shown step over the link", percentile(waits, 0.95), SHOWN_MS, "ms", shown),
    ]  # fmt: skip


async def _lone_steps(ours: _Ours) -> tuple[list[float], list[float]]:
    firsts, exacts = [], []
    stream = ours.stream
    for k in range(LINKED + 3):
        asked = ours.ask()
        await stream.until(lambda: stream.frames and stream.frames[-1].answers == ours.seq)
        first = (stream.frames[-1].at - asked) * 1000
        await stream.until(lambda: stream.frames[-1].lossless and stream.frames[-1].answers == ours.seq)
        exact = (stream.frames[-1].at - asked) * 1000
        if k >= 3:  # the first ones find out how wide the link is
            firsts.append(first)
            exacts.append(exact)
        await asyncio.sleep(0.4)
    return firsts, exacts
