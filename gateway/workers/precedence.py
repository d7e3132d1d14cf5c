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
    """Let whoever serves `folder` know that they come first, until the block is left."""
    with contextlib.ExitStack() as held:
        if folder.is_dir():
            lock = held.enter_context((folder / _LOCK).open("ab"))
            fcntl.flock(lock, fcntl.LOCK_SH)  # goes with the process, however it ends
        yield


@contextlib.contextmanager
def before_background(folder: Path) -> Iterator[None]:
    """Let the session of processes that this one leads come before others while background work is done in `folder`.

    Only then: what is served from waits for its own clients where they are on the same machine. Only if this process leads a session,
    or a shell with everything in it would come first; and if the kernel permits it: niceness below zero is root's, and whose limit
    (RLIMIT_NICE) or CAP_SYS_NICE lets them.
    """
    if os.getsid(0) != os.getpid() or not _GROUP.exists():
        yield
        return
    left = threading.Event()
    watch = threading.Thread(target=_watch, args=(folder / _LOCK, left), name="precedence", daemon=True)
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
