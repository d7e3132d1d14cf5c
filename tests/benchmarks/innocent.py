"""Whole traces that must not name a wrong one: `python -m tests.benchmarks.innocent [--minutes 8]`.

Leaks without a mark, with another key's, and with a session's that the ledger doesn't hold, which holds innocent ones only. Kept in
`build/innocent.jsonl`, so that it can run in pieces; `surviving --publish` writes how many there were.
"""

import argparse
import json
import time
from collections import Counter
from pathlib import Path

import cv2
import numpy as np

from tests.benchmarks.bench_watermark import BLIND_S, KEY, group_of
from tests.benchmarks.leaking import SIDE, Sample, attacks, samples
from viewer.watermark.keying import Key
from viewer.watermark.pattern import Strength
from viewer.watermark.payload import Payload
from viewer.watermark.stamping import make_stamp
from viewer.watermark.tracing import trace

FOUND = Path("build/innocent.jsonl")
KINDS = ("no mark", "another key", "another session")
OTHER_KEY = Key(bytes(range(32, 64)))
EPOCH = 59_000_000
LEDGER = 40  # innocent ones


def one(sample: Sample, attack: str, number: int) -> dict[str, object]:
    """A leak of kind `number`, traced blind, or with a ledger of innocents: how many of those named are wrong, and the time."""
    kind = KINDS[number % len(KINDS)]
    marked = Payload(session=number, epoch=EPOCH)
    levels = sample.levels
    if kind != "no mark":
        key = OTHER_KEY if kind == "another key" else KEY
        levels = make_stamp(key, marked, width=SIDE, height=SIDE, strength=Strength.STANDARD).on(levels)
    leak = attacks()[attack](levels, np.random.default_rng([7, number]))
    ledger = [Payload(10**8 + number * LEDGER + each, EPOCH) for each in range(LEDGER)]
    begun = time.process_time()
    traced = trace(
        KEY,
        leak,
        late=lambda: time.process_time() - begun > BLIND_S,
        ledger=ledger if kind == "another session" else (),
    )
    right = [marked] if kind == "another session" else []
    wrong = sum(each.payload not in right for each in traced.named)
    return {
        "kind": kind, "frame": sample.name, "attack": attack, "number": number, "wrong": wrong,
        "steps": traced.steps, "seconds": time.process_time() - begun,
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
    wrong = sum(int(str(each["wrong"])) for each in tried)
    said = ", ".join(f"{kinds[kind]:,} with {kind}" for kind in KINDS)
    return (
        f"\nMade by `python -m tests.benchmarks.innocent`: {len(tried):,} digital leaks, {said} than the {LEDGER}\n"
        f"that the ledger holds. Wrong names: {wrong}.\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.innocent")
    parser.add_argument("--minutes", type=float, default=8.0)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    FOUND.parent.mkdir(exist_ok=True)
    frames, names = list(samples()), [each for each in attacks() if group_of(each) in {"digital", "tiny"}]
    end = time.monotonic() + 60 * options.minutes
    number = len(found())
    with FOUND.open("a") as kept:
        while time.monotonic() < end:
            each = one(frames[number % len(frames)], names[number * 7 % len(names)], number)
            kept.write(json.dumps(each) + "\n")
            kept.flush()
            number += 1
    print(f"{number} traces, {sum(int(str(each['wrong'])) for each in found())} wrong names")


if __name__ == "__main__":
    main()
