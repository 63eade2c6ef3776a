"""Redis as a query uses it: every call is bounded by what is left of the query's time, and a Redis that is
away costs one query a fraction of a second and the next ones nothing.
"""

import time
from collections.abc import Sequence
from typing import Any, TypeAlias

from redis.connection import ConnectionPool
from redis.exceptions import ConnectionError as LostConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from app.graphstore.breaker import CircuitBreaker

Command: TypeAlias = Sequence[str | bytes | int | float]

PATIENCE_SECONDS = 0.25
"""A Redis that takes longer to connect or to answer a plain command counts as away."""

MAX_CONNECTIONS = 2_000
"""More than the queries that one web process has open."""


class RedisAwayError(Exception):
    """Redis did not answer in time, or was found away just now."""


class BoundedRedis:
    """Sends commands and reads the answers within a bound of its own for each call. Thread safe."""

    def __init__(self, url: str, breaker: CircuitBreaker | None = None) -> None:
        self._breaker = breaker or CircuitBreaker()
        self._pool: ConnectionPool = ConnectionPool.from_url(
            url,
            socket_timeout=PATIENCE_SECONDS,
            socket_connect_timeout=PATIENCE_SECONDS,
            max_connections=MAX_CONNECTIONS,
            protocol=2,
        )

    def ask(self, *commands: Command, seconds: float) -> list[Any]:
        """Send commands together; their answers, in order.

        Raises:
            RedisAwayError: they did not come within ``seconds`` or ``PATIENCE_SECONDS``, whichever is less.
        """
        if not self._breaker.lets_pass():
            raise RedisAwayError("Redis was found away just now")
        try:
            answers = self._exchange(commands, min(seconds, PATIENCE_SECONDS))
        except RedisError as error:
            if not isinstance(error, RedisTimeoutError) or seconds >= PATIENCE_SECONDS:
                self._breaker.failed()  # else it had less time than a healthy Redis may take
            raise RedisAwayError(str(error)) from error
        self._breaker.succeeded()
        return answers

    def wait_for_element(self, key: str, seconds: float) -> bytes | None:
        """Take the first element of a list, waiting for one; ``None`` if none came within ``seconds``.

        The server's own timeout is only for a client that is gone: it is as coarse as its timer, 100 ms.

        Raises:
            RedisAwayError: the connection was lost.
        """
        if seconds <= 0:
            return None
        try:
            popped = self._exchange([("BLPOP", key, seconds + 1.0)], seconds)[0]
        except RedisTimeoutError:
            return None
        except RedisError as error:
            self._breaker.failed()
            raise RedisAwayError(str(error)) from error
        return None if popped is None else bytes(popped[1])

    def close(self) -> None:
        """Close the connections."""
        self._pool.disconnect()

    def _exchange(self, commands: Sequence[Command], seconds: float) -> list[Any]:
        """One try, and another one if the connection of the first had been closed by the server."""
        deadline = time.monotonic() + seconds
        try:
            return self._exchange_once(commands, deadline)
        except LostConnectionError:
            return self._exchange_once(commands, deadline)

    def _exchange_once(self, commands: Sequence[Command], deadline: float) -> list[Any]:
        connection = self._pool.get_connection()
        try:
            packed = connection.pack_commands(commands)  # type: ignore[no-untyped-call]
            connection.send_packed_command(packed)  # type: ignore[no-untyped-call]
            return [
                connection.read_response(timeout=max(0.001, deadline - time.monotonic())) for _ in commands
            ]
        except BaseException:
            # what was asked and not read would be the next caller's answer
            connection.disconnect()  # type: ignore[no-untyped-call]
            raise
        finally:
            self._pool.release(connection)
