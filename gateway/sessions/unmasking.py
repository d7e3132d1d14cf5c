"""What an unmask request may name: one masked region of one frame of a released picture, read from its mask report."""

from dataclasses import dataclass

import msgspec

from gateway.errors import Invalid, NotFound
from gateway.store import items
from gateway.store.items import ItemRow
from gateway.store.opening import Store
from viewer.masking.report import Report
from viewer.masking.uncovering import Region, regions_of


class Wanted(Region, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A region of frame `frame` of an item, from 0: the scope of an unmask request."""

    frame: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What may be asked for on one frame of an item. `frames`: how many it has."""

    item: ItemRow
    frame: int
    frames: int
    regions: tuple[Region, ...]


def choice(store: Store, item: str, frame: int, project: str | None) -> Choice:
    """The regions of frame `frame` (from 0) of `item` in `project`. Errors: NotFound, Invalid for what is no open picture."""
    with store.read() as connection:
        row = items.item_by_id(connection, item)
        place = items.place_in_file(connection, item, frame) if row else None
        count = items.frame_count(connection, item)
    if row is None or row.project != project:
        raise NotFound("there is no such item in this project")
    if row.kind != "image" or row.state != items.RELEASED:
        raise Invalid("only a released picture has regions that can be unmasked")
    if place is None:
        raise Invalid(f"there is no slice {frame + 1}: the item has {count}")
    report = msgspec.convert(row.report, Report)
    return Choice(item=row, frame=frame, frames=count, regions=regions_of(report, place.frame))


def check(store: Store, item: str, scope: object, project: str | None) -> None:
    """That what `scope` names may be asked for. Errors: NotFound, Invalid."""
    try:
        wanted = msgspec.convert(scope, Wanted)
    except msgspec.ValidationError as error:
        raise Invalid("an unmask request names an item, a slice and one of its masked regions") from error
    region = Region(x=wanted.x, y=wanted.y, width=wanted.width, height=wanted.height)
    if region not in choice(store, item, wanted.frame, project).regions:
        raise Invalid("that is no region which was masked in this slice")
