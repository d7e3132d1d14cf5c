"""The masked store: what encryption adds to a frame that has to be read, and whether the cache keeps its bound."""

import asyncio
import os
import statistics
import time
from collections.abc import Callable

from gateway.store.pixels import FrameReader, pack_frame, unpack_frame
from tests.benchmarks.bench_stream import Hand, bare
from tests.benchmarks.figures import Figure, at_most, on_processors
from tests.benchmarks.studio import Seat, Serving, Studio, ct_slices, masked, studio
from tests.benchmarks.thin import connect, open_task

SLICES = 24
REPEATS = 7
SERIES = 20
CACHE_MIB = 64


def run() -> list[Figure]:
    """The figures, some fifteen seconds."""
    with studio() as made:
        slices, _ = ct_slices(SLICES)
        frames = [masked(pixels) for pixels in slices]
        stored = made.add_series("one", frames, tasks_=0)
        figures = [_encrypted(made, [where.object for where in stored], bare(slices)[0])]
        for number in range(SERIES):
            made.add_series(f"many{number}", frames)
        processors = sorted(os.sched_getaffinity(0))
        arguments = ("--workers", "1", "--cache", str(CACHE_MIB))
        with made.serving(*arguments, cpus={processors[0]}) as serving:
            figures.append(asyncio.run(_bounded(made, serving)))
    return figures


def _encrypted(made: Studio, keys: list[str], draw: Callable[[], object]) -> Figure:
    """A frame that is read, decrypted, decompressed and drawn, against one that was never encrypted."""
    reader = FrameReader(made.store)
    plain = {key: made.store.objects.put(pack_frame(reader.get("subject-one", key))) for key in keys}
    ratios, spent = [], []
    with on_processors({max(os.sched_getaffinity(0))}):
        for number in range(REPEATS + 1):
            sealed, bare_ = 0.0, 0.0
            for key in keys:
                sealed += _cpu(lambda key=key: (reader.get("subject-one", key), draw()))
                bare_ += _cpu(lambda key=key: (unpack_frame(made.store.objects.get(plain[key])), draw()))
            if number:
                ratios.append(sealed / bare_)
                spent.append(((sealed - bare_) * 1000 / len(keys), sealed * 1000 / len(keys)))
    more, whole = (statistics.median(column) for column in zip(*spent, strict=True))
    detail = f"{more:.3f} of {whole:.2f} ms CPU a frame that is not in memory; {REPEATS} repeats of {len(keys)} slices"
    name = "store: frame from the encrypted store / from a plain one"
    return at_most(name, statistics.median(ratios), 1.05, "x", detail)


def _cpu(call: Callable[[], object]) -> float:
    started = time.process_time()
    call()
    return time.process_time() - started


async def _bounded(made: Studio, serving: Serving) -> Figure:
    """Memory of the server after twenty series were scrolled, against what it was after one."""
    (seat, *seats) = made.seat(SERIES)
    await _scroll(made, serving, seat)
    before = serving.rss_bytes()
    for seat in seats:
        await _scroll(made, serving, seat)
    grown = (serving.rss_bytes() - before) / 2**20
    size = masked(ct_slices(1)[0][0]).pixels.nbytes
    detail = (
        f"{SERIES} series of {SLICES} slices are {SERIES * SLICES * size / 2**20:.0f} MiB; the cache may hold {CACHE_MIB}, "
        f"the marks of {SERIES} sessions come to it"
    )
    return at_most(
        "store: memory grown while 20 series are scrolled", grown, CACHE_MIB + 4 * 2.5 * SERIES, "MiB", detail
    )


async def _scroll(made: Studio, serving: Serving, seat: Seat) -> None:
    stream = await connect(made, seat, serving.port)
    task = await open_task(stream)
    hand = Hand(stream, task["item"]["id"], count=SLICES)
    hand.start(0.0)
    await stream.until(lambda: len(hand.waits) >= SLICES, 30)
    hand.stop()
    stream.close()
