"""The folder in which the web's processes count together; it exists from the first process to the last.

The library looks for it when it is imported, so this module imports the library only inside a function
(https://prometheus.github.io/client_python/multiprocess/).
"""

import os
import shutil
import tempfile

MULTIPROCESS_DIR = "PROMETHEUS_MULTIPROC_DIR"


def begin(data_dir: str | None, port: str) -> None:
    """Make an empty folder for the processes that will be forked; files of an earlier run would be added.

    It is in the data folder if there is one, else in the system's folder for temporary files.
    """
    if data_dir:
        folder = os.path.join(data_dir, f"web-metrics-{port}")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
    else:
        folder = tempfile.mkdtemp(prefix="qloom-metrics-")
    os.environ[MULTIPROCESS_DIR] = os.path.abspath(folder)


def join() -> None:
    """Make sure that the folder exists for a new process: some systems remove old temporary folders."""
    os.makedirs(os.environ[MULTIPROCESS_DIR], exist_ok=True)


def forget(pid: int) -> None:
    """Remove the gauges of a process that has ended; its counters stay."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(pid)  # type: ignore[no-untyped-call]


def end() -> None:
    shutil.rmtree(os.environ.pop(MULTIPROCESS_DIR), ignore_errors=True)
