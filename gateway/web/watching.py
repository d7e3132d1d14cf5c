"""The watch over live sessions: what changed in the store or in the policies reaches every open stream within a second.

The store is asked, not only this process: an end that the command line or another node wrote is seen all the same. What
an admin did in this process is looked at once it is done.
"""

import asyncio
import logging
from dataclasses import replace
from typing import NamedTuple

from anyio.to_thread import run_sync

from gateway.sessions import following, granting
from gateway.sessions.controls import controls_of, settled
from gateway.sessions.following import Known
from gateway.store import sessions, subjects
from gateway.store.sessions import SessionRow
from gateway.web.live import LiveStream
from gateway.web.services import Services

INTERVAL_S = 0.3
JUMP_S = 10.0  # a step of the clock, not its slewing; hours, ends and credentials depend on it
CHECKPOINT_EVERY = 3  # rounds: about once a second
CONDITIONS_EVERY = (
    2  # rounds: a lost credential ends a session within a second at the worst, with a busy store's time
)

log = logging.getLogger(__name__)


async def watch(services: Services) -> None:
    """Loop until cancelled. A round that fails is logged; streams go on only while rounds succeed."""
    rounds = 0
    clock = services.clock
    drift = clock.now() - clock.monotonic()
    watch = Watch(services)
    loop = asyncio.get_running_loop()
    next_at = 0.0
    while True:
        if loop.time() >= next_at:
            next_at = loop.time() + INTERVAL_S
        await services.live.changed(next_at)
        between = loop.time() < next_at
        rounds += not between
        watched = services.live.sessions()
        jumped = clock.now() - clock.monotonic() - drift
        drift += jumped
        try:
            due = Due(
                not between and rounds % CHECKPOINT_EVERY == 0,
                not between and rounds % CONDITIONS_EVERY == 0,
                jumped,
            )
            rows = await run_sync(watch.look, watched, due)
        except Exception:  # INVARIANT: whatever fails here, no stream goes on unwatched
            log.exception("the watch over live sessions failed; ending this node's streams")
            watch = Watch(services)
            for session in services.live.sessions():
                for stream in services.live.of(session):
                    stream.end("the server lost its store")
            continue
        for session in watched:
            for stream in services.live.of(session):
                _follow(stream, rows.get(session), clock.now())


class Due(NamedTuple):
    """What this round has to do beside looking: sign a checkpoint, check conditions; and how far the clock jumped."""

    sign: bool
    conditions: bool
    jumped_s: float


class Watch:
    """What the watch knows already. Rows are read again where the audit log has grown: nothing else changes them.

    But for who looks over a shoulder, which is noted without an event while it lasts.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._use = services.sessions
        self._size = -1  # of the log, when rows were read last
        self._signed = (-1, -1)  # the same at the last two rounds that signed
        self._rows: dict[str, SessionRow] = {}
        self._known: Known | None = None
        self._grant_ends = 0.0

    def look(self, watched: list[str], due: Due) -> dict[str, SessionRow]:
        """One round on a thread: clock, policies, and what is `due`; and `watched` as the store has it then."""
        store, book = self._use.store, self._use.book
        if abs(due.jumped_s) > JUMP_S:
            log.error("the clock jumped by %.0f s; every session is locked", due.jumped_s)
            following.lock_all(store, due.jumped_s)
        size = store.growth.size()
        grew = size != self._size
        if book.refresh(stored=grew):
            following.follow_all(store, book.current)
            grew = True
        if due.sign:
            self._sign(size)
        if grew:
            self._grant_ends = 0.0
        if due.conditions and store.clock.now() >= self._grant_ends:
            ended = granting.end_overdue(store)
            self._grant_ends = granting.next_end(store)
            grew = grew or ended > 0
        self._read(watched, anew=grew)
        self._size = size
        if due.conditions and self._decide():
            self._read(watched, anew=True)
        return self._rows

    def _sign(self, size: int) -> None:
        before, self._signed = self._signed, (self._signed[1], size)
        if before == (size, size):
            return
        self._use.store.checkpoint()
        _forget_erased(self._services)  # once more a round later: what was being read then is in memory now

    def _read(self, watched: list[str], *, anew: bool) -> None:
        """Bring what is known of `watched` up to date: of all if `anew`, else of those that are new or looked at."""
        now, held = self._services.clock.now(), self._rows
        wanted = {
            session for session in watched if anew or session not in held or held[session].watched_until > now
        }
        if anew:
            self._known = None
        if not wanted:
            if len(held) != len(watched):
                self._rows = {session: held[session] for session in watched}
            return
        with self._use.store.read() as connection:
            found = {
                row.id: _shared(row, held.get(row.id)) for row in sessions.by_ids(connection, list(wanted))
            }
        left = {session: held[session] for session in watched if session not in wanted}
        self._rows = left | found

    def _decide(self) -> bool:
        """Check the conditions of the sessions by what is known; whether one ended, was locked or got other controls."""
        use, rows = self._use, list(self._rows.values())
        if not rows:
            return False
        known = self._known
        if known is None or not known.people.keys() >= {row.user for row in rows}:
            known = self._known = following.read_known(use.store, rows)
        known = replace(known, now=use.store.clock.now())
        return following.follow(use.store, use.book.current, rows, known=known) | use.lock_unproven(rows)


def _shared(row: SessionRow, before: SessionRow | None) -> SessionRow:
    """`row` for long: its controls are the dict that others with the same ones hold."""
    if before is not None and before.controls == row.controls:
        return replace(row, controls=before.controls)
    return settled(row)


def _follow(stream: LiveStream, row: SessionRow | None, now: float) -> None:
    """Bring `stream` to what the store says of its session, whichever process wrote it there."""
    if row is None or row.state == "ended":
        stream.end((row and row.reason) or "the session is over")
        return
    if row.state == "locked":
        stream.lock(row.reason or "the session is locked")
        return
    if 0 < stream.number < row.streams:
        stream.end("it was opened in another tab")
        return
    if row.notice and row.notice != stream.session.notice:
        stream.tell(f"from an admin: {row.notice['text']}", replace(stream.session, notice=row.notice))
    if (row.policy_digest, row.controls) != (stream.session.policy_digest, stream.session.controls):
        stream.change_controls(controls_of(row), tuple(row.policies), row)
    stream.watched(on=row.watched_until > now and controls_of(row).shadow_notice)


def _forget_erased(services: Services) -> None:
    """Whoever was erased, by whichever process, is gone from this one's memory too."""
    held = services.renderer.cache.subjects()
    if held:
        with services.store.read() as conn:
            erased = subjects.erased(conn, held)
        if erased:
            services.renderer.cache.forget(erased)
