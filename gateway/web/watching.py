"""The watch over live sessions: what changed in the store or in the policies reaches every open stream within a second.

The store is asked, not only this process: an end that the command line or another node wrote is seen all the same.
"""

import asyncio
import logging
from dataclasses import replace
from typing import NamedTuple

from anyio.to_thread import run_sync

from gateway.sessions import following, granting
from gateway.sessions.controls import controls_of
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
    while True:
        await asyncio.sleep(INTERVAL_S)
        rounds += 1
        watched = services.live.sessions()
        jumped = clock.now() - clock.monotonic() - drift
        drift += jumped
        try:
            due = Due(rounds % CHECKPOINT_EVERY == 0, rounds % CONDITIONS_EVERY == 0, jumped)
            rows = await run_sync(_look, services, watched, due)
        except Exception:  # INVARIANT: whatever fails here, no stream goes on unwatched
            log.exception("the watch over live sessions failed; ending this node's streams")
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


def _look(services: Services, watched: list[str], due: Due) -> dict[str, SessionRow]:
    """One round on a thread: clock, policies, and what is `due`; and `watched` as the store has it then."""
    use = services.sessions
    if abs(due.jumped_s) > JUMP_S:
        log.error("the clock jumped by %.0f s; every session is locked", due.jumped_s)
        following.lock_all(use.store, due.jumped_s)
    if use.book.refresh():
        following.follow_all(use.store, use.book.current)
    if due.sign:
        use.store.checkpoint()
        _forget_erased(services)
    if due.conditions:
        granting.end_overdue(use.store)
    if not watched:
        return {}
    rows = _read(services, watched)
    if due.conditions and (following.follow(use.store, use.book.current, rows) | use.lock_unproven(rows)):
        rows = _read(services, watched)
    return {row.id: row for row in rows}


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


def _read(services: Services, watched: list[str]) -> list[SessionRow]:
    with services.store.read() as conn:
        return sessions.by_ids(conn, watched)


def _forget_erased(services: Services) -> None:
    """Whoever was erased, by whichever process, is gone from this one's memory too."""
    held = services.renderer.cache.subjects()
    if held:
        with services.store.read() as conn:
            erased = subjects.erased(conn, held)
        if erased:
            services.renderer.cache.forget(erased)
