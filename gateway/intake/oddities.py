"""What is odd about the stacks that came in: gaps, duplicates, a tilted gantry. Nothing is changed; a person is told."""

from collections.abc import Sequence

import msgspec

from gateway.store import items
from gateway.store.opening import Store
from viewer.imaging.geometry import Place, irregularities

_SECTIONS = ("CT", "MR", "PT")  # elsewhere a picture without geometry is as it should be


def oddities(store: Store, originals: Sequence[str]) -> list[tuple[str, str]]:
    """(title and id of an item, what is odd about it) for each item with frames of `originals` (digests)."""
    found = []
    with store.read() as connection:
        for item in items.holding(connection, originals):
            places = [msgspec.convert(place, Place | None) for place in items.places_of(connection, item.id)]
            if not item.title.startswith(_SECTIONS) and not any(place and place.position for place in places):
                continue
            found += [(f"{item.title} `{item.id}`", line) for line in irregularities(places)]
    return found
