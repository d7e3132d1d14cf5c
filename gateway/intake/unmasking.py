"""What a second person granted: one region of one frame, decoded from the sealed original and put into a copy of the masked frame.

The copy is under a key of its own, is shown to the person who asked and to nobody else, and stays, sealed, after the
grant's end: what a session was shown can be drawn again. Erasing the subject destroys it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from gateway.audit.events import SYSTEM, Details, Event, EventCode
from gateway.errors import Conflict, StoreError
from gateway.intake.isolation import Failure
from gateway.intake.processing import Damaged, Tools, opened
from gateway.store import derivatives, grants, items, jobs, pixels, subjects
from gateway.store.derivatives import Derivative
from gateway.store.grants import GrantRow
from gateway.store.items import FrameRow, ItemRow
from gateway.store.opening import Store
from gateway.store.pixels import FrameWriter
from gateway.store.transaction import Transaction
from viewer.errors import MaskingError
from viewer.masking.image import MaskedFrame
from viewer.masking.uncovering import Region, uncover

_LEASE_S = 300.0
_OVER = "the request is over, or its item is not what it was"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmasked:
    """What became of one grant. `cause`: why nothing is shown; None if it is."""

    grant: str
    cause: str | None = None


def unmask_waiting(store: Store, tools: Tools) -> Iterator[Unmasked]:
    """Make the pictures of every grant that waits for one; yields each once it is durable. Errors: StoreError."""
    while (job := _lease(store)) is not None:
        yield _unmask(store, job, tools)


def _lease(store: Store) -> str | None:
    with store.read() as connection:  # asked again and again: a write lock is for when there is something
        if not jobs.is_due(connection, grants.UNMASK, store.clock.now()):
            return None
    with store.write() as tx:
        job = jobs.lease_job(tx, grants.UNMASK, tx.now, _LEASE_S)
    return job.id if job else None


def _unmask(store: Store, grant: str, tools: Tools) -> Unmasked:
    with store.read() as connection:
        row = grants.by_id(connection, grant)
        item = items.item_by_id(connection, row.item or "") if row else None
        frame = items.frame(connection, item.id, _position(row)) if row and item else None
    if row is None or item is None or frame is None or not _holds(row, item, store.clock.now()):
        return _give_up(store, grant, _OVER)
    try:
        made = _uncovered(store, row, item, frame, tools)
    except (MaskingError, Damaged) as error:
        return _give_up(store, grant, str(error))
    if isinstance(made, Failure):
        return _give_up(store, grant, made.cause)
    writer = FrameWriter.open(store, derivatives.subject_of(grant))
    stored = writer.put(made)
    try:
        with store.write() as tx:
            # Nobody may have ended it, masked the item anew or erased the person meanwhile.
            subjects.data_key(tx.connection, tx.keys, item.subject)
            now = items.item_by_id(tx.connection, item.id)
            again = grants.by_id(tx.connection, grant)
            is_same = now == item and again == row and _holds(row, item, tx.now)
            if is_same:
                writer.keep(tx)
                _keep(tx, row, item, frame, stored)
    except (Conflict, StoreError) as error:
        return _give_up(store, grant, str(error))
    return Unmasked(grant=grant) if is_same else _give_up(store, grant, _OVER)


def _position(row: GrantRow) -> int:
    return int(str(row.scope.get("frame", -1)))


def _holds(row: GrantRow, item: ItemRow, now: float) -> bool:
    return row.state == grants.GRANTED and (row.ends or 0) > now and item.state == items.RELEASED


def _uncovered(
    store: Store, row: GrantRow, item: ItemRow, frame: FrameRow, tools: Tools
) -> MaskedFrame | Failure:
    with store.read() as connection:
        place = items.place_in_file(connection, item.id, frame.position)
        original = items.original(connection, frame.original)
    if place is None or original is None:
        raise Damaged(_OVER)
    region = msgspec.convert({key: value for key, value in row.scope.items() if key != "frame"}, Region)
    patch = tools.sandbox.region(opened(store, original, tools.private_key), place.frame, region)
    if isinstance(patch, Failure):
        return patch
    try:
        masked = pixels.get_frame(store, item.subject, frame.object)
    except StoreError as error:  # erased
        raise Damaged(str(error)) from error
    return uncover(masked, region, patch)


def _keep(tx: Transaction, row: GrantRow, item: ItemRow, frame: FrameRow, stored: pixels.StoredFrame) -> None:
    derivatives.add(
        tx,
        Derivative(
            item=item.id,
            digest=stored.digest,
            object=stored.object,
            position=frame.position,
            subject=derivatives.subject_of(row.id),
            presentation=frame.presentation,
            grant=row.id,
            made=tx.now,
            instance=frame.instance,
            number=frame.number,
        ),
    )
    jobs.finish(tx, row.id)
    tx.append(
        Event(
            code=EventCode.ITEM_UNMASK,
            actor=row.user,
            object=item.id,
            mask=stored.digest,
            decision="allow",
            details=Details(first=frame.position),
            payload={"grant": row.id, "by": row.decided_by, "region": row.scope},
            subject=item.subject,
        )
    )


def _give_up(store: Store, grant: str, cause: str) -> Unmasked:
    with store.write() as tx:
        jobs.fail(tx, grant, cause)
        row = grants.by_id(tx.connection, grant)
        if row is not None and row.state == grants.GRANTED:
            grants.finish(tx, grant)
        tx.append(Event(code=EventCode.GRANT_END, actor=SYSTEM, object=grant, payload={"cause": cause}))
    return Unmasked(grant=grant, cause=cause)
