"""Remote desktops with the slideshow on them: their servers, started and stopped."""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from tests.benchmarks.desktop_clients import Client, Rfb, Xpra
from tests.benchmarks.figures import cpu_of
from tests.journeys.serving import ROOT, free_port

PEERS = {"TigerVNC": ("Xtigervnc",), "xpra": ("xpra", "Xvfb")}  # and the programs that each needs
_XVFB = "Xvfb -screen 0 1280x1024x24 -nolisten tcp -noreset +extension RANDR +extension RENDER +extension Composite"
_OFF = "mdns notifications pulseaudio webcam printing file-transfer clipboard dbus-control xsettings system-tray bell start-new-commands"
_START_S = 60.0


def tree_cpu_s(pid: int) -> float:
    """The CPU seconds of a process and all below it."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    tree = {pid}
    while more := {child for child, parent in parents.items() if parent in tree} - tree:
        tree |= more
    return sum(map(cpu_of, tree))


@contextlib.asynccontextmanager
async def desktop(name: str, folder: Path, processor: int) -> AsyncIterator[tuple[Client, int]]:
    """A running desktop with the slideshow on it: its client, and its server's process."""
    number, port, home = _free_display(), free_port(), folder / name
    home.mkdir(mode=0o700)
    if name == "TigerVNC":
        command = ["Xtigervnc", f":{number}", "-geometry", "1024x768", "-depth", "24", "-localhost", "-rfbport", str(port)]  # fmt: skip
        command += ["-SecurityTypes", "None", "-AlwaysShared"]
    else:
        command = ["xpra", "start", f":{number}", f"--bind-tcp=127.0.0.1:{port}", "--html=off", "--daemon=no", f"--xvfb={_XVFB}"]  # fmt: skip
        command += [f"--{each}=no" for each in _OFF.split()]
        command += ["--speaker=off", "--microphone=off", "--dbus-launch=", "--dbus-proxy=no", "--sharing=yes"]
        command += ["--exit-with-children=no", f"--socket-dirs={home}"]
    environment = {**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    pinned = ["taskset", "--cpu-list", str(processor)]
    with contextlib.ExitStack() as held:
        log = held.enter_context((home / "log").open("wb"))
        server = subprocess.Popen([*pinned, *command], env=environment, stdout=log, stderr=log)  # noqa: ASYNC220
        held.callback(_stop, server)
        await _until(lambda: Path(f"/tmp/.X11-unix/X{number}").exists() and _listens(port), home / "log")
        show = [sys.executable, "-m", "tests.benchmarks.slideshow", str(number), str(folder / "slices.npy")]
        slideshow = subprocess.Popen([*pinned, *show], cwd=ROOT, stdout=(home / "shown").open("wb"))  # noqa: ASYNC220
        held.callback(_stop, slideshow)
        await _until(lambda: b"ready" in (home / "shown").read_bytes(), home / "log")
        client = await (Rfb if name == "TigerVNC" else Xpra).connect(port)
        held.callback(client.close)
        yield client, server.pid


def _free_display() -> int:
    return next(number for number in range(80, 200) if not Path(f"/tmp/.X{number}-lock").exists())


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:]


def _listens(port: int) -> bool:
    """Whether some process of this machine listens on TCP `port` (proc(5): state 0A)."""
    wanted = f"0100007F:{port:04X}"
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return any(row[1] == wanted and row[3] == "0A" for row in rows)


async def _until(holds: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(_end_of(log))
        await asyncio.sleep(0.05)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
