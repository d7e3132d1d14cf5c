"""The parent's side of the decode workers: untrusted bytes go out, masked pixels or a cause come back.

Each file is opened in a process of its own that was forked from a warm zygote and gave up everything first
(`gateway.workers.confinement`). Whatever happens in there costs that file alone.
"""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import numpy as np

from gateway.errors import StoreError
from gateway.intake.isolation import Failure, SandboxRequest
from gateway.workers import answers
from gateway.workers.answers import Malformed, Picture, Result
from gateway.workers.confinement import Limits
from gateway.workers.heads import Probed, Refused
from gateway.workers.probing import Attempt, Drill
from gateway.workers.serving import (
    EXIT_DONE,
    EXIT_MEMORY,
    EXIT_OUTPUT,
    EXIT_TEXT,
    EXIT_UNWARMED,
    TAIL_BYTES,
    DrillJob,
    File,
    Job,
    LeakJob,
    MaskJob,
    ProbeJob,
    RegionJob,
)
from gateway.workers.waiting import ending
from gateway.workers.warming import Need
from gateway.workers.zygote import READY
from viewer.masking.masked import Masked
from viewer.masking.uncovering import Patch, Region

_START_S = 60  # to import every decoder on a busy machine
_STOP_S = 5
_ROOT = Path(__file__).resolve().parents[2]
_SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
_GIB = 1 << 30

CRASHED = "the decoder crashed"
FORGED = "the decoder's result was not well formed"


class Sandbox:
    """Runs one worker a file; safe between threads. Starts on first use; close it, or use it as a context."""

    def __init__(self, limits: Limits | None = None, zygote: str = "gateway.workers.zygote") -> None:
        """`zygote`: the module that workers are forked from; a drill has one whose workers fail."""
        self._limits = limits or Limits()
        self._zygote = zygote
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._files = Need.FILES

    def run(self, request: SandboxRequest) -> tuple[Masked | Failure, ...]:
        """What may be kept of each file, or why nothing came of it. Errors: StoreError if workers can't be started."""

        def job(sizes: Sequence[int]) -> Job:
            files = tuple(
                File(origin=file.origin, size=size) for file, size in zip(request.files, sizes, strict=True)
            )
            return MaskJob(files=files, keys=request.keys, profile=request.profile, is_split=request.is_split)

        given = self._ask(job, [file.data for file in request.files], self._files)
        if isinstance(given, Failure):
            return (given,) * len(request.files)
        found = tuple(Failure(cause=each.cause) if isinstance(each, Refused) else each for each in given)
        kept = tuple(each for each in found if isinstance(each, Masked | Failure))
        if not len(found) == len(kept) == len(request.files):
            return (Failure(cause=FORGED, is_whole=True),) * len(request.files)
        return kept

    def picture(self, data: bytes) -> Picture | Failure:
        """What a leaked picture shows, uint8 grey or RGB, or why nothing came of it. Errors: StoreError."""
        given = self._ask(lambda _: LeakJob(), [(data,)])
        if isinstance(given, Failure):
            return given
        (found,) = given if len(given) == 1 else (None,)
        if isinstance(found, Refused):
            return Failure(cause=found.cause)
        return found if isinstance(found, np.ndarray) else Failure(cause=FORGED)

    def region(self, data: Iterable[bytes], frame: int, region: Region) -> Patch | Failure:
        """What `region` of frame `frame` (from 0) of a file shows, or why nothing came of it. Errors: StoreError."""
        given = self._ask(lambda _: RegionJob(frame=frame, region=region), [data], Need.FILES)
        if isinstance(given, Failure):
            return given
        (found,) = given if len(given) == 1 else (None,)
        if isinstance(found, Refused):
            return Failure(cause=found.cause)
        return found if isinstance(found, Patch) else Failure(cause=FORGED)

    def probe(self) -> dict[Attempt, bool]:
        """What a worker tried, and whether it was refused. Errors: StoreError."""
        given = self._ask(lambda _: ProbeJob(), ())
        if isinstance(given, Failure) or not isinstance(given[0], Probed):
            raise StoreError("the decode worker did not answer its probe")
        return given[0].refused

    def drill(self, drill: Drill) -> Failure:
        """What becomes of a worker that misbehaves. Errors: StoreError if nothing did."""
        answer = self._ask(lambda _: DrillJob(drill=drill), ())
        if not isinstance(answer, Failure):
            raise StoreError("the decode worker was not stopped")
        return answer

    def close(self) -> None:
        """Stop the zygote and every worker."""
        with self._lock:
            self._stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(
        self,
        job: Callable[[Sequence[int]], Job],
        files: Sequence[Iterable[bytes]],
        need: Need = Need.PICTURE,
    ) -> list[Result] | Failure:
        """`job` gets the sizes of the files."""
        with contextlib.ExitStack() as held:
            request = _hold(held, os.memfd_create("request", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING))
            output = _hold(held, os.memfd_create("output", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING))
            _fill(request, job, files)
            seconds = self._limits.allowed_s(os.fstat(request).st_size)
            status = self._status(request, output, need, seconds)
            if status == _exited(EXIT_TEXT):
                self._files = Need.TEXTS  # where there is one text, there are more
                status = self._status(request, output, Need.TEXTS, seconds)
            cause = CRASHED if status is None else self._cause(status, seconds)
            if cause is not None:
                return Failure(cause=cause, is_whole=True)
            fcntl.fcntl(output, fcntl.F_ADD_SEALS, _SEALS)
            return _read(output)

    def _status(self, request: int, output: int, need: Need, seconds: int) -> int | None:
        """How a worker ended, as `waitpid` gives it; None if the zygote itself is gone: the next file gets a new one.

        It is ended after `seconds` of the processor, or asleep. Errors: StoreError.
        """
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with near:
            with far:
                zygote = self._send(need, (request, output, far.fileno()))
            status = ending(near, zygote, seconds)
        if status == _exited(EXIT_UNWARMED):
            raise StoreError("the decode workers could not be started")
        return status

    def _cause(self, status: int, seconds: int) -> str | None:
        """Why there is no result; None if there is one."""
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            if number in {signal.SIGXCPU, signal.SIGKILL}:
                return (
                    _too_long(seconds) if number == signal.SIGXCPU else "it needed more memory than there is"
                )
            return f"{CRASHED} ({signal.Signals(number).name})"
        match os.WEXITSTATUS(status):
            case code if code == EXIT_DONE:
                return None
            case code if code == EXIT_MEMORY:
                return f"it needed more than {self._limits.memory_bytes / _GIB:g} GiB of memory"
            case code if code == EXIT_OUTPUT:
                return f"its pictures need more than {self._limits.output_bytes / _GIB:g} GiB"
            case _:
                return CRASHED

    def _send(self, need: Need, descriptors: tuple[int, int, int]) -> int:
        """The process that was asked."""
        with self._lock:
            control, zygote = self._running()
            try:
                socket.send_fds(control, [bytes([need])], descriptors)
            except OSError:  # it died since: once more with a new one
                self._stop()
                control, zygote = self._running()
                socket.send_fds(control, [bytes([need])], descriptors)
            return zygote

    def _running(self) -> tuple[socket.socket, int]:
        if self._control is not None and self._process is not None and self._process.poll() is None:
            return self._control, self._process.pid
        self._stop()
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with far:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [
                    sys.executable,
                    "-P",
                    "-m",
                    self._zygote,
                    str(far.fileno()),
                    _as_json(self._limits),
                ],
                pass_fds=(far.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
                env=_environment(),
            )
        near.settimeout(_START_S)
        self._control = near
        try:
            ready = near.recv(len(READY))
        except OSError:
            ready = b""
        if ready != READY:
            self._stop()
            raise StoreError("the decode workers could not be started")
        near.settimeout(None)
        return near, self._process.pid

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_S)
            self._process.kill()
            self._process.wait()
            self._process = None


def _too_long(seconds: int) -> str:
    return f"it took longer than {seconds} s"


def _exited(code: int) -> int:
    """As `waitpid` gives it."""
    return code << 8


def _as_json(limits: Limits) -> str:
    return msgspec.json.encode(limits).decode()


def _environment() -> dict[str, str]:
    """One thread a library: a worker is not allowed to start any. Nothing else is inherited."""
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
    return {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONPATH": str(_ROOT), **dict.fromkeys(threads, "1")}


def _hold(held: contextlib.ExitStack, descriptor: int) -> int:
    held.callback(os.close, descriptor)
    return descriptor


def _fill(request: int, job: Callable[[Sequence[int]], Job], files: Sequence[Iterable[bytes]]) -> None:
    sizes = []
    for data in files:
        size = 0
        for chunk in data:
            _write(request, chunk)
            size += len(chunk)
        sizes.append(size)
    head = msgspec.msgpack.encode(job(sizes))
    _write(request, head)
    _write(request, len(head).to_bytes(TAIL_BYTES, "little"))
    fcntl.fcntl(request, fcntl.F_ADD_SEALS, _SEALS)


def _write(descriptor: int, chunk: bytes) -> None:
    left = memoryview(chunk)
    while left:
        left = left[os.write(descriptor, left) :]


def _read(output: int) -> list[Result] | Failure:
    try:
        return answers.read(output)
    except Malformed:
        return Failure(cause=FORGED, is_whole=True)
