"""Photographs of a screen whose pose is known, and how near each stage of the search comes to it.

`python -m tests.benchmarks.posing [--frames NAME ...] [--attacks NAME ...] [--seeds 1]` prints a line for each: what the mark says in
the true pose, whether it names the session there, how far off each stage's best guess is (px of the frame, at its worst
corner), and what the whole trace gave. Leaks are kept in `build/posing`.
"""

import argparse
import importlib.util
import json
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.bench_watermark import KEY
from tests.benchmarks.leaking import PHONE, SHARED, SIDE, Picture, Sample, samples
from viewer.watermark.aligning import WAYS, Start, align
from viewer.watermark.pattern import Strength
from viewer.watermark.payload import Payload
from viewer.watermark.probability import ALPHA, false_accusation
from viewer.watermark.stamping import make_stamp
from viewer.watermark.symbols import candidates, chip_cells, score
from viewer.watermark.tracing import grey_plane, trace
from viewer.watermark.warping import Matrix, unbent

KEPT = Path("build/posing")
BEND = -0.03  # of the simulated lens


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A photograph of `sample`, marked with `payload`: `to_leak` takes frame px to px of the leak without its bend."""

    sample: Sample
    attack: str
    seed: int
    payload: Payload
    picture: Picture
    to_leak: Matrix

    @property
    def name(self) -> str:
        """What it is called in the table."""
        return f"{self.sample.name}/{self.attack}/{self.seed}"


def known(sample: Sample, attack: str, seed: int) -> Known:
    """The photograph, as `bench_watermark.attempt` takes it."""
    place = sum(map(ord, sample.name + attack))
    payload = Payload(session=(seed * 2_654_435_761 + place) % 2**32, epoch=59_000_000 + seed)
    file = KEPT / f"{sample.name}-{attack}-{seed}.png".replace(" ", "_")
    if not file.is_file():
        KEPT.mkdir(parents=True, exist_ok=True)
        stamp = make_stamp(KEY, payload, width=SIDE, height=SIDE, strength=Strength.STANDARD)
        picture, to_leak = _photograph(stamp.on(sample.levels), attack, np.random.default_rng([seed, place]))
        cv2.imwrite(str(file), picture[..., ::-1])
        file.with_suffix(".json").write_text(json.dumps(to_leak.tolist()))
    picture = np.ascontiguousarray(cv2.imread(str(file))[..., ::-1])
    return Known(
        sample,
        attack,
        seed,
        payload,
        picture,
        np.array(json.loads(file.with_suffix(".json").read_text())),
    )


def _photograph(frame: Picture, attack: str, draws: np.random.Generator) -> tuple[Picture, Matrix]:
    spec = importlib.util.spec_from_file_location("posing_attacks", SHARED / "bench/watermark/attacks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    seen: list[tuple[Matrix, int]] = []
    view = module.Hview

    def noted(*where: float) -> tuple[Matrix, tuple[int, int]]:
        matrix, size = view(*where)
        seen.append((matrix, size[0]))
        return matrix, size

    module.Hview = noted
    bgr = frame if frame.ndim == 2 else np.ascontiguousarray(frame[..., ::-1])
    leak = module.A[attack](bgr, draws)
    ((matrix, wide),) = seen
    share = leak.shape[1] / wide
    return np.ascontiguousarray(leak[..., ::-1]), np.diag([share, share, 1.0]) @ matrix


def corners(to_leak: Matrix) -> NDArray[np.float64]:
    """Where the frame's corners are in the leak, (4, 2)."""
    frame = np.array([[[0, 0], [SIDE, 0], [SIDE, SIDE], [0, SIDE]]], np.float64)
    return np.asarray(cv2.perspectiveTransform(frame, to_leak)[0], np.float64)


def at_truth(leak: Known) -> tuple[float, bool]:
    """The pilot's deviations in the true pose, and whether the session is named there."""
    best, named = 0.0, False
    plane = unbent(grey_plane(leak.picture), BEND)
    for lead in WAYS:
        start = Start(plane, leak.to_leak, (SIDE / 2, SIDE / 2), lead, anywhere=True)
        for aligned in align(KEY, start):
            best = max(best, aligned.reading.pilot)
            said, number = chip_cells(KEY, aligned.reading)
            for each in candidates(KEY, aligned.reading):
                chance = false_accusation(score(KEY, said, number, each), 1000)
                named = named or (each == leak.payload and chance <= ALPHA)
            if named:
                return best, named
    return best, named


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.posing")
    parser.add_argument("--frames", nargs="*")
    parser.add_argument("--attacks", nargs="*", default=list(PHONE))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", choices=("make", "truth", "trace", "informed"))
    options = parser.parse_args()
    cv2.setNumThreads(1)
    for seed in range(options.first, options.first + options.seeds):
        for attack in options.attacks:
            for sample in samples():
                if options.frames and sample.name not in options.frames:
                    continue
                print(_line(known(sample, attack, seed), options.only), flush=True)


def _line(leak: Known, only: str | None) -> str:
    said = [f"{leak.name:32}"]
    if only in {None, "truth"}:
        pilot, named = at_truth(leak)
        said.append(f"truth {pilot:5.1f} {'named' if named else '-':5}")
    for how, sent in (("trace", None), ("informed", leak.sample.levels)):
        if only in {None, how}:
            begun = time.process_time()
            traced = trace(KEY, leak.picture, late=lambda: False, sent=sent)
            right = [each.payload for each in traced.named] == [leak.payload]
            wrong = bool(traced.named) and not right
            said.append(
                f"{how} {'named' if right else 'WRONG' if wrong else '-':5} {traced.steps:3} steps "
                f"{time.process_time() - begun:5.1f} s"
            )
    return "  ".join(said)


if __name__ == "__main__":
    main()
