"""What the exposure ledger says about a leak: which frames were sent to whom, drawn again without their mark."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gateway.errors import GatewayError
from gateway.store import exposures, items, marks, pixels
from gateway.store.opening import Store
from gateway.store.segments import Segment
from gateway.store.volumes import volume_source
from gateway.stream import viewlog
from gateway.stream.viewstate import Shown
from viewer.errors import ViewerError
from viewer.masking.image import MaskedFrame
from viewer.render.cutting import cut_frame
from viewer.render.drawing import levels
from viewer.render.frame import output_size
from viewer.render.view import View
from viewer.watermark.channels import grey_plane
from viewer.watermark.payload import Payload
from viewer.watermark.registering import register

RECENT = 200  # items, those shown last, that are compared with a leak
FRAMES = 16  # of an item, evenly through it
VIEWS = 8  # of one frame, the last ones first
THUMBNAIL = 640  # px, its longer side

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sent:
    """A frame as it was before it was marked, and who got it: `seen` are the numbers and epochs of its marks."""

    item: str
    view: View
    levels: Picture
    seen: tuple[Payload, ...]


def shown(store: Store, session: str, epoch: int) -> list[Sent]:
    """What `session` was shown in `epoch`, the last first."""
    with store.read() as conn:
        segments = exposures.of_session(conn, session)
    return list(_drawn(store, [each for each in _frames(segments) if each[1].epoch == epoch]))


def likeness(leak: Picture, sent: Picture) -> int:
    """How many features of `leak` stand where they do in `sent`."""
    return max((each.matches for each in register(grey_plane(leak), grey_plane(sent))), default=0)


def resembling(store: Store, leak: Picture, late: Callable[[], bool]) -> tuple[str, int] | None:
    """The item, and its frame, that `leak` looks most like, of those shown lately; None where it looks like none."""
    best: tuple[int, str, int] | None = None
    with store.read() as conn:
        recent = exposures.items_shown(conn, RECENT)
    for item in recent:
        for position, picture in _thumbnails(store, item):
            matches = likeness(leak, picture)
            if matches > (best[0] if best else 0):
                best = (matches, item, position)
            if late():
                break
    return None if best is None else best[1:]


def views_of(store: Store, item: str, position: int) -> list[Sent]:
    """The distinct views of frame `position` of `item` that anybody was sent, the last first."""
    with store.read() as conn:
        segments = [each.segment for each in exposures.seen(conn, item=item)]
    return list(
        _drawn(
            store,
            [each for each in _frames(segments) if each[1].view.frame == position and not each[1].view.cut],
        )
    )


def _frames(segments: Sequence[Segment]) -> list[tuple[str, Shown]]:
    """Session and frame, in order."""
    return [
        (segment.session, entry)
        for segment in segments
        for entry in viewlog.read(segment.data)[1]
        if isinstance(entry, Shown)
    ]


def _drawn(store: Store, frames: Sequence[tuple[str, Shown]]) -> Iterator[Sent]:
    with store.read() as conn:
        numbers = marks.numbers_of(conn, {session for session, _ in frames})
    grouped: dict[tuple[View, tuple[int, int]], dict[Payload, None]] = {}
    for session, entry in reversed(frames):
        group = grouped.setdefault((entry.view, output_size(entry.view, entry.encoding)), {})
        if session in numbers:
            group[Payload(numbers[session], entry.epoch)] = None
    for (view, (width, height)), seen in list(grouped.items())[:VIEWS]:
        frame = _frame(store, view.item, view.frame) if view.cut is None else _section(store, view)
        if frame is not None:
            plain = levels(view, frame, width=width, height=height)
            yield Sent(item=view.item, view=view, levels=plain, seen=tuple(seen))


def _section(store: Store, view: View) -> MaskedFrame | None:
    """The section that `view` shows; None where a slice of it was erased."""
    with store.read() as conn:
        row, rows = items.item_by_id(conn, view.item), items.frames_of(conn, view.item)
    if row is None or view.cut is None:
        return None
    try:
        source = volume_source(row.subject, rows, (row.rows, row.columns))
        reader = pixels.FrameReader(store)
        return cut_frame(source.build(reader.get), view.cut, view.frame)
    except (GatewayError, ViewerError):
        return None


def _thumbnails(store: Store, item: str) -> Iterator[tuple[int, Picture]]:
    with store.read() as conn:
        row = items.item_by_id(conn, item)
        count = items.frame_count(conn, item)
    if row is None:
        return
    scale = THUMBNAIL / max(row.rows, row.columns)
    width, height = max(16, round(row.columns * scale)), max(16, round(row.rows * scale))
    for position in sorted({count * k // FRAMES for k in range(FRAMES)}):
        frame = _frame(store, item, position)
        if frame is not None:
            view = View(
                item=item, frame=position, width=width, height=height, x=row.columns / 2, y=row.rows / 2,
                scale=scale,
            )  # fmt: skip
            yield position, levels(view, frame, width=width, height=height)


def _frame(store: Store, item: str, position: int) -> MaskedFrame | None:
    """The masked frame; None where it was erased."""
    with store.read() as conn:
        row, frame = items.item_by_id(conn, item), items.frame(conn, item, position)
    if row is None or frame is None:
        return None
    try:
        return pixels.get_frame(store, row.subject, frame.object)
    except (GatewayError, ViewerError):
        return None
