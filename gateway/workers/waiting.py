"""Waiting for a decode worker: one that is starved waits for its turn and is left alone, one that sleeps is given up.

The kernel ends a worker that has used up its processor time (`Limits.seconds`), however long that takes on the clock. What it does
not end is a worker that waits for something that never comes. It is looked at: nothing that masks a file sleeps.
"""

import signal
import socket
import struct
from pathlib import Path

STATUS = struct.Struct("<i")  # as `waitpid` gives it
WORKER = struct.Struct("<q")  # the process that does the work: told first
LOOK_S = 0.25
_PATIENCE = 4  # wall to processor time, where /proc does not tell what a worker does


def ending(answer: socket.socket, zygote: int, seconds: int) -> int | None:
    """How the worker ended that `answer` is about, as `waitpid` gives it: SIGXCPU if it was found asleep for `seconds`.

    `zygote`: the process that is to start it. None if that is gone before there is an answer.
    """
    answer.settimeout(LOOK_S)
    watched, asleep_s = zygote, 0.0
    while True:
        try:
            message = answer.recv(WORKER.size)
        except TimeoutError:
            asleep_s += LOOK_S * asleep(watched)
            if asleep_s >= seconds:
                return int(signal.SIGXCPU)
            continue
        except OSError:
            return None
        if len(message) == WORKER.size:
            (watched,) = WORKER.unpack(message)
            continue
        return int(STATUS.unpack(message)[0]) if len(message) == STATUS.size else None


def asleep(process: int) -> float:
    """1 for a process that waits for something, 0 for one that works, waits for its turn or its memory, or was stopped.

    Between the two where nobody can see it.
    """
    try:
        told = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 1 / _PATIENCE
    return float(told.rpartition(")")[2].split()[0] == "S")  # proc_pid_stat(5): the name may hold anything
