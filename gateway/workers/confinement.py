"""What a decode worker gives up before it sees the first untrusted byte, and what this kernel lets it give up."""

import contextlib
import ctypes
import os
import resource
import signal
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gateway.workers import landlock, seccomp

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_NOBODY = 65_534
_OPEN_FILES = 16  # three standard ones, the input and the output, and the Landlock ruleset while it is made


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`memory_bytes` beyond what a fresh worker has; `seconds` of processor time, and as many asleep.

    A file gets `seconds_per_mib` more for each MiB: a long loop on a busy machine is no hang.
    """

    memory_bytes: int = 2 << 30
    seconds: int = 120
    seconds_per_mib: float = 2.0
    output_bytes: int = 2 << 30

    def allowed_s(self, size: int) -> int:
        """Seconds for a file of `size` bytes."""
        return self.seconds + int(self.seconds_per_mib * size / (1 << 20))


@dataclass(frozen=True, slots=True, kw_only=True)
class Confinement:
    """What protects the decode workers here. `landlock_abi` is None where the kernel has no Landlock."""

    rlimits: bool
    no_new_privs: bool
    landlock_abi: int | None
    seccomp: bool

    def describe(self) -> str:
        """One line for an operator."""
        parts = [
            "resource limits" if self.rlimits else "NO resource limits",
            "no_new_privs" if self.no_new_privs else "NO no_new_privs",
            f"Landlock ABI {self.landlock_abi}"
            if self.landlock_abi
            else "NO Landlock (kernel 5.13 or later has it)",
            "seccomp" if self.seccomp else "NO seccomp",
        ]
        return ", ".join(parts)


def status() -> Confinement:
    """What this kernel offers to a process of ours. Changes nothing."""
    return Confinement(
        rlimits=True,
        no_new_privs=_prctl(39, 0) >= 0,  # PR_GET_NO_NEW_PRIVS
        landlock_abi=landlock.abi(),
        seccomp=seccomp.available(),
    )


def confine(limits: Limits, size: int = 0) -> Confinement:
    """Give up privileges, files, network, processes and all but `limits` of resources, for good.

    `size`: of the file that will be opened, in bytes.

    Call it in a single-threaded process with nothing open but what it needs. Errors: OSError, and then the process
    must not go on.
    """
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _prefer_for_oom()
    _drop_root()
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # a change of user clears it
    _prctl(_PR_SET_DUMPABLE, 0)
    _limit(limits, size)
    if _prctl(_PR_SET_NO_NEW_PRIVS, 1) != 0:
        raise OSError("no_new_privs")
    version = landlock.restrict()
    return Confinement(rlimits=True, no_new_privs=True, landlock_abi=version, seccomp=seccomp.restrict())


def _prctl(option: int, value: int) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    return int(libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0))


def _prefer_for_oom() -> None:
    with contextlib.suppress(OSError):  # the worker rather than the server, if memory runs out
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _drop_root() -> None:
    if os.geteuid() != 0:
        return
    with contextlib.suppress(PermissionError):  # a container's root without capabilities has nothing to drop
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)


def _limit(limits: Limits, size: int) -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    base = pages * resource.getpagesize()
    for kind, value in (
        (resource.RLIMIT_AS, base + limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.allowed_s(size)),
        (resource.RLIMIT_FSIZE, limits.output_bytes),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
    ):
        _, hard = resource.getrlimit(kind)
        lowered = value if hard == resource.RLIM_INFINITY else min(value, hard)
        # Between the two lies SIGXCPU, which says why; at the second the kernel kills, as it does without memory.
        grace = 1 if kind == resource.RLIMIT_CPU and (hard == resource.RLIM_INFINITY or lowered < hard) else 0
        resource.setrlimit(kind, (lowered, lowered + grace))
