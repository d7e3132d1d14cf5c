"""The exposure ledger's writer: frames of all streams are recorded in shared transactions, and a frame waits for its own.

Under load one fsync carries many frames; alone, a frame waits for one commit.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from anyio.to_thread import run_sync

from gateway.audit.events import Event, EventCode
from gateway.errors import StoreError
from gateway.store import exposures, sessions
from gateway.store.exposures import ExposureRow
from gateway.store.opening import Store
from gateway.stream.effects import Exposure


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A frame on its way to a session of `user`."""

    session: str
    user: str
    exposure: Exposure


class Ledger:
    """Records exposures; used on the event loop, with `run` as a task of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[tuple[Seen, asyncio.Future[None]]] = []
        self._drawn: dict[tuple[str, int], float] = {}
        self._touched: dict[str, float] = {}
        self._wake = asyncio.Event()

    async def record(self, seen: Seen) -> None:
        """Return once `seen` is durable. Errors: StoreError, and then the frame must not leave."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((seen, done))
        self._wake.set()
        await done

    def drawn(self, session: str, seq: int, at: float) -> None:
        """Note when a frame stood on screen; written along with the next exposures, best effort."""
        self._drawn[session, seq] = at

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
        finally:
            with contextlib.suppress(StoreError):
                await self._flush()

    async def _flush(self) -> None:
        self._wake.clear()
        batch, self._waiting = self._waiting, []
        drawn, self._drawn = self._drawn, {}
        touched, self._touched = self._touched, {}
        error: StoreError | None = None
        try:
            await run_sync(self._write, [seen for seen, _ in batch], drawn, touched)
        except Exception as cause:  # noqa: BLE001 - whatever failed, nothing was recorded and no frame may leave
            error = StoreError(f"the exposure ledger can't be written: {type(cause).__name__}")
        for _, done in batch:
            if done.cancelled():
                continue
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)

    def _write(
        self, batch: Sequence[Seen], drawn: dict[tuple[str, int], float], touched: dict[str, float]
    ) -> None:
        if batch:
            with self._store.write() as tx:
                exposures.add_batch(tx, [_row(seen) for seen in batch])
                for event in _events(batch):
                    tx.append(event)
        if drawn or touched:
            with self._store.upkeep() as conn:
                exposures.mark_drawn(conn, drawn)
                sessions.touch_all(conn, touched)


def _row(seen: Seen) -> ExposureRow:
    shown = seen.exposure
    return ExposureRow(
        session=seen.session,
        seq=shown.seq,
        item=shown.view.item,
        time=shown.time,
        view=shown.view,
        digest=shown.digest,
        lossless=shown.lossless,
        epoch=shown.epoch,
        drawn=None,
    )


def _events(batch: Sequence[Seen]) -> list[Event]:
    """One event for each session and item of the batch."""

    def key(seen: Seen) -> tuple[str, str]:
        return seen.session, seen.exposure.view.item

    events = []
    for (session, item), group in groupby(sorted(batch, key=key), key=key):
        frames = list(group)
        seqs = [seen.exposure.seq for seen in frames]
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
                    "lossless": sum(seen.exposure.lossless for seen in frames),
                },
            )
        )
    return events
