"""The threads of a worker that take calls and have them carried out (``responder.py``)."""

import logging
import time
from collections.abc import Callable, Mapping
from threading import Event, Thread

from redis import Redis
from redis.exceptions import RedisError

from app.remote_calls.messages import calls_list, decode
from app.telemetry.logs import bind_contextvars, clear_contextvars

logger = logging.getLogger(__name__)

WAIT_SECONDS = 1
"""How long a thread waits for a message before it looks whether it is to end."""

POLL_SECONDS = 0.2
"""How long a thread waits before it asks a Redis again that is away."""


class CallServer:
    """Carries calls out in so many threads, from ``start`` until after ``stop_taking``.

    Args:
        blocking_redis: of ``blocking_client``.
        respond: carries out a call by its id, for each task.
        number: of the threads.
    """

    def __init__(
        self,
        blocking_redis: "Redis",
        key_prefix: str,
        respond: Mapping[str, Callable[[str], None]],
        number: int,
    ) -> None:
        self._redis = blocking_redis
        self._list = calls_list(key_prefix)
        self._respond = respond
        self._stopping = Event()
        self._threads = [
            Thread(target=self._loop, name=f"call-{each}", daemon=True) for each in range(1, number + 1)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop_taking(self) -> None:
        """Take no more calls; one that is taken in this second is carried out."""
        self._stopping.set()

    def stop(self) -> None:
        """End the threads, and wait until what they do has ended."""
        self._stopping.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

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
        message = decode(raw)
        if message.request_id is not None:
            bind_contextvars(request_id=message.request_id)
        try:
            self._respond[message.task](message.call_id)
        finally:
            clear_contextvars()
