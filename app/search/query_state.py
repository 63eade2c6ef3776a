"""The stages of one query. No input or output here.

1. ``AskedQuery``: what a client asks, and what follows from that for PostgreSQL and the cache.
2. ``QueryState``: its pool has been read, and may have been scored.
3. ``RankedQuery``: its results are known, and can be written out.
"""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

from msgspec import UNSET, Raw, UnsetType, structs

from app.errors import UnavailableError
from app.search import caveats, ranking
from app.search.candidates import Candidate, Candidates, CandidateSearch, Mode, StoreState, pool_size
from app.search.contexts import StoredContexts
from app.search.quantum.problem import CircuitRun, ScoringProblem, ScoringResult
from app.search.query import MAX_SAMPLING_SEED, Query, filter_of
from app.search.ranking import Ranked
from app.search.results import Explanation, QueryResult, SnapshotResults, Stats
from app.search.scoring import Failure, Outcome
from app.vectors.vector_input import Location


@dataclass(frozen=True)
class AskedQuery:
    """A query of a request.

    Attributes:
        location: its place in the body.
        packed: its vector as big-endian float32 numbers; ``None`` where a stored one is meant.
    """

    query: Query
    location: Location
    packed: bytes | None

    @property
    def uses_cache(self) -> bool:
        """Whether the results may come from the cache and go there; an explanation is a run of its own."""
        return self.query.use_cache and not self.query.explain

    @property
    def identity(self) -> bytes:
        """What the results depend on, beside what is stored."""
        return self.query.identity(self.packed)

    def search(self, timeout_ms: int, store: StoreState, *, reads_text: bool) -> CandidateSearch:
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
            vector=self.packed,
            vector_id=query.id,
            mode=mode,
            pool_size=pool_size(mode, query.top_k) if is_pool else query.top_k,
            context=query.context,
            filter=filter_of(query, self.location, store.ordered_fields),
            timeout_ms=timeout_ms,
            with_state=query.asks_quantum,
            with_text=with_text,
            with_bytes=is_pool or (query.include_vector and not with_text),
        )


@dataclass(frozen=True)
class RankedQuery:
    """A query whose results are known.

    Attributes:
        asked: the query.
        found: the results' places in the ranking, and their candidates.
        frame: what the answer says, without its results.
        runs: the explained circuit, by the id of its execution.
        quantum_time_ms: what circuits took.
        violations: candidates that were to be scored by a circuit and had lost coherence.
        kept_under: the store whose state they hold for; ``None`` if they must not be kept in the cache.
        coherent_until: when the first of the candidates changes (monotonic clock); ``None`` if none does.
    """

    asked: AskedQuery
    found: list[tuple[Ranked, Candidate]]
    frame: SnapshotResults
    runs: Mapping[UUID, CircuitRun] = field(default_factory=dict)
    quantum_time_ms: float = 0.0
    violations: int = 0
    kept_under: StoreState | None = None
    coherent_until: float | None = None

    @property
    def coherent_ms(self) -> float | None:
        """For how long the candidates stay what they were; ``None`` if nothing ends."""
        return None if self.coherent_until is None else (self.coherent_until - time.monotonic()) * 1000

    def result(self, ranked: Ranked, candidate: Candidate, texts: Mapping[str, str]) -> QueryResult:
        """Return one result; ``texts`` has the vectors by id where the candidates do not bring them."""
        vector: Raw | UnsetType = UNSET
        if self.asked.query.include_vector:
            vector = Raw((candidate.text or texts[candidate.id]).encode())
        return QueryResult(
            id=candidate.id,
            score=ranked.score,
            vector=vector,
            metadata=Raw(candidate.metadata.encode()),
            quantum_enhanced=ranked.is_quantum,
            context_collapsed=ranked.context,
            classical_score=candidate.classical_score,
            quantum_score=ranked.quantum_score,
            walk_probability=ranked.walk_probability if self.asked.query.enable_tunneling else UNSET,
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
        """What the client asks."""
        return self.asked.query

    @property
    def unmet_context(self) -> str | None:
        """The asked context, if no candidate carries it."""
        return None if caveats.has_carrier(self.pool.rows) else self.query.context

    def problem(self) -> ScoringProblem | None:
        """Choose the members; return what is asked of the circuits, ``None`` if there is no member."""
        query, rows = self.query, self.pool.rows
        if not query.asks_quantum:
            return None
        self.members = ranking.circuit_members(rows, query.context)
        if not self.members:
            return None
        candidates = self._numbers_of_members()
        if query.shots is not None:
            self.seed = secrets.randbelow(MAX_SAMPLING_SEED) if query.seed is None else query.seed
        return ScoringProblem(
            dimension=self.pool.store.dimension,
            query=self.pool.query or b"",
            candidates=candidates,
            weights=ranking.circuit_weights(rows, self.members, query.context),
            shots=query.shots,
            seed=self.seed or 0,
            tunneling=query.enable_tunneling,
            explain=query.explain,
        )

    def rank(self) -> RankedQuery:
        """Rank the pool, and keep of it only what is answered: pools are large.

        Raises:
            UnavailableError: no circuit scored a result in the asked context, and the query requires it.
        """
        query, pool = self.query, self.pool
        places = self._places()
        if query.require_quantum and places:
            self._refuse_unless_scored(places)
        if isinstance(self.outcome, Failure):
            failure: Failure | None = self.outcome
        else:
            failure = caveats.unscored(query, pool.rows, self.members)
        found = [(place, pool.rows[place.index]) for place in places]
        if query.asks_quantum or not query.include_vector:
            found = [(place, self._without_pool(each)) for place, each in found]
        scored = self._scored
        run = scored.explanation if scored else None
        execution_id = uuid4()
        frame = self._frame(places)
        if run is not None:
            frame = structs.replace(frame, explanation=_explanation(run, execution_id))
        seconds = pool.coherent_seconds
        return RankedQuery(
            asked=self.asked,
            found=found,
            frame=frame,
            runs={} if run is None else {execution_id: run},
            quantum_time_ms=scored.time_ms if scored else 0.0,
            violations=sum(not each.is_coherent for each in pool.rows) if query.asks_quantum else 0,
            kept_under=pool.store if self.asked.uses_cache and failure is None else None,
            coherent_until=None if seconds is None else self.read_at + seconds,
        )

    @property
    def _scored(self) -> ScoringResult | None:
        return self.outcome if isinstance(self.outcome, ScoringResult) else None

    def _places(self) -> list[Ranked]:
        query, pool = self.query, self.pool
        if not query.asks_quantum or isinstance(self.outcome, Failure):
            return ranking.rank_classically(pool.rows, query.top_k)
        return ranking.rank(
            pool.rows, self.members, self.outcome, query.context, pool.contexts_in_pool, query.top_k
        )

    def _without_pool(self, candidate: Candidate) -> Candidate:
        """Return a candidate with no more numbers than its result shows, and these its own."""
        numbers = candidate.numbers if self.query.include_vector else None
        return structs.replace(candidate, numbers=None if numbers is None else bytes(numbers))

    def _numbers_of_members(self) -> bytes:
        """Return the members' numbers one after the other; the pool then refers to these."""
        rows = [*self.pool.rows]
        numbers = b"".join([rows[index].numbers or b"" for index in self.members])
        view, length = memoryview(numbers), len(numbers) // len(self.members)
        for place, index in enumerate(self.members):
            rows[index] = structs.replace(rows[index], numbers=view[place * length : (place + 1) * length])
        self.pool = replace(self.pool, rows=rows)
        return numbers

    def _refuse_unless_scored(self, places: list[Ranked]) -> None:
        rows = self.pool.rows
        if not any(caveats.is_scored_as_asked(self.query, place, rows[place.index]) for place in places):
            obstacles = caveats.obstacles(self.query, self.pool, self.members, self.outcome, self.contexts)
            raise UnavailableError(
                f"No result was scored by a circuit, which require_quantum asks for. "
                f"{caveats.why_not_quantum(obstacles)}",
                code="quantum_unavailable",
            )

    def _frame(self, places: list[Ranked]) -> SnapshotResults:
        pool, scored = self.pool, self._scored
        return SnapshotResults(
            results=[],
            quantum_enhanced=any(place.is_quantum for place in places),
            stats=Stats(
                candidates=len(pool.rows),
                circuit_candidates=len(self.members) if scored else 0,
                circuit_qubits=scored.num_qubits if scored else 0,
                circuits=scored.circuits if scored else 0,
                contexts=pool.contexts_in_pool,
                index=pool.plan,
                filter_index=None if self.query.filters is None else pool.filter_uses_index,
                seed=self.seed if scored else None,
            ),
            warnings=caveats.caveats(self.query, pool, self.members, self.outcome, self.contexts),
        )


def _explanation(run: CircuitRun, execution_id: UUID) -> Explanation:
    return Explanation(
        qubits=run.num_qubits, depth=run.depth, openqasm=run.program, execution_id=execution_id
    )
