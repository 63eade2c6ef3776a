"""Bounds the time and the memory of parsers, which run in C: by a timer and a limit of the address space.

The time is that of the processor, so that no program is refused because the machine is busy. If a parser
hangs, SIGPROF ends its process. The worker knows from the phase of the run that the program caused it. This
works in the main thread of a process, on POSIX only.
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
    """Kill the process after ``seconds`` of its processor time; let allocations over ``memory_mb`` beyond its
    size fail.

    Afterwards the timer, its handler and the soft memory limit are as before; the hard limit never changes.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    size = _address_space_bytes()
    ceiling = size + memory_mb * MEBIBYTE if size else resource.RLIM_INFINITY
    bounds = [limit for limit in (soft, hard, ceiling) if limit != resource.RLIM_INFINITY]
    handler = signal.signal(signal.SIGPROF, signal.SIG_DFL)
    remaining, interval = signal.setitimer(signal.ITIMER_PROF, seconds)
    started = time.process_time()
    resource.setrlimit(resource.RLIMIT_AS, (min(bounds, default=resource.RLIM_INFINITY), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, handler)
        if remaining:
            left = max(remaining - (time.process_time() - started), 0.001)
            signal.setitimer(signal.ITIMER_PROF, left, interval)


def _address_space_bytes() -> int:
    """Return the virtual size of the process; 0 without ``/proc`` (macOS ignores RLIMIT_AS)."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[0]) * resource.getpagesize() if statm.exists() else 0
