"""What erasure takes away: keys, rows, and the names of the objects behind them. What the audit log holds stays verifiable."""

from collections.abc import Collection

import sqlalchemy as sa

from gateway.store.schema import annotations, comments, frames, items, ops, originals, subjects, tasks
from gateway.store.schema_evidence import payloads
from gateway.store.schema_masking import derivatives, looks, offset_maps, page_texts, state_pictures, states
from gateway.store.transaction import Transaction

ERASED = "erased"


def destroy_key(tx: Transaction, subject: str) -> bool:
    """Destroy the data key of `subject`: whatever it sealed, wherever a copy is, opens no more. False if it is gone."""
    gone = (
        sa.update(subjects)
        .where(subjects.c.id == subject, subjects.c.wrapped_key.is_not(None))
        .values(wrapped_key=None)
    )
    return tx.connection.execute(gone).rowcount == 1


def destroy_payloads(tx: Transaction, subject: str) -> int:
    """Delete what audit events say of `subject` beside their leaves; how many."""
    return tx.connection.execute(sa.delete(payloads).where(payloads.c.subject == subject)).rowcount


def items_of(connection: sa.Connection, subject: str) -> list[str]:
    """The ids of the items of `subject`."""
    return list(connection.scalars(sa.select(items.c.id).where(items.c.subject == subject)))


def originals_of(connection: sa.Connection, subject: str) -> list[tuple[str, str]]:
    """(digest, object) of every file of `subject` that is still here."""
    of_items = sa.select(frames.c.original).where(
        frames.c.item.in_(sa.select(items.c.id).where(items.c.subject == subject))
    )
    wanted = sa.select(originals.c.digest, originals.c.object).where(
        sa.or_(originals.c.subject == subject, originals.c.digest.in_(of_items)), originals.c.state != ERASED
    )
    return [(row.digest, row.object) for row in connection.execute(wanted)]


def objects_of(connection: sa.Connection, chosen: Collection[str]) -> list[str]:
    """The objects of the masked frames of the items `chosen`, superseded and unmasked ones among them."""
    wanted = sa.union(
        sa.select(frames.c.object).where(frames.c.item.in_(chosen)),
        sa.select(derivatives.c.object).where(derivatives.c.item.in_(chosen)),
    )
    return list(connection.scalars(wanted))


def drop_pictures(tx: Transaction, subject: str, chosen: Collection[str]) -> None:
    """The items `chosen` lose their frames and can't be opened; the files of `subject` lose their objects' names."""
    run = tx.connection.execute
    of_items = sa.select(frames.c.original).where(frames.c.item.in_(chosen))
    whose = sa.or_(originals.c.subject == subject, originals.c.digest.in_(of_items))
    run(sa.update(originals).where(whose).values(state=ERASED, object="", cause=None, subject=subject))
    run(sa.delete(frames).where(frames.c.item.in_(chosen)))
    run(sa.delete(derivatives).where(derivatives.c.item.in_(chosen)))
    run(sa.delete(looks).where(looks.c.item.in_(chosen)))
    run(sa.delete(offset_maps).where(offset_maps.c.subject == subject))
    of_subject = sa.select(states.c.id).where(states.c.subject == subject)
    run(sa.delete(state_pictures).where(state_pictures.c.state.in_(of_subject)))
    run(sa.delete(states).where(states.c.subject == subject))
    run(sa.delete(page_texts).where(page_texts.c.subject == subject))
    run(
        sa.update(items)
        .where(items.c.id.in_(chosen))
        .values(state=ERASED, reasons=[], series=None, approvals=[])
    )


def drop_work(tx: Transaction, chosen: Collection[str]) -> int:
    """What was drawn and said on the items `chosen` loses its content; that somebody worked stays. How many annotations."""
    run = tx.connection.execute
    on = sa.select(tasks.c.id).where(tasks.c.item.in_(chosen))
    run(sa.update(ops).where(ops.c.task.in_(on)).values(patch=None, before=None, after=None, context=None))
    run(sa.update(comments).where(comments.c.task.in_(on)).values(text=""))
    return run(sa.delete(annotations).where(annotations.c.task.in_(on))).rowcount


def count_work(connection: sa.Connection, chosen: Collection[str]) -> int:
    """How many annotations there are on the items `chosen`."""
    counted = sa.select(sa.func.count()).select_from(annotations).where(annotations.c.item.in_(chosen))
    return connection.scalar(counted) or 0
