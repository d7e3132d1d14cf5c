"""What a confined worker tries, to show that it can't: for `isinglass doctor` and the tests."""

import ctypes
import mmap
import os
import socket
import threading
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import NoReturn


class Drill(StrEnum):
    """A worker that misbehaves on request."""

    CRASH = "crash"  # reads address 0
    SPIN = "spin"  # never ends
    SLEEP = "sleep"  # waits for what never comes
    BLOAT = "bloat"  # takes all memory that it gets
    FLOOD = "flood"  # writes a result without end
    FORGE = "forge"  # writes a result that is none


class Attempt(StrEnum):
    """Something that code in a worker must not be able to do."""

    READ_FILE = "read a file"
    WRITE_FILE = "write a file"
    LIST_FOLDER = "list a folder"
    OPEN_INTERNET_SOCKET = "open an internet socket"
    OPEN_LOCAL_SOCKET = "open a local socket"
    START_PROCESS = "start a process"
    START_PROGRAM = "start a program"
    SIGNAL_PARENT = "signal another process"
    TRACE = "be traced or trace"
    EXECUTABLE_MEMORY = "make memory executable"


def attempt_all() -> dict[Attempt, bool]:
    """Whether each attempt was refused. Call it in a confined worker only."""
    return {attempt: _refused(action) for attempt, action in _ACTIONS.items()}


def _refused(action: Callable[[], object]) -> bool:
    try:
        action()
    except OSError:
        return True
    return False


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _trace() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(0, 0, 0, 0) < 0:  # PTRACE_TRACEME
        raise OSError(ctypes.get_errno(), "ptrace")


_ACTIONS: dict[Attempt, Callable[[], object]] = {
    Attempt.READ_FILE: lambda: os.open("/etc/passwd", os.O_RDONLY),
    Attempt.WRITE_FILE: lambda: os.open("isinglass-probe", os.O_WRONLY | os.O_CREAT),
    Attempt.LIST_FOLDER: lambda: list(Path("/").iterdir()),
    Attempt.OPEN_INTERNET_SOCKET: lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    Attempt.OPEN_LOCAL_SOCKET: lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
    Attempt.START_PROCESS: _fork,
    Attempt.START_PROGRAM: lambda: os.execv("/bin/true", ["true"]),  # noqa: S606 - the point is that it is refused
    Attempt.SIGNAL_PARENT: lambda: os.kill(os.getppid(), 0),
    Attempt.TRACE: _trace,
    Attempt.EXECUTABLE_MEMORY: lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC),
}


def misbehave(drill: Drill, output: int) -> NoReturn:
    """Do what `drill` says; `output` is the file for the result."""
    match drill:
        case Drill.CRASH:
            ctypes.string_at(0)
        case Drill.SPIN:
            _spin()
        case Drill.SLEEP:
            _sleep()
        case Drill.BLOAT:
            _bloat()
        case Drill.FLOOD:
            _flood(output)
        case Drill.FORGE:
            os.write(output, b"not a result: " + bytes(64))
    os._exit(0)


def _spin() -> NoReturn:
    while True:
        pass


def _sleep() -> NoReturn:
    lock = threading.Lock()
    while True:
        lock.acquire()


def _bloat() -> NoReturn:
    held = []
    while True:
        held.append(bytearray(64 << 20))


def _flood(output: int) -> NoReturn:
    chunk = bytes(16 << 20)
    while True:
        os.write(output, chunk)
