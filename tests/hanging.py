"""A server that hangs: it accepts connections and answers nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

import psutil


@contextmanager
def hanging(pid: int) -> Iterator[None]:
    """Stop a server's process and its children (SIGSTOP) for the length of the block."""
    parent = psutil.Process(pid)
    parent.suspend()  # first, or it could start one more
    stopped = [parent, *parent.children(recursive=True)]
    try:
        for process in stopped[1:]:
            process.suspend()
        yield
    finally:
        for process in reversed(stopped):
            process.resume()
