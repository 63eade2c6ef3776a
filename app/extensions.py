"""The connections of one process to PostgreSQL, Redis and the graph server.

Everything here connects lazily, so that it may be made before a fork.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from redis import Redis

from app.database import Database
from app.jobs.bell import Bell
from app.jobs.wakeups import WakeUps
from app.observability.metrics import DATABASE_MAX
from app.observability.probes import Prober
from app.observability.query_figures import QueryFigures
from app.redis_calls import BoundedRedis
from app.redis_client import blocking_client, command_client
from app.settings import Settings

if TYPE_CHECKING:
    from app.entanglement.remote import RemoteEntangler
    from app.graphstore.driver import GraphStore
    from app.search.service import Searcher


@dataclass(frozen=True)
class Extensions:
    """The servers that Qloom talks to, as one process sees them."""

    settings: Settings
    database_deadline: Callable[[], AbstractContextManager[None]] = nullcontext

    @cached_property
    def database(self) -> Database:
        """PostgreSQL."""
        database = Database(self.settings.database_url, deadline=self.database_deadline)
        DATABASE_MAX.set(database.max_connections)
        return database

    @cached_property
    def redis(self) -> "Redis":
        """Redis, for plain commands."""
        return command_client(self.settings.redis_url)

    @cached_property
    def bell(self) -> Bell:
        """The doorbell of the job queues."""
        return Bell(self.redis, self.settings.redis_key_prefix)

    @cached_property
    def wake_ups(self) -> WakeUps:
        """Wake-ups for those who wait for a job."""
        return WakeUps(self.redis, blocking_client(self.settings.redis_url), self.settings.redis_key_prefix)

    @cached_property
    def query_figures(self) -> QueryFigures:
        """Figures of vector queries, counted by all processes together."""
        return QueryFigures(self.redis, self.settings.redis_key_prefix)

    @cached_property
    def prober(self) -> Prober:
        """Asks the servers whether they answer."""
        return Prober()

    @cached_property
    def graph_store(self) -> "GraphStore":
        """Neo4j, or another server that speaks Bolt and Cypher.

        Its driver is imported on first use: with numpy, which it brings, it is a third of what a web process
        loads, and most of them never read Neo4j.
        """
        from app.graphstore.driver import GraphStore

        settings = self.settings
        return GraphStore(
            settings.neo4j_url,
            settings.neo4j_username,
            settings.neo4j_password,
            settings.neo4j_database,
            settings.neo4j_timeout_seconds,
        )

    @cached_property
    def bounded_redis(self) -> BoundedRedis:
        """Redis, for what requests can do without, or have only so much time for."""
        return BoundedRedis(self.settings.redis_url)

    @cached_property
    def searcher(self) -> "Searcher":
        """Answers vector queries; their circuits are run by the workers of the search queue.

        Imported on first use, since features import this module.
        """
        from app.search.cache import AnswerCache
        from app.search.remote import RemoteScorer
        from app.search.service import Searcher
        from app.search.worker_watch import WorkerWatch

        settings, redis = self.settings, self.bounded_redis
        scorer = RemoteScorer(
            redis,
            self.bell,
            settings.redis_key_prefix,
            settings.max_waiting_queries,
            WorkerWatch(self.database, settings.lease_seconds),
        )
        cache = AnswerCache(redis, settings.redis_key_prefix, settings.query_cache_seconds)
        return Searcher(self.database, cache, scorer, self.query_figures)

    @cached_property
    def entangler(self) -> "RemoteEntangler":
        """Has the circuits of groups run by the workers of the search queue."""
        from app.entanglement.remote import RemoteEntangler
        from app.search.worker_watch import WorkerWatch

        settings = self.settings
        watch = WorkerWatch(self.database, settings.lease_seconds)
        return RemoteEntangler(self.bounded_redis, self.bell, settings.redis_key_prefix, watch.sees_one)

    def close(self) -> None:
        """Close the connections that were opened; what was never used is not opened for it."""
        opened = vars(self)
        if "query_figures" in opened:
            self.query_figures.flush()
        for name in ("database", "redis", "bounded_redis", "graph_store"):
            if name in opened:
                opened[name].close()
