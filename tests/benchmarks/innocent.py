"""Whole traces that must not name a wrong one: `python -m tests.benchmarks.innocent [--minutes 8] [--part 1/2]`.

Leaks without a mark, with another key's, and with a session's that the ledger doesn't hold, which holds innocent ones only; every
other one is traced blind. Most are as small as what people really send, since those take least. Kept in `measured/innocent.jsonl`,
a line for each block of numbers, so that it can run in pieces, and several processes at once, each with its part of the blocks;
`surviving --publish` writes how many there were. `--one NUMBER` traces that one and says what came of it.
"""

import argparse
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import cv2
import numpy as np

from tests.benchmarks import measuring
from tests.benchmarks.bench_watermark import BLIND_S, KEY, group_of
from tests.benchmarks.leaking import SHARED, SIDE, Picture, Sample, attacks, samples
from viewer.watermark.keying import Key
from viewer.watermark.pattern import Strength
from viewer.watermark.payload import Payload
from viewer.watermark.stamping import make_stamp
from viewer.watermark.tracing import trace

FOUND = measuring.FOLDER / "innocent.jsonl"
BLOCK = 100  # numbers to a line
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


def one(sample: Sample, number: int) -> dict[str, Any]:
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


def block(numbers: Sequence[int], traced: Sequence[dict[str, Any]], pictures_: int) -> measuring.Row:
    """What is kept of traces one after another: of how many `pictures_`, `sides` below and above what is small, time by way."""
    ways = Counter(str(each["way"]) for each in traced)
    wrong = [number for number, each in zip(numbers, traced, strict=True) if each["wrong"]]
    return {
        "first": numbers[0],
        "count": len(traced),
        "pictures": pictures_,
        "kinds": Counter(str(each["kind"]) for each in traced),
        "ways": ways,
        "named": sum(each["named"] for each in traced),
        "wrong": wrong,
        "ledger": sum(each["ledger"] for each in traced),
        "small": sum(each["side"] < 2 * SMALL[0] for each in traced),
        "large": sum(each["side"] > SMALL[1] for each in traced),
        "seconds": {
            way: round(sum(each["seconds"] for each in traced if each["way"] == way), 1) for way in ways
        },
    }


def left(tried: Sequence[measuring.Row], part: tuple[int, int]) -> Iterator[range]:
    """The numbers that were not tried yet, a block at a time; of a block that was begun, the rest."""
    done = Counter[int]()
    for each in tried:
        done[each["first"] // BLOCK] += each["count"]
    for number in count(part[0], part[1]):
        if done[number] < BLOCK:
            yield range(number * BLOCK + done[number], (number + 1) * BLOCK)


def summary() -> str:
    """How many there were, for the page."""
    tried = measuring.rows(FOUND)
    if not tried:
        return ""
    kinds = sum((Counter(each["kinds"]) for each in tried), Counter[str]())
    total, with_ledger, small, large, named = (
        sum(each[what] for each in tried) for what in ("count", "ledger", "small", "large", "named")
    )
    wrong = sum(len(each["wrong"]) for each in tried)
    said = ", ".join(f"{kinds[kind]:,} with {kind}" for kind in dict.fromkeys(KINDS))
    frames = max(each["pictures"] for each in tried)
    return (
        f"\nMade by `python -m tests.benchmarks.innocent`: {total:,} traces of {frames} pictures, each to its end: {said}.\n"
        f"{with_ledger:,} had a ledger of {LEDGER} innocent sessions, the others were blind. **Wrong names: {wrong}.** "
        f"The {named - wrong:,} that named\n"
        "somebody named that other session, which is right. They are as small as what people send: thumbnails, pieces, turned\n"
        f"pieces of {SMALL[0]} to {SMALL[1]} px ({small / total:.0%} below {SMALL[0] * 2}), and {large / total:.0%} whole views "
        "that suffered a digital attack.\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.innocent")
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--part", type=measuring.part, default=(0, 1), help="of the blocks, such as 1/2")
    parser.add_argument("--one", type=int, help="trace this number, say what came of it, and keep nothing")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    frames = list(pictures())
    if options.one is not None:
        print(numbered(frames, options.one))
        return
    end = time.monotonic() + 60 * options.minutes
    for numbers in left(measuring.rows(FOUND), options.part):
        traced = []
        for number in numbers:
            if time.monotonic() > end:
                break
            traced.append(numbered(frames, number))
        if traced:
            measuring.add(FOUND, block(numbers[: len(traced)], traced, len(frames)))
        if time.monotonic() > end:
            break
    print(summary())


def numbered(frames: Sequence[Sample], number: int) -> dict[str, Any]:
    """Leak `number`, of one of `frames`, traced."""
    return one(frames[int(np.random.default_rng([11, number]).integers(len(frames)))], number)


if __name__ == "__main__":
    main()
