"""What hostile files cost: other sessions' delay while a hostile corpus is taken in; and decoding against the bare codecs.

Quiet and hostile stretches take turns over one server with people who scroll. A p99 is of all stretches of its kind: that of one is six
frames of six hundred, and differs by a third from quiet stretch to quiet stretch; how far two halves of the quiet ones differ is told beside it.
"""

import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import imagecodecs

from tests.benchmarks.bench_stream import SLICES, Hand, hands
from tests.benchmarks.figures import Figure, at_most, cpu_ms, percentile, skipped
from tests.benchmarks.studio import PROJECT, SHARED, Studio, ct_slices, masked, studio
from tests.journeys.serving import ROOT
from viewer.imaging import fragments
from viewer.imaging.decoding import decode
from viewer.imaging.reading import read

SESSIONS = 6
PACE_S = 0.1
STRETCH_S = 12.0
WARM_S = 3.0
TURNS = 8
GOAL = 1.10
CODEC_GOAL = 1.25
CODEC_TIMES, CODEC_TURNS = 6, 5

_CT = "ctimage_1.2.840.10008.1.2.4.{}.dcm"
CODECS: dict[str, tuple[str, Callable[[bytes], object]]] = {
    "JPEG extended": (_CT.format("51_JPEGProcess2_4"), imagecodecs.jpeg8_decode),
    "JPEG lossless": (_CT.format("70_JPEGProcess14SV1"), imagecodecs.ljpeg_decode),
    "JPEG-LS": (_CT.format("80_JPEGLSLossless"), imagecodecs.jpegls_decode),
    "JPEG 2000": (_CT.format("90_JPEG2000LosslessOnly"), imagecodecs.jpeg2k_decode),
}


def run() -> list[Figure]:
    """All figures, some two minutes."""
    return [*_codecs(), *_others()]


def _codecs() -> list[Figure]:
    folder = SHARED / "data" / "dicom" / "transfer-syntax"
    if not folder.is_dir():
        return [skipped("decode over bare codec", f"<= {CODEC_GOAL}", f"no scans in {folder}")]
    figures = []
    for name, (file, codec) in CODECS.items():
        ds = read((folder / file).read_bytes())
        stream = fragments.frames(ds.PixelData, 1)[0]
        ratios = []
        bare = 0.0
        for _ in range(CODEC_TURNS):
            bare = cpu_ms(lambda s=stream, c=codec: c(s), CODEC_TIMES)  # type: ignore[misc]
            ratios.append(cpu_ms(lambda d=ds: decode(d, 0), CODEC_TIMES) / bare)  # type: ignore[misc]
        detail = f"512 x 512 CT, header checked and presentation read; the codec alone {bare:.1f} ms of CPU"
        figures.append(
            at_most(f"{name} decode over the bare codec", statistics.median(ratios), CODEC_GOAL, "x", detail)
        )
    return figures


def _others() -> list[Figure]:
    name = "others' p99 while hostile files come in, over quiet"
    archive = SHARED / "fuzz" / "dicom-fuzz-v2.tar.xz"
    if not archive.exists():
        return [skipped(name, f"<= {GOAL}", f"no hostile corpus at {archive}")]
    slices, source = ct_slices(SLICES)
    with studio() as made:
        made.add_series("short", [masked(pixels) for pixels in slices], tasks_=SESSIONS)
        with made.serving("--workers", str(len(os.sched_getaffinity(0)))) as serving:
            quiet, hostile = asyncio.run(_turns(made, serving.port, archive))
    before, after = _p99(quiet), _p99(hostile)
    halves = sorted((_p99(quiet[::2]), _p99(quiet[1::2])))
    detail = f"{SESSIONS} sessions scroll a {source} at 10 steps/s: p99 {before:.1f} ms, {after:.1f} ms with the corpus; "
    detail += f"every other quiet stretch over the rest {halves[1] / halves[0]:.2f} x"
    return [at_most(name, after / before, GOAL, "x", detail)]


def _p99(stretches: list[list[float]]) -> float:
    return percentile([wait for waits in stretches for wait in waits], 0.99)


async def _turns(made: Studio, port: int, archive: Path) -> tuple[list[list[float]], list[list[float]]]:
    """The delays of each quiet stretch, and of each while the corpus is taken in."""
    scrolling = await hands(made, port, SESSIONS)
    await _stretch(scrolling, WARM_S)
    quiet, hostile = [], []
    for number in range(TURNS):
        quiet.append(await _stretch(scrolling, STRETCH_S))
        corpus = _unpacked(archive, made.data / f"hostile-{number}", number)
        taking_in = subprocess.Popen(  # noqa: ASYNC220 - it is only started here
            [sys.executable, "-m", "gateway", "ingest", corpus, "--project", PROJECT],
            cwd=ROOT,
            env={**os.environ, "ISINGLASS_DATA": str(made.data)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            hostile.append(await _stretch(scrolling, STRETCH_S))
        finally:
            taking_in.kill()  # what it has not done waits; the next turn brings other files
            taking_in.wait()
            shutil.rmtree(corpus)
    for hand in scrolling:
        hand.stream.close()
    return quiet, hostile


async def _stretch(scrolling: list[Hand], seconds: float) -> list[float]:
    """The delays from step to frame, ms."""
    for hand in scrolling:
        hand.waits.clear()
        hand.start(PACE_S)
        # Not all at the same moment: those six frames alone would be the hundredth that counts.
        await asyncio.sleep(PACE_S / len(scrolling))
    await asyncio.sleep(seconds)
    for hand in scrolling:
        hand.stop()
    await asyncio.sleep(0.3)
    return [wait for hand in scrolling for wait in hand.waits]


def _unpacked(archive: Path, folder: Path, number: int) -> Path:
    """The corpus, each file with another last byte than in other turns: nothing of it is known yet."""
    with tarfile.open(archive) as files:
        files.extractall(folder, filter="data")
    for path in folder.rglob("*.dcm"):
        with path.open("ab") as file:
            file.write(bytes([number]))
    return folder
