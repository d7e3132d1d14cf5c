"""Two people look at what was held, and release it."""

from gateway.audit.events import Details, Event, EventCode
from gateway.errors import Conflict, NotFound
from gateway.store import items, tasks
from gateway.store.items import ItemRow
from gateway.store.opening import Store

APPROVALS = 2
_ID_BYTES = 8


def approve(store: Store, item: str, user: str, *, session: str | None = None) -> ItemRow:
    """The item after `user` approved its release; the second person's approval releases it and makes its task.

    The caller has checked that `user` may release items. Errors: NotFound; Conflict if it is not held, or the same
    person approved it before.
    """
    with store.write() as tx:
        row = items.item_by_id(tx.connection, item)
        if row is None:
            raise NotFound(f"there is no item `{item}`")
        if row.state != items.HELD:
            raise Conflict(f"the item `{item}` is not held")
        before = set(row.approvals)
        approvals = items.add_approval(tx, item, user)
        if user in before:
            raise Conflict("you approved this already: a second person must")
        is_released = len(approvals) >= APPROVALS
        if is_released:
            items.set_item_state(tx, item, items.RELEASED)
            if not tasks.of_item(tx.connection, item):  # masked anew, it has its task already
                tasks.add_task(tx, id=tx.keys.token_bytes(_ID_BYTES).hex(), project=row.project, item=item)
        details = Details(count=len(approvals))
        events = [EventCode.ITEM_APPROVE, *([EventCode.ITEM_RELEASE] if is_released else [])]
        for code in events:
            tx.append(
                Event(
                    code=code,
                    actor=user,
                    session=session,
                    object=item,
                    mask=row.masked_digest,
                    details=details,
                )
            )
        approved = items.item_by_id(tx.connection, item)
    assert approved is not None
    return approved


def of_layout(store: Store, item: str) -> list[ItemRow]:
    """The held items of the same project and layout as `item`, itself first; itself alone if it has no layout.

    Errors: NotFound.
    """
    with store.read() as connection:
        row = items.item_by_id(connection, item)
        if row is None:
            raise NotFound(f"there is no item `{item}`")
        layout = str(row.report.get("layout", ""))
        others = items.held_of_layout(connection, row.project, layout) if layout else []
    return [row, *(each for each in others if each.id != item)]


def approve_layout(store: Store, item: str, user: str, *, session: str | None = None) -> list[ItemRow]:
    """`of_layout`, after `user` approved each of them that they had not yet. Errors: as `approve`."""
    waiting = [row for row in of_layout(store, item) if user not in row.approvals]
    if not waiting:
        raise Conflict("you approved all of this layout already: a second person must")
    return [approve(store, row.id, user, session=session) for row in waiting]
