"""How a leak may have been taken: the poses to try, the cheapest and likeliest first."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.watermark.aligning import Whitener, detail, paper, tissue
from viewer.watermark.framing import framed
from viewer.watermark.keying import Key
from viewer.watermark.layout import CELL, layout_of
from viewer.watermark.pilot import Care, scaled, scales
from viewer.watermark.spectrum import Spectra, spectra, whole_spectrum
from viewer.watermark.tones import (
    NOISE,
    Pose,
    borne_out,
    draw_count,
    flat_poses,
    refine,
    tilted_poses,
)
from viewer.watermark.warping import unbent
from viewer.watermark.whitening import Plane, Print, erase, printed, shining, whiten

SHORTEST = 48  # px; less holds no mark that could name anybody
LONGEST = 2000  # px; a larger leak is shrunk for the search
_SCREEN = 1300  # px; longer is a photograph of a screen, or was enlarged
_SIDES = 1000, 700  # px: at these sizes a photograph's windows hold most of the tones, and least of its noise
_TILTING = 320  # px: less of a tilted frame stands as if it were not, but for what a pose is moved by when it is refined
_OUTLINED = 480  # px; less is no photograph of a whole frame
_BENT = 0.004  # less moves nothing by a cell

_BIG_PRINT = Print(side=21, level=6.0, far=14.0, floor=0.2, clip=1.0, smooth=1.5)
_SMALL_PRINT = Print(side=13, far=14.0, floor=0.2, clip=1.0, smooth=0.6)


@dataclass(frozen=True, slots=True)
class _Search:
    """How many poses are refined, and how many of them tried at once, if they are clear."""

    refined: int
    tried: int


_WHOLE, _FLAT, _TILTED = _Search(8, 3), _Search(5, 2), _Search(8, 5)
_CLEAR = 1.1
_GLANCES = 16  # scales: in no leak that was found by a glance did more than 12 others stand out further
_DOUBTS = 6  # poses that don't stand out, but are tried in the end


@dataclass(frozen=True, slots=True)
class _Look:
    """One search for the tones: in the leak shrunk to `side` px, whitened as print or not."""

    search: _Search
    side: int
    printed: bool


@dataclass(frozen=True, slots=True, eq=False)
class Aim:
    """A `leak` as taken in `pose`, and how to whiten it.

    `care`: how it is compared. `near`: frame points one
    of which is about in the leak's middle.
    """

    leak: Plane
    pose: Pose
    leads: tuple[Whitener, ...]
    care: Care = Care.THOROUGH
    near: tuple[tuple[float, float], ...] = ()

    @property
    def cells(self) -> float:
        """How many of the frame's the leak covers, about."""
        return float(self.leak.size * abs(np.linalg.det(self.pose.linear)) / CELL**2)


class Sight:
    """What is searched: one plane of a leak."""

    def __init__(self, key: Key, leak: Plane) -> None:
        self._key = key
        self._whole = leak  # at its own size, for a leak that nobody scaled
        self.leak = shrunk(leak, LONGEST)
        self._tried: list[Pose] = []
        self._doubtful: list[Pose] = []
        self._cleared: list[Aim] = []
        self._clearing = self._standing_out()
        self._held: dict[tuple[int, bool, bool], Spectra] = {}

    @cached_property
    def _printed(self) -> bool:
        return printed(self.leak)

    @property
    def _usual(self) -> Whitener:
        return paper if self._printed else tissue

    def exact(self, hand: float = 1.0) -> Iterator[Aim]:
        """As if nobody had turned or scaled it: px by px, mirrored where `hand` is -1."""
        pose = Pose(np.diag([hand, 1.0]), np.zeros(2), 0.0)
        yield Aim(self._whole, pose, (detail, paper), Care.EXACT)

    def clear(self) -> Iterator[Aim]:
        """Where its tones stand out as one: scaled or turned, but not tilted; the same each time."""
        yield from self._cleared
        for aim in self._clearing:
            self._cleared.append(aim)
            yield aim

    def _standing_out(self) -> Iterator[Aim]:
        if min(self.leak.shape) < SHORTEST:
            return
        for look in self._whole_looks():
            yield from self._clear(look)

    def _whole_looks(self) -> list[_Look]:
        side = min(max(self.leak.shape), _SIDES[0])
        return [_Look(_WHOLE, side, print_) for print_ in (True, False)]

    def scaled(self) -> Iterator[Aim]:
        """As if it had been scaled and no more, if it is no larger than a frame."""
        if min(self.leak.shape) >= SHORTEST and max(self.leak.shape) <= _SCREEN:
            yield from self._scaled()

    def framed(self) -> Iterator[Aim]:
        """As a photograph stands that shows the whole frame."""
        if max(self.leak.shape) < _OUTLINED:
            return

        def white(laid: Plane) -> Plane:
            return before_spectrum(laid, printed=self._printed)

        for each in framed(self.leak, layout_of(self._key).tones, white, draws()):
            pose = each.pose
            if pose.score < _CLEAR:
                return
            leak = unbent(self.leak, pose.bend) if abs(pose.bend) > _BENT else self.leak
            for linear in (pose.linear, -pose.linear):
                turned = replace(pose, linear=linear)
                yield Aim(leak, turned, (self._usual,), near=each.middles(turned))

    def turned(self, *, briefly: bool = False) -> Iterator[Aim]:
        """As photographs and tilted pictures stand: where the tones are clear first, then the next best there is.

        `briefly`: only where they are clear, at one size.
        """
        longest = max(self.leak.shape)
        if min(self.leak.shape) < SHORTEST:
            return
        sides = [side for side in _SIDES if side < longest] if longest > _SCREEN else [longest]
        for search in (_FLAT, _TILTED):
            for print_ in (self._printed,) if briefly else (self._printed, not self._printed):
                for side in sides[:1] if briefly else sides:
                    yield from self._clear(_Look(search, side, print_))
        if briefly:
            return
        if longest > _SCREEN:
            yield from self._scaled()
        self._doubtful.sort(key=lambda pose: -pose.score)
        for pose in self._doubtful[:_DOUBTS]:
            yield from self._aims(pose, doubtful=True)

    def _scaled(self) -> Iterator[Aim]:
        share = min(1.0, _SIDES[0] / max(self.leak.shape))
        tried = scales(self.leak)
        if (
            len(tried) > _GLANCES
        ):  # a glance costs more than a look at the tones, where likely scales stand out
            linear = np.eye(2) / (share * tried[:, np.newaxis, np.newaxis])
            tones = layout_of(self._key).tones
            borne = [borne_out(self._spectra(look), tones, linear) for look in self._whole_looks()]
            tried = tried[np.argsort(-np.max(borne, axis=0))[:_GLANCES]]
        for pose in scaled(self._key, self.leak, detail, tried):
            yield Aim(self.leak, pose, (self._usual, detail))

    def _clear(self, look: _Look) -> Iterator[Aim]:
        """What stands out of noise in `look`; the rest is put aside."""
        count = 0
        for pose in self._poses(look):
            if pose.score > _CLEAR and count < look.search.tried:
                count += 1
                yield from self._aims(pose)
            else:
                self._doubtful.append(pose)

    def _aims(self, pose: Pose, *, doubtful: bool = False) -> Iterator[Aim]:
        if any(pose.near(other, max(self.leak.shape) / 2, linear=0.004, tilt=0.02) for other in self._tried):
            return
        self._tried.append(pose)
        leads = (self._usual,) if max(self.leak.shape) > _SCREEN else (self._usual, detail)
        leak = unbent(self.leak, pose.bend) if abs(pose.bend) > _BENT else self.leak
        care = Care.BRIEF if doubtful else Care.THOROUGH
        for linear in (pose.linear, -pose.linear):  # a spectrum can't tell the one from the other
            yield Aim(leak, replace(pose, linear=linear), leads, care)

    def _poses(self, look: _Look) -> list[Pose]:
        """The poses that the spectra of `look` bear out best, best first; `score` is 1 where noise alone may get."""
        share = look.side / max(self.leak.shape)
        found = self._spectra(look)
        tilted = look.search is _TILTED
        windows = len(found.places)
        if tilted and (windows == 1 or max(self.leak.shape) < _TILTING):
            return []
        tones = layout_of(self._key).tones
        begin = tilted_poses if tilted else flat_poses
        begun = [
            pose
            for mirrored in (False, True)
            for pose in begin(found, tones, mirrored=mirrored, most=look.search.refined)
        ]
        poses = refine(found, tones, begun, draws())
        poses.sort(key=lambda pose: -pose.score)
        return [
            replace(
                pose,
                linear=pose.linear * share,
                tilt=pose.tilt * share,
                score=pose.score * windows**0.5 / NOISE,
            )
            for pose in poses
        ]

    def _spectra(self, look: _Look) -> Spectra:
        whole = look.search is _WHOLE
        known = self._held.get((look.side, look.printed, whole))
        if known is None:
            white = before_spectrum(shrunk(self.leak, look.side), printed=look.printed)
            known = whole_spectrum(white) if whole else spectra(white)
            self._held[look.side, look.printed, whole] = known
        return known


def shrunk(plane: Plane, side: int) -> Plane:
    """`plane`, at most `side` px long."""
    longest = max(plane.shape)
    if longest <= side:
        return plane
    share = side / longest
    size = max(1, round(plane.shape[1] * share)), max(1, round(plane.shape[0] * share))
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def before_spectrum(leak: Plane, *, printed: bool) -> Plane:
    """`leak`, whitened as print or not and weighed by its light: what is searched for tones."""
    return _whitened(leak, printed=printed) * shining(leak)


def _whitened(leak: Plane, *, printed: bool) -> Plane:
    large = max(leak.shape) > _SCREEN
    if printed:
        white = erase(leak, _BIG_PRINT if large else _SMALL_PRINT)
    elif large:
        white = whiten(leak, near=5.0, far=14.0, floor=0.2, clip=1.0, smooth=1.5)
    else:
        white = whiten(leak, near=3.5, far=12.0, floor=0.3, clip=1.0, smooth=0.6)
    return white


@lru_cache(maxsize=1)
def draws() -> NDArray[np.float64]:
    """The numbers that `tones.refine` takes, always the same."""
    return np.random.default_rng(1).normal(size=draw_count())
