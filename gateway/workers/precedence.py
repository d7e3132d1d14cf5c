"""Who comes first at the processors: whoever serves people at work."""

import contextlib
import os


def give_way(by: int) -> None:
    """Let this process, and what it starts, come after others: by `by` steps of niceness, and without cutting their turns short.

    A process that waits for the disk again and again would otherwise push aside whoever runs each time that it is woken
    (SCHED_BATCH, sched(7)).
    """
    os.nice(by)
    with contextlib.suppress(OSError):  # a sandbox of somebody else's that has no such call
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
