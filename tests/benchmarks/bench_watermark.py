"""The forensic mark: what it survives, what it costs, how far it is from being seen.

`make bench` takes a few frames and attacks, in turn from all; `tests/viewer/test_watermark_robustness.py` (soak) all
of them, three times each.
"""

import os
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

import cv2
import numpy as np
import simplejpeg

from tests.benchmarks.leaking import PHONE, QUARTER, SIDE, TINY, Picture, Sample, attacks, samples
from viewer.imaging.scratch import Scratch
from viewer.render.frame import _png
from viewer.render.mark import Forensic, make_mark
from viewer.watermark.keying import Key
from viewer.watermark.pattern import Strength
from viewer.watermark.payload import Payload
from viewer.watermark.stamping import Stamp, make_stamp
from viewer.watermark.tracing import trace

KEY = Key(bytes(range(32)))
BLIND_S, INFORMED_S = 16.0, 4.0
REPEATS = 15
QUICK = 40  # traces of each kind in `make bench`

Figure = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One leak, traced blind and with the frame that was sent. `seconds` of processor time: blind, informed; 0 if not tried.

    `steps` of the blind trace."""

    frame: str
    attack: str
    seed: int
    blind: bool
    informed: bool
    wrong: int
    seconds: tuple[float, float]
    steps: int = 0

    @property
    def group(self) -> str:
        """Which goal it counts for."""
        return group_of(self.attack)


def row_of(each: Try) -> dict[str, Any]:
    """`each` as it is kept."""
    return {**asdict(each), "seconds": [round(second, 2) for second in each.seconds]}


def tried(row: dict[str, Any]) -> Try:
    """The same back."""
    named = {field.name: row[field.name] for field in fields(Try)}
    return Try(**{**named, "seconds": tuple(row["seconds"])})


def group_of(attack: str) -> str:
    """Which goal `attack` counts for."""
    if attack in PHONE:
        return "phone"
    if attack in QUARTER:
        return "quarter"
    return "tiny" if attack in TINY else "digital"


def attempt(
    sample: Sample,
    attack: str,
    seed: int,
    *,
    strength: Strength = Strength.STANDARD,
    always_informed: bool = True,
) -> Try:
    """Mark `sample`, leak it by `attack`, trace it; with the frame too, if that is wanted `always` or blind names nobody."""
    place = sum(map(ord, sample.name + attack))
    payload = Payload(session=(seed * 2_654_435_761 + place) % 2**32, epoch=59_000_000 + seed)
    stamp = make_stamp(KEY, payload, width=SIDE, height=SIDE, strength=strength)
    leak = attacks()[attack](stamp.on(sample.levels), np.random.default_rng([seed, place]))
    found: list[list[Payload]] = [[], []]
    seconds, steps = [0.0, 0.0], [0, 0]
    for number, (limit, sent) in enumerate(((BLIND_S, None), (INFORMED_S, sample.levels))):
        if number and found[0] == [payload] and not always_informed:
            continue
        begun = time.process_time()
        traced = trace(KEY, leak, sent=sent, late=_late(begun, limit))
        seconds[number] = time.process_time() - begun
        steps[number] = traced.steps
        found[number] = [each.payload for each in traced.named]
    return Try(
        frame=sample.name,
        attack=attack,
        seed=seed,
        blind=found[0] == [payload],
        informed=found[1] == [payload] or found[0] == [payload],
        wrong=sum(each != payload for named in found for each in named),
        seconds=(seconds[0], seconds[1]),
        steps=steps[0],
    )


def _late(begun: float, limit: float) -> Callable[[], bool]:
    return lambda: time.process_time() - begun > limit


def run() -> list[Figure]:
    """The figures, measured on one processor of those that this process may use."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    cv2.setNumThreads(1)
    try:
        frames = list(samples())
        return [*_cost(frames), *_quality(frames), *_bytes(frames), *_survival(quick(frames))]
    finally:
        os.sched_setaffinity(0, allowed)


def quick(frames: list[Sample]) -> Iterable[Try]:
    """A diagonal of frames and attacks."""
    names = list(attacks())
    return [
        attempt(frames[k % len(frames)], names[k * 7 % len(names)], k) for k in range(QUICK if names else 0)
    ]


def _survival(tries: Iterable[Try]) -> list[Figure]:
    tries = list(tries)
    if not tries:
        return []
    groups: dict[str, list[Try]] = defaultdict(list)
    for each in tries:
        groups[each.group].append(each)
    goals = {"digital": (0.985, 0.995), "phone": (0.9, 0.98), "quarter": (None, 0.95), "tiny": (0.6, None)}
    figures = []
    for group, members in groups.items():
        for how, goal in zip(("blind", "informed"), goals[group], strict=True):
            share = sum(getattr(each, how) for each in members) / len(members)
            missed = [f"{each.frame}/{each.attack}" for each in members if not getattr(each, how)]
            figures.append(
                _figure(
                    f"watermark: traced {how}, {group}",
                    share,
                    "share",
                    f">= {goal}" if goal else "reported",
                    holds=goal is None or share >= goal,
                    detail=f"of {len(members)}; missed: {', '.join(missed[:6]) or 'none'}",
                )
            )
    wrong = sum(each.wrong for each in tries)
    figures.append(
        _figure("watermark: wrong names", wrong, "names", "0", holds=wrong == 0, detail=f"of {len(tries)}")
    )
    for number, (how, most) in enumerate((("blind", 2.0), ("informed", 5.0))):
        times = [each.seconds[number] for each in tries if each.seconds[number]]
        figures.append(
            _figure(
                f"watermark: {how} trace, median",
                statistics.median(times),
                "s cpu",
                f"<= {most}",
                holds=statistics.median(times) <= most,
                detail=f"at most {max(times):.1f} s",
            )
        )
    return figures


def _cost(frames: list[Sample]) -> list[Figure]:
    grey = next(each.levels for each in frames if each.levels.ndim == 2)
    rgb = np.dstack([grey] * 3)
    text = "m.keller · s-7f3a9c · 2026-11-24 14:31 UTC · Head CT"

    def mark(epoch: int, strength: Strength | None) -> Stamp:
        forensic = strength and Forensic(key=KEY, session=7, strength=strength)
        return make_mark(
            width=SIDE, height=SIDE, text=text, opacity=0.14, epoch=epoch, forensic=forensic or None
        ).stamp

    scratch = Scratch()  # as the stream has it: each frame is made where the last one was
    standard, light, bare = mark(1, Strength.STANDARD), mark(1, Strength.LIGHT), mark(1, None)
    rows = (
        ("embed, no mask", lambda: bare.on(grey, scratch), 0.25),
        ("embed, texture mask", lambda: standard.on(grey, scratch), 0.6),
        ("embed, RGB", lambda: standard.on(rgb, scratch), 1.0),
        ("embed, light on grey", lambda: light.on(grey, scratch), 1.0),
        ("planes of an epoch", lambda: mark(2, Strength.STANDARD), 80.0),
        ("planes of an epoch, light", lambda: mark(2, Strength.LIGHT), 80.0),
    )
    return [
        _figure(
            f"watermark: {name}", value, "ms cpu", f"<= {most}", holds=value <= most, detail="1024 x 1024"
        )
        for name, work, most in rows
        for value in [_milliseconds(work)]
    ]


def _milliseconds(work: Callable[[], object]) -> float:
    work()
    times = []
    for _ in range(REPEATS):
        begun = time.thread_time()
        work()
        times.append(time.thread_time() - begun)
    return 1000 * statistics.median(times)


def _quality(frames: list[Sample]) -> list[Figure]:
    figures = []
    for strength, mean_goal, least_goal in ((Strength.STANDARD, 43.5, 42.0), (Strength.LIGHT, 48.0, 48.0)):
        stamp = make_stamp(KEY, Payload(1, 2), width=SIDE, height=SIDE, strength=strength)
        moved = [luma(stamp.on(each.levels)) - luma(each.levels) for each in frames]
        ratios = [10 * np.log10(255**2 / np.mean(each**2)) for each in moved]
        mean, least = float(np.mean(ratios)), float(np.min(ratios))
        figures.append(
            _figure(
                f"watermark: luma PSNR, {strength}",
                mean,
                "dB",
                f">= {mean_goal}, least {least_goal}",
                holds=mean >= mean_goal and least >= least_goal,
                detail=f"least {least:.1f} ({frames[int(np.argmin(ratios))].name}), "
                f"moves at most {max(abs(each).max() for each in moved):.1f} levels",
            )
        )
    return figures


def luma(picture: Picture) -> np.ndarray:
    """The brightness of a grey or RGB picture."""
    return picture.astype(np.float64) if picture.ndim == 2 else picture @ np.array([0.299, 0.587, 0.114])


def _bytes(frames: list[Sample]) -> list[Figure]:
    stamp = make_stamp(KEY, Payload(1, 2), width=SIDE, height=SIDE, strength=Strength.STANDARD)
    text = [each for each in frames if each.name.startswith(("text", "user"))]
    medical = [each for each in frames if each not in text]
    figures = []
    for kind, chosen, png_goal in (("medical", medical, 1.12), ("text", text, None)):
        for codec, size, goal in (("lossless", lambda x: len(_png(x)), png_goal), ("JPEG 80", _jpeg, 1.15)):
            growth = [size(stamp.on(each.levels)) / size(each.levels) for each in chosen]
            value = float(np.mean(growth))
            figures.append(
                _figure(
                    f"watermark: bytes, {kind}, {codec}",
                    value,
                    "times",
                    f"<= {goal}" if goal else "reported",
                    holds=goal is None or value <= goal,
                    detail=f"at most {max(growth):.2f} ({chosen[int(np.argmax(growth))].name})",
                )
            )
    return figures


def _jpeg(picture: Picture) -> int:
    if picture.ndim == 2:
        grey = picture[:, :, np.newaxis]
        return len(simplejpeg.encode_jpeg(grey, quality=80, colorspace="GRAY", colorsubsampling="Gray"))
    return len(simplejpeg.encode_jpeg(np.ascontiguousarray(picture), quality=80, colorsubsampling="444"))


def _figure(name: str, value: float, unit: str, goal: str, *, holds: bool, detail: str) -> Figure:
    return {"name": name, "value": value, "unit": unit, "goal": goal, "holds": holds, "detail": detail}
