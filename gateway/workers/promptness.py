"""Short turns at the processor, for a process that people wait for: when it wakes, it need not wait for the end of another's turn.

Linux 6.12 and later, sched_setattr(2); an older kernel takes the call and does nothing. Its share of the processor stays the same.
"""

import ctypes
import os
import platform

TURN_NS = 100_000  # the least that the kernel takes; its own is some 3 ms
_NUMBERS = {"x86_64": 314, "aarch64": 274}  # of sched_setattr, by architecture


class _Attributes(ctypes.Structure):
    _fields_ = (
        ("size", ctypes.c_uint32),
        ("policy", ctypes.c_uint32),
        ("flags", ctypes.c_uint64),
        ("nice", ctypes.c_int32),
        ("priority", ctypes.c_uint32),
        ("runtime", ctypes.c_uint64),
        ("deadline", ctypes.c_uint64),
        ("period", ctypes.c_uint64),
    )


def take_short_turns() -> bool:
    """Have it for this thread and those that it starts from now on; whether the kernel took it."""
    number = _NUMBERS.get(platform.machine())
    if platform.system() != "Linux" or number is None:
        return False
    asked = _Attributes(
        size=ctypes.sizeof(_Attributes),
        policy=os.SCHED_OTHER,
        nice=os.getpriority(os.PRIO_PROCESS, 0),
        runtime=TURN_NS,
    )
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.syscall(ctypes.c_long(number), 0, ctypes.byref(asked), 0) == 0)
