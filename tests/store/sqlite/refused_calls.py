"""Lets system calls of this process fail from now on, as they do on file systems that do not have them.

A seccomp filter (Linux, `SECCOMP_SET_MODE_FILTER` of seccomp(2)) has the kernel itself refuse the call. It cannot be taken
back, so only a process of its own may set one. Its numbers are those of linux/seccomp.h, linux/filter.h and the tables of calls.
"""

import ctypes
import platform
import struct

_CALLS = {
    "x86_64": {"flock": 73, "fcntl": 72, "mmap": 9},
    "aarch64": {"flock": 32, "fcntl": 25, "mmap": 222},
}
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_ARGUMENTS = 16  # the offset of a call's arguments in `struct seccomp_data`; each takes 8 bytes
F_SETLK, MAP_SHARED = 6, 1


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def refuse(call: str, error: int) -> None:
    """Let a call fail with an error number: `flock`, `fcntl` where it locks, or `mmap` where it shares memory."""
    number = _CALLS[platform.machine()][call]
    condition = {
        "flock": [],
        "fcntl": [(_LOAD, 0, 0, _ARGUMENTS + 8), (_EQUAL, 0, 1, F_SETLK)],
        "mmap": [(_LOAD, 0, 0, _ARGUMENTS + 3 * 8), (_ANY_BIT, 0, 1, MAP_SHARED)],
    }[call]
    code = [
        (_LOAD, 0, 0, 0),
        (_EQUAL, 0, len(condition) + 1, number),
        *condition,
        (_RETURN, 0, 0, _ERRNO | error),
        (_RETURN, 0, 0, _ALLOW),
    ]
    packed = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *instruction) for instruction in code))
    program = _Program(len(code), ctypes.addressof(packed))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.prctl(_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0):
        raise OSError(ctypes.get_errno(), "no filter of system calls could be set")
