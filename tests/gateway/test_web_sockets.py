"""Whatever way a client cuts its messages, the stream gets them whole and in order; what is malformed ends the connection."""

import asyncio
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.config import Config
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode

from gateway.web.outbox import Outbox
from gateway.web.sockets import StreamSocket

MOST = 70_000
HANDSHAKE = (
    b"GET /stream HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Pipe(asyncio.Transport):
    """The other end: what was written, and whether it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = self.reading = False

    def write(self, data: Any) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    abort = close

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


class Taken:
    """What a stream got."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.outbox: Outbox | None = None
        self.is_lost = False

    def received(self, data: bytes) -> None:
        self.messages.append(data)

    def writable(self, *, free: bool) -> None:
        assert self.outbox is not None
        self.outbox.writable(free=free)

    def lost(self) -> None:
        self.is_lost = True


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


async def _open() -> tuple[StreamSocket, Pipe, Taken, asyncio.Event]:
    accepted, over = asyncio.Event(), asyncio.Event()

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        accepted.set()
        await over.wait()

    config = Config(app, ws=StreamSocket, ws_max_size=MOST, ws_per_message_deflate=False, lifespan="off")
    config.load()
    socket, pipe, taken = StreamSocket(config, ServerState(), {}), Pipe(), Taken()
    socket.connection_made(pipe)
    socket.data_received(HANDSHAKE)
    await accepted.wait()
    pipe.written = b""
    socket.take_over(taken)
    return socket, pipe, taken, over


async def _close(socket: StreamSocket, over: asyncio.Event) -> None:
    over.set()
    socket.connection_lost(None)
    if socket.close_timer is not None:
        socket.close_timer.cancel()
    await asyncio.gather(*socket.tasks)


def _said(message: bytes, parts: int, kind: Opcode) -> bytes:
    """`message` in `parts` frames as a client sends it."""
    size = -(-len(message) // parts) or 1
    pieces = [message[k * size : (k + 1) * size] for k in range(parts)]
    frames = [
        Frame(kind if k == 0 else Opcode.CONT, piece, fin=k == parts - 1) for k, piece in enumerate(pieces)
    ]
    return b"".join(frame.serialize(mask=True) for frame in frames)


MESSAGES = st.lists(
    st.tuples(
        st.one_of(
            st.binary(max_size=200), st.sampled_from([125, 126, 127, 65_535, 65_536]).map(lambda n: b"x" * n)
        ),
        st.integers(1, 3),
        st.sampled_from([Opcode.TEXT, Opcode.BINARY]),
        st.booleans(),
    ),
    max_size=6,
)


@given(said=MESSAGES, cuts=st.lists(st.integers(1, 400), max_size=12))
def test_messages_arrive_whole_however_they_are_cut(
    loop: asyncio.AbstractEventLoop,
    said: list[tuple[bytes, int, Opcode, bool]],
    cuts: list[int],
) -> None:
    data = b"".join(
        (Frame(Opcode.PING, b"?").serialize(mask=True) if ping else b"") + _said(message, parts, kind)
        for message, parts, kind, ping in said
    )

    async def run() -> None:
        socket, pipe, taken, over = await _open()
        start = 0
        for cut in cuts:
            socket.data_received(data[start : start + cut])
            start += cut
        if start < len(data):
            socket.data_received(data[start:])
        assert taken.messages == [message for message, *_ in said]
        assert pipe.written == sum(ping for *_, ping in said) * Frame(Opcode.PONG, b"?").serialize(mask=False)
        assert not taken.is_lost
        await _close(socket, over)
        assert taken.is_lost

    loop.run_until_complete(run())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (Frame(Opcode.TEXT, b"{}").serialize(mask=False), 1002),
        (b"\xc1" + Frame(Opcode.TEXT, b"{}").serialize(mask=True)[1:], 1002),
        (b"\x81\xff" + (MOST + 1).to_bytes(8, "big") + b"\0\0\0\0", 1009),
        (_said(b"abcd", 2, Opcode.TEXT)[:8] + _said(b"x", 1, Opcode.TEXT), 1002),
        (b"\x83\x80\0\0\0\0", 1002),
    ],
    ids=["unmasked", "reserved bit", "too large", "text amid parts", "unknown kind"],
)
@pytest.mark.parametrize("cut", [1, 3, 1000])
def test_what_is_malformed_ends_the_connection(
    loop: asyncio.AbstractEventLoop, data: bytes, code: int, cut: int
) -> None:
    async def run() -> None:
        socket, pipe, taken, over = await _open()
        for start in range(0, len(data), cut):
            socket.data_received(data[start : start + cut])
        assert pipe.written[:1] == b"\x88"
        assert int.from_bytes(pipe.written[2:4], "big") == code
        assert taken.is_lost
        assert taken.messages == []
        await _close(socket, over)

    loop.run_until_complete(run())


@pytest.mark.parametrize("size", [0, 93, 94, 65_503, 65_504, 200_000])
def test_a_message_leaves_in_one_frame(loop: asyncio.AbstractEventLoop, size: int) -> None:
    async def run() -> None:
        socket, pipe, _, over = await _open()
        head, payload = os.urandom(32), os.urandom(size)
        socket.put(head, payload)
        assert pipe.written == Frame(Opcode.BINARY, head + payload).serialize(mask=False)
        socket.close(1000, "bye")
        written = len(pipe.written)
        socket.put(head)
        assert len(pipe.written) == written
        await _close(socket, over)

    loop.run_until_complete(run())


def test_an_urgent_word_overtakes_frames_and_nothing_else(loop: asyncio.AbstractEventLoop) -> None:
    async def run() -> None:
        socket, pipe, taken, over = await _open()
        outbox = taken.outbox = Outbox(socket)
        outbox.put(b"first", b"", urgent=False)
        socket.pause_writing()
        outbox.put(b"frame", b"s", urgent=False)
        outbox.put("text", b"", urgent=False)
        outbox.put(b"blank", b"", urgent=True)
        outbox.put("lock", b"", urgent=True)
        outbox.close(1000, "")
        outbox.put(b"late", b"", urgent=False)
        assert pipe.written == Frame(Opcode.BINARY, b"first").serialize(mask=False)
        assert not outbox.over.done()
        socket.resume_writing()
        left = [(Opcode.TEXT, b"text"), (Opcode.BINARY, b"blank"), (Opcode.TEXT, b"lock")]
        sent = b"".join(Frame(kind, data).serialize(mask=False) for kind, data in left)
        assert pipe.written.endswith(sent + Frame(Opcode.CLOSE, b"\x03\xe8").serialize(mask=False))
        assert outbox.over.done()
        await _close(socket, over)

    loop.run_until_complete(run())
