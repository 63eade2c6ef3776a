"""A query before it is ranked. No input or output here.

1. ``AskedQuery``: what a client asks, and what follows from that for PostgreSQL and the cache.
2. ``QueryState``: its pool has been read, and may have been scored.

``app.search.ranking`` makes a ``RankedQuery`` of it, whose results can be written out.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from msgspec import structs

from app.errors import Location
from app.search.candidate_queries import CandidateSearch, Mode, pool_size
from app.search.candidates import Candidate, Candidates
from app.search.quantum.problem import ScoringProblem, ScoringResult
from app.search.query import MAX_SAMPLING_SEED, Query
from app.search.scoring import Outcome
from app.search.store import StoredContexts, StoreState
from app.vectors.filters import Filter, compile_filter
from app.vectors.vector_input import pack_numbers


@dataclass(frozen=True)
class AskedQuery:
    """A query of a request.

    Attributes:
        location: its place in the body.
        vector: its vector as big-endian float32 numbers; ``None`` where a stored one is meant.
    """

    query: Query
    location: Location
    vector: bytes | None

    @classmethod
    def packed(cls, query: Query, location: Location, dimension: int | None) -> "AskedQuery":
        """Pack the vector of a query.

        Raises:
            InvalidInputError: it is no vector, or of another dimension than the store's (both are named).
        """
        if query.vector is None:
            return cls(query, location, None)
        return cls(query, location, pack_numbers(query.vector, dimension, (*location, "vector")))

    @property
    def uses_cache(self) -> bool:
        """Whether the results may come from the cache and go there; an explanation is a run of its own."""
        return self.query.use_cache and not self.query.explain

    @property
    def identity(self) -> bytes:
        """The part of the query on which its results depend."""
        return self.query.identity(self.vector)

    def compiled_filter(self, ordered_fields: Collection[str] = ()) -> Filter | None:
        """Return the filter, compiled; ``ordered_fields`` as ``compile_filter`` takes them.

        Raises:
            InvalidInputError: it is not one.
        """
        if self.query.filters is None:
            return None
        return compile_filter(self.query.filters, (*self.location, "filters"), ordered_fields)

    def search(
        self, timeout_ms: int, store: StoreState, context_share: float | None, *, reads_text: bool
    ) -> CandidateSearch:
        """Return what is asked of PostgreSQL.

        A classical query needs no more candidates than results. It reads their vectors as text where that is
        good for its answer (``reads_text``); else the vectors of results are written out at the end.

        Raises:
            InvalidInputError: the filter is not one.
        """
        query, mode = self.query, Mode(self.query.mode)
        is_pool = query.asks_quantum or mode is Mode.EXPLORATORY
        with_text = query.include_vector and not is_pool and reads_text
        return CandidateSearch(
            vector=self.vector,
            vector_id=query.id,
            mode=mode,
            pool_size=pool_size(mode, query.top_k) if is_pool else query.top_k,
            context=query.context,
            context_share=context_share,
            filter=self.compiled_filter(store.ordered_fields),
            timeout_ms=timeout_ms,
            with_state=query.asks_quantum,
            with_text=with_text,
            with_bytes=is_pool or (query.include_vector and not with_text),
        )


@dataclass
class QueryState:
    """A query whose pool has been read.

    Attributes:
        pool: the candidates, read not before ``read_at`` (monotonic clock).
        members: the places in the pool of those that circuits score.
        outcome: what became of the scoring; ``None`` if there was nothing to score.
        contexts: what the store has, where no candidate carries the asked context.
    """

    asked: AskedQuery
    pool: Candidates
    read_at: float
    members: list[int] = field(default_factory=list)
    seed: int | None = None
    outcome: Outcome | None = None
    contexts: StoredContexts | None = None

    @property
    def query(self) -> Query:
        """The query of the client."""
        return self.asked.query

    @property
    def scored(self) -> ScoringResult | None:
        """The circuits' results for the members."""
        return self.outcome if isinstance(self.outcome, ScoringResult) else None

    @property
    def unmet_context(self) -> str | None:
        """The asked context, if no candidate carries it."""
        return None if has_carrier(self.pool.rows) else self.query.context

    def problem(self) -> ScoringProblem | None:
        """Choose the members; return what is asked of the circuits, ``None`` if there is no member."""
        query, rows = self.query, self.pool.rows
        if not query.asks_quantum:
            return None
        self.members = circuit_members(rows, query.context)
        if not self.members:
            return None
        candidates = self._numbers_of_members()
        if query.shots is not None:
            self.seed = secrets.randbelow(MAX_SAMPLING_SEED) if query.seed is None else query.seed
        return ScoringProblem(
            dimension=self.pool.store.dimension,
            query=self.pool.query or b"",
            candidates=candidates,
            weights=circuit_weights(rows, self.members, query.context),
            shots=query.shots,
            seed=self.seed or 0,
            tunneling=query.enable_tunneling,
            explain=query.explain,
        )

    def _numbers_of_members(self) -> bytes:
        """Return the members' numbers one after the other; the pool then refers to these."""
        rows = [*self.pool.rows]
        numbers = b"".join([rows[index].numbers or b"" for index in self.members])
        view, length = memoryview(numbers), len(numbers) // len(self.members)
        for place, index in enumerate(self.members):
            rows[index] = structs.replace(rows[index], numbers=view[place * length : (place + 1) * length])
        self.pool = replace(self.pool, rows=rows)
        return numbers


def has_carrier(rows: Sequence[Candidate]) -> bool:
    """Return whether a candidate carries the asked context; those that do come first into every pool."""
    return any(each.context_weight is not None for each in rows)


def circuit_members(pool: Sequence[Candidate], context: str | None) -> list[int]:
    """Return the places of those that a circuit scores: coherent, and if a context is asked, with some."""
    return [
        index
        for index, candidate in enumerate(pool)
        if candidate.is_coherent and (context is None or candidate.context_count > 0)
    ]


def circuit_weights(
    pool: Sequence[Candidate], members: Sequence[int], context: str | None
) -> list[float] | None:
    """Return the weight of the asked context in each member; ``None`` if no context is asked."""
    if context is None:
        return None
    return [pool[index].context_weight or 0.0 for index in members]
