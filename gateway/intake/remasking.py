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
from gateway.intake.isolation import Failure
from gateway.intake.keeping import Outcome, keep_letters
from gateway.intake.processing import Tools, grouped, mask_group
from gateway.intake.stacking import digest_of
from gateway.store import derivatives, erasures, grants, items, offsets, pixels, projects, tasks
from gateway.store.items import FrameRow, ItemRow, OriginalRow
from gateway.store.opening import Store
from gateway.store.pixels import FrameReader, FrameWriter
from gateway.store.transaction import Transaction
from viewer.imaging.geometry import Place
from viewer.masking import report as reporting
from viewer.masking.applying import Masked
from viewer.masking.image import MaskedFrame
from viewer.masking.profile import MaskingProfile
from viewer.masking.report import Report
from viewer.masking.verdict import Verdict

ProfileOf = Callable[[str], MaskingProfile]
"""The profile that a report names, or the one that all are to be masked with. Errors: GatewayError."""

_ID_BYTES = 8
_SHAPE = "masked anew its pictures have another size or number"
_DRAWN = "masked anew its text stands in other places, and there are annotations on it"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Anew:
    """An item masked anew: a new frame for each place, in order."""

    frames: tuple[MaskedFrame, ...]
    rows: tuple[FrameRow, ...]  # of the places, with the digests and presentations of now
    report: Report
    masked: tuple[tuple[str, Masked], ...]  # by original


def remask(
    store: Store, project: str, tools: Tools, profile_of: ProfileOf, *, dry_run: bool
) -> Iterator[Change]:
    """Mask every item of the project called `project` anew; yields what changes of each, once it is durable.

    With `dry_run` nothing is written. Killed at any moment, the next call goes on. Errors: IntakeError; StoreError.
    """
    with store.read() as connection:
        row = projects.by_name(connection, project)
        found = [each.item for each in items.items_of_project(connection, row.id)] if row else []
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
    anew = _masked(store, item, rows, originals, tools)
    cause = anew if isinstance(anew, str) else _objection(item, rows, anew, drawn)
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


def _masked(
    store: Store, item: ItemRow, rows: Sequence[FrameRow], originals: Sequence[OriginalRow], tools: Tools
) -> _Anew | str:
    """The item masked anew, or why nothing comes of it."""
    outcomes: list[Outcome] = []
    for group in grouped(originals):
        outcomes += mask_group(store, group, tools)
    files: dict[str, Masked] = {}
    for outcome in outcomes:
        if isinstance(outcome.result, Failure):
            return outcome.result.cause
        kept = outcome.kept
        if kept is None or kept.image is None:
            return f"masked anew it is rejected: {outcome.result.reasons[0]}"
        if kept.subject != item.subject:
            return "masked anew it is of another subject"
        files[outcome.original.digest] = kept
    frames, placed = _placed(item, rows, files)
    report = _merged([each.report for each in files.values()])
    if report is None:
        return "masked anew its files do not belong together any more"
    return _Anew(frames=frames, rows=placed, report=report, masked=tuple(files.items()))


def _placed(
    item: ItemRow, rows: Sequence[FrameRow], files: dict[str, Masked]
) -> tuple[tuple[MaskedFrame, ...], tuple[FrameRow, ...]]:
    """The new frame of each place; of a text, its new pages."""
    frames: list[MaskedFrame] = []
    placed: list[FrameRow] = []
    if item.kind == "text":
        for original, masked in files.items():
            for frame in masked.image.frames if masked.image else ():
                frames.append(frame)
                placed.append(_frame_row(item, len(placed), original, frame))
        return tuple(frames), tuple(placed)
    ranks: dict[str, int] = {}
    for row in rows:
        rank = ranks[row.original] = ranks.get(row.original, -1) + 1
        place = msgspec.convert(row.place, Place | None)
        image = files[row.original].image
        index = rank if place is None else place.frame
        if image is None or index >= len(image.frames):
            return (), ()
        frames.append(image.frames[index])
        made = _frame_row(item, row.position, row.original, image.frames[index], row.place)
        placed.append(replace(made, instance=files[row.original].instance, number=index + 1))
    return tuple(frames), tuple(placed)


def _frame_row(
    item: ItemRow, position: int, original: str, frame: MaskedFrame, place: dict[str, object] | None = None
) -> FrameRow:
    return FrameRow(
        item=item.id, position=position, original=original, object="", digest=pixels.digest_of(frame),
        presentation=frame.presentation, place=place,
    )  # fmt: skip


def _merged(reports: Sequence[Report]) -> Report | None:
    """One report of files that may be released and held: the item is held if one of them is."""
    held = any(report.verdict is Verdict.HELD for report in reports)
    verdict = Verdict.HELD if held else Verdict.RELEASED
    merged: Report | None = None
    for report in reports:
        alike = msgspec.structs.replace(report, verdict=verdict)
        merged = reporting.merge(merged, alike) if merged else alike
    return merged


def _objection(item: ItemRow, rows: Sequence[FrameRow], anew: _Anew, drawn: int) -> str | None:
    """Why the new pictures can't take the places of the old ones."""
    shapes = {frame.pixels.shape[:2] for frame in anew.frames}
    same = [row.digest for row in rows] == [row.digest for row in anew.rows]
    if item.kind == "text":
        return _DRAWN if drawn and not same else None
    if len(anew.rows) != len(rows) or shapes != {(item.rows, item.columns)}:
        return _SHAPE
    return None


def _compared(store: Store, item: ItemRow, rows: Sequence[FrameRow], anew: _Anew) -> tuple[int, float]:
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


def _row(item: ItemRow, anew: _Anew, *, changed: bool) -> ItemRow:
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


def _keep(store: Store, item: ItemRow, row: ItemRow, old: Sequence[FrameRow], anew: _Anew) -> None:
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
