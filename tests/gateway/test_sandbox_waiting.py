"""Which workers are given up on the clock: those that sleep, not those that wait for their turn."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from gateway.workers.waiting import LOOK_S, STATUS, WORKER, asleep, ending

_NAMED = "import ctypes, sys\nctypes.CDLL(None).prctl(15, b') S 1 (', 0, 0, 0)\nsys.stdout.write('!')\nsys.stdout.flush()\n"


@pytest.fixture
def busy() -> Iterator[subprocess.Popen[bytes]]:
    """A process that works, under a name that looks like a state."""
    yield from _process(_NAMED + "while True: pass")


@pytest.fixture
def idle() -> Iterator[subprocess.Popen[bytes]]:
    """A process that waits for its input."""
    yield from _process(_NAMED + "sys.stdin.read()")


def _process(code: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        yield process
        process.kill()


def test_who_works_or_was_stopped_is_not_asleep(busy: subprocess.Popen[bytes]) -> None:
    assert asleep(busy.pid) == 0
    os.kill(busy.pid, signal.SIGSTOP)
    os.waitpid(busy.pid, os.WUNTRACED)
    assert asleep(busy.pid) == 0


def test_who_waits_for_something_is_asleep(idle: subprocess.Popen[bytes]) -> None:
    while asleep(idle.pid) != 1:
        os.sched_yield()


def test_whom_nobody_can_see_is_given_four_times_as_long() -> None:
    assert asleep(2**22 + 1) == 0.25


def test_a_worker_that_sleeps_is_given_up(idle: subprocess.Popen[bytes]) -> None:
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with near, far:
        far.send(WORKER.pack(idle.pid))
        assert ending(near, os.getpid(), 1) == signal.SIGXCPU


def test_a_worker_that_works_is_waited_for(busy: subprocess.Popen[bytes]) -> None:
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with near, far:
        far.send(WORKER.pack(busy.pid))
        looks = iter(range(round(3 / LOOK_S)))
        near.setblocking(True)

        class Watched:
            """`near`, which gets an answer after more looks than a sleeper has."""

            settimeout = near.settimeout

            def recv(self, size: int) -> bytes:
                try:
                    return near.recv(size)
                except TimeoutError:
                    if next(looks, None) is None:
                        far.send(STATUS.pack(0))
                    raise

        assert ending(Watched(), os.getpid(), 1) == 0  # type: ignore[arg-type]


def test_without_an_answer_there_is_no_status() -> None:
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    far.close()
    with near:
        assert ending(near, os.getpid(), 1) is None
