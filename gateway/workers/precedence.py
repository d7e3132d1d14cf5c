"""Who comes first at the processors: whoever serves people at work."""

import contextlib
import fcntl
import os
import threading
from collections.abc import Iterator
from pathlib import Path

# sched(7): niceness counts within a session of processes; sessions share alike.
_GROUP = Path("/proc/self/autogroup")
_FIRST = 1  # of 99: the least of the real-time priorities, and before whatever shares by turns
_LOCK = "background.lock"  # in the data folder: held while work is done there that gives way
_SERVED = "foreground.lock"  # the same, while somebody serves it
_ROOM = 4  # one processor of so many, and one at least, is left to who serves
_LOOK_S = 0.1


def give_way(by: int) -> None:
    """Let this process, and what it starts, come after others: by `by` steps of niceness, and without cutting their turns short.

    A process that waits for the disk again and again would otherwise push aside whoever runs each time that it is woken
    (SCHED_BATCH, sched(7)).
    """
    os.nice(by)
    with contextlib.suppress(OSError):  # a sandbox of somebody else's that has no such call
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


@contextlib.contextmanager
def in_background(folder: Path) -> Iterator[None]:
    """Let whoever serves `folder` know that they come first, and leave them a processor, until the block is left.

    To be entered before this process has other threads: these, and what it starts, keep off that processor, too.
    """
    with contextlib.ExitStack() as held:
        if folder.is_dir():
            held.enter_context(_holding(folder / _LOCK))
            if _is_held(folder / _SERVED):
                held.enter_context(_room_left())
        yield


@contextlib.contextmanager
def in_foreground(folder: Path) -> Iterator[None]:
    """Let background work in `folder` know that somebody serves it, until the block is left."""
    with _holding(folder / _SERVED):
        yield


@contextlib.contextmanager
def before_background(folder: Path) -> Iterator[None]:
    """Let the calling thread come before all that shares its processor by turns, while background work is done in `folder`.

    A frame that loses its turn in its middle waits for a tick of 4 ms, whatever the weights (SCHED_FIFO, sched(7)). The thread must be
    one that waits for others again and again. Only while there is such work: clients on the same machine would wait for their server
    otherwise. Only if the kernel permits it: it is root's, and whose limit (RLIMIT_RTPRIO) or CAP_SYS_NICE lets them.
    """
    left = threading.Event()
    watch = threading.Thread(
        target=_watch,
        args=(folder / _LOCK, threading.get_native_id(), left),
        name="precedence",
        daemon=True,
    )
    watch.start()
    try:
        yield
    finally:
        left.set()
        watch.join()


@contextlib.contextmanager
def _holding(lock: Path) -> Iterator[None]:
    """Goes with the process, however it ends."""
    with lock.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


@contextlib.contextmanager
def _room_left() -> Iterator[None]:
    """Who serves finds a processor that does nothing, whatever the other ones do."""
    before = os.sched_getaffinity(0)
    rest = sorted(before)[max(1, len(before) // _ROOM) :]
    if rest:
        os.sched_setaffinity(0, rest)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _watch(lock: Path, thread: int, left: threading.Event) -> None:
    first = False
    while not left.wait(_LOOK_S):
        if _is_held(lock) != first and _put(thread, first=not first):
            first = not first
    if first:
        _put(thread, first=False)


def _put(thread: int, *, first: bool) -> bool:
    policy, priority = (os.SCHED_FIFO, _FIRST) if first else (os.SCHED_OTHER, 0)
    try:
        os.sched_setscheduler(thread, policy | os.SCHED_RESET_ON_FORK, os.sched_param(priority))
    except OSError:  # no permission
        return False
    return True


def _is_held(path: Path) -> bool:
    """Whether somebody holds the lock; another one who looks at the same moment is taken for that until the next look."""
    try:
        with path.open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks
        return False
    return False


def make_group_nice(by: int) -> None:
    """Give the whole group of this process a niceness, from -20 to 19, where the kernel has groups and lets it."""
    # A kernel without groups, no permission, or another one was changed a moment ago.
    with contextlib.suppress(OSError):
        _GROUP.write_text(str(by))
