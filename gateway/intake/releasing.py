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
