"""Running the circuit of a group on a worker of the search queue: how the web asks, how the worker answers.

The problem goes into a Redis key that expires, a Celery message names it, the answer comes back through
another key. Nothing of it is kept: a group whose circuit was not run is not made.
"""

import logging
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import NoReturn, cast
from uuid import uuid4

import msgspec
from redis import Redis

from app.entanglement import process
from app.entanglement.problem import EntanglingAnswer, EntanglingProblem
from app.errors import AppError, UnavailableError
from app.jobs.notifier import JobNotifier
from app.models import Queue
from app.redis.bounded import BoundedRedis, RedisAwayError
from app.simulators.errors import ProcessLostError
from app.simulators.pool import SimulatorPool
from app.turns import end_turn

logger = logging.getLogger(__name__)

TASK = "entangle"
"""The Celery task is ``qloom.entangle``."""

SECONDS = 10.0
"""How long a circuit may wait and run; the slowest takes 0.3 s."""

REPLY_EXPIRY_MS = 10_000
"""Of an answer that nobody waits for any more."""

NO_WORKER = "No worker of the search queue is alive, and making a group runs a circuit; nothing is stored."
REDIS_AWAY = "The queue to the simulators does not answer; nothing is stored."
OUT_OF_TIME = f"The group's circuit did not end within {SECONDS:g} s; nothing is stored."
FAILED = "The group's circuit could not be run; nothing is stored."


class Reply(msgspec.Struct, frozen=True):
    """What a worker sends back: the answer, or ``None`` if the circuit could not be run."""

    answer: EntanglingAnswer | None


encode = msgspec.msgpack.Encoder().encode
decode_problem = msgspec.msgpack.Decoder(EntanglingProblem).decode
decode_reply = msgspec.msgpack.Decoder(Reply).decode


class RemoteEntangler:
    """Has circuits run by a worker. Thread safe; ``has_worker`` says whether one is alive."""

    def __init__(
        self, redis: BoundedRedis, notifier: JobNotifier, key_prefix: str, has_worker: Callable[[], bool]
    ) -> None:
        self._redis = redis
        self._notifier = notifier
        self._key_prefix = key_prefix
        self._has_worker = has_worker

    def entangle(self, problem: EntanglingProblem) -> EntanglingAnswer:
        """Run one circuit and wait for what it gives.

        Raises:
            UnavailableError: no worker, no Redis, or no answer in time.
        """
        if not self._has_worker():
            _refuse(NO_WORKER, "no_worker")
        request_id = uuid4()
        key, reply_key = _keys(self._key_prefix, str(request_id))
        try:
            self._redis.ask(("SET", key, encode(problem), "PX", int(SECONDS * 1000)), seconds=SECONDS)
            if not self._notifier.notify(request_id, TASK, Queue.SEARCH, is_awaited=True):
                _refuse(REDIS_AWAY, "queue_unavailable")
            end_turn()
            raw = self._redis.wait_for_element(reply_key, SECONDS)
        except RedisAwayError as error:
            logger.warning("No group can be made: %s", error)
            _refuse(REDIS_AWAY, "queue_unavailable")
        if raw is None:
            _refuse(OUT_OF_TIME, "timeout")
        answer = decode_reply(raw).answer
        if answer is None:
            _refuse(FAILED, "circuit_failed")
        return answer


class EntanglingResponder:
    """Answers the messages that ask for circuits of groups. Thread safe."""

    def __init__(self, redis: "Redis", key_prefix: str, simulators: SimulatorPool) -> None:
        self._redis = redis
        self._key_prefix = key_prefix
        self._simulators = simulators

    def answer(self, request_id: str) -> None:
        """Run what waits under this id, unless its time is over or another worker took it."""
        key, reply_key = _keys(self._key_prefix, request_id)
        raw = self._redis.getdel(key)
        if raw is None:
            return
        reply = Reply(self._run(decode_problem(cast(bytes, raw))))  # the client decodes nothing
        replying = self._redis.pipeline(transaction=False)
        replying.rpush(reply_key, encode(reply))
        replying.pexpire(reply_key, REPLY_EXPIRY_MS)
        replying.execute()

    def _run(self, problem: EntanglingProblem) -> EntanglingAnswer | None:
        try:
            with self._simulators.acquire() as simulator:
                return simulator.call(process.entangle, problem, timeout_seconds=SECONDS)
        except (ProcessLostError, TimeoutError, CancelledError, AppError) as error:
            logger.warning("The circuit of a group was lost: %s", error)
        except Exception:
            logger.exception("The circuit of a group could not be run")
        return None


def _keys(key_prefix: str, request_id: str) -> tuple[str, str]:
    """The Redis keys of a problem and of its reply."""
    return f"{key_prefix}entangle:{request_id}", f"{key_prefix}entangled:{request_id}"


def _refuse(message: str, code: str) -> NoReturn:
    raise UnavailableError(message, code=code)
