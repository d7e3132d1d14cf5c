"""How a leak may have been taken: the poses to try, the cheapest and likeliest first."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.watermark.aligning import Whitener, detail, paper, tissue
from viewer.watermark.keying import Key
from viewer.watermark.layout import layout_of
from viewer.watermark.pilot import scaled
from viewer.watermark.tones import (
    Pose,
    Spectra,
    draw_count,
    flat_poses,
    refine,
    spectra,
    tilted_poses,
    whole_spectrum,
)
from viewer.watermark.warping import unbent
from viewer.watermark.whitening import Plane, Print, erase, printed, whiten

SHORTEST = 48  # px; less holds no mark that could name anybody
LONGEST = 2000  # px; a larger leak is shrunk for the search
_SCREEN = 1300  # px; longer is a photograph of a screen, or was enlarged
_SIDES = 1000, 700  # px: at these sizes a photograph's windows hold most of the tones, and least of its noise
_BENT = 0.004  # less moves nothing by a cell

_BIG_PRINT = Print(side=21, level=6.0, far=14.0, floor=0.2, clip=1.0, smooth=1.5)
_SMALL_PRINT = Print(side=13, far=14.0, floor=0.2, clip=1.0, smooth=0.6)


@dataclass(frozen=True, slots=True)
class _Search:
    """How many poses are refined, and how many of them tried, of those that score at `least`."""

    refined: int
    tried: int
    least: float = 0.0


_WHOLE, _FLAT, _TILTED = (
    _Search(8, 3, 4.2),
    _Search(5, 2),
    _Search(8, 5),
)  # without a mark the first reach 4.1


@dataclass(frozen=True, slots=True)
class _Look:
    """One search for the tones: in the leak shrunk to `side` px, whitened as print or not."""

    search: _Search
    side: int
    printed: bool


@dataclass(frozen=True, slots=True, eq=False)
class Aim:
    """A `leak` as taken in `pose`, and how to whiten it; `exact`: its px are the frame's."""

    leak: Plane
    pose: Pose
    leads: tuple[Whitener, ...]
    exact: bool = False


class Sight:
    """What is searched: one plane of a leak."""

    def __init__(self, key: Key, leak: Plane) -> None:
        self._key = key
        self._whole = leak  # at its own size, for a leak that nobody scaled
        self.leak = shrunk(leak, LONGEST)
        self._tried: list[Pose] = []
        self._held: dict[tuple[int, bool, bool], Spectra] = {}
        self._printed = printed(self.leak)
        self._usual = paper if self._printed else tissue

    def straight(self) -> Iterator[Aim]:
        """As if nobody had turned it: px by px, mirrored, or scaled."""
        for hand in (1.0, -1.0):
            pose = Pose(np.diag([hand, 1.0]), np.zeros(2), 0.0)
            yield Aim(self._whole, pose, (detail, paper), exact=True)
        longest = max(self.leak.shape)
        if min(self.leak.shape) < SHORTEST:
            return
        for print_ in (True, False):
            yield from self._aims(_Look(_WHOLE, min(longest, _SIDES[0]), print_))
        if longest <= _SCREEN:
            yield from self._scaled()

    def _scaled(self) -> Iterator[Aim]:
        for pose in scaled(self._key, self.leak, detail):
            yield Aim(self.leak, pose, (self._usual, detail))

    def turned(self) -> Iterator[Aim]:
        """As photographs and tilted pictures stand."""
        if min(self.leak.shape) < SHORTEST:
            return
        longest = max(self.leak.shape)
        sides = [side for side in _SIDES if side < longest] if longest > _SCREEN else [longest]
        for search in (_FLAT, _TILTED):
            for print_ in (self._printed, not self._printed):
                for side in sides:
                    yield from self._aims(_Look(search, side, print_))
        if longest > _SCREEN:
            yield from self._scaled()
            for print_ in (self._printed, not self._printed):
                yield from self._aims(_Look(_TILTED, longest, print_))

    def _aims(self, look: _Look) -> Iterator[Aim]:
        leads = (self._usual,) if max(self.leak.shape) > _SCREEN else (self._usual, detail)
        for pose in self._likely(look):
            leak = unbent(self.leak, pose.bend) if abs(pose.bend) > _BENT else self.leak
            for linear in (pose.linear, -pose.linear):  # a spectrum can't tell the one from the other
                yield Aim(leak, replace(pose, linear=linear), leads)

    def _likely(self, look: _Look) -> Iterator[Pose]:
        """The poses that the spectra of `look` bear out best, but for those tried before."""
        share = look.side / max(self.leak.shape)
        found = self._spectra(look)
        tilted = look.search is _TILTED
        if tilted and len(found.places) == 1:
            return
        tones = layout_of(self._key).tones
        begin = tilted_poses if tilted else flat_poses
        poses = [
            refine(found, tones, pose, _draws())
            for mirrored in (False, True)
            for pose in begin(found, tones, mirrored=mirrored, most=look.search.refined)
        ]
        poses.sort(key=lambda pose: -pose.score)
        count = look.search.tried
        for small in poses:
            if small.score < look.search.least:
                return
            pose = replace(small, linear=small.linear * share, tilt=small.tilt * share)
            if any(pose.near(other, found.radius / share, linear=0.004, tilt=0.02) for other in self._tried):
                continue
            self._tried.append(pose)
            yield pose
            count -= 1
            if not count:
                return

    def _spectra(self, look: _Look) -> Spectra:
        whole = look.search is _WHOLE
        known = self._held.get((look.side, look.printed, whole))
        if known is None:
            white = _before_spectrum(shrunk(self.leak, look.side), printed=look.printed)
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
