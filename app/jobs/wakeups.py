"""Wake-ups for those who wait for a job: a Redis key that says "read the row now", and nothing more."""

import logging
import time
from collections.abc import Iterable
from uuid import UUID

from redis import Redis
from redis.exceptions import RedisError

from app.redis.clients import BLOCK_SLICE_SECONDS

logger = logging.getLogger(__name__)

WAKE_UP_EXPIRY_SECONDS = 60
POLL_SECONDS = 0.25
"""How often the row is read while Redis or PostgreSQL is down."""


class WakeUps:
    """Wakes all waiters of a job, in all processes."""

    def __init__(self, redis: "Redis", blocking_redis: "Redis", key_prefix: str) -> None:
        self._redis = redis
        self._blocking_redis = blocking_redis
        self._key_prefix = key_prefix + "wake:"

    def wake(self, job_ids: Iterable[UUID]) -> None:
        """Wake whoever waits for these jobs. A lost wake-up costs a waiter one slice: errors are logged."""
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
