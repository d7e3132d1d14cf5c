"""The exposure ledger's writer: frames are journalled before they leave, and committed once a second, all streams at once.

A frame waits for a write to the journal, which outlives this process; not for the disk, which may take longer than the
frame did. When the ledger can't be written, no frame leaves until it can. What is journalled is a piece of its session's
open segment; a segment that is old, or over, is sealed into the audit log (`store.exposures`).
"""

import asyncio
import contextlib
from dataclasses import dataclass, field
from pathlib import Path

from anyio.to_thread import run_sync

from gateway.errors import StoreError
from gateway.store import exposures, sessions
from gateway.store.journal import Entry, Journal, leftovers
from gateway.store.opening import Store
from gateway.store.segments import Piece, Term
from gateway.stream.effects import Exposure
from gateway.stream.viewlog import Told
from gateway.web.track import Closed, Scene, Track

FLUSH_S = 1.0
MAX_WAITING = 20_000  # frames: when so many wait the store is too slow for them all
LEFT_EVERY_S, LEFT_S = 60.0, 300.0  # no server that runs leaves a piece unsealed for so long


@dataclass(slots=True)
class _Batch:
    """What one transaction writes. `closed`: with the last piece of each."""

    pieces: list[Piece] = field(default_factory=list)
    closed: list[tuple[Closed, Piece]] = field(default_factory=list)
    terms: dict[str, Term] = field(default_factory=dict)
    touched: dict[str, float] = field(default_factory=dict)

    def before(self, later: "_Batch") -> "_Batch":
        """This one, which failed, and what came after it."""
        return _Batch(
            pieces=self.pieces + later.pieces,
            closed=self.closed + later.closed,
            terms=self.terms | later.terms,
            touched=self.touched | later.touched,
        )


class Ledger:
    """Records exposures; used on the event loop, with `run` as a task of its own."""

    def __init__(self, store: Store, journal: Journal) -> None:
        self._store = store
        self._journal = journal
        self._tracks: dict[str, Track] = {}
        self._waiting = _Batch()
        self._kept: set[str] = set()  # terms that are in the store
        self._number = 0
        self._wake = asyncio.Event()
        self._error: StoreError | None = None
        self._looked = float("-inf")

    # --- what happened
    def record(self, scene: Scene, seen: Exposure) -> None:
        """Return once `seen` outlives this process. Errors: StoreError, and then the frame must not leave.

        Of a session whose policy keeps no views nothing is written: its openings are in the audit log before its frames.
        """
        if not scene.kept:
            self.leave(scene.session, seen.time)
            return
        if self._error is not None:
            raise self._error
        if len(self._waiting.pieces) >= MAX_WAITING:
            raise StoreError("the exposure ledger can't keep up")
        track = self._tracks.get(scene.session)
        if track is None:
            track = self._tracks[scene.session] = Track()
        self._journal_now(scene, track, track.frame(scene, seen))

    def told(self, scene: Scene, told: Told) -> bool:
        """Return once the telling of a value outlives this process; False, and it must not be told, where no views are kept.

        Errors: StoreError, and then it must not be told either.
        """
        track = self._tracks.get(scene.session)
        if not scene.kept or track is None:
            return False
        if self._error is not None:
            raise self._error
        self._journal_now(scene, track, track.told(scene, told))
        return True

    def _journal_now(self, scene: Scene, track: Track, closed: Closed | None) -> None:
        if closed is not None:
            self._seal(closed)
        terms = self._untold(scene)
        piece = self._piece(scene.session, track.take())
        try:
            self._journal.append(Entry(piece=piece, terms=terms))
        except StoreError:
            del self._tracks[scene.session]  # what it holds is not what leaves
            raise
        self._waiting.pieces.append(piece)
        self._waiting.terms.update({term.id: term for term in terms})
        self._wake.set()

    def _untold(self, scene: Scene) -> tuple[Term, ...]:
        """Both terms of `scene`, unless the store has them: one that it has is passed over there."""
        kept = scene.order.id in self._kept and scene.controls.id in self._kept
        return () if kept else (scene.order, scene.controls)

    def drawn(self, session: str, seq: int, at: float) -> None:
        """Note when a frame stood on screen; written along with the next exposures, best effort."""
        if session in self._tracks:
            self._tracks[session].drawn(seq, at)
            self._wake.set()

    def gone(self, session: str, at: float) -> None:
        """Note that the picture was taken away; written likewise."""
        if session in self._tracks:
            self._tracks[session].gone(at)
            self._wake.set()

    def put_away(self, session: str, count: int, at: float) -> None:
        """Note that panes from `count` on are not shown any more; written likewise."""
        if session in self._tracks:
            self._tracks[session].put_away(count, at)
            self._wake.set()

    def leave(self, session: str, at: float) -> None:
        """The session's stream is over: what it was shown is sealed."""
        track = self._tracks.pop(session, None)
        if track is not None:
            track.gone(at)
            self._close(track)

    def touch(self, session: str, at: float) -> None:
        """Note the session's last input; written along, best effort."""
        self._waiting.touched[session] = at
        self._wake.set()

    def _close(self, track: Track) -> None:
        closed = track.close()
        if closed is not None:
            self._seal(closed)

    def _seal(self, closed: Closed) -> None:
        self._waiting.closed.append((closed, self._piece(closed.scene.session, b"")))
        self._wake.set()

    def _piece(self, session: str, data: bytes) -> Piece:
        self._number = max(self._number + 1, int(self._store.clock.now() * 1e6))
        return Piece(session=session, writer=self._store.boot, number=self._number, data=data)

    # --- writing
    async def run(self) -> None:
        """Write until cancelled; what waits then is written first, and all is sealed."""
        try:
            while True:
                await self._wake.wait()
                await self._flush()
                await asyncio.sleep(FLUSH_S)
        finally:
            for track in self._tracks.values():
                self._close(track)
            with contextlib.suppress(StoreError):
                await self._flush()
            self._journal.close()

    async def _flush(self) -> None:
        self._wake.clear()
        self._gather()
        batch, self._waiting = self._waiting, _Batch()
        self._journal.turn()
        try:
            await run_sync(self._write, batch)
        except Exception as cause:  # noqa: BLE001 - whatever failed, nothing was recorded and no frame may leave
            self._error = StoreError(f"the exposure ledger can't be written: {type(cause).__name__}")
            self._waiting = batch.before(self._waiting)
            self._wake.set()
        else:
            self._error = None
            self._kept.update(batch.terms)
            self._journal.clear()

    def _gather(self) -> None:
        """Put what no frame carried, and segments that are long, to what waits."""
        now = self._store.clock.now()
        for session, track in self._tracks.items():
            if track.is_long(now):
                self._close(track)
            data = track.take()
            if data:
                self._waiting.pieces.append(self._piece(session, data))

    def _write(self, batch: _Batch) -> None:
        with self._store.write() as tx:
            exposures.keep_terms(tx.connection, list(batch.terms.values()))
            sessions.touch_all(tx.connection, batch.touched)
            exposures.add_pieces(tx.connection, batch.pieces)
            for closed, last in batch.closed:
                exposures.seal(
                    tx, closed.segment, actor=closed.scene.user, policy=closed.scene.policy, last=last
                )
            now = self._store.clock.monotonic()
            if now - self._looked >= LEFT_EVERY_S:
                exposures.seal_left(tx, before=tx.now - LEFT_S)
                self._looked = now


def take_leftovers(store: Store, folder: Path) -> int:
    """Seal what killed processes left in `folder` and in the store; how many segments that were. Errors: StoreError."""
    with leftovers(folder) as left:
        if not left.names:
            return 0
        with store.write() as tx:
            exposures.keep_terms(tx.connection, [term for entry in left.entries for term in entry.terms])
            pieces = exposures.missing(tx.connection, [entry.piece for entry in left.entries])
            exposures.add_pieces(tx.connection, pieces)
            return exposures.seal_left(tx, writers=left.names)
