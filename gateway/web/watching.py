"""The watch over live sessions: what changed in the store or in the policies reaches every open stream within a second.

The store is asked, not only this process: an end that the command line or another node wrote is seen all the same.
"""

import asyncio
import logging

from anyio.to_thread import run_sync

from gateway.errors import GatewayError
from gateway.sessions.controls import controls_of
from gateway.sessions.following import follow_policies
from gateway.store import sessions
from gateway.store.sessions import SessionRow
from gateway.web.live import LiveStream
from gateway.web.services import Services

INTERVAL_S = 0.35
CHECKPOINT_EVERY = 3  # rounds: about once a second

log = logging.getLogger(__name__)


async def watch(services: Services) -> None:
    """Loop until cancelled. A round that fails is logged; streams go on only while rounds succeed."""
    rounds = 0
    while True:
        await asyncio.sleep(INTERVAL_S)
        rounds += 1
        watched = services.live.sessions()
        try:
            rows = await run_sync(_look, services, watched, rounds % CHECKPOINT_EVERY == 0)
        except (GatewayError, OSError):
            log.exception("the watch over live sessions failed; ending this node's streams")
            for session in services.live.sessions():
                for stream in services.live.of(session):
                    stream.end("the server lost its store")
            continue
        for session in watched:
            for stream in services.live.of(session):
                _follow(stream, rows.get(session))


def _look(services: Services, watched: list[str], sign: bool) -> dict[str, SessionRow]:  # noqa: FBT001 - run_sync passes positions
    """One round on a thread: the policies, the sessions in `watched` as the store has them, and a checkpoint if `sign`."""
    if services.sessions.book.refresh():
        follow_policies(services.sessions)
    if sign:
        services.store.checkpoint()
    if not watched:
        return {}
    with services.store.read() as conn:
        return {row.id: row for row in sessions.by_ids(conn, watched)}


def _follow(stream: LiveStream, row: SessionRow | None) -> None:
    """Bring `stream` to what the store says of its session, whichever process wrote it there."""
    if row is None or row.state == "ended":
        stream.end((row and row.reason) or "the session is over")
    elif row.state == "locked":
        stream.lock(row.reason or "the session is locked")
    elif row.controls != stream.session.controls:
        stream.change_controls(controls_of(row), tuple(row.policies), row)
