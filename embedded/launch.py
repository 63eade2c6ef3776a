"""A small exec wrapper: the program that it starts ends when the process that started it ends.

Started as ``python -I -S launch.py SPEC PROGRAM ARGUMENT...`` and replaced by PROGRAM. SPEC is JSON:
``parent`` (pid), ``death_signal`` (number), and for a server that refuses to run as root ``uid``, ``gid`` and
``reach``, the paths that it has to get at. It imports nothing of the project, so that it starts in 20 ms.

On Linux the kernel sends ``death_signal`` when the parent *thread* ends (prctl(2), PR_SET_PDEATHSIG);
elsewhere the next start ends what is left (``embedded.leftovers``).
"""

import ctypes
import json
import os
import signal
import sys
from typing import TypedDict

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2

# Python ignores SIGPIPE and SIGXFSZ, and a shell's background job ignores SIGINT: exec would hand that on.
SIGNALS_TO_RESET = [
    *(signal.SIGPIPE, signal.SIGXFSZ),
    *(signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP),
]


class LaunchSpec(TypedDict):
    """How to start a program; ``uid`` is null when the user stays the same."""

    parent: int
    death_signal: int
    uid: int | None
    gid: int | None
    reach: list[str]


def set_death_signal(signal_number: int) -> None:
    """Ask the kernel to send this signal to the calling process when its parent ends (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)


def become(uid: int, gid: int, reach: list[str]) -> None:
    """Change to another user, and make sure that this user can reach every path of ``reach``.

    A checkout below a private folder (``/root``, a 0700 temporary folder) is closed to that user. Instead of
    opening the folder to everybody, the process keeps one capability of root: to pass and read folders.

    Raises:
        PermissionError: a path cannot be reached even so.
    """
    libc = ctypes.CDLL(None)
    if sys.platform == "linux":
        libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if _can_reach(reach):
        return
    if sys.platform == "linux":
        for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
            if _keep_capability(libc, capability) and _can_reach(reach):
                return
    for path in reach:
        os.stat(path)


def _can_reach(paths: list[str]) -> bool:
    try:
        for path in paths:
            os.stat(path)
    except PermissionError:
        return False
    return True


def _keep_capability(libc: ctypes.CDLL, capability: int) -> bool:
    """Make the capability effective and ambient, so that it outlives the exec (capabilities(7))."""
    bits = 1 << capability
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    effective_permitted_inheritable = (ctypes.c_uint32 * 6)(bits, bits, bits, 0, 0, 0)
    if libc.capset(header, effective_permitted_inheritable) != 0:
        return False
    return int(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0)) == 0


def main(arguments: list[str]) -> None:
    """Prepare this process as the spec says and become the program."""
    spec: LaunchSpec = json.loads(arguments[0])
    command = arguments[1:]
    for number in SIGNALS_TO_RESET:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    try:
        if spec["uid"] is not None and spec["gid"] is not None:
            become(spec["uid"], spec["gid"], spec["reach"])
        set_death_signal(spec["death_signal"])
        if os.getppid() != spec["parent"]:
            sys.exit("the parent ended before its child began")
        os.execvp(command[0], command)  # noqa: S606 - no shell is meant
    except OSError as error:
        sys.exit(f"cannot run {command[0]}: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
