"""How many processors everything else on the machine uses; this may slow every figure."""

import time

import psutil  # type: ignore[import-untyped]  # it ships no types

SHORTEST_SECONDS = 1.0
"""The times of processes have steps of 10 ms, so a shorter span says little."""


def busy_seconds() -> float:
    """Return the seconds for which the machine's processors have worked since it was started."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))


class Others:
    """Measures what the machine does beside this process and all that it has started."""

    def __init__(self) -> None:
        self._span = (time.monotonic(), busy_seconds(), _own_seconds())
        self._processors = 0.0

    def processors(self) -> float:
        """Return how many processors the others used since the last measured span, or within it."""
        then, busy, own = self._span
        now = time.monotonic()
        if now - then >= SHORTEST_SECONDS:
            self._span = (now, busy_seconds(), _own_seconds())
            theirs = (self._span[1] - busy) - (self._span[2] - own)
            self._processors = max(0.0, theirs / (now - then))
        return self._processors


def _own_seconds() -> float:
    """Return what this process and its descendants have used, with those that have ended."""
    total = 0.0
    for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        try:
            total += sum(process.cpu_times()[:4])  # user, system, and both of ended children
        except psutil.NoSuchProcess:
            continue
    return total
