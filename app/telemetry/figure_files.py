"""The files in which the processes of one web count: a full disk costs a figure, never a process.

The library writes to sparse files that are mapped into memory: where the disk has no room for a page, the
kernel ends the process with SIGBUS (https://prometheus.github.io/client_python/multiprocess/). Here the pages
are allocated before they are written.
"""

import logging
import mmap
import os
import sys
from typing import Any

from prometheus_client import values
from prometheus_client.mmap_dict import MmapedDict

logger = logging.getLogger(__name__)

FIRST_BYTES = 65_536
"""The size of a new file. The library doubles it when it is full."""

ENTRY_BYTES = 40
"""The most that an entry takes beside its key: its length, padding (8 at most), value and time."""


class PreallocatedDict(MmapedDict):
    """A file of figures. When there is no room for it, the figures of this process stay in its memory."""

    _f: Any
    _m: Any  # the mapped file, or a bytearray

    def __init__(self, filename: str, read_mode: bool = False) -> None:
        try:
            with open(filename, "ab") as file:
                _allocate(file.fileno(), FIRST_BYTES)
            super().__init__(filename, read_mode)  # type: ignore[no-untyped-call]
        except OSError as error:
            _warn(error)
            self._f = None
            self._capacity = FIRST_BYTES
            self._m = bytearray(FIRST_BYTES)
            self._positions: dict[str, int] = {}
            self._used = 8
            self._m[0:4] = self._used.to_bytes(4, sys.byteorder)

    def _init_value(self, key: str) -> None:
        """Add an entry, after there is room for it."""
        while self._used + len(key.encode()) + ENTRY_BYTES > self._capacity:
            self._grow()
        super()._init_value(key)  # type: ignore[no-untyped-call]

    def _grow(self) -> None:
        capacity = 2 * self._capacity
        if self._f is not None:
            try:
                _allocate(self._f.fileno(), capacity)
                self._m = mmap.mmap(self._f.fileno(), capacity)
            except OSError as error:
                _warn(error)
                self._m = bytearray(self._m)
                self._f.close()
                self._f = None
        if self._f is None:
            self._m += bytes(capacity - len(self._m))
        self._capacity = capacity


def use() -> None:
    """Let the library count in such files; to be called before the first metric is made."""
    vars(values)["MmapedDict"] = PreallocatedDict


def _allocate(descriptor: int, size: int) -> None:
    """Give a file its size and its blocks, where the system can.

    Raises:
        OSError: there is no room.
    """
    if sys.platform == "linux":
        os.posix_fallocate(descriptor, 0, size)
    else:
        os.truncate(descriptor, size)


def _warn(error: OSError) -> None:
    logger.warning(
        "There is no room for figures of this process, which stay in its memory: %s", error.strerror
    )
