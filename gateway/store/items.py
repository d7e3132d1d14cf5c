"""What there is to label: originals (sealed files, by keyed digest), items, and their masked frames."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from gateway.errors import NotFound
from gateway.store.schema import frames, items, originals
from gateway.store.transaction import Transaction
from viewer.imaging.presentation import Presentation

RELEASED, HELD, REJECTED, ERASED = "released", "held", "rejected", "erased"

_AT_ONCE = 500  # of the values that one statement may name


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalRow:
    """A file that was taken in. `digest`: keyed, of its content; `object`: of the sealed file; `size` in bytes.

    `state`: received | masked | rejected | erased; `received`: UTC seconds; `subject`: whose it is, once it was masked.
    """

    digest: str
    project: str
    object: str
    size: int
    state: str
    cause: str | None
    received: float
    subject: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """What is labelled. `kind`: image | text; `state`: released | held | rejected; `subject`, `series`: keyed pseudonyms.

    `rows`, `columns` in pixels; `masked_digest`: over all frames; `report`: of the masking; `created`: UTC seconds;
    `approvals`: ids of the people who released it from the check queue.
    """

    id: str
    project: str
    subject: str
    kind: str
    title: str
    state: str
    reasons: list[str]
    rows: int
    columns: int
    series: str | None
    masked_digest: str
    report: dict[str, object]
    created: float
    approvals: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameRow:
    """One masked frame. `position`: display order from 0; `object`: its key; `digest`: of the masked pixels.

    `place`: what it is sorted by when more slices of its series come in (JSON). `instance`: keyed pseudonym of its SOP
    instance, and `number` which of that file's frames it is, from 1, as presentation states name it; None where none does.
    """

    item: str
    position: int
    original: str
    object: str
    digest: str
    presentation: Presentation
    place: dict[str, Any] | None
    instance: str | None = None
    number: int | None = None


_ITEM = sa.select(items).where(items.c.id == sa.bindparam("wanted"))
_FRAMES = sa.select(frames).where(frames.c.item == sa.bindparam("of_item")).order_by(frames.c.position)
_FRAME = sa.select(frames).where(
    frames.c.item == sa.bindparam("of_item"), frames.c.position == sa.bindparam("at")
)
_FRAME_COUNT = sa.select(sa.func.count()).select_from(frames).where(frames.c.item == sa.bindparam("of_item"))


# --- originals
def add_original(tx: Transaction, original: OriginalRow) -> None:
    """Add a file. Errors: Conflict if its digest is there."""
    tx.connection.execute(
        sa.insert(originals), {column.name: getattr(original, column.name) for column in originals.columns}
    )


def original(connection: sa.Connection, digest: str) -> OriginalRow | None:
    """The file with this keyed digest."""
    row = connection.execute(sa.select(originals).where(originals.c.digest == digest)).mappings().first()
    return OriginalRow(**row) if row else None


def originals_of(connection: sa.Connection, project: str, state: str) -> list[OriginalRow]:
    """The files of `project` in `state`, oldest first."""
    wanted = (
        sa.select(originals)
        .where(originals.c.project == project, originals.c.state == state)
        .order_by(originals.c.received, originals.c.digest)
    )
    return [OriginalRow(**row) for row in connection.execute(wanted).mappings()]


def settle_original(
    tx: Transaction, digest: str, state: str, cause: str | None = None, subject: str | None = None
) -> bool:
    """Make a received file masked or rejected; False, and nothing changed, if somebody else settled it before."""
    settled = (
        sa.update(originals)
        .where(originals.c.digest == digest, originals.c.state == "received")
        .values(state=state, cause=cause, subject=subject)
    )
    return tx.connection.execute(settled).rowcount == 1


# --- items
def add_item(tx: Transaction, item: ItemRow) -> None:
    """Add an item. Errors: Conflict if its id is taken."""
    tx.connection.execute(sa.insert(items), _item_columns(item))


def change_item(tx: Transaction, item: ItemRow) -> None:
    """Write every column of an item that is there already: more slices came in."""
    tx.connection.execute(sa.update(items).where(items.c.id == item.id).values(**_item_columns(item)))


def item_by_id(connection: sa.Connection, item: str) -> ItemRow | None:
    """The item `item`, in whatever state."""
    row = connection.execute(_ITEM, {"wanted": item}).mappings().first()
    return ItemRow(**row) if row else None


def by_series(connection: sa.Connection, project: str, series: str) -> ItemRow | None:
    """The newest item of `series` (a keyed pseudonym): the one that more slices of it join, if any."""
    wanted = (
        sa.select(items)
        .where(items.c.project == project, items.c.series == series)
        .order_by(items.c.created.desc(), items.c.id.desc())
        .limit(1)
    )
    row = connection.execute(wanted).mappings().first()
    return ItemRow(**row) if row else None


def set_item_state(tx: Transaction, item: str, state: str, reasons: list[str] | None = None) -> None:
    """Make it released, held or rejected; with other `reasons` if given."""
    values: dict[str, object] = {"state": state} if reasons is None else {"state": state, "reasons": reasons}
    tx.connection.execute(sa.update(items).where(items.c.id == item).values(**values))


def add_approval(tx: Transaction, item: str, user: str) -> list[str]:
    """Everybody who approves the release of `item`, `user` now among them, each once. Errors: NotFound."""
    approvals = tx.connection.scalar(sa.select(items.c.approvals).where(items.c.id == item).with_for_update())
    if approvals is None:
        raise NotFound(f"there is no item `{item}`")
    if user not in approvals:
        approvals = [*approvals, user]
        tx.connection.execute(sa.update(items).where(items.c.id == item).values(approvals=approvals))
    return list(approvals)


def held_of_layout(connection: sa.Connection, project: str, layout: str) -> list[ItemRow]:
    """The items of `project` that wait for a check and whose report has this `layout`, oldest first."""
    of_layout = items.c.report["layout"].as_string() == layout
    wanted = sa.select(items).where(items.c.project == project, items.c.state == HELD, of_layout)
    rows = connection.execute(wanted.order_by(items.c.created, items.c.id))
    return [ItemRow(**row) for row in rows.mappings()]


def items_of_project(connection: sa.Connection, project: str) -> list[ItemRow]:
    """Every item of `project`, oldest first."""
    wanted = sa.select(items).where(items.c.project == project).order_by(items.c.created, items.c.id)
    return [ItemRow(**row) for row in connection.execute(wanted).mappings()]


# --- frames
def add_frames(tx: Transaction, rows: Sequence[FrameRow]) -> None:
    """Add frames. Errors: Conflict if a position is taken or an original is unknown."""
    if rows:
        tx.connection.execute(sa.insert(frames), [_frame_columns(row) for row in rows])


def replace_frames(tx: Transaction, item: str, rows: Sequence[FrameRow]) -> None:
    """Make `rows` the frames of `item`, numbered from 0 in the order given. The old ones' objects stay."""
    tx.connection.execute(sa.delete(frames).where(frames.c.item == item))
    add_frames(tx, [replace(row, item=item, position=position) for position, row in enumerate(rows)])


def frames_of(connection: sa.Connection, item: str) -> list[FrameRow]:
    """All frames of `item`, in display order."""
    return [_frame(row) for row in connection.execute(_FRAMES, {"of_item": item}).mappings()]


def holding(connection: sa.Connection, originals: Sequence[str]) -> list[ItemRow]:
    """The items with a frame of one of `originals` (digests), oldest first."""
    found: dict[str, ItemRow] = {}
    for start in range(0, len(originals), _AT_ONCE):
        some = frames.c.original.in_(originals[start : start + _AT_ONCE])
        wanted = sa.select(items).where(items.c.id.in_(sa.select(frames.c.item).where(some)))
        found |= {row["id"]: ItemRow(**row) for row in connection.execute(wanted).mappings()}
    return sorted(found.values(), key=lambda item: (item.created, item.id))


def places_of(connection: sa.Connection, item: str) -> list[dict[str, Any] | None]:
    """Where each frame of `item` is, in display order, without what else is known of it."""
    wanted = sa.select(frames.c.place).where(frames.c.item == item).order_by(frames.c.position)
    return list(connection.scalars(wanted))


def frame(connection: sa.Connection, item: str, position: int) -> FrameRow | None:
    """Frame `position` of `item`, from 0."""
    row = connection.execute(_FRAME, {"of_item": item, "at": position}).mappings().first()
    return _frame(row) if row else None


class PlaceInFile(NamedTuple):
    """Of which original (digest) a frame is, and which of that file's frames, from 0."""

    original: str
    frame: int


def place_in_file(connection: sa.Connection, item: str, position: int) -> PlaceInFile | None:
    """Where frame `position` of `item` comes from. Pages and frames without a place stand in their file's order."""
    row = frame(connection, item, position)
    if row is None:
        return None
    if row.place is not None:
        return PlaceInFile(row.original, int(row.place["frame"]))
    before = (frames.c.item == item, frames.c.original == row.original, frames.c.position < position)
    rank = connection.scalar(sa.select(sa.func.count()).select_from(frames).where(*before))
    return PlaceInFile(row.original, rank or 0)


def frame_count(connection: sa.Connection, item: str) -> int:
    """How many frames `item` has."""
    return connection.scalar(_FRAME_COUNT, {"of_item": item}) or 0


def _item_columns(row: ItemRow) -> dict[str, object]:
    return {column.name: getattr(row, column.name) for column in items.columns}


def _frame_columns(row: FrameRow) -> dict[str, object]:
    columns = {column.name: getattr(row, column.name) for column in frames.columns}
    return columns | {"presentation": msgspec.to_builtins(row.presentation)}


def _frame(row: sa.RowMapping) -> FrameRow:
    columns: dict[str, Any] = {**row}
    return FrameRow(**{**columns, "presentation": msgspec.convert(row["presentation"], Presentation)})
