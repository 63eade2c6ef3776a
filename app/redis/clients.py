"""Redis clients: one for plain commands, one for calls that block."""

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

COMMAND_TIMEOUT_SECONDS = 0.5
"""A Redis that does not answer a plain command within this time is treated as down."""

BLOCK_SLICE_SECONDS = 2.0
"""The longest single blocking call: a lost wake-up costs this time, not the whole wait."""

MAX_CONNECTIONS = 2_000
"""The most connections: more than one web process has open long polls."""


def command_client(url: str) -> "Redis":
    """Return a client for plain commands, with a short timeout and one retry for a stale connection."""
    return _client(url, COMMAND_TIMEOUT_SECONDS)


def blocking_client(url: str) -> "Redis":
    """Return a client for calls that block up to ``BLOCK_SLICE_SECONDS``; its socket waits longer than the
    call.

    redis-py's own default, 5 s with retries, turns a ``BLPOP`` of 5 s into 20 s.
    """
    return _client(url, BLOCK_SLICE_SECONDS + 1.0)


def _client(url: str, socket_timeout_seconds: float) -> "Redis":
    return Redis.from_url(
        url,
        socket_timeout=socket_timeout_seconds,
        socket_connect_timeout=COMMAND_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 1),
        max_connections=MAX_CONNECTIONS,
    )
