"""Serving processes: one for each share of the processors, all on one port (SO_REUSEPORT), started again when one dies.

The parent holds the listening sockets and serves nobody: what comes while a process is started again waits in its queue.
"""

import contextlib
import errno
import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from types import FrameType

from gateway.errors import Unconfigured

BACKLOG = 2048
STOP_S = 8.0  # streams are told, and what was drawn is committed
QUICK_S = 5.0  # a process that lives shorter never came up
TRIES = 3
FREE_S = 5.0  # the processes of a server that was killed see it, and let go of the port

Work = Callable[[socket.socket, set[int]], None]
log = logging.getLogger(__name__)


def listen(host: str, port: int, count: int) -> list[socket.socket]:
    """`count` listening sockets on one address. Errors: Unconfigured if it is taken or not of this machine."""
    if count == 1:
        return [_bound(host, port, together=False)]
    # Sockets that share a port let another server of the same user in beside them: first one that does not share.
    _bound(host, port, together=False).close()
    opened: list[socket.socket] = []
    try:
        for _ in range(count):
            opened.append(_bound(host, port, together=True))  # noqa: PERF401 - those opened before an error are closed
    except Unconfigured:
        for each in opened:
            each.close()
        raise
    return opened


def _bound(host: str, port: int, *, together: bool) -> socket.socket:
    deadline = time.monotonic() + FREE_S
    while True:
        one = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        try:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if together:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            one.bind((host, port))
            one.listen(BACKLOG)
        except OSError as error:
            one.close()
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise Unconfigured(f"`{host}:{port}` can't be served on: {error.strerror}") from error
            time.sleep(0.1)
        else:
            return one


def shares(processors: set[int], count: int) -> list[set[int]]:
    """The processors of each of `count` processes; several share one where there are too few."""
    ordered = sorted(processors)
    return [set(ordered[k::count]) or {ordered[k % len(ordered)]} for k in range(count)]


def supervise(sockets: list[socket.socket], work: Work) -> None:
    """Run `work` in a process for each socket until SIGINT or SIGTERM. Errors: Unconfigured if one does not come up.

    `work` and the sockets go to a fresh interpreter: `work` has to be picklable.
    """
    context = multiprocessing.get_context("spawn")
    portions = shares(os.sched_getaffinity(0), len(sockets))
    stopping = threading.Event()
    running: list[BaseProcess] = []

    def start(position: int) -> BaseProcess:
        process = context.Process(target=_run, args=(work, sockets[position], portions[position]))
        process.start()
        return process

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    before = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        running += [start(position) for position in range(len(sockets))]
        _watch(running, start, stopping)
    finally:
        _stop(running)
        for each, handler in before.items():
            signal.signal(each, handler)


def _watch(
    running: list[BaseProcess], start: Callable[[int], BaseProcess], stopping: threading.Event
) -> None:
    born = [time.monotonic()] * len(running)
    quick = [0] * len(running)
    while not stopping.is_set():
        connection.wait([process.sentinel for process in running], timeout=0.2)
        for position, process in enumerate(running):
            if process.is_alive() or stopping.is_set():
                continue
            quick[position] = quick[position] + 1 if time.monotonic() - born[position] < QUICK_S else 0
            if quick[position] >= TRIES:
                raise Unconfigured(f"a serving process ends as soon as it starts (status {process.exitcode})")
            log.error("a serving process ended (status %s) and is started again", process.exitcode)
            running[position] = start(position)
            born[position] = time.monotonic()


def _stop(running: list[BaseProcess]) -> None:
    for process in running:
        if process.is_alive() and process.pid is not None:
            os.kill(process.pid, signal.SIGINT)
    deadline = time.monotonic() + STOP_S
    for process in running:
        process.join(max(0.0, deadline - time.monotonic()))
        if process.is_alive():
            process.kill()
            process.join()


def _run(work: Work, listening: socket.socket, processors: set[int]) -> None:
    """What a process does: its share of the processors, and never longer than its parent."""
    os.sched_setaffinity(0, processors)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=follow, daemon=True, name="parent").start()
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again once it has shut down
        work(listening, processors)
