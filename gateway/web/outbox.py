"""What leaves one socket: in order, except that urgent words overtake every frame that is not on the wire yet."""

import asyncio
from collections import deque

from starlette.websockets import WebSocket

SEND_S = 10.0  # a client that takes no byte for so long is gone


class Outbox:
    """Sends in a task of its own, so that a slow reader never holds up the stream's decisions."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._waiting: deque[tuple[str | bytes, bool]] = deque()
        self._news: asyncio.Future[None] | None = None  # what `run` waits for while there is nothing to send
        self._late = False
        self._closing: tuple[int, str] | None = None

    def put(self, data: str | bytes, *, urgent: bool) -> None:
        """Send `data` after what waits; `urgent` drops the frames that wait, but none that is urgent itself (a blank)."""
        if self._closing is not None:
            return
        if urgent:
            self._waiting = deque(each for each in self._waiting if each[1] or isinstance(each[0], str))
        self._waiting.append((data, urgent))
        self._wake()

    def close(self, code: int, reason: str) -> None:
        """Close the socket once what waits has left; nothing is taken after it."""
        if self._closing is None:
            self._closing = (code, reason)
            self._wake()

    async def run(self) -> None:
        """Send until closed. Errors: TimeoutError for a client that takes nothing; what the socket raises when it is gone."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        while True:
            while self._waiting:
                data, _ = self._waiting.popleft()
                # As asyncio.timeout does, without its cost: this runs for each frame.
                watch = loop.call_later(SEND_S, self._give_up, task)
                try:
                    if isinstance(data, str):
                        await self._socket.send_text(data)
                    else:
                        await self._socket.send_bytes(data)
                except asyncio.CancelledError:
                    if self._late:
                        raise TimeoutError("a client takes nothing") from None
                    raise
                finally:
                    watch.cancel()
            if self._closing is not None:
                async with asyncio.timeout(SEND_S):
                    await self._socket.close(*self._closing)
                return
            self._news = loop.create_future()
            await self._news

    def _give_up(self, task: "asyncio.Task[object]") -> None:
        self._late = True
        task.cancel()

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)
