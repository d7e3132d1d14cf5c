"""Items from masked files: slices of one series make one item, in the order of their places; other files one each.

Late slices join their item while nobody works on it. Afterwards positions must not move, and they make a new one.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from gateway.store import items, tasks
from gateway.store.items import FrameRow, ItemRow
from gateway.store.transaction import Transaction
from viewer.imaging.geometry import Place, order
from viewer.masking import report as reporting
from viewer.masking.masked import Masked
from viewer.masking.report import Report
from viewer.masking.title import TEXT, title
from viewer.masking.verdict import Verdict

_ID_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A masked file whose frames are in the object store. `frames`: without item and position yet."""

    original: str
    masked: Masked
    frames: tuple[FrameRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An item after files were put into it. `frames`: how many it has now; `is_new`: it was made now."""

    item: ItemRow
    frames: int
    originals: frozenset[str]
    is_new: bool


def digest_of(frames: Sequence[FrameRow]) -> str:
    """SHA-256, hex, over the digests of an item's frames in display order."""
    return hashlib.sha256("\n".join(frame.digest for frame in frames).encode()).hexdigest()


def place_files(tx: Transaction, project: str, files: Sequence[Stored]) -> list[Placed]:
    """Put `files` into items, and make the tasks of those that are released. Events are the caller's to append."""
    stacks: dict[str, list[Stored]] = {}
    for number, file in enumerate(files):
        stacks.setdefault(file.masked.series or f"alone {number}", []).append(file)
    return [_place(tx, project, stack, number) for number, stack in enumerate(stacks.values())]


def _place(tx: Transaction, project: str, stack: list[Stored], number: int) -> Placed:
    masked = stack[0].masked
    found = _joinable(tx, project, masked.series, masked.verdict) if masked.series else None
    frames = [frame for file in stack for frame in file.frames]
    if found is None:
        item = _item(tx, project, stack, frames := _ordered(frames))
        items.add_item(tx, item)
        if item.state == items.RELEASED:
            # Tasks of one transaction are equally old: their ids keep them in the order of intake.
            task = f"{number:04x}{_new_id(tx)[4:]}"
            tasks.add_task(tx, id=task, project=project, item=item.id)
    else:
        frames = _ordered([*items.frames_of(tx.connection, found.id), *frames])
        item = replace(
            found,
            title=title(masked.modality, len(frames), found.rows, found.columns),
            masked_digest=digest_of(frames),
            report=_report(stack, msgspec.convert(found.report, Report)),
        )
        items.change_item(tx, item)
    items.replace_frames(tx, item.id, frames)
    originals = frozenset(file.original for file in stack)
    return Placed(item=item, frames=len(frames), originals=originals, is_new=found is None)


def _new_id(tx: Transaction) -> str:
    return tx.keys.token_bytes(_ID_BYTES).hex()


def _joinable(tx: Transaction, project: str, series: str, verdict: Verdict) -> ItemRow | None:
    """The item that more slices of `series` may join: as it was decided, and in nobody's hands."""
    item = items.by_series(tx.connection, project, series)
    if item is None or item.state != verdict or item.approvals:
        return None
    taken = any(
        task.revision > 0 or (task.annotator is not None and (task.lease_until or 0) >= tx.now)
        for task in tasks.of_item(tx.connection, item.id)
    )
    return None if taken else item


def _ordered(frames: Sequence[FrameRow]) -> list[FrameRow]:
    places = [msgspec.convert(frame.place, Place | None) for frame in frames]
    return [frames[index] for index in order(places)]


def _item(tx: Transaction, project: str, stack: list[Stored], frames: list[FrameRow]) -> ItemRow:
    masked = stack[0].masked
    assert masked.image is not None  # rejected files never come here
    rows, columns = masked.image.frames[0].pixels.shape[:2]
    return ItemRow(
        id=_new_id(tx),
        project=project,
        subject=masked.subject,
        kind="text" if masked.modality == TEXT else "image",
        title=title(masked.modality, len(frames), rows, columns),
        state=masked.verdict,
        reasons=[str(reason) for reason in masked.reasons],
        rows=rows,
        columns=columns,
        series=masked.series,
        masked_digest=digest_of(frames),
        report=_report(stack, None),
        created=tx.now,
        approvals=[],
    )


def _report(stack: list[Stored], before: Report | None) -> dict[str, object]:
    merged = before
    for file in stack:
        merged = reporting.merge(merged, file.masked.report) if merged else file.masked.report
    built: dict[str, object] = msgspec.to_builtins(merged)
    return built
