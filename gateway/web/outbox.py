"""What leaves one socket: in order, except that urgent words overtake every frame that is not on the wire yet."""

import asyncio
from collections import deque

from gateway.web.sockets import StreamSocket

SEND_S = 10.0  # a client that takes no byte for so long is gone

_Message = tuple[str | bytes, bytes, bool]  # as in `effects.Send`


class Outbox:
    """Writes at once while the way is free, else keeps what comes; nothing here waits.

    `over` is done once the socket was said goodbye to, or is given up.
    """

    def __init__(self, socket: StreamSocket) -> None:
        self._socket = socket
        self._loop = asyncio.get_running_loop()
        self.over: asyncio.Future[None] = self._loop.create_future()
        self._free = True
        self._waiting: deque[_Message] | None = None  # made when first something has to wait
        self._watch: asyncio.TimerHandle | None = None
        self._closing: tuple[int, str] | None = None

    def put(self, data: str | bytes, payload: bytes, *, urgent: bool) -> None:
        """Send after what waits; `urgent` drops the frames that wait, but none that is urgent itself (a blank)."""
        if self._closing is not None:
            return
        if self._free:
            self._send(data, payload)
            return
        waiting = self._waiting or deque()
        if urgent:
            waiting = deque(each for each in waiting if each[2] or isinstance(each[0], str))
        waiting.append((data, payload, urgent))
        self._waiting = waiting

    def close(self, code: int, reason: str) -> None:
        """Close the socket once what waits has left; nothing is taken after it."""
        if self._closing is None:
            self._closing = (code, reason)
            self._go_on()

    def writable(self, *, free: bool) -> None:
        """The way out is blocked, or `free` again."""
        self._free = free
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        if free:
            self._go_on()
        elif not self.over.done():
            self._watch = self._loop.call_later(SEND_S, self._give_up)

    def lost(self) -> None:
        """The socket is gone: so is what waits."""
        self._waiting, self._closing = None, self._closing or (1006, "")
        self.writable(free=True)

    def _go_on(self) -> None:
        while self._free and self._waiting:
            data, payload, _ = self._waiting.popleft()
            self._send(data, payload)
        if self._free and self._closing is not None and not self.over.done():
            self._socket.close(*self._closing)
            self.over.set_result(None)

    def _send(self, data: str | bytes, payload: bytes) -> None:
        if isinstance(data, str):
            self._socket.put(data.encode(), text=True)
        else:
            self._socket.put(data, payload)

    def _give_up(self) -> None:
        self._socket.abort()
        self.lost()
