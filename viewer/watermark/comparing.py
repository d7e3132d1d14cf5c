"""Where a leak shows the frame that was sent, by what both show, the surest first."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from viewer.watermark.aligning import Start
from viewer.watermark.channels import Picture, grey_plane, tint_plane
from viewer.watermark.explaining import residue
from viewer.watermark.nearing import nearer
from viewer.watermark.placing import Placed, placed, shown
from viewer.watermark.registering import register
from viewer.watermark.searching import Aim, Sight
from viewer.watermark.warping import Matrix, unbent
from viewer.watermark.whitening import Plane

_SURE = 150  # matches


class Comparison:
    """Of a leak, by its `grey` and its `tint` if it has any, with the frame `sent`. Each place is given once."""

    def __init__(self, sent: Picture, grey: Sight, tint: Sight | None) -> None:
        self._sent = grey_plane(sent)
        self._tint_sent = tint_plane(sent) if sent.ndim == 3 else np.full_like(self._sent, 128)
        self._grey, self._tint = grey, tint
        self._turned: list[Matrix] = []
        self._places: list[Placed] = []
        self.sure = False  # whether its features leave no doubt

    def starts(self, ended: Callable[[], bool]) -> Iterator[Start]:
        """By its features, its outline, then by its tones, unless `ended` between them."""
        for each in register(self._grey.leak, self._sent):
            self.sure = self.sure or each.matches >= _SURE
            yield from self._once(Placed(each.to_leak, each.bend, 1.0), each.about)
        if ended():
            return
        for place in placed(self._grey.leak, self._sent):
            yield from self._once(place, self._middle)
        if ended():
            return
        for aim in self._grey.clear():
            yield from self.taken(aim)

    def taken(self, aim: Aim) -> Iterator[Start]:
        """If it was taken as `aim` says."""
        if any(np.array_equal(aim.pose.linear, -other) for other in self._turned):
            return  # half a turn from what was looked at both ways
        self._turned.append(aim.pose.linear)
        place = shown(aim.leak, self._sent, aim.pose)
        if place is not None:
            yield from self._once(place, self._middle, aim.leak)

    def _once(
        self, place: Placed, about: tuple[float, float], straight: Plane | None = None
    ) -> Iterator[Start]:
        """At `place` made exact, in each plane, if that is another one. `straight`: the grey that it is of, if bent by none."""
        if straight is None:
            straight = unbent(self._grey.leak, place.bend) if place.bend else self._grey.leak
        to_leak = nearer(straight, self._sent, place.to_leak, about)
        exact = replace(place, to_leak=to_leak)
        if any(exact.same(other, self._sent.shape) for other in self._places):
            return
        self._places.append(exact)
        yield Start(straight, to_leak, about, partial(residue, sent=self._sent), anywhere=True, beside=())
        if self._tint is not None:
            tint = unbent(self._tint.leak, place.bend) if place.bend else self._tint.leak
            lead = partial(residue, sent=self._tint_sent, light=False)
            yield Start(tint, to_leak, about, lead, anywhere=True, beside=())

    @property
    def _middle(self) -> tuple[float, float]:
        return self._sent.shape[1] / 2, self._sent.shape[0] / 2
