"""Landlock (Linux 5.13 and later): a process gives up the file system, TCP and signals to others, for good.

Called through `syscall`, as the C library has no wrappers: <linux/landlock.h>, landlock(7).
"""

import ctypes
import os
import platform

_CREATE_RULESET, _RESTRICT_SELF = 444, 446  # the same number on every architecture
_VERSION_FLAG = 1
# The rights that each ABI version added to the one before it: all of them are given up.
_FS_RIGHTS = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
_NET_RIGHTS = {4: 0b11}  # bind and connect TCP
_SCOPES = {6: 0b11}  # abstract UNIX sockets, signals


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


def _syscall(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return int(libc.syscall(ctypes.c_long(number), *arguments))


def abi() -> int | None:
    """The ABI version of this kernel; None if it has no Landlock or does not let us use it."""
    if platform.system() != "Linux":
        return None
    version = _syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_FLAG))
    return version if version > 0 else None


def restrict() -> int | None:
    """Give up everything that this kernel's ABI knows; files that are open stay open. Gives the ABI version.

    Needs no_new_privs. Errors: OSError if the kernel has Landlock and refuses.
    """
    version = abi()
    if version is None:
        return None
    ruleset = _Ruleset(
        handled_access_fs=_sum(_FS_RIGHTS, version),
        handled_access_net=_sum(_NET_RIGHTS, version),
        scoped=_sum(_SCOPES, version),
    )
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    handle = _syscall(_CREATE_RULESET, ctypes.byref(ruleset), ctypes.c_size_t(size), ctypes.c_uint32(0))
    if handle < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")
    try:
        # No rule is added: nothing stays allowed.
        if _syscall(_RESTRICT_SELF, ctypes.c_int(handle), ctypes.c_uint32(0)) != 0:
            raise OSError(ctypes.get_errno(), "landlock_restrict_self")
    finally:
        os.close(handle)
    return version


def _sum(rights: dict[int, int], version: int) -> int:
    return sum(bits for since, bits in rights.items() if since <= version)
