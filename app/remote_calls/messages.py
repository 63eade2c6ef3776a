"""The Celery messages of calls: each tells a worker of one request in Redis."""

import logging
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

from app.redis.clients import COMMAND_TIMEOUT_SECONDS
from app.telemetry.logs import current_request_id

if TYPE_CHECKING:
    from celery import Celery

logger = logging.getLogger(__name__)

TASK_PREFIX = "qloom."
"""The task of the call ``score`` is ``qloom.score``."""

REQUEST_ID = "request_id"
"""The header of a message with the id of the request behind it, for the logs."""


class CallMessages:
    """Sends Celery messages with the id of a call only, which may be lost."""

    def send(self, call_id: UUID, task: str, queue: str) -> bool:
        """Send one message; if Redis did not take it, log that and return False."""
        from kombu.exceptions import OperationalError as BrokerError  # with Celery, on first use
        from redis.exceptions import RedisError

        try:
            self._celery.send_task(
                TASK_PREFIX + task,
                args=(str(call_id),),
                task_id=str(call_id),
                argsrepr=f"({call_id})",
                headers={REQUEST_ID: current_request_id()},
                queue=queue,
                retry=False,
            )
        except (BrokerError, RedisError, OSError) as error:
            logger.warning("The message of call %s was not sent: %s", call_id, error)
            return False
        return True

    @cached_property
    def _celery(self) -> "Celery":
        from celery import Celery  # a web loads it for its first call: it takes 0.2 s and 10 MB

        celery = Celery("qloom")
        celery.config_from_object("celeryconfig")
        # a worker's blocking read needs longer; a send that hangs would hold up a request
        celery.conf.broker_transport_options = {
            **celery.conf.broker_transport_options,
            "socket_timeout": COMMAND_TIMEOUT_SECONDS,
        }
        return celery
