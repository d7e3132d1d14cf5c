"""Background work gives way, and so does what it starts."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from gateway.workers.precedence import before_background, in_background

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


_GROUP = Path("/proc/self/autogroup")
_SERVES = """
import sys
from pathlib import Path
from gateway.workers.precedence import before_background
with before_background(Path(sys.argv[1])):
    while sys.stdin.readline():
        print(Path("/proc/self/autogroup").read_text().split()[-1], flush=True)
"""


@pytest.mark.skipif(not _GROUP.exists(), reason="this kernel does not group processes by their session")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may come before others")
def test_who_serves_comes_first_while_background_work_is_done(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _SERVES, tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as serving:

        def wait_for(niceness: str) -> None:
            assert serving.stdin is not None
            assert serving.stdout is not None
            ends = time.monotonic() + 60
            while True:
                serving.stdin.write("\n")
                serving.stdin.flush()
                if serving.stdout.readline().strip() == niceness:
                    return
                assert time.monotonic() < ends

        wait_for("0")
        with in_background(tmp_path):
            wait_for("-10")
        wait_for("0")


@pytest.mark.skipif(not _GROUP.exists(), reason="this kernel does not group processes by their session")
def test_a_server_in_a_shell_s_session_leaves_it_as_it_is(tmp_path: Path) -> None:
    before = _GROUP.read_text()
    with in_background(tmp_path), before_background(tmp_path):
        assert all(each.name != "precedence" for each in threading.enumerate())
    assert _GROUP.read_text() == before


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="there is one processor to share")
def test_background_work_leaves_a_processor_to_who_serves_and_only_to_them(tmp_path: Path) -> None:
    every = os.sched_getaffinity(0)
    with in_background(tmp_path):
        assert os.sched_getaffinity(0) == every
    with before_background(tmp_path), in_background(tmp_path):
        told = subprocess.run(
            [sys.executable, "-c", "import os; print(*os.sched_getaffinity(0))"],
            check=True,
            capture_output=True,
            text=True,
        )
        assert set(map(int, told.stdout.split())) < every
    assert os.sched_getaffinity(0) == every
