"""Who comes first at the processors: whoever serves people at work."""

import contextlib
import fcntl
import os
import threading
from collections.abc import Iterator
from pathlib import Path

# sched(7): where processes are grouped by their session, niceness counts within the group alone, and groups share alike.
_GROUP = Path("/proc/self/autogroup")
_FIRST = -10  # nine times another group's weight: what is woken for a frame waits for nobody's turn, and others still get theirs
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
def before_background(folder: Path) -> Iterator[None]:
    """Let background work in `folder` leave room, and the session of processes that this one leads come before it while there is any.

    Only then: what is served from waits for its own clients where they are on the same machine. Only if this process leads a session,
    or a shell with everything in it would come first; and if the kernel permits it: niceness below zero is root's, and whose limit
    (RLIMIT_NICE) or CAP_SYS_NICE lets them.
    """
    with _holding(folder / _SERVED), _first(folder / _LOCK):
        yield


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


@contextlib.contextmanager
def _first(lock: Path) -> Iterator[None]:
    if os.getsid(0) != os.getpid() or not _GROUP.exists():
        yield
        return
    left = threading.Event()
    watch = threading.Thread(target=_watch, args=(lock, left), name="precedence", daemon=True)
    watch.start()
    try:
        yield
    finally:
        left.set()
        watch.join()


def _watch(path: Path, left: threading.Event) -> None:
    first = False
    while not left.wait(_LOOK_S):
        if _is_held(path) != first and make_group_nice(0 if first else _FIRST):
            first = not first
    if first:
        make_group_nice(0)


def _is_held(path: Path) -> bool:
    try:
        with path.open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks
        return False
    return False


def make_group_nice(by: int) -> bool:
    """Give the whole group of this process a niceness, from -20 to 19; whether the kernel has groups and lets it."""
    try:
        _GROUP.write_text(str(by))
    except OSError:  # a kernel without them, no permission, or another one was changed a moment ago
        return False
    return True
