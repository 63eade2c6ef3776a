"""A seccomp filter: system calls that a computation never makes fail with EPERM.

A filter is a program for the kernel's classic BPF (linux/filter.h, linux/seccomp.h; seccomp(2)). Numbers of
system calls are those of asm/unistd_64.h and asm-generic/unistd.h.
"""

import ctypes
import errno
import os
import platform
from collections.abc import Mapping

from app.sandbox.libc import prctl

PR_SET_SECCOMP, PR_GET_SECCOMP = 22, 21
SECCOMP_MODE_FILTER = 2
RETURN_ALLOW, RETURN_ERRNO = 0x7FFF0000, 0x00050000

LOAD, JUMP_IF_EQUAL, JUMP_IF_AT_LEAST, JUMP_IF_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
"""Instructions: load a word of ``struct seccomp_data``, three jumps, and return a verdict."""

NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
"""Offsets in ``struct seccomp_data``; of an argument, its low half on little-endian machines."""

X32_CALLS = 0x40000000
"""From this number on, x86-64 has the same calls again, for programs with short pointers."""

CLONE_THREAD = 0x00010000


ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""The numbers of linux/audit.h; the columns of the tables below are in this order."""

Calls = Mapping[str, tuple[int | None, int | None]]

REFUSED: Calls = {
    "socket": (41, 198),
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    "io_uring_setup": (425, 425),  # makes sockets as well
    "execve": (59, 221),
    "execveat": (322, 281),
    "fork": (57, None),
    "vfork": (58, None),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "open_by_handle_at": (304, 265),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
}
"""Network, programs, other processes, namespaces, mounts, and interfaces that only system tools need."""

TO_ITSELF: Calls = {"kill": (62, 129), "tgkill": (234, 131)}
"""Allowed to the process itself; 0 would be its process group, to which the worker belongs."""

OF_ITSELF: Calls = {"prlimit64": (302, 261)}
"""Allowed on the process itself, which may be written as 0."""

FOR_THREADS: Calls = {"clone": (56, 220)}
"""Allowed to start threads."""

NOT_THERE: Calls = {"clone3": (435, 435)}
"""A filter cannot read its arguments; on ENOSYS the C library calls ``clone`` instead."""


class Instruction(ctypes.Structure):
    """``struct sock_filter``."""

    _fields_ = (
        ("code", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),
        ("if_false", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class Program(ctypes.Structure):
    """``struct sock_fprog``."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(Instruction)))


def is_available() -> bool:
    """Return whether the kernel has seccomp and the call numbers of this machine are known here."""
    try:
        prctl(PR_GET_SECCOMP)
    except OSError:
        return False
    return platform.machine() in ARCHITECTURES


def restrict() -> None:
    """Refuse the calls from now on, in the calling thread and those that it starts.

    Without seccomp nothing happens. The process must have set ``PR_SET_NO_NEW_PRIVS``.

    Raises:
        OSError: the kernel has seccomp and refused.
    """
    if not is_available():
        return
    program = _program(platform.machine(), os.getpid())
    instructions = (Instruction * len(program))(*program)
    filter_ = Program(len(program), instructions)
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(filter_))


def _program(machine: str, own_pid: int) -> list[Instruction]:
    """Return the filter: each block compares the call's number and returns a verdict, or is jumped over."""
    column = list(ARCHITECTURES).index(machine)

    def numbers(calls: Calls) -> list[int]:
        return [number for row in calls.values() if (number := row[column]) is not None]

    allow = Instruction(RETURN, 0, 0, RETURN_ALLOW)
    refuse = Instruction(RETURN, 0, 0, RETURN_ERRNO | errno.EPERM)
    no_such_call = Instruction(RETURN, 0, 0, RETURN_ERRNO | errno.ENOSYS)
    first_argument = Instruction(LOAD, 0, 0, FIRST_ARGUMENT)
    is_thread = Instruction(JUMP_IF_ANY_BIT, 0, 1, CLONE_THREAD)
    is_itself = Instruction(JUMP_IF_EQUAL, 0, 1, own_pid)
    is_zero = Instruction(JUMP_IF_EQUAL, 1, 0, 0)

    program = [Instruction(LOAD, 0, 0, ARCHITECTURE)]
    program += [Instruction(JUMP_IF_EQUAL, 1, 0, ARCHITECTURES[machine]), refuse]
    program += [Instruction(LOAD, 0, 0, NUMBER)]
    if machine == "x86_64":
        program += [Instruction(JUMP_IF_AT_LEAST, 0, 1, X32_CALLS), refuse]
    blocks: list[tuple[Calls, list[Instruction]]] = [
        (REFUSED, [refuse]),
        (NOT_THERE, [no_such_call]),
        (FOR_THREADS, [first_argument, is_thread, allow, refuse]),
        (TO_ITSELF, [first_argument, is_itself, allow, refuse]),
        (OF_ITSELF, [first_argument, is_zero, is_itself, allow, refuse]),
    ]
    for calls, verdict in blocks:
        for number in numbers(calls):
            program += [Instruction(JUMP_IF_EQUAL, 0, len(verdict), number), *verdict]
    return [*program, allow]
