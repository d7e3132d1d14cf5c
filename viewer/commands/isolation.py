"""Work on an untrusted file in a process of its own with limits.

So a decoder that crashes, hangs or bloats is a line of error too.
"""

import os
import resource
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from viewer.errors import ViewerError


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Of one command: address space in bytes, and seconds, of CPU as well as of the clock."""

    memory_bytes: int = 6 << 30
    seconds: int = 60


def isolated(work: Callable[[], None], limits: Limits | None = None) -> int:
    """The exit status of `work`, done in a forked process: 0, or 1 and one line on standard error."""
    limits = limits or Limits()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        _child(work, limits)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status):
        return 1 if os.WEXITSTATUS(status) else 0
    slow = os.WTERMSIG(status) in {signal.SIGXCPU, signal.SIGALRM}
    cause = f"took longer than {limits.seconds} s" if slow else "crashed"
    print(f"error: the decoder {cause}", file=sys.stderr)
    return 1


def _child(work: Callable[[], None], limits: Limits) -> NoReturn:
    status = 1
    try:
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
        resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.alarm(limits.seconds)
        work()
        status = 0
    except ViewerError as error:
        print(f"error: {error}", file=sys.stderr)
    except MemoryError:
        print("error: the picture needs more memory than is allowed", file=sys.stderr)
    except OSError as error:
        print(f"error: `{error.filename}`: {error.strerror}", file=sys.stderr)
    except BaseException as error:  # noqa: BLE001 - whatever is left (a panic of Rust, too) is a line, no traceback
        print(f"error: the file can't be drawn ({type(error).__name__})", file=sys.stderr)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
