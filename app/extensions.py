"""The connections of one process to PostgreSQL, Redis and the graph server.

Everything here connects lazily, so that it may be made before a fork.
"""

from dataclasses import dataclass
from functools import cached_property

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.database import Database
from app.graphstore.driver import GraphStore
from app.settings import Settings

COMMAND_TIMEOUT_SECONDS = 0.5
"""A Redis that does not answer a plain command within this is treated as down."""

BLOCK_SLICE_SECONDS = 2.0
"""The longest single blocking Redis call; a lost wake-up costs this much, never the whole wait."""


@dataclass(frozen=True)
class Extensions:
    """The servers that Qloom talks to, as one process sees them."""

    settings: Settings

    @cached_property
    def database(self) -> Database:
        """PostgreSQL."""
        return Database(self.settings.database_url)

    @cached_property
    def redis(self) -> "Redis":
        """Redis for plain commands: short timeouts, one retry on a connection that had gone stale."""
        return _redis(self.settings.redis_url, COMMAND_TIMEOUT_SECONDS)

    @cached_property
    def blocking_redis(self) -> "Redis":
        """Redis for calls that block up to ``BLOCK_SLICE_SECONDS``; its socket waits longer than the call."""
        return _redis(self.settings.redis_url, BLOCK_SLICE_SECONDS + 1.0)

    @cached_property
    def graph_store(self) -> GraphStore:
        """Neo4j, or another server that speaks Bolt and Cypher."""
        settings = self.settings
        return GraphStore(
            settings.neo4j_url,
            settings.neo4j_username,
            settings.neo4j_password,
            settings.neo4j_database,
            settings.neo4j_timeout_seconds,
        )


def _redis(url: str, socket_timeout_seconds: float) -> "Redis":
    return Redis.from_url(
        url,
        socket_timeout=socket_timeout_seconds,
        socket_connect_timeout=COMMAND_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 1),
        max_connections=2_000,
    )
