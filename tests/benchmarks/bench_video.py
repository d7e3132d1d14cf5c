"""Loops and scrolls over a thin link, as JPEGs and as a video: what arrives, what it is like, what it costs."""

import asyncio
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import simplejpeg

from gateway.stream.filming import LEAST_KBPS
from gateway.stream.wire import HEADER_BYTES, unpack
from gateway.workers import films
from tests.benchmarks.bench_stream import SLICES
from tests.benchmarks.figures import Figure, at_least, at_most
from tests.benchmarks.leaking import SHARED
from tests.benchmarks.shaper import Line, shaped
from tests.benchmarks.studio import Studio, ct_slices, masked, studio
from tests.benchmarks.thin import Thin, connect, open_task
from viewer.imaging.decoding import decode
from viewer.imaging.presentation import Presentation, Window
from viewer.imaging.reading import read
from viewer.masking.image import MaskedFrame
from viewer.render.drawing import levels
from viewer.render.frame import Codec
from viewer.render.mark import Forensic, make_mark
from viewer.render.view import View
from viewer.watermark.keying import Key
from viewer.watermark.pattern import Strength
from viewer.watermark.payload import Payload
from viewer.watermark.tracing import trace

THIN = Line(delay_s=0.1, rate=250_000)  # 200 ms round trip, 2 Mbit/s
PLAY_S = 7.0
SKIP_S = 2.0
VIEW = {"width": 1024, "height": 1024, "x": 256.0, "y": 256.0, "scale": 2.0}
LEAKED = (0, 2, 8)
LOOP = "cine/xa_jpeg_baseline_96f.dcm"


@dataclass(frozen=True, slots=True)
class Played:
    """What arrived while it played: frames/s, bytes and CPU ms a frame, PSNR in dB where no visible mark is."""

    rate: float
    size: float
    cpu_ms: float
    psnr: float
    whole: int
    filmed: float
    settled_s: float


def run() -> list[Figure]:
    """The figures, some forty seconds; none where the extra or the data is missing."""
    if not films.available() or not (SHARED / "data" / "dicom" / LOOP).is_file():
        return []
    slices, _ = ct_slices(SLICES)
    kinds = {"loop": _loop(), "CT scroll": [masked(pixels) for pixels in slices]}
    found: dict[tuple[str, bool], Played] = {}
    with studio() as made:
        for number, frames in enumerate([*kinds.values(), *kinds.values()]):
            made.add_series(f"s{number}", frames, priority=9 - number)
        for video in (False, True):
            with made.serving("--workers", "1", *(["--video"] if video else [])) as serving:
                for name, frames in kinds.items():
                    found[name, video] = asyncio.run(
                        _play(made, serving.port, serving.cpu_s, frames, video=video)
                    )
    played = [figure for name in kinds for figure in _compared(name, found[name, False], found[name, True])]
    return [*played, *_traced(kinds)]


def _compared(name: str, still: Played, video: Played) -> list[Figure]:
    def told(each: Played) -> str:
        return f"{each.rate:.1f}/s, {each.size / 1000:.1f} kB, {each.psnr:.1f} dB, {each.cpu_ms:.1f} ms CPU a frame"

    detail = f"JPEG {told(still)}; video {told(video)}, {video.whole} whole, {video.filmed:.0%} of the frames"
    link = "link of 200 ms, 2 Mbit/s"
    return [
        at_least(f"{link}: {name} as a video, true frames/s", video.rate, 8.0, "1/s", detail),
        at_least(
            f"{link}: {name}, fidelity over JPEG", video.psnr - still.psnr, 2.0, "dB", "1024x1024, marked"
        ),
        at_most(f"{link}: {name} as a video, exact after the last step", video.settled_s, 2.0, "s", ""),
    ]


def _traced(kinds: dict[str, list[MaskedFrame]]) -> list[Figure]:
    """The shares of frames, whole ones and later ones, that are traced out of a video at its coarsest."""
    import av

    key, payload = Key(bytes(range(32))), Payload(session=0xDEADBEEF, epoch=59_000_000)
    forensic = Forensic(key=key, session=payload.session, strength=Strength.STANDARD)
    mark = make_mark(
        width=1024,
        height=1024,
        text="ada s-1 2026-11-27",
        opacity=0.14,
        epoch=payload.epoch,
        forensic=forensic,
    )
    blind: dict[str, float] = {}  # deviations; 0 where nobody was named
    informed: dict[str, float] = {}
    for name, frames in kinds.items():
        reel, player = films.Reel(), av.CodecContext.create("vp8", "r")
        for number, frame in enumerate(frames[: max(LEAKED) + 1]):
            plain = _truth(frame).astype(np.uint8)
            coded = reel.add(mark.on(plain.copy()), LEAST_KBPS, key=False)
            (shown,) = player.decode(av.Packet(coded))
            if number in LEAKED:
                luma = shown.to_ndarray(format="yuv420p")[: shown.height].astype(np.float32)
                leak = np.clip(np.round((luma - 16) * (255 / 219)), 0, 255).astype(np.uint8)
                for found, sent in ((blind, None), (informed, plain)):
                    named = trace(key, leak, sent=sent, late=lambda: False).named
                    right = [each.payload for each in named] == [payload]
                    found[f"{name} {number}"] = named[0].deviations if right else 0.0
    figures = []
    for how, found, goal in (("blind", blind, 0.8), ("with the frame that was sent", informed, 1.0)):
        share = sum(told > 0 for told in found.values()) / len(found)
        detail = "; ".join(f"{name}: {told:.1f}" for name, told in found.items())
        figures.append(
            at_least(f"video at its coarsest: traced {how}", share, goal, "share", f"deviations; {detail}")
        )
    return figures


def _loop() -> list[MaskedFrame]:
    data = read((SHARED / "data" / "dicom" / LOOP).read_bytes())
    presentation = Presentation(
        photometric="MONOCHROME2", bits_stored=8, windows=(Window(center=128.0, width=256.0),)
    )
    return [
        MaskedFrame(pixels=np.asarray(decode(data, k).pixels, np.uint8), offset=0, presentation=presentation)
        for k in range(96)
    ]


async def _play(
    made: Studio, port: int, cpu_s: object, frames: Sequence[MaskedFrame], *, video: bool
) -> Played:
    (seat,) = made.seat(1)
    async with shaped(THIN, port) as through:
        stream = await connect(made, seat, port, through=through, video=video)
        task = await open_task(stream)
        stream.keep = []
        started, seq, cpu = time.monotonic(), 0, 0.0
        count = 0
        while (now := time.monotonic()) - started < PLAY_S:
            seq += 1
            stream.look(task["item"]["id"], seq % len(frames), seq)
            if cpu == 0.0 and now - started > SKIP_S:
                cpu, count = cpu_s(), len(stream.frames)  # type: ignore[operator]
            await asyncio.sleep(1 / 30)
        stopped, spent, came = time.monotonic(), cpu_s() - cpu, len(stream.frames) - count  # type: ignore[operator]
        await stream.until(lambda: stream.frames[-1].lossless and stream.frames[-1].answers == seq, 15.0)
        settled = stream.frames[-1].at - stopped
        stream.close()
    return _judged(stream, frames, started + SKIP_S, stopped, spent / max(1, came), settled)


def _judged(
    stream: Thin, frames: Sequence[MaskedFrame], since: float, until: float, cpu_s: float, settled: float
) -> Played:
    import av

    player = av.CodecContext.create("vp8", "r")
    final = (stream.keep or [])[-1]
    last, epoch = stream.frames[-1], unpack(final)[0].epoch
    unmarked = _unmarked(final, _truth(frames[last.answers % len(frames)]))
    sizes, fidelity, whole, filmed, shown = [], [], 0, 0, set()
    for got, message in zip(stream.frames, stream.keep or [], strict=True):
        header, payload = unpack(message)
        if header.codec is Codec.VP8:
            (frame,) = player.decode(av.Packet(payload))
            whole += payload[0] & 1 == 0
        if got.blank or got.lossless or not since <= got.at <= until:
            continue
        sizes.append(got.size)
        filmed += header.codec is Codec.VP8
        shown.add(got.answers)
        if len(sizes) % 4 or header.epoch != epoch:
            continue
        if header.codec is Codec.VP8:
            luma = frame.to_ndarray(format="yuv420p")[: frame.height].astype(np.float32)
            picture = np.clip((luma - 16) * (255 / 219), 0, 255)
        else:
            picture = simplejpeg.decode_jpeg(payload, colorspace="GRAY")[..., 0].astype(np.float32)
        truth = _truth(frames[got.answers % len(frames)])
        drawn = cv2.resize(picture, (truth.shape[1], truth.shape[0]), interpolation=cv2.INTER_LINEAR)
        fidelity.append(float(10 * np.log10(255**2 / np.mean((drawn - truth)[unmarked] ** 2))))
    return Played(
        len(shown) / (until - since), statistics.mean(sizes), cpu_s * 1000, statistics.mean(fidelity),
        whole, filmed / len(sizes), settled,
    )  # fmt: skip


def _unmarked(exact: bytes, truth: np.ndarray) -> np.ndarray:
    """Where the visible mark is not, by an exact frame: what it covers says nothing about an encoder."""
    shown = cv2.imdecode(np.frombuffer(exact[HEADER_BYTES:], np.uint8), cv2.IMREAD_GRAYSCALE)
    covered = (np.abs(shown.astype(np.float32) - truth) > 8).astype(np.uint8)
    return np.asarray(cv2.dilate(covered, np.ones((9, 9), np.uint8)) == 0)


def _truth(frame: MaskedFrame) -> np.ndarray:
    view = View(item="s", frame=0, **VIEW)  # type: ignore[arg-type]
    return levels(view, frame, width=view.width, height=view.height).astype(np.float32)


if __name__ == "__main__":
    for figure in run():
        print(json.dumps(figure))
