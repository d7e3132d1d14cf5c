"""The false-accusation probability, predicted and seen: `python -m tests.benchmarks.calibrating [--ids 20000] [--publish]`.

Sessions that were never given out are scored on readings of pictures without a mark, of another key's, and of other
sessions of this key, half of them read in a wrong place. Each score is one chance of an accident, the cheapest part of a
trace; whole traces are counted in `surviving`. Kept in `measured/calibration.jsonl`; `--publish` draws the curve.
"""

import argparse
from pathlib import Path

import numpy as np

from tests.benchmarks import measuring
from tests.benchmarks.bench_accusing import EPOCH, KEY, readings
from tests.benchmarks.leaking import samples
from viewer.watermark.layout import CHIP_COUNT
from viewer.watermark.payload import Payload, chips
from viewer.watermark.symbols import chip_cells

FOUND, CURVE = measuring.FOLDER / "calibration.jsonl", Path("docs/pictures/calibration.svg")
STEPS = np.arange(0, 6.01, 0.1)  # deviations
READINGS = 39


def accidents(ids: int) -> tuple[list[int], int, float]:
    """How many scores reach each of STEPS, of how many, and the largest."""
    said = np.zeros((READINGS, CHIP_COUNT), np.float32)
    for row, (reading, _) in zip(said, readings(list(samples()), READINGS), strict=True):
        heard, number = chip_cells(KEY, reading)
        row[number] = heard
    seen, largest = np.zeros(len(STEPS), np.int64), 0.0
    for number in range(ids):
        scores = said @ chips(KEY, Payload(10**7 + number, EPOCH)).astype(np.float32)
        seen += (scores[:, np.newaxis] >= STEPS).sum(axis=0)
        largest = max(largest, float(scores.max()))
    return seen.tolist(), ids * READINGS, largest


def found() -> measuring.Row | None:
    """The largest count of today's code."""
    return max(measuring.rows(FOUND), key=lambda each: int(each["count"]), default=None)


def draw(seen: list[int], count: int) -> str:
    """The share of scores beyond each number of deviations, and the bound that is claimed, as SVG."""
    wide, high, left, decades = 420, 230, 50, 7

    def place(deviations: float, share: float) -> str:
        return f"{left + deviations / 6 * wide:.1f},{20 - np.log10(max(share, 1e-12)) / decades * high:.1f}"

    bound = " ".join(
        place(t, min(1.0, float(np.exp(-t * t / 2)))) for t in STEPS if np.exp(-t * t / 2) > 10.0**-decades
    )
    found = " ".join(place(t, n / count) for t, n in zip(STEPS, seen, strict=True) if n)
    size = f'viewBox="0 0 {wide + 90} {high + 80}" font-family="sans-serif" font-size="11" fill="#334"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {size}>']
    for decade in range(decades + 1):
        y = 20 + decade / decades * high
        parts.append(
            f'<path d="M{left} {y:.1f}h{wide}" stroke="#ccd"/><text x="8" y="{y + 4:.1f}">1e-{decade}</text>'
        )
    parts += [f'<text x="{left + t / 6 * wide - 3:.1f}" y="{high + 38}">{t}</text>' for t in range(7)]
    for line, colour in ((bound, "#c2571a"), (found, "#1a6fc2")):
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
    parts.append(
        f'<text x="{left}" y="{high + 62}">share of innocent sessions beyond so many deviations: '
        '<tspan fill="#c2571a">claimed at most</tspan>, <tspan fill="#1a6fc2">seen</tspan></text></svg>\n'
    )
    return "".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.calibrating")
    parser.add_argument("--ids", type=int, default=20_000)
    parser.add_argument(
        "--publish", action="store_true", help="draw the curve from what was found, and try nothing"
    )
    options = parser.parse_args()
    if not options.publish:
        seen, count, largest = accidents(options.ids)
        measuring.add(FOUND, {"seen": seen, "count": count, "largest": round(largest, 3)})
        print(f"{count} scores, the largest {largest:.2f} deviations")
    if last := found():
        CURVE.write_text(draw(last["seen"], last["count"]))


if __name__ == "__main__":
    main()
