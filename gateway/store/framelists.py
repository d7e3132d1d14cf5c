"""Which frames an item has, in display order: what a stream needs of each, in 64 bytes, shared by all who look at the item."""

import threading
from weakref import WeakValueDictionary

import msgspec
import sqlalchemy as sa

from gateway.store.schema import frames
from viewer.imaging.presentation import Presentation

_KEY_BYTES = 32  # SHA-256
_OF_ITEM = (
    sa.select(frames.c.object, frames.c.digest)
    .where(frames.c.item == sa.bindparam("of_item"))
    .order_by(frames.c.position)
)
_FIRST = (
    sa.select(frames.c.presentation)
    .where(frames.c.item == sa.bindparam("of_item"))
    .order_by(frames.c.position)
    .limit(1)
)


class FrameList:
    """The frames of one item. `first`: how its first frame is shown."""

    __slots__ = ("__weakref__", "_digests", "_objects", "first")

    def __init__(self, objects: bytes, digests: bytes, first: Presentation) -> None:
        self._objects = objects
        self._digests = digests
        self.first = first

    def __len__(self) -> int:
        return len(self._objects) // _KEY_BYTES

    def object(self, position: int) -> str:
        """The key of frame `position`'s object. Errors: IndexError."""
        return _at(self._objects, position)

    def digest(self, position: int) -> str:
        """SHA-256, hex, of masked frame `position`. Errors: IndexError."""
        return _at(self._digests, position)

    def with_frame(self, position: int, key: str, digest: str) -> "FrameList":
        """The same with another frame at `position`: its object's `key` and its digest."""
        start, end = position * _KEY_BYTES, (position + 1) * _KEY_BYTES
        objects = self._objects[:start] + bytes.fromhex(key) + self._objects[end:]
        digests = self._digests[:start] + bytes.fromhex(digest) + self._digests[end:]
        return FrameList(objects, digests, self.first)

    def digests(self) -> list[str]:
        """Of all frames."""
        return [self.digest(position) for position in range(len(self))]


_lock = threading.Lock()
_in_use: "WeakValueDictionary[tuple[str, bytes, bytes], FrameList]" = WeakValueDictionary()


def frame_list(connection: sa.Connection, item: str) -> FrameList | None:
    """The frames of `item`, None if it has none. One list serves as long as anybody holds it."""
    rows = connection.execute(_OF_ITEM, {"of_item": item}).all()
    if not rows:
        return None
    objects = bytes.fromhex("".join(row.object for row in rows))
    digests = bytes.fromhex("".join(row.digest for row in rows))
    with _lock:
        found = _in_use.get((item, objects, digests))
    if found is not None:
        return found
    first = msgspec.convert(connection.scalar(_FIRST, {"of_item": item}), Presentation)
    made = FrameList(objects, digests, first)
    with _lock:
        return _in_use.setdefault((item, objects, digests), made)


def _at(keys: bytes, position: int) -> str:
    key = keys[position * _KEY_BYTES : (position + 1) * _KEY_BYTES]
    if position < 0 or not key:
        raise IndexError(position)
    return key.hex()
