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
    status, line = 1, ""
    told = os.dup(2)
    try:
        _hush()
        _lower(resource.RLIMIT_AS, limits.memory_bytes)
        _lower(resource.RLIMIT_CPU, limits.seconds)
        _lower(resource.RLIMIT_CORE, 0)
        signal.alarm(limits.seconds)
        work()
        status = 0
    except ViewerError as error:
        line = f"error: {error}"
    except MemoryError:
        line = "error: the picture needs more memory than is allowed"
    except OSError as error:
        where = f"`{error.filename}`: " if error.filename else ""
        line = f"error: {where}{error.strerror or 'input or output failed'}"
    except BaseException as error:  # noqa: BLE001 - whatever is left (a panic of Rust, too) is a line, no traceback
        line = f"error: the file can't be drawn ({type(error).__name__})"
    finally:
        sys.stdout.flush()
        if line:
            os.write(told, f"{line}\n".encode(errors="replace"))
        os._exit(status)


def _hush() -> None:
    """Standard error to nowhere: decoders print to it, and what they print could quote the file."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _lower(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    lowered = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (lowered, lowered))
