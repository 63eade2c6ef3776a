"""Named semaphores of multiprocessing: those of a killed worker stay in shared memory."""

import multiprocessing
import os
from contextlib import suppress

from app import shared_memory

PREFIX = "qloom-"


def name_after_process() -> None:
    """Let the names of this process's semaphores tell its id, and remove those of workers that have ended."""
    config = multiprocessing.current_process()._config  # type: ignore[attr-defined]
    config["semprefix"] = f"/{PREFIX}{os.getpid()}"
    for file in shared_memory.left_behind(shared_memory.FOLDER, f"sem.{PREFIX}"):
        with suppress(FileNotFoundError, PermissionError):  # another worker removed it, or owns it
            file.unlink()
