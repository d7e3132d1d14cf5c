"""The stream's WebSocket: uvicorn's, except that messages are handed over as they come and leave as they are put.

The handshake, and every frame that is not a whole short message (parts, pings, closing, what is malformed), are the
`websockets` library's. What a hand at work sends and gets by the hundred passes no queue, no task and no copy.
"""

import asyncio
import struct
from typing import Any, Protocol

from starlette.requests import HTTPConnection
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.utils import apply_mask

_TEXT, _BINARY = 0x81, 0x82  # RFC 6455, 5.2: one whole message, nothing reserved
_MASKED = 0x80
_KEY_BYTES = 4
_SMALL, _MEDIUM = 125, 0xFFFF  # lengths that take no, two and else eight more bytes
_LENGTH = {126: struct.Struct(">H"), 127: struct.Struct(">Q")}
_MEDIUM_HEAD, _LARGE_HEAD = struct.Struct(">BBH"), struct.Struct(">BBQ")

_EXTENSION = "isinglass.socket"  # of ASGI: where the application finds the socket


class Taker(Protocol):
    """What a socket is handed over to."""

    def received(self, data: bytes) -> None:
        """A whole message came, text or binary."""
        ...

    def writable(self, *, free: bool) -> None:
        """The way out is blocked by what was put already, or is `free` again."""
        ...

    def lost(self) -> None:
        """The socket is closing or gone; may come more than once."""
        ...


def socket_of(connection: HTTPConnection) -> "StreamSocket":
    """The socket behind an ASGI `connection`. Errors: TypeError under a server that was not told to use it."""
    found = connection.get("extensions", {}).get(_EXTENSION)
    if not isinstance(found, StreamSocket):
        raise TypeError("the server must be run with gateway.web.sockets.StreamSocket")
    return found


class _Nowhere(asyncio.Queue[Any]):
    """Keeps nothing of what is put into it."""

    def __init__(self) -> None:  # the queue's own one would make what it keeps things in
        pass

    def put_nowait(self, item: Any) -> None:
        pass


class StreamSocket(WebSocketsSansIOProtocol):
    """One connection. The application accepts it, then takes it over."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._taker: Taker | None = None
        self._rest = b""  # of a frame that has not come whole

    # --- the application
    def take_over(self, taker: Taker) -> None:
        """Hand what comes from now on to `taker`, and what came since the socket was accepted."""
        self._taker = taker
        while not self.queue.empty():
            message: Any = self.queue.get_nowait()
            if message["type"] == "websocket.receive":
                text = message.get("text")
                taker.received(text.encode() if text is not None else message["bytes"])
        self.queue = (
            _Nowhere()
        )  # nobody reads it any more, nor what the handshake said: some 8 KB a connection
        del self.request, self.response
        self.read_paused = False
        self.transport.resume_reading()
        if self.transport.is_closing():
            taker.lost()

    def put(self, head: bytes, payload: bytes = b"", *, text: bool = False) -> None:
        """Send one message, `head` and then `payload`; nothing on a socket that is closing."""
        if self.close_sent or self.transport.is_closing():
            return
        size, kind = len(head) + len(payload), _TEXT if text else _BINARY
        if size <= _SMALL:
            frame = bytes((kind, size))
        elif size <= _MEDIUM:
            frame = _MEDIUM_HEAD.pack(kind, 126, size)
        else:
            frame = _LARGE_HEAD.pack(kind, 127, size)
        if payload:
            self.transport.writelines((frame + head, payload))
        else:
            self.transport.write(frame + head)

    def close(self, code: int, reason: str) -> None:
        """Say goodbye; the connection ends with the client's answer, or without one after a while."""
        if self.close_sent or self.transport.is_closing():
            return
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.close)

    def abort(self) -> None:
        """Drop the connection, and what waits in it."""
        self.transport.abort()

    def listen(self, *, on: bool) -> None:
        """Take bytes from the connection, or leave them there."""
        if on:
            self.transport.resume_reading()
        else:
            self.transport.pause_reading()

    # --- the connection
    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if not self.close_sent:
            extensions: Any = self.scope["extensions"]
            extensions[_EXTENSION] = self

    def data_received(self, data: bytes) -> None:
        if not self.handshake_initiated:  # uvicorn gives the request alone
            super().data_received(data)
            return
        if self._rest:
            data, self._rest = self._rest + data, b""
        start = 0
        while start < len(data):
            end = self._end(data, start)
            if end is None:
                super().data_received(data[start:])
                break
            if end > len(data):
                self._rest = data[start:]
                break
            self._frame(data, start, end)
            start = end
        if self._taker is not None and self.transport.is_closing():
            self._taker.lost()

    def _end(self, data: bytes, start: int) -> int | None:
        """Where the frame ends that begins at `start`, as far as can be seen: beyond `data` if it is not whole.

        None for one that is larger than a message may be: the library refuses it by its head.
        """
        if len(data) - start < 2:
            return len(data) + 1
        length, masked = data[start + 1] & 0x7F, data[start + 1] & _MASKED
        body = start + 2 + (_KEY_BYTES if masked else 0)
        more = _LENGTH.get(length)
        if more is not None:
            if len(data) - start < 2 + more.size:
                return len(data) + 1
            (length,) = more.unpack_from(data, start + 2)
            body += more.size
        return None if length > self.config.ws_max_size else body + length

    def _frame(self, data: bytes, start: int, end: int) -> None:
        taker, length = self._taker, data[start + 1] ^ _MASKED
        if taker is None or data[start] != _TEXT or length > 126 or self.frames or self.close_sent:
            super().data_received(data[start:end])
            return
        body = start + (2 if length <= _SMALL else 4) + _KEY_BYTES
        taker.received(apply_mask(data[body:end], data[body - _KEY_BYTES : body]))

    def send_receive_event_to_app(self) -> None:
        if self._taker is None:
            super().send_receive_event_to_app()
            return
        parts, self.frames = self.frames, []
        if not self.close_sent:
            self._taker.received(b"".join(parts))

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._taker is not None:
            self._taker.writable(free=False)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._taker is not None:
            self._taker.writable(free=True)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._taker is not None:
            self._taker.lost()

    def shutdown(self) -> None:
        super().shutdown()
        if self._taker is not None:
            self._taker.lost()
