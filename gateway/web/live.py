"""The streams that are open on this node, so that a lock, an end or a change of policy reaches them at once."""

import asyncio
import contextlib
from collections import defaultdict
from typing import Protocol

from gateway.store.sessions import SessionRow
from policies.controls import Controls


class LiveStream(Protocol):
    """An open stream, as the rest of the server sees it. Called on the event loop."""

    @property
    def session(self) -> SessionRow:
        """The session with the controls that are in force on the stream."""
        ...

    @property
    def number(self) -> int:
        """Its number among the session's streams, from 1; 0 before it is open."""
        ...

    def end(self, reason: str) -> None:
        """Blank the picture, say why, close."""
        ...

    def lock(self, reason: str) -> None:
        """Blank the picture and send the person to sign in again."""
        ...

    def tell(self, text: str, session: SessionRow) -> None:
        """Show the person a line from an admin."""
        ...

    def watched(self, *, on: bool) -> None:
        """Tell the person whether an admin looks over their shoulder."""
        ...

    def change_controls(self, controls: Controls, policies: tuple[str, ...], session: SessionRow) -> None:
        """Put other controls in force."""
        ...


class LiveStreams:
    """Open streams by session. Used on the event loop only."""

    def __init__(self) -> None:
        self._open: defaultdict[str, set[LiveStream]] = defaultdict(set)
        self._changed = asyncio.Event()

    def change(self) -> None:
        """Somebody did a thing here that may concern an open stream: let the watch look now."""
        self._changed.set()

    async def changed(self, until: float) -> None:
        """Wait for a `change`, of which each is told once, or until then by the loop's clock."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self._changed.wait()
        self._changed.clear()

    def add(self, session: str, stream: LiveStream) -> None:
        """Remember `stream` until `remove`."""
        self._open[session].add(stream)

    def remove(self, session: str, stream: LiveStream) -> None:
        """Forget `stream`."""
        self._open[session].discard(stream)
        if not self._open[session]:
            del self._open[session]

    def sessions(self) -> list[str]:
        """Sessions with an open stream."""
        return list(self._open)

    def of(self, session: str) -> list[LiveStream]:
        """The open streams of `session`."""
        return list(self._open.get(session, ()))
