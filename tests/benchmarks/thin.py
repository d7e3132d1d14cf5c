"""A client that costs next to nothing: a raw WebSocket (RFC 6455) over asyncio, frames counted and not decoded."""

import asyncio
import base64
import json
import os
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gateway.stream.messages import SUBPROTOCOL
from tests.benchmarks.studio import Seat, Studio

PATIENCE_S = 60.0  # what is waited for comes in milliseconds; a busy machine is no failure
_CLOSE, _PING = 8, 9
_ANSWERS = {_CLOSE: 0x88, _PING: 0x8A}


@dataclass(frozen=True, slots=True)
class Got:
    """A frame that came: when (monotonic s), the view seq that it answers, its flags, its bytes with all headers."""

    at: float
    seq: int
    answers: int
    lossless: bool
    blank: bool
    size: int


class Thin(asyncio.Protocol):
    """One stream. `frames` are all frames that came; each is acknowledged at once."""

    def __init__(self) -> None:
        self.frames: list[Got] = []
        self.texts: list[dict[str, Any]] = []
        self.on_frame: Callable[[Got], None] | None = None
        self.ended = False
        self.closed = asyncio.Event()
        self.keep: list[bytes] | None = None  # set to a list to keep the messages
        self._buffer = bytearray()
        self._open = False
        self._news = asyncio.Event()
        self._transport: asyncio.Transport | None = None

    # --- asyncio
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        self.closed.set()
        self._news.set()

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer
        buffer += data
        if not self._open:
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            assert buffer.startswith(b"HTTP/1.1 101"), bytes(buffer[:200])
            del buffer[: end + 4]
            self._open = True
        start = 0
        while (stop := self._message(start)) is not None:
            start = stop
        if start:
            del buffer[:start]
        self._news.set()

    def _message(self, start: int) -> int | None:
        """Take the message that begins at `start`; where it ends, None if it is not whole."""
        buffer = self._buffer
        if len(buffer) - start < 2:
            return None
        kind, length = buffer[start] & 15, buffer[start + 1] & 127
        body = start + 2
        if length == 126:
            if len(buffer) - start < 4:
                return None
            (length,) = struct.unpack_from(">H", buffer, body)
            body += 2
        elif length == 127:
            if len(buffer) - start < 10:
                return None
            (length,) = struct.unpack_from(">Q", buffer, body)
            body += 8
        stop = body + length
        if len(buffer) < stop:
            return None
        if kind == 2:
            self._frame(body, length, stop - start)
        elif kind == 1:
            self.texts.append(json.loads(bytes(buffer[body:stop])))
        elif (
            kind in _ANSWERS and self._transport is not None
        ):  # RFC 6455, 5.5: the answer carries the same bytes
            self.ended = self.ended or kind == _CLOSE
            self._transport.write(bytes((_ANSWERS[kind], 0x80 | length)) + b"\0\0\0\0" + buffer[body:stop])
        return stop

    def _frame(self, body: int, length: int, size: int) -> None:
        kind, _, flags, seq, answers = struct.unpack_from("<xBBBII", self._buffer, body)
        if self.keep is not None:
            self.keep.append(bytes(self._buffer[body : body + length]))
        got = Got(time.monotonic(), seq, answers, bool(flags & 1), kind == 2, size)
        self.frames.append(got)
        if kind == 1:
            self.say(b'{"t":"ack","seq":%d,"held_ms":0}' % seq)
        if self.on_frame is not None:
            self.on_frame(got)

    # --- out
    def say(self, text: bytes) -> None:
        """Send one text message; the mask of a client is all zeros, which RFC 6455 permits a test."""
        assert self._transport is not None
        size = len(text)
        head = bytes((0x81, 0x80 | size)) if size < 126 else struct.pack(">BBH", 0x81, 0x80 | 126, size)
        self._transport.write(head + b"\0\0\0\0" + text)

    def look(self, item: str, frame: int, seq: int, **changes: object) -> None:
        """Ask for a view: 1024 x 1024 of a 512 x 512 slice unless changed."""
        view: dict[str, object] = {"width": 1024, "height": 1024, "x": 256.0, "y": 256.0, "scale": 2.0}
        message = {"t": "view", "seq": seq, "item": item, "frame": frame, **view, **changes}
        self.say(json.dumps(message).encode())

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    # --- in
    async def text(self, kind: str, within_s: float = PATIENCE_S) -> dict[str, Any]:
        """The first message of `kind`, taken out."""

        def find() -> dict[str, Any] | None:
            for k, message in enumerate(self.texts):
                if message["t"] == kind:
                    return self.texts.pop(k)
            return None

        return await self.until(find, within_s)

    async def until(self, find: Callable[[], Any], within_s: float = PATIENCE_S) -> Any:
        """What `find` gives back once it is not None, nor False."""
        async with asyncio.timeout(within_s):
            while not (found := find()):
                assert not self.ended, f"the stream ended: {self.texts}"
                self._news.clear()
                await self._news.wait()
            return found


async def connect(
    studio: Studio, seat: Seat, port: int, *, through: int | None = None, video: bool = False
) -> Thin:
    """A welcomed stream of `seat`; `through` another port, where a proxy listens. `video`: it could decode one."""
    loop = asyncio.get_running_loop()
    _, stream = await loop.create_connection(Thin, "127.0.0.1", through or port)
    key = base64.b64encode(os.urandom(16)).decode()
    request = (
        f"GET /stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
        f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\nCookie: {seat.cookie}\r\n\r\n"
    )
    assert stream._transport is not None
    stream._transport.write(request.encode())
    await stream.until(lambda: stream._open)
    # It is good for seconds, and a server that starts again opens late.
    ticket = await loop.run_in_executor(None, studio.ticket, seat)
    stream.say(json.dumps({"t": "hello", "ticket": ticket, "video": video}).encode())
    await stream.text("welcome")
    return stream


async def open_task(stream: Thin) -> dict[str, Any]:
    """The next task's message."""
    stream.say(b'{"t":"next"}')
    return await stream.text("task")
