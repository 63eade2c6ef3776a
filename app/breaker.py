"""A circuit breaker: after a failure calls are refused at once, except for a probe now and then."""

import math
import threading
import time
from collections.abc import Callable

FIRST_INTERVAL_SECONDS = 1.0
LONGEST_INTERVAL_SECONDS = 30.0


class CircuitBreaker:
    """While it is closed, calls pass. While it is open, one probe passes in each interval; intervals double.

    If a probe reports neither success nor failure, the next one passes an interval later.
    Thread safe.

    Args:
        clock: seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._interval_seconds = 0.0  # 0 when closed
        self._next_probe_at = 0.0
        self._is_probing = False

    @property
    def is_open(self) -> bool:
        """Return whether the last report was a failure."""
        return self._interval_seconds > 0

    @property
    def refuses(self) -> bool:
        """Return whether a call would be refused now; this uses no probe up."""
        return self.is_open and self._clock() < self._next_probe_at

    @property
    def retry_after_seconds(self) -> int:
        """Return the whole seconds until the next probe may pass, at least 1."""
        return max(1, math.ceil(self._next_probe_at - self._clock()))

    def lets_pass(self) -> bool:
        """Return whether a call may be made; while the breaker is open, that call is the probe."""
        with self._lock:
            if not self.is_open:
                return True
            now = self._clock()
            if now < self._next_probe_at:
                return False
            self._next_probe_at = now + self._interval_seconds
            self._is_probing = True
            return True

    def succeeded(self) -> None:
        """Report that the server answered."""
        with self._lock:
            self._interval_seconds = 0.0
            self._is_probing = False

    def failed(self) -> None:
        """Report that it did not. A call that began before the breaker opened changes nothing."""
        with self._lock:
            if self.is_open and not self._is_probing:
                return
            doubled = 2 * self._interval_seconds
            self._interval_seconds = min(max(FIRST_INTERVAL_SECONDS, doubled), LONGEST_INTERVAL_SECONDS)
            self._next_probe_at = self._clock() + self._interval_seconds
            self._is_probing = False
