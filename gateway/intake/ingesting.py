"""From what an operator names to items that wait for work: the whole of intake, in one call that can be repeated."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.errors import IntakeError
from gateway.intake.finding import FoundFile, Unfit, find
from gateway.intake.isolation import Sandbox
from gateway.intake.keeping import Finished
from gateway.intake.oddities import oddities
from gateway.intake.processing import PrivateKey, Tools, process
from gateway.intake.receiving import MASK_JOB, Received, job_of, receive
from gateway.store import items, jobs, projects, raw
from gateway.store.items import OriginalRow
from gateway.store.opening import Store
from viewer.masking.verdict import Verdict

__all__ = ["PrivateKey", "Progress", "Summary", "ingest", "is_empty", "load_private_key"]

Progress = Callable[[str, int, int], None]
"""(stage, done, total): called before the first file and after each."""

TAKING_IN, MASKING = "taking in", "masking"
_LEASE_S = 900.0  # more than what a group needs at worst; a killed run's jobs are free again after that


@dataclass(slots=True, kw_only=True)
class Summary:
    """What became of the files, in files.

    `states`: presentation states, which are kept for the pictures that they are about.
    `failures` and `rejections`: names for the operator's eyes, and causes; `oddities`: items whose slices are not as
    they should be, and how.
    `received` counts those that were not here before; `already_here` those that were, whatever became of them then.
    """

    received: int = 0
    already_here: int = 0
    released: int = 0
    held: int = 0
    states: int = 0
    rejected: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)
    oddities: list[tuple[str, str]] = field(default_factory=list)
    rejections: list[tuple[str, str]] = field(default_factory=list)

    def count(self, finished: Finished, name: str) -> None:
        """Add what became of one file."""
        if finished.is_unreadable:
            self.failures.append((name, finished.cause or ""))
        elif finished.verdict is Verdict.REJECTED:
            self.rejected += 1
            self.rejections.append((name, finished.cause or ""))
        elif finished.is_state:
            self.states += 1
        elif finished.verdict is Verdict.HELD:
            self.held += 1
        else:
            self.released += 1


def load_private_key(store: Store) -> PrivateKey:
    """The key that opens originals. The web process never asks for it. Errors: Unconfigured."""
    return raw.load_private_key(store.keys.folder)


def is_empty(connection: Any, project: str) -> bool:
    """Whether nothing was ever taken into `project`. `connection`: as `Store.read` gives it."""
    states = ("received", "masked", "rejected")
    return not any(items.originals_of(connection, project, state) for state in states)


def ingest(
    store: Store,
    paths: Sequence[Path],
    project: str,
    sandbox: Sandbox,
    private_key: PrivateKey,
    on_progress: Progress,
) -> Summary:
    """Take everything behind `paths` into the project called `project`, and mask what waits.

    Killed at any moment, nothing is lost: the same call again goes on where it stopped, and takes nothing in twice.
    Errors: IntakeError if there is no such project or nothing to take in; StoreError.
    """
    with store.read() as connection:
        row = projects.by_name(connection, project)
    if row is None:
        raise IntakeError(f"there is no project `{project}`")
    found = list(find(paths))
    if not found:
        raise IntakeError("there is nothing to take in: no file is there")
    summary = Summary()
    names: dict[str, str] = {}
    waiting = list(
        _take_in(store, row.id, found, _Take(summary=summary, names=names, on_progress=on_progress))
    )
    tools = Tools(sandbox=sandbox, private_key=private_key)
    total = len(waiting) + _left_over(store, waiting)
    on_progress(MASKING, 0, total)
    work = _work(store, waiting)
    kept: list[str] = []
    for done, finished in enumerate(process(store, work, tools), start=1):
        summary.count(finished, names.get(finished.digest, "a file of an earlier run"))
        on_progress(MASKING, done, max(done, total))
        kept.append(finished.digest)
    summary.oddities = oddities(store, kept)
    return summary


@dataclass(frozen=True, slots=True, kw_only=True)
class _Take:
    summary: Summary
    names: dict[str, str]  # by digest; nowhere but in memory
    on_progress: Progress


def _take_in(
    store: Store, project: str, found: Sequence[FoundFile | Unfit], take: _Take
) -> Iterator[OriginalRow]:
    """The files that wait to be masked; what else became of the others goes into the summary."""
    take.on_progress(TAKING_IN, 0, len(found))
    for done, file in enumerate(found, start=1):
        received = file if isinstance(file, Unfit) else receive(store, project, file)
        if isinstance(received, Unfit):
            take.summary.failures.append((received.name, received.cause))
        elif _is_first(received, file.name, take):
            yield from _still_to_do(store, project, received, file.name, take.summary)
        take.on_progress(TAKING_IN, done, len(found))


def _is_first(received: Received, name: str, take: _Take) -> bool:
    """Whether this run has not met the same content under another name."""
    if received.is_new:
        take.summary.received += 1
    else:
        take.summary.already_here += 1
    if received.original.digest in take.names:
        return False
    take.names[received.original.digest] = name
    return True


def _still_to_do(
    store: Store, project: str, received: Received, name: str, summary: Summary
) -> Iterator[OriginalRow]:
    original = received.original
    if original.project != project:
        summary.failures.append((name, "it is already here, in another project"))
    elif original.state == "received":
        yield original
    elif original.state == "rejected":
        with store.read() as connection:
            job = jobs.by_id(connection, job_of(original.digest))
        unreadable = job is not None and job.state == "failed"
        again = Finished(
            digest=original.digest, verdict=Verdict.REJECTED, cause=original.cause, is_unreadable=unreadable
        )
        summary.count(again, name)


def _left_over(store: Store, waiting: Sequence[OriginalRow]) -> int:
    with store.read() as connection:
        return max(0, jobs.count(connection, MASK_JOB, "waiting") - len(waiting))


def _work(store: Store, waiting: Sequence[OriginalRow]) -> Iterator[OriginalRow]:
    """This run's files, then those that an earlier run left waiting."""
    yield from waiting
    seen = {original.digest for original in waiting}
    while (digest := _lease(store)) is not None:
        with store.read() as connection:
            original = items.original(connection, digest)
        if original is not None and original.digest not in seen:
            yield original


def _lease(store: Store) -> str | None:
    with store.write() as tx:
        job = jobs.lease_job(tx, MASK_JOB, tx.now, _LEASE_S)
    return None if job is None else str(job.payload["original"])
