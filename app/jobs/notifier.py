"""Notifications: Celery messages that say "look at this row". One may be lost, late or doubled."""

import logging
from uuid import UUID

from celery import Celery
from kombu.exceptions import OperationalError as BrokerError
from redis import Redis
from redis.exceptions import RedisError

from app.errors import UnavailableError
from app.models import Queue
from app.redis.clients import COMMAND_TIMEOUT_SECONDS
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


class JobNotifier:
    """Notifies workers of jobs, by task name and with the id only."""

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
