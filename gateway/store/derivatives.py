"""Frames beside an item's own: those that it had before it was masked anew, and those with a region unmasked for a grant."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import msgspec
import sqlalchemy as sa

from gateway.store.items import FrameRow
from gateway.store.schema_masking import derivatives
from gateway.store.transaction import Transaction
from viewer.imaging.presentation import Presentation


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivative:
    """A frame at `object` that `subject`'s data key opens. `grant`: for which a region of it is unmasked; None: superseded."""

    item: str
    digest: str
    object: str
    position: int
    subject: str
    presentation: Presentation
    grant: str | None
    made: float
    instance: str | None = None
    number: int | None = None


def supersede(tx: Transaction, subject: str, frames: Sequence[FrameRow]) -> None:
    """Remember `frames`, which an item of `subject` is about to lose: what was shown can be drawn again."""
    known = {each.object for each in of_item(tx.connection, frames[0].item)} if frames else set()
    for frame in frames:
        if frame.object not in known:
            add(
                tx,
                Derivative(
                    item=frame.item,
                    digest=frame.digest,
                    object=frame.object,
                    position=frame.position,
                    subject=subject,
                    presentation=frame.presentation,
                    grant=None,
                    made=tx.now,
                    instance=frame.instance,
                    number=frame.number,
                ),
            )


def add(tx: Transaction, row: Derivative) -> None:
    """Add a frame. Errors: Conflict if it is there."""
    values = {column.name: getattr(row, column.name) for column in derivatives.columns}
    tx.connection.execute(
        sa.insert(derivatives), values | {"presentation": msgspec.to_builtins(row.presentation)}
    )


def of_item(connection: sa.Connection, item: str) -> list[Derivative]:
    """All of `item`, oldest first."""
    return _rows(connection, sa.select(derivatives).where(derivatives.c.item == item))


def of_grants(connection: sa.Connection, grants: Collection[str]) -> list[Derivative]:
    """The frames in which a region is unmasked for `grants`, oldest first."""
    return _rows(connection, sa.select(derivatives).where(derivatives.c.grant.in_(grants)))


def subject_of(grant: str) -> str:
    """Under whose data key the frame of `grant` is: its own, so that it opens for nothing else and can be destroyed alone."""
    return f"grant-{grant}"


def as_frame(row: Derivative, original: str = "") -> FrameRow:
    """`row` as the renderer takes it."""
    return FrameRow(
        item=row.item,
        position=row.position,
        original=original,
        object=row.object,
        digest=row.digest,
        presentation=row.presentation,
        place=None,
        instance=row.instance,
        number=row.number,
    )


def _rows(connection: sa.Connection, wanted: sa.Select[tuple[object, ...]]) -> list[Derivative]:
    ordered = wanted.order_by(derivatives.c.made, derivatives.c.position)
    found = [Derivative(**row) for row in connection.execute(ordered).mappings()]
    return [replace(each, presentation=msgspec.convert(each.presentation, Presentation)) for each in found]
