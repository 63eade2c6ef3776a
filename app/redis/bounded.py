"""Redis for requests that can do without it: every call is bounded by what is left of the request's time.

A Redis that is away costs one request a fraction of a second, and the next ones nothing.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha1
from typing import Any, TypeAlias

from redis.connection import ConnectionPool
from redis.exceptions import ConnectionError as LostConnectionError
from redis.exceptions import NoScriptError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from app.breaker import CircuitBreaker

Command: TypeAlias = Sequence[str | bytes | int | float]

PATIENCE_SECONDS = 0.25
"""A Redis that takes longer to connect, or to answer a plain command, counts as away."""

BYTES_PER_SECOND = 16 * 1024 * 1024
"""Slowest rate at which a Redis that is not away reads: a busy one reads 16 MB in 0.3 s."""

PIECE_BYTES = 256 * 1024
"""Bytes that are sent at once."""

MAX_CONNECTIONS = 2_000
"""The most connections: more than one web process has open requests."""

SKIP_NEXT_REPLY: Command = ("CLIENT", "REPLY", "SKIP")
"""https://valkey.io/commands/client-reply/"""


@dataclass(frozen=True)
class Script:
    """A Lua script that Redis runs as one step."""

    text: str

    @cached_property
    def sha1(self) -> str:
        """The name by which Redis knows the script."""
        return sha1(self.text.encode(), usedforsecurity=False).hexdigest()


class RedisAwayError(Exception):
    """Redis did not answer in time, or was found away just now."""


class RedisLeftAloneError(RedisAwayError):
    """Redis was found away just now, and was not asked."""


class BoundedRedis:
    """Sends commands and reads the replies, each call within its own bound. Thread safe."""

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
        """Send commands together; return their replies, in order.

        Raises:
            RedisAwayError: they did not come within ``seconds`` or ``PATIENCE_SECONDS``, whichever is less.
                Long commands also get the time to be sent (``BYTES_PER_SECOND``).
        """
        return self._ask(commands, len(commands), seconds)

    def tell(self, command: Command, *, seconds: float) -> None:
        """Send a command to which Redis sends no reply; a refusal stays unknown.

        Raises:
            RedisAwayError: it could not be sent within ``seconds`` or ``PATIENCE_SECONDS``.
        """
        self._ask([SKIP_NEXT_REPLY, command], 0, seconds)

    def run(self, script: Script, keys: Sequence[str], arguments: Sequence[str | int], seconds: float) -> Any:
        """Run a script; its text is sent only to a Redis that does not know it yet.

        Raises:
            RedisAwayError: as ``ask``.
        """
        operands = (len(keys), *keys, *arguments)
        try:
            return self.ask(("EVALSHA", script.sha1, *operands), seconds=seconds)[0]
        except NoScriptError:
            return self.ask(("EVAL", script.text, *operands), seconds=seconds)[0]

    def wait_for_element(self, key: str, seconds: float, *, is_repeated: bool = False) -> bytes | None:
        """Take the first element of a list; return ``None`` if none came within ``seconds``.

        The server's own timeout is only for a client that is gone, since it is as coarse as its timer: 100
        ms. A wait that is repeated (``is_repeated``) is ended by the server, and so may take that much more:
        when the client ends it, an element that the server sends in that moment is lost.

        Raises:
            RedisAwayError: the connection was lost.
        """
        if seconds <= 0:
            return None
        server, client = (seconds, seconds + PATIENCE_SECONDS) if is_repeated else (seconds + 1.0, seconds)
        try:
            popped = self._exchange([("BLPOP", key, server)], 1, client)[0]
        except RedisTimeoutError:
            return None
        except RedisError as error:
            self._breaker.failed()
            raise RedisAwayError(str(error)) from error
        return None if popped is None else bytes(popped[1])

    def close(self) -> None:
        """Close the connections."""
        self._pool.disconnect()

    def _ask(self, commands: Sequence[Command], replies: int, seconds: float) -> list[Any]:
        if not self._breaker.lets_pass():
            raise RedisLeftAloneError("Redis was found away just now")
        patience = PATIENCE_SECONDS + _long_arguments_bytes(commands) / BYTES_PER_SECOND
        try:
            received = self._exchange(commands, replies, min(seconds, patience))
        except NoScriptError:
            self._breaker.succeeded()  # it was started anew, and replies
            raise
        except RedisError as error:
            if not isinstance(error, RedisTimeoutError) or seconds >= patience:
                self._breaker.failed()  # with less time, a healthy Redis may time out too
            raise RedisAwayError(str(error)) from error
        if replies:  # a command without a reply proves nothing
            self._breaker.succeeded()
        return received

    def _exchange(self, commands: Sequence[Command], replies: int, seconds: float) -> list[Any]:
        """Try once, and once more if the server had closed the connection."""
        deadline = time.monotonic() + seconds
        try:
            return self._exchange_once(commands, replies, deadline)
        except LostConnectionError:
            return self._exchange_once(commands, replies, deadline)

    def _exchange_once(self, commands: Sequence[Command], replies: int, deadline: float) -> list[Any]:
        connection = self._pool.get_connection()
        try:
            for piece in _pieces(connection.pack_commands(commands)):  # type: ignore[no-untyped-call]
                if time.monotonic() > deadline:
                    raise RedisTimeoutError("Redis does not take what it is sent")
                connection.send_packed_command([piece])  # type: ignore[no-untyped-call]
            return [
                connection.read_response(timeout=max(0.001, deadline - time.monotonic()))
                for _ in range(replies)
            ]
        except BaseException:
            # the next caller would read the replies that were not read
            connection.disconnect()  # type: ignore[no-untyped-call]
            raise
        finally:
            self._pool.release(connection)


def _long_arguments_bytes(commands: Sequence[Command]) -> int:
    return sum(len(part) for command in commands for part in command if isinstance(part, bytes))


def _pieces(packed: Sequence[bytes]) -> Iterator[bytes | memoryview]:
    """Yield commands in pieces, since the connection bounds the time of each send."""
    for part in packed:
        if len(part) <= PIECE_BYTES:
            yield part
        else:
            view = memoryview(part)
            yield from (view[at : at + PIECE_BYTES] for at in range(0, len(view), PIECE_BYTES))
