"""What a simulator process tries in the tests of its sandbox; the whole file is executed there, by its text.

It imports nothing of the project, which could not be found there. ``report`` is what came of each attempt:
"refused" and the error's name, or "done".
"""

import ctypes
import errno
import os
import resource
import socket
import stat
import subprocess
import threading
from collections.abc import Callable

PARENT = os.getppid()
LIBC = ctypes.CDLL(None, use_errno=True)
IO_URING_SETUP, PIDFD_OPEN = 425, 434
PTRACE_ATTACH = 16
PR_GET_DUMPABLE, PR_CAPBSET_READ, PR_GET_NO_NEW_PRIVS = 3, 23, 39


def attempt(action: Callable[[], object]) -> str:
    """What came of an action."""
    try:
        action()
    except OSError as error:
        return f"refused {errno.errorcode[error.errno or 0]}"
    return "done"


def call(function: Callable[..., int], *arguments: object) -> None:
    """Call the C library; its errors as Python's."""
    if function(*arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")


def write(path: str) -> None:
    """Make a file."""
    with open(path, "w") as file:
        file.write("here")


def read(path: str) -> None:
    """Read some of a file."""
    with open(path, "rb") as file:
        file.read(1)


def in_thread(action: Callable[[], object]) -> str:
    """What came of an action in a new thread."""
    outcome: list[str] = []
    thread = threading.Thread(target=lambda: outcome.append(attempt(action)))
    thread.start()
    thread.join()
    return outcome[0]


def capabilities() -> list[int]:
    """The effective, permitted and inheritable sets."""
    sets = (ctypes.c_uint32 * 6)()
    call(LIBC.capget, (ctypes.c_uint32 * 2)(0x20080522, 0), sets)
    return list(sets)


def raise_limits() -> None:
    """Allow itself files; Python says of a refusal "not allowed to raise maximum limit"."""
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
    except ValueError as error:
        raise PermissionError(errno.EPERM, "refused") from error


def open_kinds() -> list[str]:
    """The kinds of the open file descriptors."""
    kinds = set()
    for number in range(256):
        try:
            kinds.add(stat.filemode(os.fstat(number).st_mode)[0])
        except OSError:
            continue
    return sorted(kinds)


def run(data_file: str, port: int, scratch: str) -> dict[str, object]:
    """Try everything."""
    address = ctypes.create_string_buffer(16)
    vector = (ctypes.c_size_t * 2)(ctypes.addressof(address), 16)
    return {
        "environment": dict(os.environ),
        "no_new_privileges": LIBC.prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
        "dumpable": LIBC.prctl(PR_GET_DUMPABLE, 0, 0, 0, 0),
        "capabilities": capabilities(),
        "bounding_set": [each for each in range(41) if LIBC.prctl(PR_CAPBSET_READ, each, 0, 0, 0) == 1],
        "limits": [resource.getrlimit(resource.RLIMIT_CORE), resource.getrlimit(resource.RLIMIT_FSIZE)],
        "open": open_kinds(),
        "attempts": {
            "read code": attempt(lambda: read(os.__file__)),
            "start a thread": in_thread(lambda: None),
            "signal itself": attempt(lambda: os.kill(os.getpid(), 0)),
            "read /etc/passwd": attempt(lambda: read("/etc/passwd")),
            "read /etc/passwd in a thread": in_thread(lambda: read("/etc/passwd")),
            "read the data folder": attempt(lambda: read(data_file)),
            "list the data folder": attempt(lambda: os.listdir(os.path.dirname(data_file))),
            "list /": attempt(lambda: os.listdir("/")),
            "write to /tmp": attempt(lambda: write(f"{scratch}/written")),
            "remove a file": attempt(lambda: os.remove(data_file)),
            "write code": attempt(lambda: write(f"{os.__file__}.written")),
            "read its own memory": attempt(lambda: read("/proc/self/mem")),
            "read the parent's environment": attempt(lambda: read(f"/proc/{PARENT}/environ")),
            "read the parent's memory": attempt(lambda: read(f"/proc/{PARENT}/mem")),
            "read the parent's memory by call": attempt(
                lambda: call(LIBC.process_vm_readv, PARENT, vector, 1, vector, 1, 0)
            ),
            "trace the parent": attempt(lambda: call(LIBC.ptrace, PTRACE_ATTACH, PARENT, 0, 0)),
            "signal the parent": attempt(lambda: os.kill(PARENT, 0)),
            "signal its group": attempt(lambda: os.killpg(0, 0)),
            "signal everybody": attempt(lambda: os.kill(-1, 0)),
            "open the parent": attempt(lambda: call(LIBC.syscall, PIDFD_OPEN, PARENT, 0)),
            "limit the parent": attempt(lambda: resource.prlimit(PARENT, resource.RLIMIT_NOFILE, (1, 1))),
            "connect to PostgreSQL": attempt(lambda: socket.create_connection(("127.0.0.1", port), 1)),
            "make a TCP socket": attempt(lambda: socket.socket(socket.AF_INET)),
            "make a TCP socket (IPv6)": attempt(lambda: socket.socket(socket.AF_INET6)),
            "make a UDP socket": attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)),
            "make a Unix socket": attempt(lambda: socket.socket(socket.AF_UNIX)),
            "use io_uring": attempt(
                lambda: call(LIBC.syscall, IO_URING_SETUP, 1, ctypes.create_string_buffer(120))
            ),
            "fork": attempt(os.fork),
            "execute a setuid program": attempt(lambda: os.execv("/bin/su", ["su", "--version"])),  # noqa: S606
            "start a program": attempt(lambda: subprocess.run(["/bin/true"], check=False)),
            "raise its limits": attempt(raise_limits),
            "become another user": attempt(lambda: os.setuid(12345)),
        },
    }
