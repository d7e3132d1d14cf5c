"""Background work gives way, and so does what it starts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

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
_COMES_FIRST = """
from pathlib import Path
from gateway.workers.precedence import come_first
group = Path("/proc/self/autogroup")
before = group.read_text()
come_first()
print(before == group.read_text(), group.read_text().split()[-1])
"""


@pytest.mark.skipif(not _GROUP.exists(), reason="this kernel does not group processes by their session")
@pytest.mark.parametrize("leads", [True, False])
def test_who_serves_comes_first_with_a_session_of_its_own(leads: bool) -> None:
    told = subprocess.run(
        [sys.executable, "-c", _COMES_FIRST],
        check=True,
        capture_output=True,
        text=True,
        start_new_session=leads,
    ).stdout.split()
    if leads and os.geteuid() == 0:
        assert told == ["False", "-10"]
    else:
        assert told[0] == "True"
