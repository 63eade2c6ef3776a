"""How many requests of one web process wait for jobs at once: of each caller, and of all together.

A request that waits holds a connection of the web and one to Redis. Without a bound one caller's waits would
take all of them, and nobody else would be answered.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from app.errors import TooManyRequestsError

RETRY_AFTER_SECONDS = 5


class Waits:
    """The places of the requests that wait."""

    def __init__(self, most: int, most_per_caller: int) -> None:
        self._most = most
        self._most_per_caller = most_per_caller
        self._lock = Lock()
        self._taken: Counter[str] = Counter()

    @contextmanager
    def place(self, caller: str) -> Iterator[None]:
        """Take a place for the length of the block.

        Raises:
            TooManyRequestsError: the caller has as many as it may, or all are taken.
        """
        with self._lock:
            self._check(caller)
            self._taken[caller] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[caller] -= 1
                if not self._taken[caller]:
                    del self._taken[caller]

    def _check(self, caller: str) -> None:
        if self._taken[caller] >= self._most_per_caller:
            raise _too_many(
                f"{self._most_per_caller} of your requests wait for jobs already.",
                "max_waiting_requests_per_key",
            )
        if self._taken.total() >= self._most:
            raise _too_many(f"{self._most} requests wait for jobs already.", "max_waiting_requests")


def _too_many(message: str, limit: str) -> TooManyRequestsError:
    return TooManyRequestsError(
        f"{message} Ask without waiting, or try again shortly.",
        limit,
        RETRY_AFTER_SECONDS,
        code="too_many_waiting_requests",
    )
