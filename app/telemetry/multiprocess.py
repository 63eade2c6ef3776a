"""The folder in which the web's processes count together; it exists from the first process to the last.

The library looks for it when it is imported, so this module imports the library only inside a function
(https://prometheus.github.io/client_python/multiprocess/). If there is no room for the folder, each process
counts for itself.
"""

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

MULTIPROCESS_DIR = "PROMETHEUS_MULTIPROC_DIR"
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  # files there are in memory: no disk fills up under them
PREFIX = "qloom-web-"
"""The names of the folders begin with it; then come the id of the master process and something random."""


def begin(data_dir: str | None) -> None:
    """Make an empty folder for the processes that will be forked, and remove those of webs that have ended.

    It is in shared memory, or else (macOS) in the data folder, or else in the one for temporary files.
    """
    os.environ.pop(MULTIPROCESS_DIR, None)  # of the web that executed this one anew
    for parent in (SHARED_MEMORY, data_dir, tempfile.gettempdir()):
        with suppress(OSError):
            if parent and os.path.isdir(parent):
                _remove_left_behind(Path(parent))
                folder = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=parent)  # mode 0700
                os.environ[MULTIPROCESS_DIR] = os.path.abspath(folder)
                return


def _remove_left_behind(parent: Path) -> None:
    """Remove the folders of webs that were killed."""
    for folder in parent.glob(f"{PREFIX}*-*"):
        pid = folder.name.removeprefix(PREFIX).partition("-")[0]
        if pid == str(os.getpid()) or not _exists(pid):
            shutil.rmtree(folder, ignore_errors=True)  # one of another user stays


def join() -> None:
    """Make sure that the folder exists for a new process: some systems remove old temporary folders."""
    if folder := os.environ.get(MULTIPROCESS_DIR):
        with suppress(OSError):  # then the process counts in its memory
            os.makedirs(folder, mode=0o700, exist_ok=True)


def forget(pid: int) -> None:
    """Remove the gauges of a process that has ended; its counters stay."""
    if MULTIPROCESS_DIR in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(pid)  # type: ignore[no-untyped-call]


def end() -> None:
    """Remove the folder."""
    if folder := os.environ.pop(MULTIPROCESS_DIR, None):
        shutil.rmtree(folder, ignore_errors=True)


def _exists(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except PermissionError:
        return True
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    return True
