"""Background work gives way, and so does what it starts."""

import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.workers.precedence import before_background, in_background, in_foreground

_TOLD = "import os; print(os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0) == os.SCHED_BATCH)"
_GIVES_WAY = f"""
import subprocess, sys
from gateway.workers.precedence import give_way
give_way(3)
exec({_TOLD!r})
subprocess.run([sys.executable, "-c", {_TOLD!r}], check=True)
"""


def test_what_gives_way_comes_later_and_cuts_no_turn_short() -> None:
    told = subprocess.run(
        [sys.executable, "-u", "-c", _GIVES_WAY], check=True, capture_output=True, text=True
    )
    niceness = min(19, os.getpriority(os.PRIO_PROCESS, 0) + 3)
    assert told.stdout.splitlines() == [f"{niceness} True"] * 2


_SERVES = """
import os, sys, threading
from pathlib import Path
from gateway.workers.precedence import before_background
names = {os.SCHED_OTHER: "as others", os.SCHED_FIFO: "first"}
told = lambda: names[os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK]
with before_background(Path(sys.argv[1])):
    while sys.stdin.readline():
        beside = []
        thread = threading.Thread(target=lambda: beside.append(told()))
        thread.start()
        thread.join()
        print(told(), *beside, sep=", ", flush=True)
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", _SERVES, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as serving:
        yield serving
        assert serving.stdin is not None
        serving.stdin.close()
        assert serving.wait(60) == 0


def _tells(server: subprocess.Popen[str]) -> str:
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write("\n")
    server.stdin.flush()
    return server.stdout.readline().strip()


def _wait_for(server: subprocess.Popen[str], told: str) -> None:
    ends = time.monotonic() + 60
    while _tells(server) != told:
        assert time.monotonic() < ends


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may come before others")
def test_who_serves_comes_first_while_background_work_is_done_and_what_it_starts_does_not(
    tmp_path: Path, server: subprocess.Popen[str]
) -> None:
    assert _tells(server) == "as others, as others"
    with in_background(tmp_path):
        _wait_for(server, "first, as others")
    _wait_for(server, "as others, as others")


def test_who_may_not_come_first_serves_as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()

    def refuse(*_: object) -> None:
        asked.set()
        raise PermissionError(errno.EPERM, "not permitted")

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    with in_background(tmp_path), before_background(tmp_path):
        assert asked.wait(60)
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="there is one processor to share")
def test_background_work_leaves_a_processor_to_who_serves_and_only_to_them(tmp_path: Path) -> None:
    every = os.sched_getaffinity(0)
    with in_background(tmp_path):
        assert os.sched_getaffinity(0) == every
    with in_foreground(tmp_path), in_background(tmp_path):
        told = subprocess.run(
            [sys.executable, "-c", "import os; print(*os.sched_getaffinity(0))"],
            check=True,
            capture_output=True,
            text=True,
        )
        assert set(map(int, told.stdout.split())) < every
    assert os.sched_getaffinity(0) == every
