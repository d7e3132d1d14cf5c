"""The table of what the mark survives: `python -m tests.benchmarks.surviving [--minutes 8] [--seeds 3] [--part 1/2] [--publish]`.

Every frame under every attack, blind and with the frame that was sent. Results are kept in `measured/survival.jsonl`, so that
it can run in pieces, and several processes at once, each with its part; `--publish` writes `docs/survival.md` and the curves
beside it from what is there.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import cv2

from tests.benchmarks import calibrating, innocent, mammograms, marking_peers, measuring
from tests.benchmarks.bench_watermark import Try, attempt, group_of, row_of, tried
from tests.benchmarks.leaking import ALONE, PHONE, QUARTER, TINY, Sample, attacks, samples

FOUND = measuring.FOLDER / "survival.jsonl"
TABLE, CURVES = Path("docs/survival.md"), Path("docs/pictures/survival.svg")
PANELS = (
    ("JPEG quality", ("jpeg90", "jpeg70", "jpeg50", "jpeg30"), ("90", "70", "50", "30")),
    ("piece, % of the area", ("crop50%", "crop25%", "crop10%", "crop5%"), ("50", "25", "10", "5")),
    ("noise, grey levels", ("png", "noise5", "noise10"), ("0", "5", "10")),
    ("simulated phone, degrees", ("cam5", "cam15", "cam30"), ("5", "15", "30")),
)


@cache
def _sample(name: str) -> Sample:
    cv2.setNumThreads(1)
    return next(each for each in samples() if each.name == name)


def _one(name: str, attack: str, seed: int) -> Try:
    # Where a blind trace names the session there is nothing for the frame to add; a third of those are timed all the same.
    every = (seed + sum(map(ord, name + attack))) % 3 == 0
    return attempt(_sample(name), attack, seed, always_informed=every)


def order(names: list[str], seeds: int) -> Iterator[tuple[str, str, int]]:
    """Frame, attack, seed of everything, in an order in which any beginning is a fair sample: diagonals over frames and
    attacks, two digital ones to one of the others."""
    digital = [each for each in attacks() if group_of(each) == "digital"]
    others = [each for each in attacks() if group_of(each) != "digital"]
    mixed = [
        each for k in range(len(digital)) for each in (digital[k : k + 1] + others[k // 2 : k // 2 + k % 2])
    ]
    for seed in range(seeds):
        for first in range(len(mixed)):
            for number, name in enumerate(names):
                yield name, mixed[(first + 5 * number) % len(mixed)], seed


def run(seeds: int, minutes: float, workers: int, part: tuple[int, int] = (0, 1)) -> int:
    """Tries what was not tried yet of `part`, for so long; how many are left."""
    done = {(each.frame, each.attack, each.seed) for each in found()}
    names = [each.name for each in samples()]
    left = [each for each in list(order(names, seeds))[part[0] :: part[1]] if each not in done]
    end = time.monotonic() + 60 * minutes
    if workers == 1:
        return _run_here(left, end)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        running: set[Future[Try]] = set()
        ahead = iter(left)
        while True:
            while len(running) <= workers and time.monotonic() < end and (each := next(ahead, None)):
                running.add(pool.submit(_one, *each))
            if not running:
                return len(list(ahead))
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                measuring.add(FOUND, row_of(future.result()))


def _run_here(left: list[tuple[str, str, int]], end: float) -> int:
    """The same without a pool."""
    for number, each in enumerate(left):
        if time.monotonic() > end:
            return len(left) - number
        measuring.add(FOUND, row_of(_one(*each)))
    return 0


def found() -> list[Try]:
    """What was tried so far."""
    return [tried(each) for each in measuring.rows(FOUND)]


def _shares(tries: Iterable[Try]) -> tuple[float, float, int]:
    members = list(tries)
    count = max(1, len(members))
    return (
        sum(each.blind for each in members) / count,
        sum(each.informed for each in members) / count,
        len(members),
    )


def publish(tries: list[Try]) -> None:
    """Writes the table and its curves."""
    rows = ["| | traced blind | with the frame that was sent | of |", "|---|---|---|---|"]
    usual = [each for each in tries if each.frame not in ALONE]
    groups = (
        ("all digital attacks", [each for each in usual if each.group == "digital"]),
        ("simulated phone, whole views", [each for each in usual if each.attack in PHONE]),
        ("simulated phone, a quarter", [each for each in usual if each.attack in QUARTER]),
        ("pieces of a twentieth", [each for each in usual if each.attack in TINY]),
        *(
            (f"{name}, digital attacks", [e for e in tries if e.frame == name and e.group == "digital"])
            for name in ALONE
        ),
        *(
            (f"{name}, simulated phone", [e for e in tries if e.frame == name and e.attack in PHONE])
            for name in ALONE
        ),
    )
    by_attack: dict[str, list[Try]] = defaultdict(list)
    for each in usual:
        by_attack[each.attack].append(each)
    for name, members in (*groups, *((f"`{attack}`", each) for attack, each in by_attack.items())):
        blind, informed, count = _shares(members)
        if count:
            rows.append(f"| {name} | {100 * blind:.1f} % | {100 * informed:.1f} % | {count} |")
    wrong = sum(each.wrong for each in tries)
    frames = sorted({each.frame for each in usual})
    TABLE.write_text(
        "# What the mark survives\n\n"
        f"Made by `python -m tests.benchmarks.surviving --publish`. {len(tries):,} leaks, all of one version\n"
        f"of the tracer (`{measuring.code()}`); frames: {'; '.join(frames)}. Reported on their\n"
        f"own: {'; '.join(ALONE)}. Wrong names: {wrong}. The phone is simulated; no real one was used. "
        "Mammograms have a\ntable of their own. Pieces, angles and noise are drawn anew for each seed.\n\n"
        "![Shares traced, against quality, area, noise and angle](pictures/survival.svg)\n\n"
        + "\n".join(rows)
        + "\n"
        + _sections()
    )
    CURVES.write_text(_svg(by_attack))


def _sections() -> str:
    """What follows the table, each under its title: as found, or as the page has it where nothing is there to make it from."""
    page = TABLE.read_text() if TABLE.is_file() else ""
    before = dict(part.split("\n", 1) for part in page.split("\n## ")[1:])
    found = {
        "Two open-source watermarks under the same attacks": _beside(),
        "Mammograms": mammograms.summary(),
        "How likely an innocent one is named": _calibration(),
        "Whole traces that must not name a wrong one": innocent.summary(),
    }
    return "".join(
        f"\n## {title}\n{(text or before[title]).rstrip()}\n"
        for title, text in found.items()
        if text or title in before
    )


def _beside() -> str:
    """The peers' table, where they were tried."""
    lines = marking_peers.rows()
    if not lines:
        return ""
    return (
        f"\nMade by `python -m tests.benchmarks.marking_peers`; frames: {'; '.join(marking_peers.FRAMES)}. A leak counts where all of "
        f"{marking_peers.BITS} bits\ncome out. Neither says how likely an accident is.\n\n"
        + "\n".join(lines)
        + "\n"
    )


def _calibration() -> str:
    """The curve of accidents, where they were counted."""
    found = calibrating.found()
    if found is None:
        return ""
    calibrating.CURVE.write_text(calibrating.draw(found["seen"], found["count"]))
    return (
        f"\nMade by `python -m tests.benchmarks.calibrating`: {found['count']:,} scores of sessions that were never given out, on pieces of\n"
        "pictures without a mark, with another key's, and with other sessions' of the same key, half of them read in a wrong\n"
        f"place. The largest was {found['largest']:.2f} deviations; nobody is named below 5.8. What is counted is single scores, each one\n"
        "chance of an accident.\n\n"
        "![Share of innocent sessions beyond a score, claimed and seen](pictures/calibration.svg)\n"
    )


def _svg(by_attack: dict[str, list[Try]]) -> str:
    wide, high, edge = 210, 150, 34
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {len(PANELS) * (wide + edge) + 20} {high + 80}" '
            'font-family="sans-serif" font-size="11" fill="#334">'
        )
    ]
    for number, (title, names, marks) in enumerate(PANELS):
        left = edge + number * (wide + edge)
        parts.append(f'<text x="{left}" y="16" font-weight="bold">{title}</text>')
        for level in (0, 50, 100):
            y = 30 + high - high * level / 100
            parts.append(
                f'<path d="M{left} {y}h{wide - 20}" stroke="#ccd"/><text x="{left - 26}" y="{y + 4}">{level}</text>'
            )
        for which, colour in ((0, "#c2571a"), (1, "#1a6fc2")):
            points = []
            for k, name in enumerate(names):
                if name in by_attack:
                    x = left + k * (wide - 20) / (len(names) - 1)
                    points.append((x, 30 + high * (1 - _shares(by_attack[name])[which])))
            line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        parts += [
            f'<text x="{left + k * (wide - 20) / (len(names) - 1) - 6}" y="{high + 46}">{mark}</text>'
            for k, mark in enumerate(marks)
        ]
    parts.append(
        f'<text x="{edge}" y="{high + 70}">% traced: <tspan fill="#c2571a">blind</tspan>, '
        '<tspan fill="#1a6fc2">with the frame that was sent</tspan></text></svg>\n'
    )
    return "".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.surviving")
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--part", type=measuring.part, default=(0, 1), help="of the leaks, such as 1/2")
    parser.add_argument(
        "--publish", action="store_true", help="write the table from what was found, and try nothing"
    )
    options = parser.parse_args()
    if not options.publish:
        print(f"{run(options.seeds, options.minutes, options.workers, options.part)} left")
    elif tries := found():
        publish(tries)
    else:
        parser.error(f"nothing was measured of the tracer as it is, `{measuring.code()}`")


if __name__ == "__main__":
    main()
