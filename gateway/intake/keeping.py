"""The one transaction that keeps what the sandbox gave back: frames, items, tasks, states, and audit events."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from gateway.audit.events import SYSTEM, Details, Event, EventCode
from gateway.errors import Conflict
from gateway.intake import stacking
from gateway.intake.isolation import Failure
from gateway.intake.receiving import job_of
from gateway.intake.stacking import Placed, Stored
from gateway.store import items, jobs, offsets, page_texts, states, subjects
from gateway.store.items import FrameRow, OriginalRow
from gateway.store.opening import Store
from gateway.store.pixels import FrameWriter, digest_of
from gateway.store.transaction import Transaction
from viewer.masking.masked import Masked
from viewer.masking.state import State
from viewer.masking.verdict import Verdict

ERASED = "it is of a person who was erased"
_ID_BYTES = 8
_ATTEMPTS = 3  # at a batch, where another process made the same subject or item at the same moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the sandbox gave back for a file."""

    original: OriginalRow
    result: Masked | Failure

    @property
    def kept(self) -> Masked | None:
        """What may be kept, if anything."""
        if isinstance(self.result, Failure) or self.result.verdict is Verdict.REJECTED:
            return None
        return self.result

    @property
    def state(self) -> State | None:
        """The presentation state that it holds, as it may be kept."""
        return None if isinstance(self.result, Failure) else self.result.state

    @property
    def subject(self) -> str | None:
        """Whose it is, if anything of it may be kept."""
        kept = self.kept is not None or self.state is not None
        return None if isinstance(self.result, Failure) or not kept else self.result.subject

    @property
    def frame_bytes(self) -> int:
        """Of the masked frames, in memory."""
        kept = self.kept
        return sum(frame.pixels.nbytes for frame in kept.image.frames) if kept and kept.image else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What became of a file, durably. `cause`: why nothing was kept; `is_unreadable`: it is damaged or unknown.

    `subject`: whose it is, if it could be read. `is_state`: it is a presentation state, and goes to its pictures.
    """

    digest: str
    verdict: Verdict
    cause: str | None = None
    is_unreadable: bool = False
    subject: str | None = None
    is_state: bool = False


def keep(store: Store, batch: Sequence[Outcome]) -> list[Finished]:
    """What became of the files of `batch`, once it is durable. A file that is finished already stays as it is.

    Errors: StoreError; then nothing of the batch is kept, and all of it still waits.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return _keep(store, batch)
        except Conflict:
            continue
    return _keep(store, batch)


def _keep(store: Store, batch: Sequence[Outcome]) -> list[Finished]:
    batch = _without_erased(store, batch)
    writers: dict[str, FrameWriter] = {}
    stored = {outcome.original.digest: _store_frames(store, outcome, writers) for outcome in batch}
    finished = [_finished(outcome) for outcome in batch]
    with store.write() as tx:
        settled = [end for end in finished if _settle(tx, end)]
        mine = {end.digest for end in settled}
        waiting = [outcome for outcome in batch if outcome.original.digest in mine]
        for subject in sorted({outcome.kept.subject for outcome in waiting if outcome.kept}):
            writers[subject].keep(tx)
        for outcome in waiting:
            if outcome.kept and outcome.kept.offsets:
                offsets.keep(tx, outcome.original.digest, outcome.kept.subject, outcome.kept.offsets)
            if outcome.state is not None:
                _keep_state(tx, outcome, outcome.state)
            keep_letters(tx, outcome.original.digest, outcome.kept)
        _append(tx, settled, _place(tx, waiting, stored))
    return finished


def _keep_state(tx: Transaction, outcome: Outcome, state: State) -> None:
    name = tx.keys.token_bytes(_ID_BYTES).hex()
    original = outcome.original
    states.add(
        tx,
        state,
        name=name,
        project=original.project,
        subject=outcome.subject or "",
        original=original.digest,
    )
    details = Details(count=len(state.pictures))
    tx.append(Event(code=EventCode.INTAKE_STATE, actor=SYSTEM, object=name, details=details))


def keep_letters(tx: Transaction, original: str, masked: Masked | None) -> None:
    """Store the letters of the pages of `masked`, if it is a text, in place of those that `original` had."""
    if masked is not None and masked.image is not None and masked.pages:
        digests = [digest_of(frame) for frame in masked.image.frames]
        page_texts.keep(tx, original, masked.subject, dict(zip(digests, masked.pages, strict=True)))


def _without_erased(store: Store, batch: Sequence[Outcome]) -> list[Outcome]:
    """`batch`, where a file of somebody who was erased is nothing that may be kept."""
    whose = {outcome.subject for outcome in batch if outcome.subject}
    with store.read() as connection:
        erased = subjects.erased(connection, whose)
    return [
        replace(outcome, result=Failure(cause=ERASED)) if outcome.subject in erased else outcome
        for outcome in batch
    ]


def _store_frames(store: Store, outcome: Outcome, writers: dict[str, FrameWriter]) -> Stored | None:
    masked = outcome.kept
    if masked is None or masked.image is None:
        return None
    writer = writers.get(masked.subject)
    if writer is None:
        writer = writers[masked.subject] = FrameWriter.open(store, masked.subject)
    frames = []
    for number, (frame, place) in enumerate(zip(masked.image.frames, masked.places, strict=True), start=1):
        kept = writer.put(frame)
        frames.append(
            FrameRow(
                item="",  # both are set when the item is made
                position=0,
                original=outcome.original.digest,
                object=kept.object,
                digest=kept.digest,
                presentation=frame.presentation,
                place=msgspec.to_builtins(place),
                instance=masked.instance,
                number=number,
            )
        )
    return Stored(original=outcome.original.digest, masked=masked, frames=tuple(frames))


def _finished(outcome: Outcome) -> Finished:
    digest, result = outcome.original.digest, outcome.result
    if isinstance(result, Failure):
        return Finished(digest=digest, verdict=Verdict.REJECTED, cause=result.cause, is_unreadable=True)
    if outcome.state is not None:
        return Finished(digest=digest, verdict=Verdict.RELEASED, subject=result.subject, is_state=True)
    cause = str(result.reasons[0]) if result.verdict is Verdict.REJECTED else None
    return Finished(digest=digest, verdict=result.verdict, cause=cause, subject=result.subject)


def _place(tx: Transaction, waiting: Sequence[Outcome], stored: dict[str, Stored | None]) -> list[Placed]:
    projects: dict[str, list[Stored]] = {}
    for outcome in waiting:
        file = stored[outcome.original.digest]
        if file is not None:
            projects.setdefault(outcome.original.project, []).append(file)
    return [
        placed for project, files in projects.items() for placed in stacking.place_files(tx, project, files)
    ]


def _settle(tx: Transaction, end: Finished) -> bool:
    """Write the file's end, and its job's; False if another process was first."""
    state = "rejected" if end.verdict is Verdict.REJECTED else "masked"
    if not items.settle_original(tx, end.digest, state, end.cause, end.subject):
        return False
    if end.is_unreadable:
        jobs.fail(tx, job_of(end.digest), end.cause or "")
    else:
        jobs.finish(tx, job_of(end.digest))
    return True


def _append(tx: Transaction, ends: Sequence[Finished], placed: Sequence[Placed]) -> None:
    for end in ends:
        if end.verdict is Verdict.REJECTED:
            details = Details(verdict=end.verdict.value)
            tx.append(Event(code=EventCode.INTAKE_REJECT, actor=SYSTEM, object=end.digest, details=details))
    for each in placed:
        item = each.item
        details = Details(count=len(each.originals), verdict=item.state)
        tx.append(
            Event(
                code=EventCode.INTAKE_MASK,
                actor=SYSTEM,
                object=item.id,
                mask=item.masked_digest,
                details=details,
                payload={"originals": sorted(each.originals), "report": item.report},
                subject=item.subject,
            )
        )
        if each.is_new:
            released = item.state == items.RELEASED
            code = EventCode.ITEM_RELEASE if released else EventCode.ITEM_HOLD
            count = Details(count=each.frames)
            tx.append(Event(code=code, actor=SYSTEM, object=item.id, mask=item.masked_digest, details=count))
