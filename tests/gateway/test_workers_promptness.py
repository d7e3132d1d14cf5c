"""The turn that a serving process asks for, read back from the kernel in a thread of its own."""

import ctypes
import os
import platform
import threading

import pytest

from gateway.workers.promptness import TURN_NS, take_short_turns

_GET = {"x86_64": 315, "aarch64": 275}  # sched_getattr(2)
_SIZE, _NICE_AT, _RUNTIME_AT = 48, 16, 24


def test_turns_are_short_and_nothing_else_changes() -> None:
    number = _GET.get(platform.machine())
    if platform.system() != "Linux" or number is None:
        pytest.skip("no sched_setattr(2) that is known here")
    seen: list[tuple[bool, int, bytes]] = []

    def work() -> None:
        before = os.getpriority(os.PRIO_PROCESS, 0)
        taken = take_short_turns()
        held = ctypes.create_string_buffer(_SIZE)
        assert ctypes.CDLL(None).syscall(ctypes.c_long(number), 0, held, _SIZE, 0) == 0
        seen.append((taken, before, held.raw))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    ((taken, before, held),) = seen
    assert taken
    assert int.from_bytes(held[_NICE_AT : _NICE_AT + 4], "little", signed=True) == before
    runtime = int.from_bytes(held[_RUNTIME_AT : _RUNTIME_AT + 8], "little")
    assert runtime in {TURN_NS, 0}, "0: a kernel before 6.12, which has turns of one length"
