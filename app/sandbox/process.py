"""Takes from the calling process what a computation does not need."""

import ctypes
import logging
import os
import resource
import site
import stat
import sys
import sysconfig
from contextlib import suppress
from pathlib import Path

import app
from app.sandbox import landlock, seccomp
from app.sandbox.libc import capset, prctl

logger = logging.getLogger(__name__)

PYTHON = Path(__file__).with_name("clean-python")
"""Starts the interpreter of ``SANDBOX_PYTHON`` with an environment that has only what computing needs."""

PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 4, 24, 38
CAPABILITY_VERSION_3 = 0x20080522
MOST_CAPABILITIES = 64

LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache")
FACTS = (
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/self/cgroup",
    "/proc/self/mountinfo",
    "/proc/self/statm",
    "/sys/fs/cgroup",
    "/sys/devices/system/cpu",
    "/dev/null",
    "/dev/urandom",
)
"""What libraries read about the machine, and the parse guard about the size of its process."""


def enter(*, files_stay_open: bool) -> None:
    """Restrict the process for good; it must not have started threads.

    1. On every system it can write no file, and leaves no core file.
    2. On Linux it can gain no privilege by executing a program, has no capability, and cannot be traced by
       its own user.
    3. On Linux it can read no files but those of installed libraries (``landlock``), unless
       ``files_stay_open``.
    4. On Linux it cannot use the network, reach other processes or start a child (``landlock``, ``seccomp``).

    Raises:
        OSError: the kernel has one of these and refused it.
    """
    for limit in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        resource.setrlimit(limit, (0, 0))
    if sys.platform != "linux":
        return
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    landlock.restrict(None if files_stay_open else readable())
    _drop_capabilities()
    prctl(PR_SET_DUMPABLE, 0)
    seccomp.restrict()


def warn_of_what_is_missing() -> None:
    """Log which restrictions the machine does not have, and that simulators cannot write to a file."""
    if sys.platform != "linux" or landlock.version() == 0:
        logger.warning("No Landlock here: simulator processes can read the files that this worker can")
    if sys.platform != "linux" or not seccomp.is_available():
        logger.warning("No seccomp filter here: simulator processes can open connections and start programs")
    if any(stat.S_ISREG(os.fstat(output).st_mode) for output in (1, 2)):
        logger.warning(
            "The output is a file, and simulator processes cannot write to files: send it to a pipe"
        )


def readable() -> list[Path]:
    """Return the folders of Python, of installed packages, of Qloom's code and of shared libraries."""
    python = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    shared = [
        *LIBRARIES,
        f"{sys.base_prefix}/lib",
        *filter(None, os.environ.get("LD_LIBRARY_PATH", "").split(":")),
    ]
    return [Path(path) for path in {*python, *site.getsitepackages(), *app.__path__, *shared, *FACTS}]


def _drop_capabilities() -> None:
    """Drop the capabilities, and the right to get them back by executing a program."""
    for number in range(MOST_CAPABILITIES):
        with suppress(OSError):  # no such capability, or not root, who alone has them
            prctl(PR_CAPBSET_DROP, number)
    none_of_any = (ctypes.c_uint32 * 6)()
    capset((ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0), none_of_any)
