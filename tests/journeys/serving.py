"""A real server in a process of its own, over a data folder of its own, started and killed by tests."""

import contextlib
import itertools
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from gateway.app import ServerSettings, open_data, open_sessions
from gateway.store import users

ROOT = Path(__file__).resolve().parent.parent.parent
START_S = 120.0
COMMAND_S = 180.0
PATIENCE_S = 60.0  # a condition comes in milliseconds; a busy machine is no failure


def isinglass(data: Path, *arguments: str, code: int = 0, patience_s: float = COMMAND_S) -> str:
    """What the command printed; fails the test unless it exits with `code`."""
    done = attempted(data, *arguments, patience_s=patience_s)
    assert done.returncode == code, f"isinglass {arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout if code == 0 else done.stderr


def attempted(data: Path, *arguments: str, patience_s: float = COMMAND_S) -> subprocess.CompletedProcess[str]:
    """What came of the command."""
    return subprocess.run(
        [sys.executable, "-m", "gateway", *arguments],
        env={**os.environ, "ISINGLASS_DATA": str(data), "COLUMNS": "200"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=patience_s,
        check=False,
    )


# Below those that the kernel gives to whoever asks for any: a server takes its port seconds after it was found free. A range for each worker.
_PORTS = itertools.count(20_000 + 1000 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]))


def free_port() -> int:
    """A port that nobody listens on now, and that this process was not given before."""
    for port in _PORTS:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


def wait_for_answer(
    process: subprocess.Popen[bytes],
    log: Path,
    ask: Callable[[], httpx.Response],
    patience_s: float = START_S,
) -> None:
    """Until `ask` gets one from the server that `process` is; fails with what stands in its `log` if it ends, or after `patience_s`."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        # A refusal comes at once: asked again and again, it would take a processor from who starts.
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(httpx.TransportError):
            if ask().status_code == 200:
                return
    raise AssertionError(f"no answer within {patience_s} s\n{log.read_text()}")


class Server:
    """`isinglass serve` as a process, and `workers` serving ones below it if that is more than one."""

    def __init__(self, data: Path, port: int | None = None, *, workers: int = 1) -> None:
        self.data = data
        self.workers = workers
        self.port = port or free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.name: str | None = None  # what browsers call it, where that is another address
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it, and wait until it answers."""
        command = [
            sys.executable,
            "-m",
            "gateway",
            "serve",
            "--port",
            str(self.port),
            "--workers",
            str(self.workers),
        ]
        if self.name:
            command += ["--origin", self.name]
        with (self.data / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, "ISINGLASS_DATA": str(self.data)},
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        host = {"Host": self.name.partition("//")[2]} if self.name else {}
        wait_for_answer(
            self.process,
            self.data / "server.log",
            lambda: httpx.get(f"{self.origin}/healthz", headers=host, timeout=2),
        )
        return self

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Ctrl+C, as an operator would; SIGKILL if that does not end it."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    def link(self, user: str) -> str:
        """A one-time sign-in link for `user`, as `isinglass user link` makes it."""
        settings = ServerSettings(data=self.data)
        store = open_data(settings)
        try:
            with store.read() as conn:
                found = users.user_by_name(conn, user)
            assert found is not None, f"there is no user {user}"
            return f"{self.origin}/link/{open_sessions(settings, store).make_link(found.id)}"
        finally:
            store.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class Station:
    """A workstation without a browser: signs in, opens streams, speaks the protocol."""

    def __init__(self, server: Server, user: str) -> None:
        self.origin = server.origin
        answer = httpx.post(server.link(user), headers={"Origin": self.origin}, timeout=PATIENCE_S)
        assert answer.status_code == 303, answer.text
        self.cookie = answer.headers["set-cookie"].partition(";")[0]
        page = self.get("/work" if user != "sam" else "/admin")
        found = re.search(r'<meta name="csrf" content="([^"]+)"', page.text)
        assert found, page.text[:500]
        self.csrf = found.group(1)

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.origin + path, headers={"Cookie": self.cookie}, timeout=PATIENCE_S)

    def post(self, path: str) -> httpx.Response:
        headers = {
            "Cookie": self.cookie,
            "Origin": self.origin,
            "X-CSRF": self.csrf,
            "Accept": "application/json",
        }
        return httpx.post(self.origin + path, headers=headers, timeout=PATIENCE_S)

    @contextlib.contextmanager
    def stream(self) -> Iterator["Stream"]:
        """An open stream, welcomed."""
        ticket = self.post("/ticket").json()["ticket"]
        with connect(
            self.origin.replace("http", "ws") + "/stream",
            origin=self.origin,  # type: ignore[arg-type]
            subprotocols=["isinglass.v1"],  # type: ignore[list-item]
            additional_headers={"Cookie": self.cookie},
            compression=None,
            max_size=None,
            open_timeout=PATIENCE_S,
        ) as socket_:
            stream = Stream(socket_)
            stream.send(t="hello", ticket=ticket)
            stream.welcome = stream.wait("welcome")
            yield stream


class Stream:
    """One socket: JSON out, JSON and frames in. Every byte that came is in `received`."""

    def __init__(self, socket_: ClientConnection) -> None:
        self.socket = socket_
        self.welcome: dict[str, Any] = {}
        self.received: list[str | bytes] = []
        self.frames: list[bytes] = []

    def send(self, **message: object) -> None:
        self.socket.send(json.dumps(message))

    def read(self, timeout: float = PATIENCE_S) -> dict[str, Any] | bytes:
        """The next message; frames are acknowledged as a client would."""
        got = self.socket.recv(timeout)
        self.received.append(got)
        if isinstance(got, bytes):
            self.frames.append(got)
            with contextlib.suppress(
                ConnectionClosed
            ):  # a last frame may be a blank, with the close behind it
                self.send(t="ack", seq=int.from_bytes(got[4:8], "little"))
            return got
        return json.loads(got)

    def wait(self, kind: str, timeout: float = PATIENCE_S) -> dict[str, Any]:
        """The next message of `kind`; others are passed over."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            got = self.read(deadline - time.monotonic())
            if isinstance(got, dict) and got["t"] == kind:
                return got
        raise AssertionError(f"no {kind} within {timeout} s")

    def frame(
        self, timeout: float = PATIENCE_S, *, lossless: bool = False, answers: int | None = None
    ) -> bytes:
        """The next frame (the next lossless one, or one that answers that look, if asked)."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            got = self.read(deadline - time.monotonic())
            if (
                isinstance(got, bytes)
                and (not lossless or got[3] & 1)
                and answers in {None, int.from_bytes(got[8:12], "little")}
            ):
                return got
        raise AssertionError(f"no such frame within {timeout} s")
