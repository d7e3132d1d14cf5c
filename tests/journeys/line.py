"""A line between browser and server that a test can cut, or stop in one direction: what it took in is then lost."""

import contextlib
import selectors
import socket
import threading
from types import TracebackType
from typing import Self

_CHUNK = 65_536
_TICK_S = 0.02
_PATIENCE_S = 10.0


class Line:
    """A TCP relay on a port of its own, in a thread of its own."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.origin = f"http://127.0.0.1:{self.port}"
        self._ends: dict[socket.socket, socket.socket] = {}
        self._from_server: set[socket.socket] = set()
        self._deaf = False
        self._is_cut = False
        self._broken = threading.Event()
        self._over = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def deafen(self) -> None:
        """From now on nothing that the server says arrives; what the browser says still does."""
        self._deaf = True

    def cut(self) -> None:
        """Every connection breaks before this returns, and none can be made until `mend`."""
        self._broken.clear()
        self._is_cut = True
        if not self._broken.wait(_PATIENCE_S):
            raise TimeoutError("the line was not cut")

    def mend(self) -> None:
        """As if nothing had happened."""
        self._deaf = self._is_cut = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over = True
        self._thread.join()

    def _run(self) -> None:
        with selectors.DefaultSelector() as self._selector:
            self._selector.register(self._listener, selectors.EVENT_READ)
            while not self._over:
                for key, _ in self._selector.select(_TICK_S):
                    self._serve(key.fileobj)  # type: ignore[arg-type]
                if self._is_cut:
                    self._hang_up()
                    self._broken.set()
            self._hang_up()
            self._listener.close()

    def _serve(self, ready: socket.socket) -> None:
        if ready is self._listener:
            self._answer()
        elif ready in self._ends:
            self._pass(ready)

    def _answer(self) -> None:
        near, _ = self._listener.accept()
        if self._is_cut:
            near.close()
            return
        try:
            far = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            near.close()
            return
        self._ends |= {near: far, far: near}
        self._from_server.add(far)
        for end in (near, far):
            self._selector.register(end, selectors.EVENT_READ)

    def _pass(self, end: socket.socket) -> None:
        try:
            data = end.recv(_CHUNK)
            if data and not (self._deaf and end in self._from_server):
                self._ends[end].sendall(data)
        except OSError:
            data = b""
        if not data:
            self._close(end)

    def _close(self, end: socket.socket) -> None:
        for each in (end, self._ends.pop(end)):
            self._ends.pop(each, None)
            self._from_server.discard(each)
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(each)
            each.close()

    def _hang_up(self) -> None:
        while self._ends:
            self._close(next(iter(self._ends)))
