"""The messages of calls: elements of one Redis list, each of which tells a worker of one request.

A call has no Celery task: message, acknowledgement, events and trace took longer than the call itself.
"""

import logging
from dataclasses import dataclass
from uuid import UUID

import msgspec

from app.redis.bounded import BoundedRedis, RedisAwayError
from app.telemetry.logs import current_request_id

logger = logging.getLogger(__name__)


class CallMessage(msgspec.Struct, frozen=True, array_like=True):
    """One call of a task; ``request_id`` is of the HTTP request behind it, for the logs."""

    task: str
    call_id: str
    request_id: str | None


encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(CallMessage).decode


def calls_list(key_prefix: str) -> str:
    """Return the name of the Redis list of messages, the oldest first."""
    return f"{key_prefix}calls"


@dataclass(frozen=True)
class CallMessages:
    """Sends messages, which may be lost. Thread safe."""

    redis: BoundedRedis
    key_prefix: str

    def send(self, call_id: UUID, task: str, seconds: float) -> bool:
        """Send one message within so many seconds; if Redis did not take it, log that and return False."""
        try:
            self.redis.ask(("RPUSH", calls_list(self.key_prefix), _message(call_id, task)), seconds=seconds)
        except RedisAwayError as error:
            logger.warning("The message of call %s was not sent: %s", call_id, error)
            return False
        return True

    def take_back(self, call_id: UUID, task: str, seconds: float) -> None:
        """Remove a message that this request has sent, which would count as waiting.

        Raises:
            RedisAwayError: Redis does not answer.
        """
        message = _message(call_id, task)
        self.redis.ask(("LREM", calls_list(self.key_prefix), -1, message), seconds=seconds)


def _message(call_id: UUID, task: str) -> bytes:
    return encode(CallMessage(task, str(call_id), current_request_id()))
