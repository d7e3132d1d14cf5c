"""Photographs of a screen whose pose is known, and how near each stage of the search comes to it.

`python -m tests.benchmarks.posing [--frames NAME ...] [--attacks NAME ...] [--seeds 1] [--only STAGE]` prints a line for each:
`truth`, what the pilot says in the true pose and whether the session is named there; `outline`, how far the nearest outline is
off at its worst corner, px of the leak; `framed`, the poses that it leads to: score, 1 where noise may get, and how far off at
the frame's worst corner but for where it stands, px of the frame; and what the whole trace gave, blind and with the frame.
Leaks are kept in `build/posing`.
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
from viewer.watermark.channels import grey_plane
from viewer.watermark.framing import framed
from viewer.watermark.layout import layout_of
from viewer.watermark.outlining import BENDS, outlines
from viewer.watermark.pattern import Strength
from viewer.watermark.payload import Payload
from viewer.watermark.probability import ALPHA, false_accusation
from viewer.watermark.searching import before_spectrum, draws
from viewer.watermark.stamping import make_stamp
from viewer.watermark.symbols import candidates, chip_cells, score
from viewer.watermark.tracing import trace
from viewer.watermark.warping import Matrix, unbent
from viewer.watermark.whitening import printed

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


def outlined(leak: Known) -> float:
    """How far the nearest of the likeliest outlines is off."""
    plane = grey_plane(leak.picture)
    found = [each for bend in BENDS for each in outlines(unbent(plane, bend) if bend else plane, 9)]
    true = corners(leak.to_leak)
    return min((float(np.abs(each.corners - true).max()) for each in found), default=np.inf)


def posed(leak: Known) -> list[tuple[float, float]]:
    """Scores and errors of the poses that the outlines lead to."""
    plane = grey_plane(leak.picture)
    there = corners(leak.to_leak) - np.array([plane.shape[1], plane.shape[0]]) / 2
    frame = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * SIDE / 2
    found = []
    for each in framed(
        plane, layout_of(KEY).tones, lambda laid: before_spectrum(laid, printed=printed(plane)), draws()
    ):
        stand = there @ each.pose.linear.T / (1 + there @ each.pose.tilt)[:, np.newaxis]
        stand -= stand.mean(axis=0)
        found.append((each.pose.score, min(float(np.abs(stand - way * frame).max()) for way in (1, -1))))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.posing")
    parser.add_argument("--frames", nargs="*")
    parser.add_argument("--attacks", nargs="*", default=list(PHONE))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", choices=("make", "truth", "outline", "framed", "trace", "informed"))
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
    if only in {None, "outline"}:
        said.append(f"outline {outlined(leak):5.1f}")
    if only in {None, "framed"}:
        said.append("framed " + ", ".join(f"{score:.1f} off {error:.0f}" for score, error in posed(leak)))
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
