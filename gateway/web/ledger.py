"""The exposure ledger's writer: frames are journalled before they leave, and committed twice a second, all streams at once.

A frame waits for a write to the journal, which outlives this process; not for the disk, which may take longer than the
frame did. When the ledger can't be written, no frame leaves until it can.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from anyio.to_thread import run_sync

from gateway.audit.events import Event, EventCode
from gateway.errors import StoreError
from gateway.store import exposures, sessions
from gateway.store.exposures import ExposureRow
from gateway.store.journal import Entry, Journal, leftovers
from gateway.store.opening import Store
from gateway.stream.effects import Exposure

FLUSH_S = 0.5
MAX_WAITING = 20_000  # frames: when so many wait the store is too slow for them all


class Ledger:
    """Records exposures; used on the event loop, with `run` as a task of its own."""

    def __init__(self, store: Store, journal: Journal) -> None:
        self._store = store
        self._journal = journal
        self._waiting: list[Entry] = []
        self._drawn: dict[tuple[str, int], float] = {}
        self._touched: dict[str, float] = {}
        self._wake = asyncio.Event()
        self._error: StoreError | None = None

    def record(self, session: str, user: str, seen: Exposure) -> None:
        """Return once `seen` outlives this process. Errors: StoreError, and then the frame must not leave."""
        if self._error is not None:
            raise self._error
        if len(self._waiting) >= MAX_WAITING:
            raise StoreError("the exposure ledger can't keep up")
        entry = Entry(user=user, row=_row(session, seen))
        self._journal.append(entry)
        self._waiting.append(entry)
        self._wake.set()

    def drawn(self, session: str, seq: int, at: float) -> None:
        """Note when a frame stood on screen; written along with the next exposures, best effort."""
        self._drawn[session, seq] = at
        self._wake.set()

    def touch(self, session: str, at: float) -> None:
        """Note the session's last input; written along, best effort."""
        self._touched[session] = at
        self._wake.set()

    async def run(self) -> None:
        """Write until cancelled; what waits then is written first."""
        try:
            while True:
                await self._wake.wait()
                await self._flush()
                await asyncio.sleep(FLUSH_S)
        finally:
            with contextlib.suppress(StoreError):
                await self._flush()
            self._journal.close()

    async def _flush(self) -> None:
        self._wake.clear()
        batch = self._waiting
        self._waiting = []
        drawn, self._drawn = self._drawn, {}
        touched, self._touched = self._touched, {}
        self._journal.turn()
        try:
            await run_sync(self._write, batch, drawn, touched)
        except Exception as cause:  # noqa: BLE001 - whatever failed, nothing was recorded and no frame may leave
            self._error = StoreError(f"the exposure ledger can't be written: {type(cause).__name__}")
            self._waiting = batch + self._waiting
            self._wake.set()
        else:
            self._error = None
            self._journal.clear()

    def _write(
        self, batch: Sequence[Entry], drawn: dict[tuple[str, int], float], touched: dict[str, float]
    ) -> None:
        if batch:
            rows = [
                replace(entry.row, drawn=drawn.pop((entry.row.session, entry.row.seq), None))
                for entry in batch
            ]
            with self._store.write() as tx:
                exposures.add_batch(tx, rows)
                for event in _events(batch):
                    tx.append(event)
        if drawn or touched:
            with self._store.upkeep() as conn:
                exposures.mark_drawn(conn, drawn)
                sessions.touch_all(conn, touched)


def take_leftovers(store: Store, folder: Path) -> int:
    """Put what killed processes left in `folder` into the ledger; how many frames that were. Errors: StoreError."""
    with leftovers(folder) as entries:
        by_session = defaultdict(list)
        for entry in entries:
            by_session[entry.row.session].append(entry)
        with store.read() as connection:
            missing = [
                entry
                for session, those in by_session.items()
                for known in [exposures.known(connection, session, [one.row.seq for one in those])]
                for entry in those
                if entry.row.seq not in known
            ]
        if missing:
            with store.write() as tx:
                exposures.add_batch(tx, [entry.row for entry in missing])
                for event in _events(missing):
                    tx.append(event)
    return len(missing)


def _row(session: str, shown: Exposure) -> ExposureRow:
    return ExposureRow(
        session=session,
        seq=shown.seq,
        item=shown.view.item,
        time=shown.time,
        view=shown.view,
        digest=shown.digest,
        lossless=shown.lossless,
        epoch=shown.epoch,
    )


def _events(batch: Sequence[Entry]) -> list[Event]:
    """One event for each session and item of the batch."""

    def key(entry: Entry) -> tuple[str, str]:
        return entry.row.session, entry.row.item

    events = []
    for (session, item), group in groupby(sorted(batch, key=key), key=key):
        frames = list(group)
        seqs = [entry.row.seq for entry in frames]
        events.append(
            Event(
                code=EventCode.EXPOSURE_BATCH,
                actor=frames[0].user,
                session=session,
                object=item,
                details={
                    "count": len(frames),
                    "first": min(seqs),
                    "last": max(seqs),
                    "lossless": sum(entry.row.lossless for entry in frames),
                },
            )
        )
    return events
