"""The parts that answer vector queries."""

from dataclasses import dataclass
from functools import cached_property

from app.connections import Connections
from app.remote_calls.caller import RemoteCaller
from app.search import scoring
from app.search.cache import ResultCache
from app.search.figures import QueryFigures
from app.search.remote_scoring import RemoteScorer
from app.search.service import Searcher
from app.search.store import ContextShares

CACHED_SECONDS = 300.0
"""How long the results of a query are kept, unless a write or decoherence makes them wrong before."""


@dataclass(frozen=True)
class SearchServices:
    """One process's parts of the search. Nothing connects before it is used."""

    connections: Connections

    @cached_property
    def figures(self) -> QueryFigures:
        """Figures of vector queries, counted by all processes together."""
        return QueryFigures(self.connections.redis, self.connections.settings.redis_key_prefix)

    @cached_property
    def searcher(self) -> Searcher:
        """Answers vector queries; their circuits are run by the workers of the search queue."""
        connections, settings = self.connections, self.connections.settings
        caller = RemoteCaller.of(scoring.CALL, connections, settings.max_waiting_queries)
        cache = ResultCache(connections.bounded_redis, settings.redis_key_prefix, CACHED_SECONDS)
        shares = ContextShares(connections.database)
        return Searcher(connections.database, cache, RemoteScorer(caller).score, self.figures, shares)

    def close(self) -> None:
        """Send the figures that were counted and not sent yet."""
        if "figures" in vars(self):
            self.figures.flush()
