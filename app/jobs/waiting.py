"""How requests wait for jobs: how many may, and the Redis key that wakes them."""

import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Lock
from uuid import UUID

from redis import Redis
from redis.exceptions import RedisError

from app.errors import TooManyRequestsError
from app.redis.clients import BLOCK_SLICE_SECONDS

logger = logging.getLogger(__name__)

WAKE_UP_EXPIRY_SECONDS = 60
POLL_SECONDS = 0.25
"""How often the row is read while Redis or PostgreSQL is down."""

RETRY_AFTER_SECONDS = 5
"""When a request that may not wait now can try again."""


class WaitingRequests:
    """Counts the requests of one web process that wait for jobs, and bounds them. Thread safe.

    A request that waits holds a connection of the web and one to Redis. Without the bound for each caller,
    one caller could take all of them.
    """

    def __init__(self, most: int, most_per_caller: int) -> None:
        self._most = most
        self._most_per_caller = most_per_caller
        self._lock = Lock()
        self._counts: Counter[str] = Counter()

    @contextmanager
    def admit(self, caller: str) -> Iterator[None]:
        """Count a request of this caller as waiting for the length of the block.

        Raises:
            TooManyRequestsError: as many of this caller or of all callers wait as may.
        """
        with self._lock:
            self._check(caller)
            self._counts[caller] += 1
        try:
            yield
        finally:
            with self._lock:
                self._counts[caller] -= 1
                if not self._counts[caller]:
                    del self._counts[caller]

    def _check(self, caller: str) -> None:
        if self._counts[caller] >= self._most_per_caller:
            raise _too_many(
                f"{self._most_per_caller} of your requests wait for jobs already.",
                "max_waiting_requests_per_key",
            )
        if self._counts.total() >= self._most:
            raise _too_many(f"{self._most} requests wait for jobs already.", "max_waiting_requests")


def _too_many(message: str, limit: str) -> TooManyRequestsError:
    return TooManyRequestsError(
        f"{message} Ask without waiting, or try again shortly.",
        limit,
        RETRY_AFTER_SECONDS,
        code="too_many_waiting_requests",
    )


class WakeUps:
    """Wakes all waiters of a job, in all processes. A wake-up says only that the row is to be read now."""

    def __init__(self, redis: "Redis", blocking_redis: "Redis", key_prefix: str) -> None:
        self._redis = redis
        self._blocking_redis = blocking_redis
        self._key_prefix = key_prefix + "wake:"

    def wake(self, job_ids: Iterable[UUID]) -> None:
        """Wake the waiters of these jobs. An error is logged: a lost wake-up costs a waiter one slice."""
        pipeline = self._redis.pipeline(transaction=False)
        for job_id in job_ids:
            pipeline.rpush(self._key(job_id), 1)
            pipeline.expire(self._key(job_id), WAKE_UP_EXPIRY_SECONDS)
        try:
            pipeline.execute()
        except RedisError as error:
            logger.warning("Waiters were not woken: %s", error)

    def wait(self, job_id: UUID, seconds: float) -> bool:
        """Block until the job's waiters are woken, for at most ``seconds`` and at most one slice.

        ``BLMOVE`` from the key to itself leaves the element there, so that every waiter wakes.

        Returns:
            True if the waiters were woken: the job has ended and its graph was tried.
        """
        slice_seconds = min(seconds, BLOCK_SLICE_SECONDS)
        if slice_seconds <= 0:
            return False
        key = self._key(job_id)
        try:
            woken = self._blocking_redis.blmove(key, key, max(0.01, slice_seconds))  # type: ignore[arg-type]
        except RedisError as error:
            logger.warning("Waiting without Redis: %s", error)
            time.sleep(min(slice_seconds, POLL_SECONDS))
            return False
        return woken is not None

    def _key(self, job_id: UUID) -> str:
        return f"{self._key_prefix}{job_id}"
