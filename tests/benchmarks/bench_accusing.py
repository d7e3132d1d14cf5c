"""Who is named: nobody by accident, and everybody who mixed their frames.

`make bench` takes 1,000 readings and one frame's mixtures; `tests/viewer/test_watermark_robustness.py` (soak) 20,000.
"""

import os
import time
from collections.abc import Iterator

import cv2
import numpy as np

from tests.benchmarks.figures import Figure, at_most, on_processors
from tests.benchmarks.leaking import SIDE, Picture, Sample, samples
from viewer.watermark.aligning import WAYS
from viewer.watermark.channels import grey_plane
from viewer.watermark.keying import Key
from viewer.watermark.layout import CELL, Region
from viewer.watermark.pattern import Strength
from viewer.watermark.payload import Payload
from viewer.watermark.polar import PATHS
from viewer.watermark.probability import ALPHA, false_accusation
from viewer.watermark.stamping import make_stamp
from viewer.watermark.symbols import Reading, candidates, chip_cells, read_cells, score
from viewer.watermark.tracing import trace
from viewer.watermark.warping import lay

KEY, OTHER = Key(bytes(range(32))), Key(bytes(range(1, 33)))
PIECE = 320  # px
QUICK_READINGS, QUICK_FRAMES = 1_000, ("CT head",)
CALIBRATED = 20_000  # scores of payloads that are not in the picture
MIXTURES = ("average", "median", "minimum", "maximum", "mosaic")
INNOCENT = 60  # of the ledger, for every mixture
EPOCH = 59_000_000


def run() -> list[Figure]:
    """The figures, about two minutes."""
    allowed = os.sched_getaffinity(0)
    with on_processors({max(allowed)}):
        cv2.setNumThreads(1)
        frames = list(samples())
        return [
            *names(frames, QUICK_READINGS),
            *calibration(frames),
            *collusion([each for each in frames if each.name in QUICK_FRAMES]),
        ]


def readings(
    frames: list[Sample], count: int, *, marked: bool = True
) -> Iterator[tuple[Reading, Payload | None]]:
    """Pieces of frames, read where they stand, and who is in them: nobody, another key's session, or one of this key."""
    stamps = [
        (key, payload, make_stamp(key, payload, width=SIDE, height=SIDE, strength=Strength.STANDARD))
        for key in (KEY, OTHER)
        for payload in (Payload(number, EPOCH) for number in range(4))
    ]
    draws = np.random.default_rng(8)
    pictures: dict[tuple[int, int], Picture] = {}
    for number in range(count):
        which, kind = number % len(frames), number // len(frames) % 3 if marked else 0
        key, payload, stamp = stamps[draws.integers(0, 4) + 4 * (kind == 1)]
        name = (which, -1 if kind == 0 else stamps.index((key, payload, stamp)))
        if name not in pictures:
            levels = frames[which].levels
            pictures[name] = levels if kind == 0 else stamp.on(levels)
        left, top = (int(each) for each in draws.integers(0, (SIDE - PIECE) // CELL, 2))
        piece = pictures[name][top * CELL : top * CELL + PIECE, left * CELL : left * CELL + PIECE]
        place = np.array([[1, 0, -left * CELL], [0, 1, -top * CELL], [0, 0, 1.0]])
        # Half of the pieces are read as if they stood elsewhere: then even a mark of this key says nothing.
        shifted = number % 2 == 1
        moved = Region(left + 7 * shifted, top + 11 * shifted, PIECE // CELL, PIECE // CELL)
        laid = lay(grey_plane(piece), place, Region(left, top, PIECE // CELL, PIECE // CELL))
        laid = type(laid)(moved, laid.picture, laid.seen)
        yield read_cells(KEY, [way(laid) for way in WAYS], laid), payload if kind == 2 else None


def names(frames: list[Sample], count: int) -> list[Figure]:
    """Whether `count` readings name anybody who is not in them."""
    wrong = 0
    for reading, truth in readings(frames, count):
        said, number = chip_cells(KEY, reading)
        for each in candidates(KEY, reading):
            named = false_accusation(score(KEY, said, number, each), PATHS) <= ALPHA
            wrong += named and each != truth
    return [
        at_most(
            "watermark: wrong names at readings",
            wrong,
            0,
            "names",
            f"of {count}: unmarked, other key, this key; half read in a wrong place; {PATHS} candidates each",
        )
    ]


def calibration(frames: list[Sample]) -> list[Figure]:
    """The scores of payloads that are not in the picture, against the bound exp(-t^2 / 2)."""
    scores = accidental(frames, CALIBRATED)
    figures = []
    for deviations in (2.0, 3.0, 4.0):
        bound = float(np.exp(-(deviations**2) / 2))
        share = float((scores >= deviations).mean())
        figures.append(
            at_most(
                f"watermark: accidents beyond {deviations:g} deviations",
                share,
                bound,
                "share",
                f"of {len(scores)} payloads on pieces of {len(frames)} frames; the most {scores.max():.2f}",
            )
        )
    return figures


def accidental(frames: list[Sample], count: int) -> np.ndarray:
    """`count` scores of payloads that nobody was ever given."""
    each = 200
    return np.array(
        [
            score(KEY, *chips, Payload(10**6 + number * each + k, EPOCH))
            for number, (reading, _) in enumerate(readings(frames, count // each))
            for chips in [chip_cells(KEY, reading)]
            for k in range(each)
        ]
    )


def mixed(how: str, pictures: list[Picture], draws: np.random.Generator) -> Picture:
    """One picture of several."""
    stack = np.stack(pictures).astype(np.float32)
    match how:
        case "average":
            made = stack.mean(axis=0)
        case "median":
            made = np.median(stack, axis=0)
        case "minimum":
            made = stack.min(axis=0)
        case "maximum":
            made = stack.max(axis=0)
        case _:
            tiles = draws.integers(0, len(pictures), (-(-SIDE // 32), -(-SIDE // 32)))
            choice = np.kron(tiles, np.ones((32, 32), np.intp))[:SIDE, :SIDE].astype(np.intp)
            made = np.take_along_axis(stack, choice.reshape(1, SIDE, SIDE, *[1] * (stack.ndim - 3)), axis=0)[
                0
            ]
    return np.round(made).astype(np.uint8)


def collusion(frames: list[Sample]) -> list[Figure]:
    """Frames mixed by 2, 3 and 5 sessions, traced with the ledger, which lists innocents too."""
    figures = []
    for count in (2, 3, 5):
        missed, wrong, tried = [], 0, 0
        for sample in frames:
            for how in MIXTURES:
                guilty = [Payload(100 + k, EPOCH) for k in range(count)]
                marked = [
                    make_stamp(KEY, each, width=SIDE, height=SIDE, strength=Strength.STANDARD).on(
                        sample.levels
                    )
                    for each in guilty
                ]
                leak = mixed(how, marked, np.random.default_rng(count))
                ledger = [*guilty, *(Payload(10**6 + k, EPOCH) for k in range(INNOCENT))]
                begun = time.process_time()
                found = trace(
                    KEY,
                    leak,
                    sent=sample.levels,
                    ledger=ledger,
                    late=lambda begun=begun: time.process_time() - begun > 8,
                )
                named = {each.payload for each in found.named}
                tried += 1
                wrong += len(named - set(guilty))
                enough = len(named & set(guilty)) >= (count if count < 5 else 1)
                if not enough:
                    missed.append(f"{sample.name}/{how}: {len(named & set(guilty))}")
        what = "all named" if count < 5 else "at least one named"
        figures.append(
            at_most(
                f"watermark: mixtures of {count} where not {what}",
                len(missed),
                0,
                "mixtures",
                f"of {tried}; {', '.join(missed) or 'none'}; innocents named: {wrong}",
            )
        )
        figures.append(
            at_most(
                f"watermark: innocents in mixtures of {count}", wrong, 0, "names", f"of {tried * INNOCENT}"
            )
        )
    return figures
