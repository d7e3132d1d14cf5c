"""The watch over live sessions: what changed in the store or in the policies reaches every open stream within a second.

The store is asked, not only this process: an end that the command line or another node wrote is seen all the same.
"""

import asyncio
import logging

from anyio.to_thread import run_sync

from gateway.errors import GatewayError
from gateway.sessions.following import follow_policies
from gateway.store import sessions
from gateway.web.services import Services

INTERVAL_S = 0.3
CHECKPOINT_EVERY = 3  # rounds: about once a second

log = logging.getLogger(__name__)


async def watch(services: Services) -> None:
    """Loop until cancelled. A round that fails is logged; streams go on only while rounds succeed."""
    rounds = 0
    while True:
        await asyncio.sleep(INTERVAL_S)
        rounds += 1
        try:
            await _round(services)
            if rounds % CHECKPOINT_EVERY == 0:
                await run_sync(services.store.checkpoint)
        except (GatewayError, OSError):
            log.exception("the watch over live sessions failed; ending this node's streams")
            for session in services.live.sessions():
                for stream in services.live.of(session):
                    stream.end("the server lost its store")


async def _round(services: Services) -> None:
    changed = (
        await run_sync(follow_policies, services.sessions)
        if await run_sync(services.sessions.book.refresh)
        else {}
    )
    watched = services.live.sessions()
    if not watched:
        return
    rows = await run_sync(_read, services, watched)
    for session_id in watched:
        row = rows.get(session_id)
        for stream in services.live.of(session_id):
            if row is None or row.state == "ended":
                stream.end((row and row.reason) or "the session is over")
            elif row.state == "locked":
                stream.lock(row.reason or "the session is locked")
            elif session_id in changed:
                stream.change_controls(*changed[session_id], row)


def _read(services: Services, watched: list[str]) -> dict[str, sessions.SessionRow]:
    with services.store.read() as conn:
        return {row.id: row for row in sessions.by_ids(conn, watched)}
