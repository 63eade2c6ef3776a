"""Notifications through Redis, which may be lost: of queued jobs to workers, of ended jobs to waiters."""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

from redis import Redis
from redis.exceptions import RedisError

from app.errors import UnavailableError
from app.models import Queue
from app.redis.clients import BLOCK_SLICE_SECONDS

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often a free slot looks for a job without a notification: so much a lost one delays a job."""

WAKE_UP_EXPIRY_SECONDS = 60
RESPONSE_EXPIRY_SECONDS = 10
"""A response takes up memory, and whoever comes later reads the rows."""

POLL_SECONDS = 0.25
"""How often the row is read while Redis or PostgreSQL is down."""

WOKEN = b"1"
"""A wake-up without a response."""

MAX_SENT_BYTES = 64 * 1024
"""A larger response does not go with the wake-up; its waiter reads the rows."""

NO_RESPONSES: Mapping[UUID, bytes] = MappingProxyType({})


def jobs_list(queue: str) -> str:
    """Return the name of the Redis list of a queue: it has one element for each job that waits."""
    return f"jobs:{queue}"


BELIEVED_SECONDS = 0.1
"""How long the lengths of the lists are kept before Redis is asked again; new jobs are added meanwhile."""


class JobNotifier:
    """Tells workers of queued jobs by one element in the list of their queue, which may be lost or doubled.

    The element is the job's id. It says no more than that there is a job: the worker that takes the element
    claims whichever is next (``claiming``), and the list's length is about the number of jobs that wait.
    """

    def __init__(self, redis: "Redis", key_prefix: str) -> None:
        self._redis = redis
        self._lists = {queue: key_prefix + jobs_list(queue) for queue in Queue}
        self._lengths: dict[str, int] = {}
        self._believed_until = 0.0

    def notify(self, job_id: UUID, queue: str) -> bool:
        """Add one element; if Redis did not take it, log that and return False.

        No job is lost then: free workers look for jobs every second.
        """
        try:
            length = self._redis.rpush(self._lists[Queue(queue)], str(job_id))
        except RedisError as error:
            self._believed_until = 0.0
            logger.warning("The notification of job %s was not sent: %s", job_id, error)
            return False
        self._lengths[queue] = length
        return True

    def notify_of(self, job_ids: Sequence[UUID], queue: str) -> None:
        """Add an element for each of several jobs; raises nothing, as ``notify``."""
        try:
            length = self._redis.rpush(self._lists[Queue(queue)], *(str(each) for each in job_ids))
        except RedisError as error:
            self._believed_until = 0.0
            logger.warning("The notifications of %d jobs were not sent: %s", len(job_ids), error)
        else:
            self._lengths[queue] = length

    def take(self, queue: str, number: int) -> list[UUID]:
        """Remove up to so many elements, without waiting, and return the ids in them.

        A worker does this for the jobs that it claimed beyond the one of which it was told.
        """
        try:
            taken = self._redis.lpop(self._lists[Queue(queue)], number)
        except RedisError as error:
            logger.info("Notifications stay in the list: %s", error)
            return []
        return [UUID(bytes(each).decode()) for each in taken or ()]  # type: ignore[arg-type]

    def waiting(self) -> int:
        """Return about how many jobs wait in all queues; as of ``BELIEVED_SECONDS`` ago at most.

        Raises:
            UnavailableError: Redis does not answer.
        """
        now = time.monotonic()
        if now >= self._believed_until:
            self._lengths = self.lengths()
            self._believed_until = now + BELIEVED_SECONDS
        return sum(self._lengths.values())

    def lengths(self) -> dict[str, int]:
        """Return how many elements wait in each queue's list.

        Raises:
            UnavailableError: Redis does not answer.
        """
        pipeline = self._redis.pipeline(transaction=False)
        for name in self._lists.values():
            pipeline.llen(name)
        try:
            lengths = pipeline.execute()
        except RedisError as error:
            raise UnavailableError("The queue does not answer; try again shortly.") from error
        return dict(zip(self._lists, lengths, strict=True))


class Notifications:
    """The elements of one queue's list, for the slots of a worker. Thread safe."""

    def __init__(self, blocking_redis: "Redis", key_prefix: str, queue: str) -> None:
        self._redis = blocking_redis
        self._list = key_prefix + jobs_list(queue)

    def wait(self) -> UUID | None:
        """Wait for an element and remove it; return the id in it, or ``None`` after ``LOOK_SECONDS``."""
        try:
            taken = self._redis.blpop([self._list], LOOK_SECONDS)
        except RedisError as error:
            logger.warning("Looking for jobs without Redis: %s", error)
            time.sleep(POLL_SECONDS)
            return None
        return None if taken is None else UUID(bytes(taken[1]).decode())  # type: ignore[arg-type]


class WakeUps:
    """Wakes all waiters of a job, in all processes.

    A wake-up says that the rows are to be read now. It can carry the response to the request that waits, so
    that nothing has to be read.
    """

    def __init__(self, redis: "Redis", blocking_redis: "Redis", key_prefix: str) -> None:
        self._redis = redis
        self._blocking_redis = blocking_redis
        self._key_prefix = key_prefix + "wake:"

    def wake(self, job_ids: Iterable[UUID], responses: Mapping[UUID, bytes] = NO_RESPONSES) -> None:
        """Wake the waiters of these jobs. An error is logged: a lost wake-up costs a waiter one slice."""
        pipeline = self._redis.pipeline(transaction=False)
        for job_id in job_ids:
            response, seconds = responses.get(job_id), WAKE_UP_EXPIRY_SECONDS
            if response is not None and len(response) <= MAX_SENT_BYTES:
                seconds = RESPONSE_EXPIRY_SECONDS
            else:
                response = WOKEN
            pipeline.rpush(self._key(job_id), response)
            pipeline.expire(self._key(job_id), seconds)
        try:
            pipeline.execute()
        except RedisError as error:
            logger.warning("Waiters were not woken: %s", error)

    def wait(self, job_id: UUID, seconds: float) -> bytes | None:
        """Block until the job's waiters are woken, for at most ``seconds`` and at most one slice.

        ``BLMOVE`` from the key to itself leaves the element there, so that every waiter wakes.

        Returns:
            ``WOKEN`` or the response, if the waiters were woken: the job has ended and its graph was tried.
        """
        slice_seconds = min(seconds, BLOCK_SLICE_SECONDS)
        if slice_seconds <= 0:
            return None
        key = self._key(job_id)
        try:
            woken: bytes | None = self._blocking_redis.blmove(key, key, max(0.01, slice_seconds))  # type: ignore[assignment,arg-type]
        except RedisError as error:
            logger.warning("Waiting without Redis: %s", error)
            time.sleep(min(slice_seconds, POLL_SECONDS))
            return None
        return woken

    def _key(self, job_id: UUID) -> str:
        return f"{self._key_prefix}{job_id}"
