"""The disk of the data folder: whether it has room, and the message for the operator if it has none."""

import errno
import os
import shutil
import time
from pathlib import Path
from threading import Lock

from embedded.terminal import Terminal

MIB = 1024 * 1024
NEEDED_BYTES = 128 * MIB
"""Room for a first start, with a reserve; PostgreSQL's cluster takes most of it."""

FULL_BYTES = 4 * MIB
"""With less room than this, any failure is assumed to be caused by the full disk."""

NO_SPACE = os.strerror(errno.ENOSPC)

LINE_SECONDS = 60.0
"""The least time between two messages to the operator."""


class Disk:
    """The disk of a folder, which need not exist yet."""

    def __init__(self, folder: Path, terminal: Terminal) -> None:
        self._folder = folder
        self._terminal = terminal
        self._lock = Lock()
        self._told_at = -LINE_SECONDS

    def has_room(self) -> bool:
        """Return whether there is enough room for a start."""
        return self._free_bytes() >= NEEDED_BYTES

    def is_cause_of(self, error: Exception) -> bool:
        """Return whether something failed because the disk is full."""
        return NO_SPACE in str(error) or self._free_bytes() < FULL_BYTES

    def tell(self, what: str) -> None:
        """Tell the operator that the disk is full, and what does not work because of it."""
        with self._lock:
            now = time.monotonic()
            if now - self._told_at < LINE_SECONDS:
                return
            self._told_at = now
        self._terminal.say(
            f"the disk of {self._folder} is full, and {what}: free {NEEDED_BYTES // MIB} MiB there, or set "
            "QLOOM_DATA_DIR to a folder on another disk"
        )

    def _free_bytes(self) -> int:
        folder = next(each for each in (self._folder, *self._folder.parents) if each.exists())
        return shutil.disk_usage(folder).free
