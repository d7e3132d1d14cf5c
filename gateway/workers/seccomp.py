"""A seccomp filter by allow list: computing, memory, and the files that are open; everything else is EPERM.

No socket, no new process, no new program, no new file, no executable memory: <linux/seccomp.h>, seccomp(2).
"""

import ctypes
import errno
import platform
import struct

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_PR_GET_SECCOMP = 21
_RET_KILL_PROCESS, _RET_ERRNO, _RET_ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_REFUSE = _RET_ERRNO | errno.EPERM

# Classic BPF, <linux/filter.h>; offsets into struct seccomp_data.
_LOAD, _EQUALS, _HAS_BITS, _RETURN = 0x20, 0x15, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENT_2 = 0, 4, 32
_PROT_EXEC = 4

# architecture -> (AUDIT_ARCH_*, numbers that are allowed, numbers whose third argument must not say PROT_EXEC)
_TABLES: dict[str, tuple[int, tuple[int, ...], tuple[int, ...]]] = {
    "x86_64": (
        0xC000003E,
        (
            *(
                0,
                1,
                3,
                5,
                8,
                11,
                12,
                13,
                14,
                15,
            ),  # read write close fstat lseek munmap brk rt_sig{action,procmask,return}
            *(
                17,
                18,
                19,
                20,
                24,
                25,
                28,
                39,
                60,
                63,
            ),  # pread pwrite readv writev yield mremap madvise getpid exit uname
            *(
                77,
                98,
                99,
                102,
                104,
                107,
                108,
                131,
            ),  # ftruncate getrusage sysinfo getuid getgid geteuid getegid sigaltstack
            *(
                186,
                202,
                204,
                219,
                228,
                229,
                231,
                262,
            ),  # gettid futex getaffinity restart clock_{gettime,getres} exit_group fstatat
            *(318, 324, 334),  # getrandom membarrier rseq
        ),
        (9, 10),  # mmap mprotect
    ),
    "aarch64": (
        0xC00000B7,
        (
            *(63, 64, 57, 80, 62, 215, 214, 134, 135, 139),
            *(67, 68, 65, 66, 124, 216, 233, 172, 93, 160),
            *(46, 165, 179, 174, 176, 175, 177, 132),
            *(178, 98, 123, 128, 113, 114, 94, 79),
            *(278, 283, 293),
        ),
        (222, 226),
    ),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def available() -> bool:
    """Whether this kernel takes filters, and this architecture has a table here."""
    if platform.system() != "Linux" or platform.machine() not in _TABLES:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_GET_SECCOMP, 0, 0, 0, 0) < 0:
        return False
    # A NULL program is refused with EFAULT where filters exist and with EINVAL where they do not.
    libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.c_void_p(0), 0, 0)
    return ctypes.get_errno() == errno.EFAULT


def restrict() -> bool:
    """Install the filter, for good; False where there is none to install.

    Needs no_new_privs. Errors: OSError if the kernel has filters and refuses.
    """
    if not available():
        return False
    code = program(platform.machine())
    buffer = ctypes.create_string_buffer(code, len(code))
    made = _Program(length=len(code) // 8, filter=ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(made), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return True


def program(machine: str) -> bytes:
    """The filter for an architecture, as classic BPF."""
    architecture, allowed, not_executable = _TABLES[machine]
    checks = len(allowed) + len(not_executable)
    refuse = 3 + checks  # then: look at PROT_EXEC (2), refuse, allow, kill
    look, allow, kill = refuse + 1, refuse + 4, refuse + 5
    lines = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUALS, 0, kill - 2, architecture),
        (_LOAD, 0, 0, _NUMBER),
    ]
    lines += [(_EQUALS, allow - len(lines) - at - 1, 0, number) for at, number in enumerate(allowed)]
    lines += [(_EQUALS, look - len(lines) - at - 1, 0, number) for at, number in enumerate(not_executable)]
    lines += [
        (_RETURN, 0, 0, _REFUSE),
        (_LOAD, 0, 0, _ARGUMENT_2),
        (_HAS_BITS, 0, 1, _PROT_EXEC),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _RET_ALLOW),
        (_RETURN, 0, 0, _RET_KILL_PROCESS),
    ]
    return b"".join(struct.pack("=HBBI", *line) for line in lines)
