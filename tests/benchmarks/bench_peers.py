"""Frames a CPU second, beside Orthanc and dcmtk: the same slices, window, size and quality, in turns on one processor.

Ours come through the whole server and carry both marks; theirs carry none. Their clock is the CPU time of their process;
the client's is counted for nobody.
"""

import asyncio
import os
import shutil
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.bench_stream import SIDE, STREAMS, _segment, hands
from tests.benchmarks.figures import Figure, at_least, on_processors, skipped
from tests.benchmarks.peers import DICOMWEB, GDCM, Orthanc, dcmtk_cpu_s, dicom, orthanc, orthanc_plugins
from tests.benchmarks.studio import Serving, Studio, ct_slices, masked, studio

SLICES = 12
REPEATS = 5
JPEG, PNG = "image/jpeg", "image/png"
GOALS = {
    "Orthanc /rendered, JPEG": 1.9,
    "Orthanc DICOMweb /rendered, JPEG": 2.2,
    "Orthanc /rendered, JPEG, stored as J2K": 8.0,
    "Orthanc DICOMweb /rendered, JPEG, stored as J2K": 8.0,
    "Orthanc /rendered, PNG": 8.0,
    "dcmtk dcmj2pnm, JPEG": 10.0,
}


def run() -> list[Figure]:
    """The figures, some forty seconds; those of a peer that is not installed are skipped."""
    plugins = orthanc_plugins()
    if DICOMWEB not in plugins:
        why = "orthanc or orthanc-dicomweb is not installed"
        return [skipped(f"peers: {name}", f">= {goal:g}", why) for name, goal in GOALS.items()]
    processors = sorted(os.sched_getaffinity(0))
    slices, source = ct_slices(SLICES)
    with (
        studio() as made,
        tempfile.TemporaryDirectory() as folder,
        orthanc(plugins, {processors[0]}) as peer,
    ):
        frames = [masked(pixels) for pixels in slices]
        made.add_series("moving", frames, tasks_=STREAMS, priority=9)
        made.add_series("exact", frames, tasks_=STREAMS, priority=8, kind="text", subject="moving")
        plain = [dicom(pixels, k, "1.2.3", jpeg2000=False) for k, pixels in enumerate(slices)]
        packed = [dicom(pixels, k, "1.2.3", jpeg2000=True) for k, pixels in enumerate(slices)]
        files = [Path(folder) / f"{k}.dcm" for k in range(SLICES)]
        for path, content in zip(files, plain, strict=True):
            path.write_bytes(content)
        theirs = _calls(peer, [peer.add(file) for file in plain], [peer.add(file) for file in packed])
        with made.serving("--workers", "1", cpus={processors[0]}) as serving, on_processors({processors[-1]}):
            rows = asyncio.run(_measure(made, serving, peer, theirs, files))
    return [_figure(name, rows, source) for name in GOALS]


def _calls(
    peer: Orthanc, plain: list[dict[str, str]], packed: list[dict[str, str]]
) -> dict[str, tuple[Callable[[int], bytes], int]]:
    """What is asked of Orthanc, and how often in a repeat."""
    names = list(GOALS)
    return {
        names[0]: (lambda k: peer.rendered(plain[k % SLICES], SIDE, JPEG), 36),
        names[1]: (lambda k: peer.dicomweb(plain[k % SLICES], SIDE), 36),
        names[2]: (lambda k: peer.rendered(packed[k % SLICES], SIDE, JPEG), 8),
        names[3]: (lambda k: peer.dicomweb(packed[k % SLICES], SIDE), 8),
        names[4]: (lambda k: peer.rendered(plain[k % SLICES], SIDE, PNG), 10),
    }


async def _measure(
    made: Studio,
    serving: Serving,
    peer: Orthanc,
    theirs: dict[str, tuple[Callable[[int], bytes], int]],
    files: list[Path],
) -> list[dict[str, float]]:
    """CPU milliseconds a frame, of each way, in each repeat."""
    moving = await hands(made, serving.port, STREAMS, count=SLICES)
    exact = await hands(made, serving.port, STREAMS, count=SLICES)
    loop = asyncio.get_running_loop()
    rows = []
    for number in range(REPEATS + 1):
        row = {}
        row["moving"], row["moving bytes"] = await _segment(serving, moving)
        row["exact"], row["exact bytes"] = await _segment(serving, exact)
        for name, (call, times) in theirs.items():
            if "J2K" in name and GDCM not in orthanc_plugins():
                continue
            row[name], row[f"{name} bytes"] = await loop.run_in_executor(None, _cost, peer, call, times)
        if shutil.which("dcmj2pnm"):
            out = files[0].with_name("out.jpg")
            spent = await loop.run_in_executor(None, dcmtk_cpu_s, files[:4], SIDE, out)
            row["dcmtk dcmj2pnm, JPEG"] = spent * 1000 / 4
            row["dcmtk dcmj2pnm, JPEG bytes"] = out.stat().st_size
        if number:  # the first one warms caches
            rows.append(row)
    for hand in (*moving, *exact):
        hand.stream.close()
    return rows


def _cost(peer: Orthanc, call: Callable[[int], bytes], times: int) -> tuple[float, float]:
    spent = peer.cpu_s()
    sizes = [len(call(k)) for k in range(times)]
    return (peer.cpu_s() - spent) * 1000 / times, statistics.mean(sizes)


def _figure(name: str, rows: list[dict[str, float]], source: str) -> Figure:
    goal = GOALS[name]
    if name not in rows[0]:
        missing = "orthanc-gdcm" if "J2K" in name else "dcmtk"
        return skipped(f"peers: {name}", f">= {goal:g}", f"{missing} is not installed")
    ours = "exact" if "PNG" in name else "moving"

    def median(key: str) -> float:
        return statistics.median(row[key] for row in rows)

    detail = (
        f"{median(ours):.2f} ms ({median(f'{ours} bytes') / 1000:.0f} kB) against {median(name):.2f} ms "
        f"({median(f'{name} bytes') / 1000:.0f} kB); {SIDE}x{SIDE} of a {source}; {REPEATS} repeats"
    )
    value = statistics.median(row[name] / row[ours] for row in rows)
    return at_least(f"peers: frames per CPU second / {name}", value, goal, "x", detail)
