"""Items masked anew, under another profile or by other detectors: what would change, and the change.

The sealed originals are opened again. Frames keep their places, so what was drawn on them stays where it is; a picture
that comes out another way replaces the one before, which is kept for drawing old sessions again. Whatever goes wrong
holds the item.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from gateway.audit.events import SYSTEM, Details, Event, EventCode
from gateway.errors import IntakeError
from gateway.intake.anew import Anew, mask_anew, objection
from gateway.intake.keeping import keep_letters
from gateway.intake.processing import Tools
from gateway.intake.stacking import digest_of
from gateway.store import derivatives, erasures, grants, items, offsets, projects, tasks
from gateway.store.items import FrameRow, ItemRow
from gateway.store.opening import Store
from gateway.store.pixels import FrameReader, FrameWriter
from gateway.store.transaction import Transaction
from viewer.masking.profile import MaskingProfile
from viewer.masking.verdict import Verdict

ProfileOf = Callable[[str], MaskingProfile]
"""The profile that a report names, or the one that all are to be masked with. Errors: GatewayError."""

_ID_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What masking an item anew changes. `share`: of its pixels that are others; `boxes`: filled before, and now.

    `cause`: why it could not be masked anew: it is held then, with the pictures that it has.
    """

    item: str
    title: str
    state: tuple[str, str]
    profile: tuple[str, str]
    frames: int
    changed_frames: int
    share: float
    boxes: tuple[int, int]
    annotations: int
    cause: str | None = None

    @property
    def is_one(self) -> bool:
        """Whether anything is another than before."""
        return bool(
            self.changed_frames
            or self.cause
            or self.state[0] != self.state[1]
            or self.profile[0] != self.profile[1]
            or self.boxes[0] != self.boxes[1]
        )


def remask(
    store: Store, project: str, tools: Tools, profile_of: ProfileOf, *, dry_run: bool
) -> Iterator[Change]:
    """Mask every item of the project called `project` anew; yields what changes of each, once it is durable.

    With `dry_run` nothing is written. Killed at any moment, the next call goes on. Errors: IntakeError; StoreError.
    """
    with store.read() as connection:
        row = projects.by_name(connection, project)
        found = items.items_of_project(connection, row.id) if row else []
    if row is None:
        raise IntakeError(f"there is no project `{project}`")
    for item in found:
        if item.state in {items.RELEASED, items.HELD}:
            yield _remask(store, item, replace(tools, profile=profile_of(_profile(item))), dry_run=dry_run)


def _profile(item: ItemRow) -> str:
    return str(item.report.get("profile", ""))


def _remask(store: Store, item: ItemRow, tools: Tools, *, dry_run: bool) -> Change:
    with store.read() as connection:
        rows = items.frames_of(connection, item.id)
        drawn = erasures.count_work(connection, [item.id])
        digests = dict.fromkeys(row.original for row in rows)
        originals = [each for each in (items.original(connection, one) for one in digests) if each]
    anew = mask_anew(store, item, rows, originals, tools)
    cause = anew if isinstance(anew, str) else objection(item, rows, anew, drawn)
    if isinstance(anew, str) or cause is not None:
        change = Change(
            item=item.id, title=item.title, state=(item.state, items.HELD), frames=len(rows), changed_frames=0,
            profile=(_profile(item), _profile(item)), share=0.0, boxes=(_boxes(item.report),) * 2,
            annotations=drawn, cause=cause,
        )  # fmt: skip
        if not dry_run:
            _hold(store, item, cause or "")
        return change
    changed, share = _compared(store, item, rows, anew)
    row = _row(item, anew, changed=bool(changed))
    if not dry_run:
        _keep(store, item, row, rows, anew)
    return Change(
        item=item.id,
        title=item.title,
        state=(item.state, row.state),
        profile=(_profile(item), _profile(row)),
        frames=len(anew.rows),
        changed_frames=changed,
        share=share,
        boxes=(_boxes(item.report), len(anew.report.regions)),
        annotations=drawn,
    )


def _compared(store: Store, item: ItemRow, rows: Sequence[FrameRow], anew: Anew) -> tuple[int, float]:
    """How many frames are others than before, and which share of all pixels is."""
    reader, changed, others, total = FrameReader(store), 0, 0, 0
    before = {row.position: row for row in rows}
    for row, frame in zip(anew.rows, anew.frames, strict=True):
        size = frame.pixels.shape[0] * frame.pixels.shape[1]
        total += size
        old = before.get(row.position)
        if old is not None and old.digest == row.digest:
            continue
        changed += 1
        shown = reader.get(item.subject, old.object).pixels if old is not None else None
        others += size if shown is None else _different(shown, frame.pixels)
    return changed, others / total if total else 0.0


def _different(before: NDArray[np.generic], after: NDArray[np.generic]) -> int:
    """How many pixels are different; all of them if the pictures can't be compared."""
    if before.shape != after.shape:
        return int(before.shape[0] * before.shape[1])
    different = before != after
    return int(different.any(axis=2).sum() if different.ndim == 3 else different.sum())


def _row(item: ItemRow, anew: Anew, *, changed: bool) -> ItemRow:
    held = anew.report.verdict is Verdict.HELD
    # Two people looked at exactly these pictures: that still counts.
    stands = item.state == items.RELEASED and bool(item.approvals) and not changed
    state = items.HELD if held and not stands else items.RELEASED
    shape = anew.frames[0].pixels.shape
    series = next((masked.series for _, masked in anew.masked), item.series)
    return replace(
        item,
        state=state,
        reasons=[str(reason) for reason in anew.report.reasons],
        rows=shape[0],
        columns=shape[1],
        series=series,
        masked_digest=digest_of(anew.rows),
        report=msgspec.to_builtins(anew.report),
        approvals=[] if changed else item.approvals,
    )


def _keep(store: Store, item: ItemRow, row: ItemRow, old: Sequence[FrameRow], anew: Anew) -> None:
    writer = FrameWriter.open(store, item.subject)
    known = {frame.digest: frame.object for frame in old}
    placed = [
        replace(new, object=known.get(new.digest) or writer.put(frame).object)
        for new, frame in zip(anew.rows, anew.frames, strict=True)
    ]
    mine = {new.object for new in placed}
    with store.write() as tx:
        if not _is_unchanged(tx, item):
            return  # somebody released, erased or masked it meanwhile: the next call looks at it again
        derivatives.supersede(tx, item.subject, [frame for frame in old if frame.object not in mine])
        items.replace_frames(tx, item.id, placed)
        items.change_item(tx, row)
        if row.masked_digest != item.masked_digest:
            grants.end_unmasking(tx, item.id, SYSTEM)
        for original, masked in anew.masked:
            if masked.offsets:
                offsets.keep(tx, original, item.subject, masked.offsets)
            keep_letters(tx, original, masked)
        if row.state == items.RELEASED and not tasks.of_item(tx.connection, item.id):
            tasks.add_task(tx, id=tx.keys.token_bytes(_ID_BYTES).hex(), project=row.project, item=item.id)
        _append(tx, item, row, {"before": item.masked_digest, "report": row.report})


def _hold(store: Store, item: ItemRow, cause: str) -> None:
    row = replace(item, state=items.HELD, reasons=[cause], approvals=[])
    with store.write() as tx:
        if _is_unchanged(tx, item):
            items.change_item(tx, row)
            _append(tx, item, row, {"cause": cause})


def _is_unchanged(tx: Transaction, item: ItemRow) -> bool:
    return items.item_by_id(tx.connection, item.id) == item


def _append(tx: Transaction, item: ItemRow, row: ItemRow, payload: dict[str, object]) -> None:
    codes = [EventCode.ITEM_REMASK]
    if row.state != item.state:
        codes.append(EventCode.ITEM_RELEASE if row.state == items.RELEASED else EventCode.ITEM_HOLD)
    for code in codes:
        tx.append(
            Event(
                code=code,
                actor=SYSTEM,
                object=item.id,
                mask=row.masked_digest,
                details=Details(verdict=row.state),
                payload=payload if code is EventCode.ITEM_REMASK else None,
                subject=item.subject if code is EventCode.ITEM_REMASK else None,
            )
        )


def _boxes(report: dict[str, object]) -> int:
    boxes = report.get("regions", ())
    return len(boxes) if isinstance(boxes, list | tuple) else 0
