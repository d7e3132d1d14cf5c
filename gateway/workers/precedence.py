"""Who comes first at the processors: whoever serves people at work."""

import contextlib
import os
from pathlib import Path

# sched(7): where processes are grouped by their session, niceness counts within the group alone, and groups share alike.
_GROUP = Path("/proc/self/autogroup")
_FIRST = -10  # nine times another group's weight: what is woken for a frame waits for nobody's turn, and others still get theirs


def give_way(by: int) -> None:
    """Let this process, and what it starts, come after others: by `by` steps of niceness, and without cutting their turns short.

    A process that waits for the disk again and again would otherwise push aside whoever runs each time that it is woken
    (SCHED_BATCH, sched(7)).
    """
    os.nice(by)
    with contextlib.suppress(OSError):  # a sandbox of somebody else's that has no such call
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def come_first() -> None:
    """Let the session of processes that this one leads come before others, if it leads one and the kernel permits it.

    Niceness below zero is root's, and whose limit (RLIMIT_NICE) or CAP_SYS_NICE lets them.
    """
    if os.getsid(0) == os.getpid():  # else it is a shell's, with everything that was started there
        make_group_nice(_FIRST)


def make_group_nice(by: int) -> None:
    """Give the whole group of this process a niceness, from -20 to 19, where there are groups."""
    with contextlib.suppress(
        OSError
    ):  # a kernel without them, no permission, or another one was changed a moment ago
        _GROUP.write_text(str(by))
