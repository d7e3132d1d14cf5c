"""Mammograms under the same attacks: `python -m tests.benchmarks.mammograms FOLDER [--of TEXT] [--minutes 8]`.

FOLDER holds DICOM mammograms; there are none in the shared data. Each is marked `light`, as mammography is unless a policy says
otherwise, and `standard`. Kept in `measured/mammograms.jsonl`, so that it can run in pieces; `surviving --publish` writes the table.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from tests.benchmarks import measuring
from tests.benchmarks.bench_watermark import KEY, Try, attempt, luma, row_of, tried
from tests.benchmarks.leaking import PHONE, SIDE, Sample, attacks, fitted, shown
from viewer.watermark.pattern import Strength
from viewer.watermark.payload import Payload
from viewer.watermark.stamping import make_stamp

FOUND = measuring.FOLDER / "mammograms.jsonl"
STRENGTHS = (Strength.LIGHT, Strength.STANDARD)


def _order(frames: list[Sample]) -> Iterator[tuple[Sample, str, Strength]]:
    """Everything once, any beginning of it a fair sample."""
    names = list(attacks())
    for first in range(len(names)):
        for number, frame in enumerate(frames):
            for strength in STRENGTHS:
                yield frame, names[(first * 5 + number * 9) % len(names)], strength


def _decibels(frame: Sample, strength: Strength) -> float:
    stamp = make_stamp(KEY, Payload(1, 2), width=SIDE, height=SIDE, strength=strength)
    moved = luma(stamp.on(frame.levels)) - luma(frame.levels)
    return float(10 * np.log10(255**2 / np.mean(moved**2)))


def found() -> list[tuple[Try, str, float]]:
    """What was tried so far, marked how, and how far from being seen, in dB."""
    return [(tried(each), each["strength"], each["decibels"]) for each in measuring.rows(FOUND)]


def summary() -> str:
    """The table, for the page."""
    tries = found()
    if not tries:
        return ""
    of = measuring.rows(FOUND)[0]["of"]
    frames = len({each.frame for each, _, _ in tries})
    said = (
        f"\nMade by `python -m tests.benchmarks.mammograms FOLDER` from {frames} mammograms that are no part of this project ({of}).\n"
        "Mammography is marked `light` unless a policy says otherwise.\n\n"
    )
    rows = ["| | traced blind | with the frame that was sent | of |", "|---|---|---|---|"]
    for strength in STRENGTHS:
        for title, chosen in (
            (
                "digital attacks",
                [each for each, how, _ in tries if how == strength and each.group == "digital"],
            ),
            ("simulated phone", [each for each, how, _ in tries if how == strength and each.attack in PHONE]),
        ):
            if chosen:
                blind, informed = (
                    sum(getattr(e, w) for e in chosen) / len(chosen) for w in ("blind", "informed")
                )
                rows.append(
                    f"| `{strength}`, {title} | {100 * blind:.1f} % | {100 * informed:.1f} % | {len(chosen)} |"
                )
    least = [
        f"`{strength}` {min(db for _, how, db in tries if how == strength):.1f} dB"
        for strength in STRENGTHS
        if any(how == strength for _, how, _ in tries)
    ]
    wrong = sum(each.wrong for each, _, _ in tries)
    return said + "\n".join(rows) + f"\n\nWrong names: {wrong}. Luma PSNR, least: {', '.join(least)}.\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.mammograms")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--of", default="unnamed", help="where they are from, for the page")
    parser.add_argument("--minutes", type=float, default=8.0)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    files = sorted(options.folder.rglob("*.dcm"))
    frames = [Sample(file.stem, fitted(shown(file))) for file in files]
    done = {(each.frame, each.attack, how) for each, how, _ in found()}
    end = time.monotonic() + 60 * options.minutes
    for frame, attack, strength in _order(frames):
        if time.monotonic() > end:
            break
        if (frame.name, attack, strength.value) in done:
            continue
        found_ = attempt(frame, attack, 0, strength=strength, always_informed=False)
        decibels = round(_decibels(frame, strength), 2)
        measuring.add(
            FOUND, {"of": options.of, "strength": strength.value, "decibels": decibels, **row_of(found_)}
        )
    print(summary())


if __name__ == "__main__":
    main()
