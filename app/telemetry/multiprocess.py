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

from app import shared_memory

MULTIPROCESS_DIR = "PROMETHEUS_MULTIPROC_DIR"
PREFIX = "qloom-web-"
"""The names of the folders begin with it; then come the id of the master process and something random."""


def begin(data_dir: str | None) -> None:
    """Make an empty folder for the processes that will be forked, and remove those of webs that have ended.

    It is in shared memory, or else (macOS) in the data folder, or else in the one for temporary files.
    """
    os.environ.pop(MULTIPROCESS_DIR, None)  # of the web that executed this one anew
    for parent in (shared_memory.FOLDER, data_dir, tempfile.gettempdir()):
        with suppress(OSError):
            if parent and os.path.isdir(parent):
                for folder in shared_memory.left_behind(Path(parent), PREFIX, by_our_id=True):
                    shutil.rmtree(folder, ignore_errors=True)  # one of another user stays
                made = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=parent)  # mode 0700
                os.environ[MULTIPROCESS_DIR] = os.path.abspath(made)
                return


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
