"""The side of a worker: take a request out of Redis, have it carried out by a simulator, and reply."""

import logging
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import Generic

from redis import Redis

from app.errors import AppError
from app.remote_calls.caller import CallFailure, FailureReason, RemoteCall, Request, Result, encode
from app.simulators.errors import ProcessLostError
from app.simulators.pool import SimulatorPool

logger = logging.getLogger(__name__)

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
            logger.warning("A simulator was lost during a call of %s: %s", self.call.task, error)
            exit_code = error.exit_code if isinstance(error, ProcessLostError) else None
            return CallFailure(FailureReason.SIMULATOR_LOST, details={"exit_code": exit_code})
        except TimeoutError:
            return CallFailure(FailureReason.OUT_OF_TIME)
        except AppError as error:
            logger.warning("A call of %s was refused: %s", self.call.task, error.message)
            return CallFailure(FailureReason.FAULT, error.message, error.code, error.details)
        except Exception:
            logger.exception("A call of %s failed", self.call.task)
            return CallFailure(FailureReason.FAULT)
