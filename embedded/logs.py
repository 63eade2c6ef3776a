"""One bounded log file for each part, and the last lines of it in memory."""

import os
from collections import deque
from collections.abc import Callable
from pathlib import Path
from threading import Lock

MAX_LOG_BYTES = 10 * 1024 * 1024
REMEMBERED_LINES = 50


class PartLog:
    """The output of one part: ``path``, and the run or the megabytes before it in ``path.1``.

    Args:
        path: the file; the one of an earlier run is kept as ``path.1``.
        on_line: called with each line, in the thread that reads the part's output.
        max_bytes: the size at which the file becomes ``path.1`` and a new one begins.
    """

    def __init__(
        self, path: Path, on_line: Callable[[str], None] | None = None, max_bytes: int = MAX_LOG_BYTES
    ) -> None:
        self.path = path
        self._on_line = on_line
        self._max_bytes = max_bytes
        self._lock = Lock()
        self._recent: deque[str] = deque(maxlen=REMEMBERED_LINES)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._begin_file()

    def write(self, raw: bytes) -> None:
        """Add one line of output.

        If the disk is full, the line is missing in the file. Reading goes on: the part would stop otherwise.
        """
        line = raw.decode("utf-8", "replace").rstrip()
        with self._lock:
            if line:
                self._recent.append(line)
            try:
                self._append(raw)
            except OSError as error:
                self._recent.append(f"(log file: {error.strerror})")
        if line and self._on_line is not None:
            self._on_line(line)

    def last_line(self) -> str:
        """Return the last line that is neither empty nor indented, as the lines of a stack trace are."""
        with self._lock:
            told = [line for line in self._recent if not line[0].isspace()] or ["it wrote nothing"]
        return told[-1]

    def lines(self) -> list[str]:
        """Return the last lines, oldest first."""
        with self._lock:
            return list(self._recent)

    def _append(self, raw: bytes) -> None:
        if self._size + len(raw) > self._max_bytes:
            self._begin_file()
        with self.path.open("ab") as file:
            file.write(raw)
        self._size += len(raw)

    def _begin_file(self) -> None:
        self._size = 0
        if self.path.exists():
            os.replace(self.path, self.path.with_name(self.path.name + ".1"))
