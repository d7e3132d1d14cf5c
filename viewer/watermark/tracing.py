"""Tracing: session and epoch from a leak and the key, better with the frame that was sent, or with the ledger's names."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.watermark.aligning import Aligned, Start, Whiteners, align, whiteners
from viewer.watermark.keying import Key
from viewer.watermark.layout import layout_of
from viewer.watermark.payload import Payload
from viewer.watermark.pilot import Place, locate
from viewer.watermark.polar import PATHS
from viewer.watermark.probability import ALPHA, false_accusation
from viewer.watermark.registering import register, residue
from viewer.watermark.symbols import candidates, chip_cells, score
from viewer.watermark.tones import Pose, Spectra, draw_count, flat_poses, refine, spectra, tilted_poses
from viewer.watermark.warping import unbent
from viewer.watermark.whitening import Plane, Print, erase, printed, whiten

SHORTEST = 48  # px; less holds no mark that could name anybody
LONGEST = 2000  # px; a larger leak is shrunk for the search
_PLACED = 5.8  # deviations of the pilot over the canvas; noise reaches 5.3
_PROMISING = 5.0  # deviations of the pilot over a reading: below, decoding is noise
_SCREEN = 1300  # px; longer is a photograph of a screen, or was enlarged
_SIDES = 1000, 700  # px: at these sizes a photograph's windows hold most of the tones, and least of its noise
_BENT = 0.004  # less moves nothing by a cell
_FLAT, _TILTED = (5, 2), (8, 5)  # poses refined, and of these tried

_BIG_PRINT = Print(side=21, level=6.0, far=14.0, floor=0.2, clip=1.0, smooth=1.5)
_SMALL_PRINT = Print(side=13, far=14.0, floor=0.2, clip=1.0, smooth=0.6)

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How far the leak agrees with a payload, in deviations, and at most how likely an innocent one agrees as far."""

    payload: Payload
    deviations: float
    false_accusation: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trace:
    """What a leak gave. `named`: best first, empty where nobody can be named; more than one where leaks were mixed.

    `runner_up`: the deviations of the next candidate. `aligned`: the reading that decided, or the best there was.
    `trials`: how many chances an accident had.
    """

    named: tuple[Score, ...]
    runner_up: float
    aligned: Aligned | None
    trials: int


def grey_plane(picture: Picture) -> Plane:
    """`picture`, (height, width) or (height, width, 3) in RGB, as float32 grey levels."""
    return np.asarray(picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.float32)


def trace(
    key: Key,
    leak: Picture,
    *,
    late: Callable[[], bool],
    sent: Picture | None = None,
    ledger: Sequence[Payload] = (),
) -> Trace:
    """The trace of `leak`. `sent`: the frame as it was before it was marked. `ledger`: who may have seen it.

    `late` is asked between steps; when it says so, what was found so far is returned.
    """
    plane = grey_plane(leak)
    if min(plane.shape) < SHORTEST:
        return Trace(named=(), runner_up=0.0, aligned=None, trials=0)
    return _Search(key, plane, None if sent is None else grey_plane(sent), tuple(ledger), late).run()


def _shrunk(plane: Plane, side: int) -> Plane:
    longest = max(plane.shape)
    if longest <= side:
        return plane
    share = side / longest
    size = max(1, round(plane.shape[1] * share)), max(1, round(plane.shape[0] * share))
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


class _Search:
    """One trace. It counts what it tries, since each try is a chance of an accident."""

    def __init__(
        self, key: Key, leak: Plane, sent: Plane | None, ledger: tuple[Payload, ...], late: Callable[[], bool]
    ) -> None:
        self._key = key
        self._whole = leak  # at its own size, for a leak that nobody scaled
        self._leak = _shrunk(leak, LONGEST)
        self._sent = sent
        self._ledger = ledger
        self._late = late
        self._trials = 0
        self._best: Aligned | None = None
        self._tried: list[Pose] = []
        self._held: dict[tuple[int, bool], Spectra] = {}
        self._printed = printed(self._leak)
        self._ways = self._whiteners()

    def run(self) -> Trace:
        for leak, place, sure in self._places():
            start = Start(leak, place.to_leak, place.about, self._ways, anywhere=sure)
            found = self._at(start)
            if found is not None:
                return found
            if self._late():
                break
        return Trace(named=(), runner_up=0.0, aligned=self._best, trials=self._trials)

    def _at(self, start: Start) -> Trace | None:
        """What the place `start` gives: the first reading that names somebody, or with a ledger that which names most."""
        found: Trace | None = None
        for aligned in align(self._key, start):
            if self._best is None or aligned.reading.pilot > self._best.reading.pilot:
                self._best = aligned
            again = self._decide(aligned) if aligned.reading.pilot > _PROMISING else None
            if again is not None and (found is None or len(again.named) > len(found.named)):
                found = again
            if found is not None and not self._ledger:
                break
        return found

    def _whiteners(self) -> Whiteners:
        ways = whiteners(printed=self._printed)
        sent = self._sent
        return ways if sent is None else (lambda laid: residue(laid, sent), *ways)

    def _places(self) -> Iterator[tuple[Plane, Place, bool]]:
        """Where a leak may stand in the frame, the cheapest guess first; whether it is sure all over."""
        if self._sent is not None:
            for each in register(self._leak, self._sent):
                yield self._leak, Place(0.0, each.to_leak, each.about), True
        for leak, pose in self._poses():
            place = locate(self._key, leak, pose, printed=self._printed)
            if place.score > _PLACED:
                yield leak, place, False
            if self._late():
                return

    def _poses(self) -> Iterator[tuple[Plane, Pose]]:
        for hand in (1.0, -1.0):
            yield self._whole, Pose(np.diag([hand, 1.0]), np.zeros(2), 0.0)
        if min(self._leak.shape) < SHORTEST:
            return
        for tilted, side, kind in self._plan():
            for pose in self._likely(side, kind, tilted=tilted):
                leak = unbent(self._leak, pose.bend) if abs(pose.bend) > _BENT else self._leak
                yield leak, pose
                yield leak, replace(pose, linear=-pose.linear)

    def _plan(self) -> Iterator[tuple[bool, int, bool]]:
        """What to search: whether for tilts, at what size of the leak, and as print or not."""
        longest = max(self._leak.shape)
        sides = [side for side in _SIDES if side < longest] if longest > _SCREEN else [longest]
        for tilted in (False, True):
            for kind in (self._printed, not self._printed):
                for side in sides:
                    yield tilted, side, kind
        if longest > _SCREEN:
            for kind in (self._printed, not self._printed):
                yield True, longest, kind

    def _likely(self, side: int, kind: bool, *, tilted: bool) -> Iterator[Pose]:  # noqa: FBT001
        """The poses that the spectra of the leak at `side` px bear out best, but for those tried before."""
        share = side / max(self._leak.shape)
        found = self._spectra(side, kind)
        if tilted and len(found.places) == 1:
            return
        tones = layout_of(self._key).tones
        most, count = _TILTED if tilted else _FLAT
        begin = tilted_poses if tilted else flat_poses
        poses = [
            refine(found, tones, pose, _draws())
            for mirrored in (False, True)
            for pose in begin(found, tones, mirrored=mirrored, most=most)
        ]
        poses.sort(key=lambda pose: -pose.score)
        for small in poses:
            pose = replace(small, linear=small.linear * share, tilt=small.tilt * share)
            if any(pose.near(other, found.radius / share, linear=0.004, tilt=0.02) for other in self._tried):
                continue
            self._tried.append(pose)
            yield pose
            count -= 1
            if not count:
                return

    def _spectra(self, side: int, kind: bool) -> Spectra:  # noqa: FBT001
        known = self._held.get((side, kind))
        if known is None:
            plane = _shrunk(self._leak, side)
            known = self._held[side, kind] = spectra(_before_spectrum(plane, printed=kind))
        return known

    def _decide(self, aligned: Aligned) -> Trace | None:
        said, number = chip_cells(self._key, aligned.reading)
        listed = {*candidates(self._key, aligned.reading), *self._ledger}
        self._trials += PATHS + len(self._ledger)
        scored = sorted(((score(self._key, said, number, each), each) for each in listed), reverse=True)
        named = tuple(
            Score(payload=each, deviations=value, false_accusation=chance)
            for value, each in scored
            if (chance := false_accusation(value, self._trials)) <= ALPHA
        )
        if not named:
            return None
        runner_up = scored[len(named)][0] if len(scored) > len(named) else 0.0
        return Trace(named=named, runner_up=runner_up, aligned=aligned, trials=self._trials)


def _before_spectrum(leak: Plane, *, printed: bool) -> Plane:
    large = max(leak.shape) > _SCREEN
    if printed:
        white = erase(leak, _BIG_PRINT if large else _SMALL_PRINT)
    elif large:
        white = whiten(leak, near=5.0, far=14.0, floor=0.2, clip=1.0, smooth=1.5)
    else:
        white = whiten(leak, near=3.5, far=12.0, floor=0.3, clip=1.0, smooth=0.6)
    return white


@lru_cache(maxsize=1)
def _draws() -> NDArray[np.float64]:
    return np.random.default_rng(1).normal(size=draw_count())
