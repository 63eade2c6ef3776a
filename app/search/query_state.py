"""One query on its way: what is known of it so far, and what follows from that. No input or output here."""

import secrets
import time
from dataclasses import dataclass, field, replace
from uuid import UUID

import msgspec
from msgspec import UNSET, Raw, structs

from app.errors import UnavailableError
from app.search import caveats, ranking
from app.search.answers import Answer, Explanation, QueryResult, Stats
from app.search.candidates import Candidate, Candidates, CandidateSearch, Mode, StoreState, pool_size
from app.search.contexts import StoredContexts
from app.search.quantum.problem import CircuitRun, ScoringProblem, ScoringResult
from app.search.query import MAX_SEED, Location, Query, filter_of
from app.search.ranking import Ranked
from app.search.scoring import Failure


@dataclass
class Course:
    """One query of a request.

    Attributes:
        packed: its vector as big-endian float32 numbers; ``None`` where a stored one is meant.
        document: the encoded answer, as soon as there is one.
        candidates: the pool, read not before ``read_at`` (monotonic clock).
        members: the places in the pool of those that circuits score.
        outcome: what became of the scoring; ``None`` if there was nothing to score.
        contexts: what the store has, where no candidate carries the asked context.
        found: the results' places in the ranking and their candidates, once it is settled.
        frame: the answer without its results, once it is settled.
        failure: why no circuit scored the candidates, though it was asked for and there are some.
        violations: candidates that were to be scored by a circuit and had lost coherence.
        execution_id: of the stored run, where an explanation was asked for.
        answer_bytes: about how large the answer is, once it is settled.
        reads_text: whether a classical query reads its vectors as text, which is good for small answers.
    """

    query: Query
    location: Location
    packed: bytes | None
    document: bytes | None = None
    from_cache: bool = False
    candidates: Candidates | None = None
    read_at: float = 0.0
    members: list[int] = field(default_factory=list)
    outcome: ScoringResult | Failure | None = None
    contexts: StoredContexts | None = None
    found: list[tuple[Ranked, Candidate]] = field(default_factory=list)
    frame: Answer | None = None
    failure: Failure | None = None
    violations: int = 0
    seed: int | None = None
    execution_id: UUID | None = None
    answer_bytes: int = 0
    reads_text: bool = True

    @property
    def uses_cache(self) -> bool:
        """Whether the answer may come from the cache and go there; an explanation is a run of its own."""
        return self.query.use_cache and not self.query.explain

    @property
    def identity(self) -> bytes:
        """What the answer depends on, beside what is stored."""
        return self.query.identity(self.packed)

    @property
    def is_keepable(self) -> bool:
        """Whether the answer is what was asked for, so that the next one may have it too."""
        return self.uses_cache and not self.from_cache and self.failure is None

    @property
    def pool(self) -> Candidates:
        """The candidates, which have been read by now."""
        assert self.candidates is not None  # noqa: S101 - the steps of a query have one order
        return self.candidates

    @property
    def unmet_context(self) -> str | None:
        """The asked context, if no candidate carries it."""
        return None if caveats.has_carrier(self.pool.rows) else self.query.context

    @property
    def quantum_time_ms(self) -> float:
        """What circuits took for this very answer."""
        return self.outcome.time_ms if isinstance(self.outcome, ScoringResult) else 0.0

    @property
    def run(self) -> CircuitRun | None:
        """The explained circuit, if there is one."""
        return self.outcome.explanation if isinstance(self.outcome, ScoringResult) else None

    @property
    def coherent_ms(self) -> float | None:
        """For how long the candidates stay what they were; ``None`` if nothing ends."""
        seconds = self.pool.coherent_seconds
        return None if seconds is None else (seconds - (time.monotonic() - self.read_at)) * 1000

    def search(self, timeout_ms: int, store: StoreState) -> CandidateSearch:
        """What is asked of PostgreSQL.

        A classical query needs no more candidates than results, with their vectors as text if they are few;
        else the vectors of those that are answered are written out at the end.

        Raises:
            InvalidInputError: the filter is not one.
        """
        query, mode = self.query, Mode(self.query.mode)
        is_pool = query.asks_quantum or mode is Mode.EXPLORATORY
        with_text = query.include_vector and not is_pool and self.reads_text
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

    def problem(self) -> ScoringProblem | None:
        """What is asked of the circuits; ``None`` if no candidate is to be scored by them."""
        query, rows = self.query, self.pool.rows
        if not query.asks_quantum:
            return None
        self.members = ranking.circuit_members(rows, query.context)
        if not self.members:
            return None
        candidates = self._numbers_of_members()
        if query.shots is not None:
            self.seed = secrets.randbelow(MAX_SEED) if query.seed is None else query.seed
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

    def settle(self) -> None:
        """Rank the pool, and keep of it only what is answered: pools are large.

        Raises:
            UnavailableError: no circuit scored a result in the asked context, and the query requires it.
        """
        query, pool = self.query, self.pool
        self.found = [(each, pool.rows[each.index]) for each in self._rank()]
        if query.require_quantum and self.found:
            self._refuse_unless_scored()
        if isinstance(self.outcome, Failure):
            self.failure = self.outcome
        else:
            self.failure = caveats.unscored(query, pool.rows, self.members)
        if query.asks_quantum:
            self.violations = sum(not each.is_coherent for each in pool.rows)
        self.frame = self._frame()
        if query.asks_quantum or not query.include_vector:
            self.found = [(place, self._without_pool(each)) for place, each in self.found]
        self.candidates = replace(pool, rows=[], query=None)

    def result(self, ranked: Ranked, candidate: Candidate, texts: dict[str, str]) -> QueryResult:
        """One result, with the vectors' texts by id where the candidates do not bring them."""
        vector: Raw | msgspec.UnsetType = UNSET
        if self.query.include_vector:
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
            walk_probability=ranked.walk_probability if self.query.enable_tunneling else UNSET,
        )

    def explanation(self) -> Explanation | msgspec.UnsetType:
        """The explained circuit, once its run is stored."""
        run = self.run
        if run is None or self.execution_id is None:
            return UNSET
        return Explanation(
            qubits=run.num_qubits, depth=run.depth, openqasm=run.program, execution_id=self.execution_id
        )

    def _without_pool(self, candidate: Candidate) -> Candidate:
        """A candidate with no more numbers than its answer shows, and these its own."""
        numbers = candidate.numbers if self.query.include_vector else None
        return structs.replace(candidate, numbers=None if numbers is None else bytes(numbers))

    def _numbers_of_members(self) -> bytes:
        """The members' numbers one after the other; the pool then refers to these instead of its own."""
        rows = [*self.pool.rows]
        numbers = b"".join([rows[index].numbers or b"" for index in self.members])
        view, length = memoryview(numbers), len(numbers) // len(self.members)
        for place, index in enumerate(self.members):
            rows[index] = structs.replace(rows[index], numbers=view[place * length : (place + 1) * length])
        self.candidates = replace(self.pool, rows=rows)
        return numbers

    def _rank(self) -> list[Ranked]:
        query, pool = self.query, self.pool
        if not query.asks_quantum or isinstance(self.outcome, Failure):
            return ranking.rank_classically(pool.rows, query.top_k)
        return ranking.rank(
            pool.rows, self.members, self.outcome, query.context, pool.contexts_in_pool, query.top_k
        )

    def _refuse_unless_scored(self) -> None:
        if not any(caveats.is_scored_as_asked(self.query, ranked, each) for ranked, each in self.found):
            obstacles = caveats.obstacles(self.query, self.pool, self.members, self.outcome, self.contexts)
            raise UnavailableError(
                f"No result was scored by a circuit, which require_quantum asks for. "
                f"{caveats.why_not_quantum(obstacles)}",
                code="quantum_unavailable",
            )

    def _frame(self) -> Answer:
        pool, outcome = self.pool, self.outcome
        scored = outcome if isinstance(outcome, ScoringResult) else None
        return Answer(
            results=[],
            quantum_enhanced=any(ranked.is_quantum for ranked, _ in self.found),
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
            warnings=caveats.caveats(self.query, pool, self.members, outcome, self.contexts),
        )
