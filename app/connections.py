"""The connections of one process to PostgreSQL, Redis and the graph server.

Everything here connects on first use, so that it can be made before a fork.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import psycopg
from redis import Redis

from app.breaker import CircuitBreaker
from app.database import Connect, Database
from app.errors import UnavailableError
from app.graphstore.ping import NOT_REACHED, ping
from app.redis.bounded import BoundedRedis
from app.redis.clients import command_client
from app.settings import Settings
from app.telemetry.metrics import DATABASE_MAX
from app.telemetry.probes import Prober

if TYPE_CHECKING:
    from app.graphstore.driver import GraphStore

GRAPH_TIMEOUT_SECONDS = 0.8
"""How long a small transaction of the graph server may take; large ones get more. Callers of a server that
hangs wait so long, and are to know within a second."""


@dataclass(frozen=True)
class Connections:
    """The connections to the servers that Qloom uses.

    Attributes:
        connect: makes a connection to PostgreSQL, as ``psycopg.connect`` does.
        pings_graph_server: whether ``graph_store`` asks first whether the graph server is there.
    """

    settings: Settings
    database_deadline: Callable[[], AbstractContextManager[None]] = nullcontext
    connect: Connect = psycopg.connect
    pings_graph_server: bool = False

    @cached_property
    def database(self) -> Database:
        database = Database(self.settings.database_url, deadline=self.database_deadline, connect=self.connect)
        DATABASE_MAX.set(database.max_connections)
        return database

    @cached_property
    def redis(self) -> "Redis":
        """Redis, for plain commands."""
        return command_client(self.settings.redis_url)

    @cached_property
    def prober(self) -> Prober:
        return Prober()

    @cached_property
    def graph_store(self) -> "GraphStore":
        """Neo4j, or another server that speaks Bolt and Cypher.

        The driver is imported on first use: it is a fifth of the code that a web process loads, and most web
        processes never read Neo4j. Loading it takes 0.7 s, so a web makes sure before that the
        server does not hang.

        Raises:
            UnavailableError: the server did not answer the ping.
        """
        if self.pings_graph_server:
            self._ping_graph_server()
        from app.graphstore import small_driver

        small_driver.load()
        from app.graphstore.driver import GraphStore

        settings = self.settings
        store = GraphStore(
            settings.neo4j_url,
            settings.neo4j_username,
            settings.neo4j_password,
            settings.neo4j_database,
            GRAPH_TIMEOUT_SECONDS,
        )
        store.breaker = self.graph_breaker
        return store

    @cached_property
    def graph_breaker(self) -> CircuitBreaker:
        """Whether the graph server was found down just now."""
        return CircuitBreaker()

    def _ping_graph_server(self) -> None:
        url, breaker = self.settings.neo4j_url, self.graph_breaker
        if url is None:
            return
        if breaker.lets_pass():
            if ping(url, GRAPH_TIMEOUT_SECONDS):
                breaker.succeeded()
                return
            breaker.failed()
        raise UnavailableError(NOT_REACHED, breaker.retry_after_seconds)

    @cached_property
    def bounded_redis(self) -> BoundedRedis:
        """Redis for what a request can do without, or has little time for."""
        return BoundedRedis(self.settings.redis_url)

    def close(self) -> None:
        opened = vars(self)
        for name in ("database", "redis", "bounded_redis", "graph_store"):
            if name in opened:
                opened[name].close()
