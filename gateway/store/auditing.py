"""The audit log as rows: checking and exporting it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa
from msgspec import structs

from gateway.audit import exporting, verifying
from gateway.audit.leaves import Summary, payload_commitment, summarized
from gateway.audit.verifying import Report
from gateway.errors import GatewayError, Invalid, StoreError
from gateway.store import checkpoints, exposures
from gateway.store.keys import sync_folder
from gateway.store.opening import Store
from gateway.store.schema_evidence import audit_index, audit_leaves, payloads
from gateway.store.transaction import read_head

BATCH = 1000  # leaves held in memory at a time
_EXPOSURE = b'"action":"exposure.batch"'


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditHead:
    """The log's state: leaves, 32-byte root, and what the newest checkpoint covers, and since when (UTC seconds)."""

    size: int
    root: bytes
    checkpoint_size: int
    checkpoint_time: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafRow:
    """A stored leaf, and its stored hash."""

    index: int
    leaf: bytes
    hash: bytes


def head(store: Store) -> AuditHead:
    """How far the log is. Errors: StoreError."""
    with store.read() as connection:
        frontier, last = read_head(connection), checkpoints.newest(connection)
    return AuditHead(
        size=frontier.size,
        root=frontier.root(),
        checkpoint_size=last.size if last else 0,
        checkpoint_time=last.time if last else None,
    )


def leaves(connection: sa.Connection, start: int, stop: int) -> Iterator[bytes]:
    """The leaves [start, stop) that are stored, in order, a batch at a time."""
    return (row.leaf for row in rows(connection, start, stop))


def rows(connection: sa.Connection, start: int, stop: int) -> Iterator[LeafRow]:
    """The same with their hashes."""
    for first in range(start, stop, BATCH):
        wanted = (
            sa.select(audit_leaves)
            .where(audit_leaves.c.index >= first, audit_leaves.c.index < min(first + BATCH, stop))
            .order_by(audit_leaves.c.index)
        )
        for row in connection.execute(wanted).mappings():
            yield LeafRow(**row)


def verify_log(store: Store) -> Report:
    """Every leaf, stored hash, checkpoint and signature, the head, and what is kept outside the tree: in one pass.

    It raises for nothing that it reads. Errors: StoreError if the rows are out of reach.
    """
    with store.read() as connection:
        size = connection.scalar(sa.select(sa.func.max(audit_leaves.c.index)))
        stop = 0 if size is None else size + 1
        report = verifying.verify(
            leaves(connection, 0, stop),
            (row.hash for row in rows(connection, 0, stop)),
            checkpoints.notes(connection),
            store.keys.public_key,
            origin=store.keys.origin,
        )
        more = [
            *_head_problems(connection, report),
            *_index_problems(connection, report.size),
            *_payload_problems(connection),
            *_exposure_problems(connection, report.size),
        ]
    problems = (*report.problems, *more)[: verifying.MAX_PROBLEMS]
    return replace(report, ok=not problems, problems=problems)


def export_log(store: Store, folder: Path) -> None:
    """Write the log into the empty or new `folder`, for an auditor. Errors: Invalid, StoreError; GatewayError if it can't be written."""
    if folder.exists() and any(folder.iterdir()):
        raise Invalid(f"`{folder}` is not empty")
    store.checkpoint()
    with store.read() as connection:
        last = checkpoints.newest(connection)
        if last is None:
            raise Invalid("the audit log is empty: there is nothing to export")
        files = exporting.export(
            leaves(connection, 0, last.size), last.size, checkpoints.notes(connection), store.keys.vkey
        )
        try:
            for file in files:
                _write(folder / file.path, file.content)
        except OSError as error:
            raise GatewayError(f"`{folder}` can't be written: {error.strerror}") from error


def _head_problems(connection: sa.Connection, report: Report) -> Iterator[str]:
    try:
        frontier = read_head(connection)
    except (StoreError, Invalid) as error:
        yield f"the log's head: {error}"
        return
    if (frontier.size, frontier.root()) != (report.size, report.root):
        yield f"the log's head is of `{frontier.size}` leaves and does not fit the `{report.size}` that are stored"


def _index_problems(connection: sa.Connection, size: int) -> Iterator[str]:
    """Lines of the search's index that are missing, too many, or not what their leaf says: a search would not find it."""
    lines = connection.execute(
        sa.select(audit_index).order_by(audit_index.c.index).execution_options(yield_per=BATCH)
    ).mappings()
    kept = next(lines, None)
    for index, leaf in enumerate(leaves(connection, 0, size)):
        said = None
        if kept is not None and kept["index"] == index:
            said, kept = {name: kept[name] for name in Summary.__struct_fields__}, next(lines, None)
        try:
            is_so = said == structs.asdict(summarized(leaf))
        except Invalid:
            continue  # the log's own check names it
        if not is_so:
            yield f"the index of the log does not say of leaf `{index}` what the leaf says"
    if kept is not None:
        yield f"the index of the log knows of leaf `{kept['index']}`, which is not there"


def _payload_problems(connection: sa.Connection) -> Iterator[str]:
    """Payloads that are not what their leaf commits to. One that is not there was erased, which is allowed."""
    wanted = (
        sa.select(payloads.c.index, payloads.c.nonce, payloads.c.ciphertext, audit_leaves.c.leaf)
        .outerjoin(audit_leaves, audit_leaves.c.index == payloads.c.index)
        .order_by(payloads.c.index)
        .execution_options(yield_per=BATCH)
    )
    for row in connection.execute(wanted):
        if row.leaf is None or _commitment(row.leaf) != payload_commitment(row.nonce, row.ciphertext):
            yield f"leaf `{row.index}` does not commit to what is kept for it outside the log"


def _exposure_problems(connection: sa.Connection, size: int) -> Iterator[str]:
    """Segments of the exposure ledger that are missing, or not what their leaf says."""
    kept = dict(exposures.digests(connection))
    for index, leaf in enumerate(leaves(connection, 0, size)):
        if _EXPOSURE in leaf and (said := _segment_digest(leaf)) is not None and kept.pop(index, "") != said:
            yield f"what leaf `{index}` says was shown is missing from the exposure ledger, or was changed"
    for index in kept:
        yield f"the exposure ledger holds a segment for leaf `{index}`, which knows of none"


def _segment_digest(leaf: bytes) -> object:
    try:
        return json.loads(leaf)["details"].get("segment")
    except (ValueError, LookupError, TypeError, AttributeError):
        return None  # the log's own check names it


def _commitment(leaf: bytes) -> object:
    try:
        content = json.loads(leaf)
    except ValueError:
        return None
    return content.get("commitment") if isinstance(content, dict) else None


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    sync_folder(path.parent)
