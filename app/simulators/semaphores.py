"""Named semaphores of multiprocessing: those of a killed worker stay in shared memory."""

import multiprocessing
import os
from contextlib import suppress
from pathlib import Path

FOLDER = Path("/dev/shm")  # noqa: S108  # where Linux shows POSIX semaphores (sem_overview(7))
PREFIX = "qloom-"


def name_after_process() -> None:
    """Let the names of this process's semaphores tell its id, and remove those of workers that have ended."""
    config = multiprocessing.current_process()._config  # type: ignore[attr-defined]
    config["semprefix"] = f"/{PREFIX}{os.getpid()}"
    for file in FOLDER.glob(f"sem.{PREFIX}*"):
        pid = file.name.removeprefix(f"sem.{PREFIX}").partition("-")[0]
        if not Path("/proc", pid).exists():
            with suppress(FileNotFoundError, PermissionError):  # another worker removed it, or owns it
                file.unlink()
