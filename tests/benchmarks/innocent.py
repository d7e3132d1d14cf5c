"""Whole traces that must not name a wrong one: `python -m tests.benchmarks.innocent [--minutes 8]`.

Leaks without a mark, with another key's, and with a session's that the ledger doesn't hold, which holds innocent ones only; every
other one is traced blind. Most are as small as what people really send, since those take least. Kept in `build/innocent.jsonl`,
so that it can run in pieces; `surviving --publish` writes how many there were.
"""

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from tests.benchmarks.bench_watermark import BLIND_S, KEY, group_of
from tests.benchmarks.leaking import SHARED, SIDE, Picture, Sample, attacks, samples
from viewer.watermark.keying import Key
from viewer.watermark.pattern import Strength
from viewer.watermark.payload import Payload
from viewer.watermark.stamping import make_stamp
from viewer.watermark.tracing import trace

FOUND = Path("build/innocent.jsonl")
KINDS = ("no mark", "another session", "another key", "another session")
WAYS = ("thumbnail", "piece", "thumbnail", "piece", "turned piece", "piece", "piece", "view")
OTHER_KEY = Key(bytes(range(32, 64)))
EPOCH = 59_000_000
LEDGER = 40  # innocent ones
SMALL = 64, 256  # px of a thumbnail and of a piece
_LEAST = 96  # px: a smaller picture is no frame


def pictures() -> Iterator[Sample]:
    """The frames of the table, the photographs of the shared data, and other programs' drawings of its scans."""
    yield from samples()
    for folder in ("images", "reference/orthanc"):
        for file in sorted((SHARED / "data" / folder).rglob("*")):
            if file.suffix in {".png", ".jpg"}:
                read = cv2.imread(str(file), cv2.IMREAD_ANYCOLOR)
                if read is not None and read.dtype == np.uint8 and min(read.shape[:2]) >= _LEAST:
                    share = min(1.0, SIDE / max(read.shape[:2]))
                    yield Sample(file.stem, np.asarray(cv2.resize(read, None, fx=share, fy=share), np.uint8))


def sent(levels: Picture, way: str, number: int, draws: np.random.Generator) -> Picture:
    """`levels` as somebody passes them on: as a thumbnail, a piece, perhaps turned, or a view that suffered an attack."""
    if way == "view":
        names = [each for each in attacks() if group_of(each) in {"digital", "tiny"}]
        return attacks()[names[number % len(names)]](levels, draws)
    side = round(float(np.exp(draws.uniform(*np.log(SMALL)))))
    if way == "thumbnail":
        share = side / max(levels.shape[:2])
        small = cv2.resize(levels, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    else:
        height, width = (min(side, length) for length in levels.shape[:2])
        top, left = (
            int(draws.integers(0, a - b + 1)) for a, b in zip(levels.shape, (height, width), strict=False)
        )
        small = levels[top : top + height, left : left + width]
    if way == "turned piece":
        turn = cv2.getRotationMatrix2D(
            (side / 2, side / 2), float(draws.uniform(-15, 15)), float(draws.uniform(0.6, 1.6))
        )
        small = cv2.warpAffine(
            small, turn, small.shape[1::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
        )
    quality = int(draws.integers(40, 101))
    coded = cv2.imencode(".jpg", np.ascontiguousarray(small), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_UNCHANGED), np.uint8)


def one(sample: Sample, number: int) -> dict[str, object]:
    """Leak `number`, of `sample`, traced: how many of those named are wrong, and the time."""
    kind, way = KINDS[number % len(KINDS)], WAYS[number // len(KINDS) % len(WAYS)]
    marked = Payload(session=number, epoch=EPOCH)
    levels = sample.levels
    if kind != "no mark":
        key = OTHER_KEY if kind == "another key" else KEY
        height, width = levels.shape[:2]
        levels = make_stamp(key, marked, width=width, height=height, strength=Strength.STANDARD).on(levels)
    leak = sent(levels, way, number, np.random.default_rng([7, number]))
    ledger = [Payload(10**8 + number * LEDGER + each, EPOCH) for each in range(LEDGER)]
    with_ledger = number // (len(KINDS) * len(WAYS)) % 2 == 0
    begun = time.process_time()
    traced = trace(
        KEY, leak, late=lambda: time.process_time() - begun > BLIND_S, ledger=ledger if with_ledger else ()
    )
    right = [marked] if kind == "another session" else []
    wrong = sum(each.payload not in right for each in traced.named)
    return {
        "kind": kind, "way": way, "frame": sample.name, "side": max(leak.shape[:2]), "number": number, "ledger": with_ledger,
        "named": len(traced.named), "wrong": wrong, "steps": traced.steps, "seconds": time.process_time() - begun,
    }  # fmt: skip


def found() -> list[dict[str, object]]:
    """What was tried so far."""
    return [json.loads(line) for line in FOUND.read_text().splitlines()] if FOUND.is_file() else []


def summary() -> str:
    """How many there were, for the page."""
    tried = found()
    if not tried:
        return ""
    kinds = Counter(str(each["kind"]) for each in tried)
    sides = np.array([int(str(each["side"])) for each in tried])
    wrong = sum(int(str(each["wrong"])) for each in tried)
    right = sum(int(str(each["named"])) for each in tried) - wrong
    with_ledger = sum(bool(each["ledger"]) for each in tried)
    said = ", ".join(f"{kinds[kind]:,} with {kind}" for kind in dict.fromkeys(KINDS))
    frames = len({str(each["frame"]) for each in tried})
    small, large = f"{np.mean(sides < SMALL[0] * 2):.0%}", f"{np.mean(sides > SMALL[1]):.0%}"
    return (
        f"\nMade by `python -m tests.benchmarks.innocent`: {len(tried):,} traces of {frames} pictures, each to its end: {said}.\n"
        f"{with_ledger:,} had a ledger of {LEDGER} innocent sessions, the others were blind. **Wrong names: {wrong}.** The {right:,} that named\n"
        "somebody named that other session, which is right. They are as small as what people send: thumbnails, pieces, turned\n"
        f"pieces of {SMALL[0]} to {SMALL[1]} px ({small} below {SMALL[0] * 2}), and {large} whole views that suffered a digital attack.\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.innocent")
    parser.add_argument("--minutes", type=float, default=8.0)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    FOUND.parent.mkdir(exist_ok=True)
    frames = list(pictures())
    end = time.monotonic() + 60 * options.minutes
    number = len(found())
    with FOUND.open("a") as kept:
        while time.monotonic() < end:
            each = one(frames[int(np.random.default_rng([11, number]).integers(len(frames)))], number)
            kept.write(json.dumps(each) + "\n")
            kept.flush()
            number += 1
    print(f"{number} traces, {sum(int(str(each['wrong'])) for each in found())} wrong names")


if __name__ == "__main__":
    main()
