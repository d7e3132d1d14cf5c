"""One query of the exposure ledger: what a person was shown, or who was shown a subject or an item."""

from gateway.errors import NotFound
from gateway.sessions.exposed import ItemExposure, add_up
from gateway.store import exposures, items, readings, subjects, users
from gateway.store.opening import Store
from viewer.render.view import row_scale


def exposure_of(
    store: Store, *, user: str | None = None, subject: str | None = None, item: str | None = None
) -> list[ItemExposure]:
    """An entry a session and item, of exactly one of `user` (a name), `subject` (a pseudonym) and `item` (an id).

    Errors: NotFound if there is none of that name.
    """
    with store.read() as connection:
        user_id = None
        if user is not None:
            row = users.user_by_name(connection, user)
            if row is None:
                raise NotFound(f"there is no user `{user}`")
            user_id = row.id
        if item is not None and items.item_by_id(connection, item) is None:
            raise NotFound(f"there is no item `{item}`")
        if subject is not None and not subjects.exists(connection, subject):
            raise NotFound(f"there is no subject `{subject}`")
        seen = exposures.seen(connection, user=user_id, subject=subject, item=item)
        read = readings.of(connection, user=user_id, subject=subject, item=item)
        frames = {name: items.frame(connection, name, 0) for name in {each.segment.item for each in seen}}
        slices = {name: max(1, items.frame_count(connection, name)) for name in frames}
        stretch = {
            name: row_scale(frame.presentation, 1.0) if frame else 1.0 for name, frame in frames.items()
        }
    return add_up(seen, slices, stretch, read)
