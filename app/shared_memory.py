"""Files in the system's shared memory whose names tell which process made them.

They are in memory, so no disk fills up under them. Those of a killed process stay, and a later process
removes them.
"""

import os
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path("/dev/shm")  # noqa: S108  # on Linux, POSIX semaphores are here too: sem_overview(7)


def left_behind(folder: Path, prefix: str, *, by_our_id: bool = False) -> Iterator[Path]:
    """Give the files in a folder that are named PREFIX<process id>-… and whose process has ended.

    ``by_our_id``: also those with the id of this process, which another process had before.
    """
    for file in folder.glob(f"{prefix}*-*"):
        process_id = file.name.removeprefix(prefix).partition("-")[0]
        if not _exists(process_id) or (by_our_id and process_id == str(os.getpid())):
            yield file


def _exists(process_id: str) -> bool:
    try:
        os.kill(int(process_id), 0)
    except PermissionError:
        return True
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    return True
