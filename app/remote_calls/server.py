"""The side of a worker: take a call from the list, have it carried out by a simulator, and reply."""

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import Generic

from redis import Redis
from redis.exceptions import RedisError

from app.background import Background
from app.errors import AppError
from app.remote_calls.caller import (
    CallFailure,
    FailureReason,
    RemoteCall,
    Request,
    Result,
    calls_list,
    decode_message,
    encode,
)
from app.remote_calls.presence import Presence
from app.simulators.errors import ProcessLostError
from app.simulators.pool import SimulatorPool
from app.telemetry.logs import bind_contextvars, clear_contextvars

logger = logging.getLogger(__name__)

WAIT_SECONDS = 1
"""How long a thread waits for a message before it looks whether it is to end."""

POLL_SECONDS = 0.2
"""How long a thread waits before it asks a Redis again that is away."""

SHORTEST_RUN_SECONDS = 2.0
"""The least time that a run gets before its process is killed: a late reply costs less than a new process."""

TAKE_SECONDS = 10.0
"""How long a process may take to begin: it is warm, or its successor is being started (2 s), and a request
waits for it."""

REPLY_EXPIRY_MS = 10_000
"""After this time a reply that nobody waits for is removed."""


@dataclass(frozen=True)
class Responder(Generic[Request, Result]):
    """Replies to calls of one kind. Thread safe.

    Attributes:
        function: carries a request out in a simulator process.
    """

    call: RemoteCall[Request, Result]
    function: Callable[[Request], Result]
    redis: "Redis"
    key_prefix: str
    simulators: SimulatorPool

    def respond(self, call_id: str) -> None:
        """Reply to one call, unless its time is over or another worker took it."""
        key, reply_key = self.call.keys(self.key_prefix, call_id)
        taking = self.redis.pipeline()
        taking.pttl(key)
        taking.getdel(key)
        ms_left, raw = taking.execute()
        if raw is None:
            return
        reply = self._reply(self.call.requests.decode(raw), max(ms_left / 1000, SHORTEST_RUN_SECONDS))
        replying = self.redis.pipeline(transaction=False)
        replying.rpush(reply_key, encode(reply))
        replying.pexpire(reply_key, REPLY_EXPIRY_MS)
        replying.execute()

    def _reply(self, request: Request, seconds: float) -> Result | CallFailure:
        try:
            with self.simulators.acquire() as simulator:
                return simulator.call(
                    self.function, request, timeout_seconds=seconds, take_seconds=TAKE_SECONDS
                )
        except (ProcessLostError, CancelledError) as error:
            logger.warning("A simulator was lost during a call of %s: %s", self.call.name, error)
            exit_code = error.exit_code if isinstance(error, ProcessLostError) else None
            return CallFailure(FailureReason.SIMULATOR_LOST, details={"exit_code": exit_code})
        except TimeoutError:
            return CallFailure(FailureReason.OUT_OF_TIME)
        except AppError as error:
            logger.warning("A call of %s was refused: %s", self.call.name, error.message)
            return CallFailure(FailureReason.FAULT, error.message, error.code, error.kept_details)
        except Exception:
            logger.exception("A call of %s failed", self.call.name)
            return CallFailure(FailureReason.FAULT)


class CallServer(Background):
    """Carries calls out in so many threads, from ``start`` until after ``stop_taking``.

    Args:
        blocking_redis: of ``blocking_client``.
        presence: says that this process takes calls.
        respond: carries out a call by its id, for each name of a ``RemoteCall``.
        number: of the threads.
    """

    def __init__(
        self,
        blocking_redis: "Redis",
        key_prefix: str,
        respond: Mapping[str, Callable[[str], None]],
        number: int,
        presence: Presence,
    ) -> None:
        super().__init__(*(f"call-{each}" for each in range(1, number + 1)))
        self._redis = blocking_redis
        self._list = calls_list(key_prefix)
        self._respond = respond
        self._presence = presence

    def start(self) -> None:
        """Start the threads, and say that this process takes calls."""
        super().start()
        self._presence.start()

    def stop_taking(self) -> None:
        """Take no more calls; one that is taken in this second is carried out."""
        self._presence.stop()
        self._stopping.set()

    def stop(self) -> None:
        """End the threads, and wait until what they do has ended."""
        self.stop_taking()
        super().stop()

    def _loop(self) -> None:
        while not self._stopping.is_set():
            try:
                taken = self._redis.blpop([self._list], WAIT_SECONDS)
                if taken is not None:
                    self._carry_out(bytes(taken[1]))  # type: ignore[arg-type]
            except RedisError as error:
                logger.warning("Calls are not taken without Redis: %s", error)
                time.sleep(POLL_SECONDS)
            except Exception:
                logger.exception("A call met a fault")

    def _carry_out(self, raw: bytes) -> None:
        message = decode_message(raw)
        if message.request_id is not None:
            bind_contextvars(request_id=message.request_id)
        try:
            self._respond[message.name](message.call_id)
        finally:
            clear_contextvars()
