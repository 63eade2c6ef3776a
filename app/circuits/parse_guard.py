"""Bounds the time and the memory of parsers, which run in C: by a timer and a limit of the address space.

SIGALRM's default action ends a parser that hangs, with its process. The worker sees by the phase of the run
that the program was at fault. This works in the main thread of a process, on POSIX only.
"""

import resource
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.circuits.spec import MEBIBYTE


@contextmanager
def parse_guard(seconds: float, memory_mb: int) -> Iterator[None]:
    """Kill the process after ``seconds``, and let allocations over ``memory_mb`` beyond its size fail.

    Afterwards the timer, its handler and the soft memory limit are as before; the hard limit never changes.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    size = _address_space_bytes()
    ceiling = size + memory_mb * MEBIBYTE if size else resource.RLIM_INFINITY
    bounds = [limit for limit in (soft, hard, ceiling) if limit != resource.RLIM_INFINITY]
    handler = signal.signal(signal.SIGALRM, signal.SIG_DFL)
    remaining, interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    started = time.monotonic()
    resource.setrlimit(resource.RLIMIT_AS, (min(bounds, default=resource.RLIM_INFINITY), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if remaining:
            left = max(remaining - (time.monotonic() - started), 0.001)
            signal.setitimer(signal.ITIMER_REAL, left, interval)


def _address_space_bytes() -> int:
    """Return the virtual size of the process; 0 without ``/proc`` (macOS ignores RLIMIT_AS)."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[0]) * resource.getpagesize() if statm.exists() else 0
