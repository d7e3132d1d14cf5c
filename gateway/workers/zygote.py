"""The warm process that decode workers are forked from: `python -m gateway.workers.zygote FD LIMITS`.

It forks a worker for each request: a byte that says what the worker needs, with three file descriptors (the request, a
place for the result, and a socket that gets the worker's number and its exit status), over the socket FD. What a worker
needs is loaded and used once here, before the first one that needs it. It parses nothing itself and holds no key. When the
status socket is closed at the other end, the worker is killed; when FD is, all are.
"""

import contextlib
import fcntl
import gc
import os
import resource
import selectors
import signal
import socket
import sys
from dataclasses import dataclass
from typing import NoReturn

import msgspec

from gateway.workers import serving, warming
from gateway.workers.confinement import Limits, confine
from gateway.workers.precedence import give_way, make_group_nice
from gateway.workers.waiting import STATUS, WORKER
from gateway.workers.warming import Need

READY = b"ready"
GIVE_WAY = 15  # of 19: sessions on the same machine come first
_GROUP_GIVES_WAY = 4  # over a quarter of a processor beside another busy group: at 19 nothing is taken in
_REQUEST, _OUTPUT = 3, 4  # descriptors of a worker: 0, 1 and 2 are /dev/null
_DESCRIPTORS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Worker:
    pid: int
    handle: int  # pidfd
    status: socket.socket


class Zygote:
    """Forks workers until `control` is closed at the other end."""

    def __init__(self, control: socket.socket, limits: Limits) -> None:
        self._control = control
        self._limits = limits
        self._warm: Need | None = None
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)

    def serve(self) -> None:
        """Until the other end is gone; workers that still run are killed with this process."""
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._control:
                    if not self._accept():
                        return
                elif (
                    self._selector.get_map().get(key.fd) is key
                ):  # a worker may end and be given up at one moment
                    self._attend(key.fileobj, key.data)

    def _accept(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self._control, 16, _DESCRIPTORS)
        if not message:
            return False
        if len(descriptors) == _DESCRIPTORS:
            need = Need(message[0])
            if self._is_warm(need):
                self._fork(need, *descriptors)
            else:
                with socket.socket(fileno=os.dup(descriptors[-1])) as status:
                    _tell(status, STATUS.pack(serving.EXIT_UNWARMED << 8))  # as `waitpid` gives it
        for descriptor in descriptors:
            os.close(descriptor)
        return True

    def _is_warm(self, need: Need) -> bool:
        """Whether everything up to `need` was loaded, now or before."""
        try:
            for each in Need:
                if each <= need and (self._warm is None or each > self._warm):
                    warming.warm(each)
                    self._warm = each
                    gc.collect()
                    gc.freeze()
        except Exception:  # noqa: BLE001 - a library that is broken raises anything; the parent hears of it
            return False
        return True

    def _fork(self, need: Need, request: int, output: int, status: int) -> None:
        pid = os.fork()
        if pid == 0:
            _work(need, request, output, self._limits)
        kept = socket.socket(fileno=os.dup(status))
        _tell(kept, WORKER.pack(pid))
        worker = _Worker(pid=pid, handle=os.pidfd_open(pid), status=kept)
        self._selector.register(worker.handle, selectors.EVENT_READ, worker)
        self._selector.register(kept, selectors.EVENT_READ, worker)

    def _attend(self, ready: object, worker: _Worker) -> None:
        if ready is worker.status:  # nobody waits for it any more
            signal.pidfd_send_signal(worker.handle, signal.SIGKILL)
            self._selector.unregister(worker.status)
            return
        _, status = os.waitpid(worker.pid, 0)
        self._selector.unregister(worker.handle)
        os.close(worker.handle)
        if worker.status in self._selector.get_map():
            self._selector.unregister(worker.status)
        with worker.status:
            _tell(worker.status, STATUS.pack(status))


def _tell(parent: socket.socket, message: bytes) -> None:
    with contextlib.suppress(OSError):  # it does not wait any more
        parent.send(message)


def _work(need: Need, request: int, output: int, limits: Limits) -> NoReturn:
    """The life of a worker: confined before it reads the first byte of the request."""
    code = serving.EXIT_BROKEN
    try:
        _keep_only(request, output)
        confine(limits, os.fstat(_REQUEST).st_size)
        code = serving.serve(_REQUEST, _OUTPUT, texts=need is Need.TEXTS)
    except MemoryError:
        code = serving.EXIT_MEMORY
    finally:
        os._exit(code)


def _keep_only(request: int, output: int) -> None:
    # Out of the way of 3 and 4 first: each may hold the other's number.
    request, output = (fcntl.fcntl(descriptor, fcntl.F_DUPFD, 16) for descriptor in (request, output))
    os.dup2(request, _REQUEST)
    os.dup2(output, _OUTPUT)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):  # what a decoder prints could quote the file
        os.dup2(null, standard)
    os.closerange(_OUTPUT + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def _give_way() -> None:
    """Come after everybody who serves people, in this session of processes and in others."""
    give_way(GIVE_WAY)
    make_group_nice(_GROUP_GIVES_WAY)


def main(arguments: list[str]) -> int:
    """Say so when requests can come, and serve them."""
    control = socket.socket(fileno=int(arguments[0]))
    limits = msgspec.json.decode(arguments[1], type=Limits)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _give_way()
    control.send(READY)
    Zygote(control, limits).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
