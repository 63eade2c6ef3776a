"""The side of the web: send a request to the workers of the search queue, and wait for the reply.

1. The request goes into a Redis key that expires when its caller stops waiting.
2. A message in a Redis list names the call. There is no Celery task: message, acknowledgement, events and
   trace took longer than the call itself.
3. A worker that reads it (``server.py``) takes the request out of the key and appends its reply to a list.
4. The caller waits for the first element of the list. If it can do without the reply, it takes the request
   back when no worker takes messages (``presence.py``).

Nothing of it is stored: a call that gets no reply in time has failed, and its caller decides what that means.
"""

import logging
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

import msgspec

from app.connections import Connections
from app.jobs.heartbeats import WorkerWatch
from app.models import Queue
from app.redis.bounded import BoundedRedis, Command, RedisAwayError
from app.remote_calls.presence import channel_of
from app.telemetry.logs import current_request_id
from app.turns import end_turn

logger = logging.getLogger(__name__)

TAKE_SECONDS = 0.3
"""How long a request is in the queue before its caller asks whether any worker takes messages. A free worker
takes it in 2 ms."""

NOT_TAKEN = "No worker of the search queue takes messages at present."

Request = TypeVar("Request")
Result = TypeVar("Result")

encode = msgspec.msgpack.Encoder().encode


class FailureReason(StrEnum):
    """Why a call has no result."""

    OUT_OF_TIME = "out_of_time"
    QUEUE_FULL = "queue_full"
    NO_WORKER = "no_worker"
    REDIS_AWAY = "redis_away"
    SIMULATOR_LOST = "simulator_lost"
    FAULT = "fault"


class NotTakenError(Exception):
    """No worker takes messages at present."""


class CallFailure(msgspec.Struct, frozen=True):
    """A call without a result.

    Attributes:
        detail: what the worker refused, where it did.
        code, details: those of that error; or the ``exit_code`` of a simulator process that was lost.
    """

    reason: FailureReason
    detail: str = ""
    code: str = ""
    details: dict[str, Any] = {}


@dataclass(frozen=True)
class RemoteCall(Generic[Request, Result]):
    """A kind of call that web and workers know by its name."""

    name: str
    requests: msgspec.msgpack.Decoder[Request]
    replies: msgspec.msgpack.Decoder[Result | CallFailure]

    def keys(self, key_prefix: str, call_id: str) -> tuple[str, str]:
        """Return the Redis keys of one call's request and of its reply."""
        return f"{key_prefix}{self.name}:{call_id}", f"{key_prefix}{self.name}:{call_id}:reply"


@dataclass(frozen=True)
class Deadline:
    """A moment of the monotonic clock."""

    at: float

    @classmethod
    def after_ms(cls, milliseconds: float) -> "Deadline":
        """Return the deadline in so many milliseconds from now."""
        return cls(time.monotonic() + milliseconds / 1000)

    @property
    def seconds_left(self) -> float:
        """The seconds until it; 0 once it has passed."""
        return max(0.0, self.at - time.monotonic())

    @property
    def ms_left(self) -> int:
        """The whole milliseconds until it."""
        return int(self.seconds_left * 1000)


class CallMessage(msgspec.Struct, frozen=True, array_like=True):
    """One call by the name of its ``RemoteCall``; ``request_id`` is of the HTTP request, for the logs."""

    name: str
    call_id: str
    request_id: str | None


encode_message = msgspec.json.Encoder().encode
decode_message = msgspec.json.Decoder(CallMessage).decode


def calls_list(key_prefix: str) -> str:
    """Return the name of the Redis list of messages, the oldest first."""
    return f"{key_prefix}calls"


@dataclass(frozen=True)
class CallMessages:
    """Sends messages, which may be lost. Thread safe."""

    redis: BoundedRedis
    key_prefix: str

    def send(self, call_id: UUID, name: str, put: Command, seconds: float) -> int:
        """Put a request into its key and send its message, together; return how many waited before it.

        Raises:
            RedisAwayError: Redis did not take them within so many seconds.
        """
        push = ("RPUSH", calls_list(self.key_prefix), _message(call_id, name))
        _, length = self.redis.ask(put, push, seconds=seconds)
        return int(length) - 1

    def take_back(self, call_id: UUID, name: str, seconds: float) -> None:
        """Remove a message that this request has sent, which would count as waiting.

        Raises:
            RedisAwayError: Redis does not answer.
        """
        message = _message(call_id, name)
        self.redis.ask(("LREM", calls_list(self.key_prefix), -1, message), seconds=seconds)


def _message(call_id: UUID, name: str) -> bytes:
    return encode_message(CallMessage(name, str(call_id), current_request_id()))


@dataclass(frozen=True)
class RemoteCaller(Generic[Request, Result]):
    """Makes calls of one kind. Thread safe.

    Attributes:
        watch: knows the live workers of the search queue.
        max_waiting: messages in the queue above which none stays; ``None`` for no bound.
    """

    call: RemoteCall[Request, Result]
    redis: BoundedRedis
    messages: CallMessages
    key_prefix: str
    watch: WorkerWatch
    max_waiting: int | None = None

    @classmethod
    def of(
        cls,
        call: RemoteCall[Request, Result],
        connections: Connections,
        max_waiting: int | None = None,
    ) -> "RemoteCaller[Request, Result]":
        """Return the caller of one process."""
        settings = connections.settings
        watch = WorkerWatch(connections.database, Queue.SEARCH, settings.lease_seconds)
        redis, prefix = connections.bounded_redis, settings.redis_key_prefix
        return cls(call, redis, CallMessages(redis, prefix), prefix, watch, max_waiting)

    def send(self, request: Request, deadline: Deadline) -> str | CallFailure:
        """Send a request to a worker, without waiting for it.

        Returns:
            The id of the call, for ``receive``; or why nothing was sent.

        Raises:
            UnavailableError: PostgreSQL, which knows the live workers, does not answer.
        """
        if not self.watch.slots():
            return CallFailure(FailureReason.NO_WORKER)
        if (ms_left := deadline.ms_left) < 1:
            return CallFailure(FailureReason.OUT_OF_TIME)
        call_id = uuid4()
        key, _ = self.call.keys(self.key_prefix, str(call_id))
        try:
            put = ("SET", key, encode(request), "PX", ms_left)
            waiting = self.messages.send(call_id, self.call.name, put, deadline.seconds_left)
            is_full = self.max_waiting is not None and waiting >= self.max_waiting
            if is_full and self._take_back(str(call_id), deadline):
                return CallFailure(FailureReason.QUEUE_FULL)
        except RedisAwayError as error:
            return self._away(error, deadline)
        return str(call_id)

    def receive(
        self, sent: str | CallFailure, deadline: Deadline, *, can_do_without: bool = False
    ) -> Result | CallFailure:
        """Wait for the reply to a call; the request's turn ends, so that its caller's next ones may begin.

        Args:
            sent: what ``send`` returned; a call that was not sent has failed already.
            can_do_without: give up as soon as no worker takes messages; otherwise one may come in time.
        """
        if isinstance(sent, CallFailure):
            return sent
        _, reply_key = self.call.keys(self.key_prefix, sent)
        end_turn()
        try:
            raw = self._early_reply(sent, deadline) if can_do_without else None
            if raw is None:
                raw = self.redis.wait_for_element(reply_key, deadline.seconds_left)
        except NotTakenError:
            return CallFailure(FailureReason.NO_WORKER, NOT_TAKEN)
        except RedisAwayError as error:
            return self._away(error, deadline)
        if raw is None:
            return CallFailure(FailureReason.OUT_OF_TIME)
        return self.call.replies.decode(raw)

    def _early_reply(self, call_id: str, deadline: Deadline) -> bytes | None:
        """Wait until a worker has taken the request; return the reply if it came meanwhile.

        Workers that are busy take it late, so it stays in the queue while there are any.

        Raises:
            NotTakenError: no worker takes messages; the request was taken back.
            RedisAwayError: Redis does not answer.
        """
        key, reply_key = self.call.keys(self.key_prefix, call_id)
        subscribers = ("PUBSUB", "NUMSUB", channel_of(self.key_prefix))
        while deadline.seconds_left > TAKE_SECONDS:
            raw = self.redis.wait_for_element(reply_key, TAKE_SECONDS, is_repeated=True)
            if raw is not None:
                return raw
            waits, (_, workers) = self.redis.ask(("EXISTS", key), subscribers, seconds=deadline.seconds_left)
            if not waits:
                return None
            if not workers and self._take_back(call_id, deadline):
                raise NotTakenError
        return None

    def _take_back(self, call_id: str, deadline: Deadline) -> bool:
        """Remove a request, and its message, which would count as waiting; return False if it was taken."""
        key, _ = self.call.keys(self.key_prefix, call_id)
        [removed] = self.redis.ask(("DEL", key), seconds=deadline.seconds_left)
        if removed:
            self.messages.take_back(UUID(call_id), self.call.name, deadline.seconds_left)
        return bool(removed)

    def _away(self, error: RedisAwayError, deadline: Deadline) -> CallFailure:
        if deadline.seconds_left <= 0:
            return CallFailure(FailureReason.OUT_OF_TIME)
        logger.warning("A call of %s to the workers failed: %s", self.call.name, error)
        return CallFailure(FailureReason.REDIS_AWAY)
