"""Landlock, which restricts files, TCP and signals of a process (Linux 5.13 and later; all since 6.12).

Numbers and structures are those of linux/landlock.h; https://docs.kernel.org/userspace-api/landlock.html.
"""

import ctypes
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from app.sandbox.libc import syscall

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""System calls, with the same numbers on every architecture."""

CREATE_RULESET_VERSION = 1
RULE_PATH_BENEATH = 1
READ_FILE, READ_DIR = 1 << 2, 1 << 3

FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""The number of rights on files in each version (ABI), from bit 0; later versions have as many as 5."""

ABI_WITH_TCP, TCP_RIGHTS = 4, 0b11
"""To bind and to connect."""

ABI_WITH_SCOPES, SCOPES = 6, 0b11
"""Abstract Unix sockets, and signals to processes outside."""


class RulesetAttributes(ctypes.Structure):
    """``struct landlock_ruleset_attr``: what is forbidden unless a rule allows it."""

    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class PathBeneath(ctypes.Structure):
    """``struct landlock_path_beneath_attr``: what is allowed below a path."""

    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def version() -> int:
    """Return the kernel's version of Landlock (its ABI); 0 if it has none, or refuses to tell."""
    try:
        return syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(CREATE_RULESET_VERSION))
    except OSError:
        return 0


def restrict(readable: Iterable[Path] | None) -> None:
    """Restrict what the calling thread, and those that it starts, may open and reach.

    What is open stays usable. Without Landlock in the kernel nothing happens. The process must have set
    ``PR_SET_NO_NEW_PRIVS``.

    Args:
        readable: folders and files that may be read; missing and unreadable ones are left out. ``None``
            leaves files unrestricted.

    Raises:
        OSError: the kernel has Landlock and refused.
    """
    abi = version()
    if abi == 0:
        return
    attributes = RulesetAttributes(
        handled_access_fs=0 if readable is None else (1 << FILE_RIGHTS.get(abi, FILE_RIGHTS[5])) - 1,
        handled_access_net=TCP_RIGHTS if abi >= ABI_WITH_TCP else 0,
        scoped=SCOPES if abi >= ABI_WITH_SCOPES else 0,
    )
    if not (attributes.handled_access_fs or attributes.handled_access_net):
        return
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    ruleset = syscall(CREATE_RULESET, ctypes.byref(attributes), size, ctypes.c_uint32(0))
    try:
        for path in readable or ():
            with suppress(FileNotFoundError, PermissionError):
                _allow_reading(ruleset, path)
        syscall(RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    finally:
        os.close(ruleset)


def _allow_reading(ruleset: int, path: Path) -> None:
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        is_folder = stat.S_ISDIR(os.fstat(opened).st_mode)
        rule = PathBeneath(READ_FILE | READ_DIR if is_folder else READ_FILE, opened)
        kind, no_flags = ctypes.c_int(RULE_PATH_BENEATH), ctypes.c_uint32(0)
        syscall(ADD_RULE, ctypes.c_int(ruleset), kind, ctypes.byref(rule), no_flags)
    finally:
        os.close(opened)
