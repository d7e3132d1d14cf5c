"""What a person has seen of an item that is opened again, in this session and before, for the budget of its share."""

from gateway.sessions.exposed import add_up
from gateway.store import exposures, readings
from gateway.store.framelists import FrameList
from gateway.store.items import ItemRow
from gateway.store.opening import Store
from gateway.stream.coverage import Coverage
from viewer.render.view import row_scale


def covered(store: Store, user: str, item: ItemRow, frames: FrameList) -> Coverage:
    """What `user` has seen of `item`, whose `frames` these are."""
    stretch, slices = row_scale(frames.first, 1.0), len(frames)
    coverage = Coverage(rows=item.rows, columns=item.columns, slices=slices, stretch=stretch)
    with store.read() as conn:
        seen = exposures.seen(conn, user=user, item=item.id)
        read = readings.of(conn, user=user, item=item.id)
    for entry in add_up(seen, {item.id: slices}, {item.id: stretch}, read):
        if entry.sections:  # each of them goes through all slices: they count as seen
            coverage.see_all()
        for number, each in entry.slices.items():
            before = coverage.seen.get(number)
            coverage.seen[number] = each.full if before is None else before | each.full
    return coverage
