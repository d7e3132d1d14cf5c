"""What people were shown, added up from the view log: which region of which slice, at which detail, for how long."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gateway.store.exposures import Seen
from gateway.store.readings import Reading
from gateway.store.segments import Segment
from gateway.stream.coverage import CELLS, FULL, Region, covered, lit, region
from gateway.stream.viewlog import Carried, Drawn, Entry, Gone, Told, read
from gateway.stream.viewstate import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """One frame that was sent. `seconds` that it stood on screen; None if the client never said that it drew it.

    `slice` counts from 0; `detail`: device pixels per image pixel across columns; `region`: what was within the picture;
    `full`: the part of it that a spotlight left in full detail, else all of it. `plane`: of a section through the volume,
    which `slice` counts; `region` is then of no slice.
    """

    seq: int
    at: float
    slice: int
    region: Region
    full: Region
    detail: float
    exact: bool
    seconds: float | None
    plane: str = ""


@dataclass(slots=True, kw_only=True)
class SliceExposure:
    """What was shown of one slice. `region` holds every region that was shown; `texts`: how often a page went out as text."""

    slice: int
    frames: int = 0
    seconds: float = 0.0
    detail: float = 0.0
    region: Region = (np.inf, np.inf, -np.inf, -np.inf)
    texts: int = 0
    full: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((CELLS, CELLS), bool))


@dataclass(slots=True, kw_only=True)
class SectionExposure:
    """What was shown of the sections in one plane. `positions`: which of them, counted from 0."""

    frames: int = 0
    seconds: float = 0.0
    positions: set[int] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class ItemExposure:
    """What one session was shown of one item. Times in UTC seconds; `slices` of the item, seen or not: `of_slices`.

    `growth`: (time, share) whenever a frame showed more of it at full detail, the first frame first.
    `sections`: by plane, what was shown of its volume; no part of the slices' share. `texts`: the pages that went out
    as text as well, which is all of each at full detail.
    """

    seen: Seen
    of_slices: int
    frames: int = 0
    exact: int = 0
    unconfirmed: int = 0
    seconds: float = 0.0
    slices: dict[int, SliceExposure] = field(default_factory=dict)
    sections: dict[str, SectionExposure] = field(default_factory=dict)
    texts: list[Reading] = field(default_factory=list)
    growth: list[tuple[float, float]] = field(default_factory=list)
    first: float = np.inf
    last: float = -np.inf

    @property
    def share(self) -> float:
        """The share of the item, 0..1, that was shown at full detail."""
        return sum(int(each.full.sum()) for each in self.slices.values()) / (CELLS * CELLS * self.of_slices)

    def add(self, glance: Glance) -> None:
        """Add one frame."""
        seconds = glance.seconds or 0.0
        self.frames += 1
        self.exact += glance.exact
        self.unconfirmed += glance.seconds is None
        self.seconds += seconds
        self.first, self.last = min(self.first, glance.at), max(self.last, glance.at + seconds)
        if glance.plane:
            through = self.sections.setdefault(glance.plane, SectionExposure())
            through.frames += 1
            through.seconds += seconds
            through.positions.add(glance.slice)
            return
        of = self.slices.setdefault(glance.slice, SliceExposure(slice=glance.slice))
        of.frames += 1
        of.seconds += seconds
        of.detail = max(of.detail, glance.detail)
        (left, top, right, bottom), (l2, t2, r2, b2) = of.region, glance.region
        of.region = (min(left, l2), min(top, t2), max(right, r2), max(bottom, b2))
        if glance.detail >= FULL:
            self._grow(of, covered(glance.full, self.seen.rows, self.seen.columns), glance.at)
        if not self.growth:
            self.growth.append((glance.at, 0.0))

    def read(self, reading: Reading) -> None:
        """Add the text of a page."""
        of = self.slices.setdefault(reading.page, SliceExposure(slice=reading.page))
        of.texts += 1
        of.detail = max(of.detail, FULL)
        of.region = (0.0, 0.0, float(self.seen.columns), float(self.seen.rows))
        self.texts.append(reading)
        self._grow(of, np.ones((CELLS, CELLS), bool), reading.time)

    def _grow(self, of: SliceExposure, cells: NDArray[np.bool_], at: float) -> None:
        more = bool((cells & ~of.full).any())
        of.full |= cells
        if more:
            self.growth.append((at, self.share))


def add_up(
    seen: Iterable[Seen],
    slices: dict[str, int],
    stretch: dict[str, float],
    readings: Sequence[Reading] = (),
) -> list[ItemExposure]:
    """One entry a session and item, in the order of their first frames; a page's text never goes out before its picture.

    `slices`: how many an item has, `stretch`: its pixels' height by their width; both by item.
    """
    read_in: dict[tuple[str, str], list[Reading]] = {}
    for reading in readings:
        read_in.setdefault((reading.session, reading.item), []).append(reading)
    grouped: dict[tuple[str, str], list[Seen]] = {}
    for each in seen:
        grouped.setdefault((each.segment.session, each.segment.item), []).append(each)
    found = []
    for (session, item), those in grouped.items():
        entry = ItemExposure(seen=those[0], of_slices=slices[item])
        shown = glances([each.segment for each in those], those[0].rows, those[0].columns, stretch[item])
        events: list[Glance | Reading] = [*shown, *read_in.get((session, item), ())]
        for event in sorted(events, key=_time):
            if isinstance(event, Reading):
                entry.read(event)
            else:
                entry.add(event)
        if entry.frames:
            found.append(entry)
    return found


def _time(each: Glance | Reading) -> float:
    return each.time if isinstance(each, Reading) else each.at


def glances(segments: Iterable[Segment], rows: int, columns: int, stretch: float) -> Iterator[Glance]:
    """The frames of `segments`, which are those of one session and item in their order."""
    sent: list[Shown] = []
    clock = _Standing()
    for segment in segments:
        for entry in read(segment.data)[1]:
            if isinstance(entry, Shown):
                sent.append(entry)
            clock.take(entry)
        clock.stop(segment.ended)
    for shown in sent:
        yield Glance(
            seq=shown.seq,
            at=shown.at / 1000,
            slice=shown.view.frame,
            region=region(shown.view, rows, columns, stretch),
            full=lit(shown.view, rows, columns, stretch),
            detail=shown.view.scale * shown.encoding.shrink,
            exact=shown.exact,
            seconds=clock.stood.get(shown.seq),
            plane=str(shown.view.cut.plane) if shown.view.cut else "",
        )


@dataclass(slots=True)
class _Standing:
    """How long each frame stood. `stood`: frame number → seconds on screen; panes stand side by side."""

    stood: dict[int, float] = field(default_factory=dict)
    _panes: dict[int, int] = field(default_factory=dict)  # frame number → its pane
    _on_screen: dict[int, tuple[int, float]] = field(default_factory=dict)  # pane → frame number, since when

    def take(self, entry: Entry) -> None:
        match entry:
            case Carried(shown=shown):
                self._panes[shown.seq] = shown.view.pane
                self._on_screen[shown.view.pane] = shown.seq, shown.at / 1000
            case Drawn(seq=seq, at=at):
                pane = self._panes.get(seq, 0)
                self._stop(pane, at / 1000)
                self._on_screen[pane] = seq, at / 1000
            case Gone(at=at, pane=pane):
                for name in [name for name in self._on_screen if pane in {None, name}]:
                    self._stop(name, at / 1000)
            case Shown():
                self._panes[entry.seq] = entry.view.pane
            case Told():
                pass

    def stop(self, at: float) -> None:
        for pane in list(self._on_screen):
            self._stop(pane, at)

    def _stop(self, pane: int, at: float) -> None:
        seq, since = self._on_screen.pop(pane, (-1, at))
        if seq >= 0:
            self.stood[seq] = self.stood.get(seq, 0.0) + max(0.0, at - since)
