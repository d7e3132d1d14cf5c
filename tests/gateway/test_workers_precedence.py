"""Background work gives way, and so does what it starts."""

import os
import subprocess
import sys

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
