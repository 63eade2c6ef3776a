"""A clock for the stretches of a run, and a pause of the cyclic collector."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Clock:
    """Measures the stretches of a run, one after the other."""

    def __init__(self) -> None:
        self._last = time.perf_counter()

    def lap_ms(self) -> float:
        """Milliseconds since the last call, or since the clock was made."""
        now = time.perf_counter()
        elapsed, self._last = now - self._last, now
        return round(elapsed * 1000, 4)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Large event lists make the cyclic collector run for nothing: they hold no cycles (60 ms at 10,000)."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
