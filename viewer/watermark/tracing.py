"""Tracing: session and epoch from a leak and the key, better with the frame that was sent, or with the ledger's names."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.watermark.aligning import Aligned, Start, Whitener, align
from viewer.watermark.channels import Picture, grey_plane, tint_plane
from viewer.watermark.comparing import Comparison
from viewer.watermark.framing import PLAIN
from viewer.watermark.keying import Key
from viewer.watermark.mixtures import ACCOMPLICES, SUSPECTS, emphasised, together
from viewer.watermark.payload import Payload, chips
from viewer.watermark.pilot import FEWEST, Care, locate
from viewer.watermark.polar import PATHS
from viewer.watermark.probability import ALPHA, false_accusation
from viewer.watermark.searching import SHORTEST, Aim, Sight
from viewer.watermark.symbols import candidates, chip_cells, score
from viewer.watermark.warping import homography
from viewer.watermark.whitening import Plane

_PLACED, _EXACT = (
    5.8,
    7.0,
)  # deviations of the pilot over the canvas; noise reaches 5.3, of a photograph's stripes more
_CORNERS = 2  # outlines that are tried where the pilot finds no place
_SURELY = 12.0  # deviations beyond which no other way of looking is tried there
_PROMISING = 5.0  # deviations of the pilot over a reading: below, decoding is noise
_HEARD = 9.0  # of the pilot over readings less what the frame explains: noise reaches 9, and with less no chips name anybody
_TINGED = 0.2  # grey levels: less colour holds nothing
_TINT = (
    14.0  # grey levels: with less colour than that nearly everywhere, a picture was grey before it was marked
)

MOST_STEPS = 80  # places looked for and read: then nobody is named
_ALIGNING = 4  # steps that a reading counts for

Scored = tuple[float, Payload]


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
    `trials`: how many chances an accident had. `steps`: the work it took. `cut_short`: `late` ended it, not the end of the search.
    """

    named: tuple[Score, ...]
    runner_up: float
    aligned: Aligned | None
    trials: int
    steps: int = 0
    cut_short: bool = False


def _was_grey(tint: Plane) -> bool:
    """Whether a picture has no colour but that of a mark, whose blue and yellow even out within a few cells."""
    evened = cv2.resize(tint, None, fx=1 / 32, fy=1 / 32, interpolation=cv2.INTER_AREA)
    return bool(np.percentile(np.abs(evened - 128), 95) < _TINT)


def trace(
    key: Key,
    leak: Picture,
    *,
    late: Callable[[], bool],
    sent: Picture | None = None,
    ledger: Sequence[Payload] = (),
) -> Trace:
    """The trace of `leak`. `sent`: the frame as it was before it was marked. `ledger`: who may have seen it.

    The search ends after `MOST_STEPS`, however slow the machine; `late` is a fuse, asked between steps.
    """
    if min(leak.shape[:2]) < SHORTEST:
        return Trace(named=(), runner_up=0.0, aligned=None, trials=0)
    return _Tracer(key, leak, sent, tuple(ledger), late).run()


def _cornered(aim: Aim, lead: Whitener) -> Iterator[Start]:
    """Where `aim` stands by its outlines alone: its tones are plain, so blocks may yet agree where the whole does not."""
    height, width = aim.leak.shape
    for middle in aim.near[:_CORNERS]:
        to_leak = homography(aim.pose.linear, aim.pose.tilt, (width / 2, height / 2), middle)
        yield Start(aim.leak, to_leak, middle, lead, anywhere=False)


class _Tracer:
    """One trace. It counts what it tries, since each try is a chance of an accident."""

    def __init__(
        self,
        key: Key,
        leak: Picture,
        sent: Picture | None,
        ledger: tuple[Payload, ...],
        late: Callable[[], bool],
    ) -> None:
        self._key = key
        self._grey = Sight(key, grey_plane(leak))
        tint = tint_plane(leak) if leak.ndim == 3 else None
        self._tint = None if tint is None or float(tint.std()) < _TINGED else Sight(key, tint)
        shown = sent is not None and min(sent.shape[:2]) >= SHORTEST
        self._sent = Comparison(sent, self._grey, self._tint) if sent is not None and shown else None
        self._ledger = ledger
        self._late = late
        self._trials = 0
        self._steps = 0
        self._best: Aligned | None = None

    def run(self) -> Trace:
        for start in self._starts():
            found = self._at(start)
            if found is not None:
                return found
            if self._ended():
                break
        return Trace(
            named=(),
            runner_up=0.0,
            aligned=self._best,
            trials=self._trials,
            steps=self._steps,
            cut_short=self._steps < MOST_STEPS and self._late(),
        )

    def _ended(self) -> bool:
        return self._steps >= MOST_STEPS or self._late()

    def _silent(self) -> bool:
        """Whether the leak surely shows the frame that was sent, and nothing of a mark was heard in that place."""
        sure = self._sent is not None and self._sent.sure
        return sure and (self._best is None or self._best.reading.pilot < _HEARD)

    def _at(self, start: Start) -> Trace | None:
        """What the place `start` gives: the first reading that names somebody, or with a ledger that which names most."""
        found: Trace | None = None
        self._steps += _ALIGNING
        for aligned in align(self._key, start):
            if self._best is None or aligned.reading.pilot > self._best.reading.pilot:
                self._best = aligned
            again = self._decide(aligned) if aligned.reading.pilot > _PROMISING else None
            if again is not None and (found is None or len(again.named) > len(found.named)):
                found = again
            if found is not None and not self._ledger:
                break
        return found

    def _starts(self) -> Iterator[Start]:
        """Where a leak may stand in the frame, the cheapest guess first."""
        if self._sent is not None:
            yield from self._sent.starts(lambda: self._ended() or self._silent())
            if self._silent():
                return
        for aim in self._aims():
            if aim.cells < FEWEST:
                continue
            if self._sent is not None and aim.care is not Care.EXACT:
                yield from self._sent.taken(aim)
            yield from self._located(aim)
            if self._ended():
                return

    def _located(self, aim: Aim) -> Iterator[Start]:
        """Where the pilot is found, if the leak was taken as `aim` says."""
        for lead in aim.leads:
            place = locate(self._key, aim.leak, aim.pose, lead, how=aim.care, near=aim.near)
            self._steps += 1
            exact = aim.care is Care.EXACT
            if place.score > (_EXACT if exact else _PLACED):
                yield Start(aim.leak, place.to_leak, place.about, lead, anywhere=False, exact=exact)
            elif aim.pose.score > PLAIN:
                yield from _cornered(aim, lead)
            if self._ended() or place.score > _SURELY:
                return

    def _aims(self) -> Iterator[Aim]:
        grey, tint = self._grey, self._tint
        marked = [tint] if tint is not None and _was_grey(tint.leak) else []
        sights = [*marked, grey]
        for sight in sights:
            yield from sight.exact()
            yield from sight.clear()
        yield from grey.framed()
        for sight in sights:
            yield from sight.exact(-1.0)
            yield from sight.scaled()
        yield from grey.turned()
        if tint is None:
            return
        if not marked:
            yield from tint.exact()
            yield from tint.clear()
            yield from tint.scaled()
        yield from tint.turned(briefly=True)

    def _decide(self, aligned: Aligned) -> Trace | None:
        said, number = chip_cells(self._key, aligned.reading)
        listed = {*candidates(self._key, aligned.reading), *self._ledger}
        scored = sorted(
            ((score(self._key, said, number, each), each) for each in listed), key=_deviations, reverse=True
        )
        self._trials += PATHS + len(self._ledger)
        if self._ledger:
            scored[:SUSPECTS] = self._mixed(said, number, scored[:SUSPECTS])
            self._trials += (1 + len(ACCOMPLICES)) * len(listed)
        named = tuple(
            Score(payload=each, deviations=value, false_accusation=chance)
            for value, each in scored
            if (chance := false_accusation(value, self._trials)) <= ALPHA
        )
        if not named:
            return None
        runner_up = scored[len(named)][0] if len(scored) > len(named) else 0.0
        return Trace(
            named=named, runner_up=runner_up, aligned=aligned, trials=self._trials, steps=self._steps
        )

    def _mixed(
        self, said: NDArray[np.float64], number: NDArray[np.int32], scored: list[Scored]
    ) -> list[Scored]:
        """The same suspects, each with the best of what it scores alone and as one of several whose frames were mixed."""
        suspects = [each for _, each in scored]
        signs = np.stack([chips(self._key, each)[number] for each in suspects])
        alone = np.maximum([value for value, _ in scored], signs @ emphasised(said))
        best = np.maximum(alone, together(said, signs, alone))
        return sorted(zip(best.tolist(), suspects, strict=True), key=_deviations, reverse=True)


def _deviations(scored: Scored) -> float:
    return scored[0]
