"""A thin link on loopback: a proxy with a one-way delay, a rate, and a short queue before the narrow stretch."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

CHUNK = 4096
QUEUE_BYTES = 64 * 1024  # before the narrow stretch; beyond it the sender is held up
BUFFER_BYTES = 16 * 1024  # of the sockets, which would otherwise hold megabytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A link: `delay_s` one way, `rate` in bytes/s each way."""

    delay_s: float
    rate: float


@contextlib.asynccontextmanager
async def shaped(line: Line, port: int) -> AsyncIterator[int]:
    """A port that leads to `port` over `line`."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raw = socket.socket()
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            raw.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
        raw.setblocking(False)
        await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", port))
        far_reader, far_writer = await asyncio.open_connection(sock=raw, limit=CHUNK)
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(_carry(line, source, sink))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=CHUNK)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _carry(line: Line, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    free_at = 0.0  # when the narrow stretch has passed all that came
    arriving: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def deliver() -> None:
        while True:
            due, data = await arriving.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            sink.write(data)
            if not data:
                sink.close()
                return
            await sink.drain()

    delivering = asyncio.create_task(deliver())
    try:
        while data := await source.read(CHUNK):
            now = loop.time()
            free_at = max(free_at, now) + len(data) / line.rate
            arriving.put_nowait((free_at + line.delay_s, data))
            await asyncio.sleep(max(0.0, free_at - now - QUEUE_BYTES / line.rate))
        arriving.put_nowait((loop.time() + line.delay_s, b""))
        await delivering
    except (ConnectionError, asyncio.CancelledError):
        delivering.cancel()
        sink.close()
