"""Notifications through Redis, which may be lost: workers are told of queued jobs, waiters of ended ones."""

import logging
import time
from collections.abc import Iterable
from uuid import UUID

from celery import Celery
from kombu.exceptions import OperationalError as BrokerError
from redis import Redis
from redis.exceptions import RedisError

from app.errors import UnavailableError
from app.models import Queue
from app.redis.clients import BLOCK_SLICE_SECONDS, COMMAND_TIMEOUT_SECONDS
from app.telemetry.logs import current_request_id

logger = logging.getLogger(__name__)

TASK_PREFIX = "qloom."
"""The task of a job of kind ``execute`` is ``qloom.execute``."""

REQUEST_ID = "request_id"
"""The header of a message with the id of the request behind it, for the logs."""

AWAITED, JOB = 0, 1
"""Priorities of messages in a queue, the more urgent one first; ``celeryconfig`` has the same steps."""

SEPARATOR = "\x06\x16"
"""Stands between a queue's name and a priority other than 0 in the name of its list (kombu's ``sep``)."""

WAKE_UP_EXPIRY_SECONDS = 60
POLL_SECONDS = 0.25
"""How often the row is read while Redis or PostgreSQL is down."""


class JobNotifier:
    """Notifies workers of jobs by Celery messages with the id only, which may be lost, late or doubled."""

    def __init__(self, redis: "Redis", key_prefix: str) -> None:
        self._redis = redis
        self._key_prefix = key_prefix
        self._celery = Celery("qloom")
        self._celery.config_from_object("celeryconfig")
        # a worker's blocking read needs longer; a send that hangs would hold up a request or a lease tick
        self._celery.conf.broker_transport_options = {
            **self._celery.conf.broker_transport_options,
            "socket_timeout": COMMAND_TIMEOUT_SECONDS,
        }

    def notify(self, job_id: UUID, kind: str, queue: str, *, is_awaited: bool = False) -> bool:
        """Send one message; if Redis did not take it, log that and return False.

        A message that a request waits for (``is_awaited``), such as a call, goes before all jobs in the
        queue. No job is lost then: the reaper notifies again of a row that stays queued.
        """
        try:
            self._celery.send_task(
                TASK_PREFIX + kind,
                args=(str(job_id),),
                task_id=str(job_id),  # Flower lists a job under its own id
                argsrepr=f"({job_id})",
                headers={REQUEST_ID: current_request_id()},
                queue=queue,
                priority=AWAITED if is_awaited else JOB,
                retry=False,
            )
        except (BrokerError, RedisError, OSError) as error:
            logger.warning("The notification of job %s was not sent: %s", job_id, error)
            return False
        return True

    def lengths(self) -> dict[str, int]:
        """Return how many messages wait in each queue.

        Raises:
            UnavailableError: Redis does not answer.
        """
        pipeline = self._redis.pipeline(transaction=False)
        for queue in Queue:
            pipeline.llen(self._key_prefix + queue)
            pipeline.llen(f"{self._key_prefix}{queue}{SEPARATOR}{JOB}")
        try:
            lengths = pipeline.execute()
        except RedisError as error:
            raise UnavailableError("The queue does not answer; try again shortly.") from error
        return {
            queue: awaited + jobs
            for queue, awaited, jobs in zip(Queue, lengths[::2], lengths[1::2], strict=True)
        }


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
