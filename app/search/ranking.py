"""How candidates are ranked: pure arithmetic on what PostgreSQL and the circuits gave.

All scores of an answer stand on the cosine's scale, so that they can be compared:

- a classical query, and the fallback of one whose circuit could not be run: cos(q, v);
- a coherent candidate that the interference circuit scored: Re⟨q|ψ⟩ = √w·cos(q, v), where w is the weight of
  the asked context in its superposition (1 if no context is asked, 0 if it has only others);
- with a context, a candidate without contexts or whose state has decohered: it is in the uniform mixture of
  the C contexts found in the pool, cos(q, v)/√C, computed classically;
- under tunneling, a coherent candidate that the walk finds with probability p: s_max·√(p/p_max), where s_max
  is the best interference score and p_max the best probability. Amplitudes are square roots of
  probabilities, so that the best found candidate scores s_max and the others fall off as amplitudes do. If
  no interference score is positive, no walk starts, and the interference scores stay.
"""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import msgspec
from msgspec import UNSET, Raw, UnsetType, structs

from app.errors import UnavailableError
from app.search import caveats
from app.search.candidates import Candidate
from app.search.quantum.problem import CircuitRun, ScoringResult
from app.search.query import Query
from app.search.query_state import AskedQuery, QueryState
from app.search.results import Explanation, QueryResult, SnapshotResults, Stats
from app.search.scoring import Failure
from app.search.store import StoreState
from app.vectors.stored_json import shortest


class Ranked(msgspec.Struct, frozen=True, gc=False):
    """One candidate's place in the answer; ``index`` is its place in the pool.

    ``quantum_score`` is the interference circuit's, ``walk_probability`` the walk's; ``None`` if the
    candidate was scored classically. ``context`` is the one that it was projected on.
    """

    index: int
    score: float
    quantum_score: float | None = None
    walk_probability: float | None = None
    context: str | None = None

    @property
    def is_quantum(self) -> bool:
        """Whether a circuit made the score."""
        return self.quantum_score is not None


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
            metadata=shortest(candidate.metadata),
            quantum_enhanced=ranked.is_quantum,
            context_collapsed=ranked.context,
            classical_score=candidate.classical_score,
            quantum_score=ranked.quantum_score,
            walk_probability=ranked.walk_probability if self.asked.query.enable_tunneling else UNSET,
        )


def rank(state: QueryState) -> RankedQuery:
    """Rank a pool, and keep of it only what is answered: pools are large.

    Raises:
        UnavailableError: no circuit scored a result in the asked context, and the query requires it.
    """
    query, pool, scored = state.query, state.pool, state.scored
    found = [(place, pool.rows[place.index]) for place in _places(state)]
    if query.require_quantum and found and not _is_scored_as_asked(query, found):
        raise UnavailableError(
            "No result was scored by a circuit, which require_quantum asks for. "
            f"{caveats.why_not_quantum(state)}",
            code="quantum_unavailable",
        )
    run, execution_id = scored.explanation if scored else None, uuid4()
    seconds = pool.coherent_seconds
    return RankedQuery(
        asked=state.asked,
        found=[(place, _without_pool(query, each)) for place, each in found],
        frame=_frame(state, found, execution_id),
        runs={} if run is None else {execution_id: run},
        quantum_time_ms=scored.time_ms if scored else 0.0,
        violations=sum(not each.is_coherent for each in pool.rows) if query.asks_quantum else 0,
        kept_under=pool.store if state.asked.uses_cache and caveats.failure(state) is None else None,
        coherent_until=None if seconds is None else state.read_at + seconds,
    )


def rank_classically(pool: Sequence[Candidate], top_k: int) -> list[Ranked]:
    """Return the best of a pool by cosine."""
    return _best(pool, [Ranked(index, each.classical_score) for index, each in enumerate(pool)], top_k)


def rank_scored(
    pool: Sequence[Candidate],
    members: Sequence[int],
    scored: ScoringResult | None,
    context: str | None,
    contexts_in_pool: int,
    top_k: int,
) -> list[Ranked]:
    """Return the best of a pool by the circuits' scores of its ``members``, and the others' classical ones.

    Args:
        scored: the circuits' scores, in the order of ``members``; ``None`` if there are no members.
        contexts_in_pool: how many different contexts the candidates carry together.
    """
    scale = 1.0 if context is None else 1.0 / math.sqrt(max(1, contexts_in_pool))
    ranked = [Ranked(index, each.classical_score * scale) for index, each in enumerate(pool)]
    if scored is not None:
        finals = _final_scores(scored)
        walk: Sequence[float | None] = scored.walk or [None] * len(members)
        for index, final, score, found in zip(members, finals, scored.scores, walk, strict=True):
            ranked[index] = Ranked(index, final, score, found, context)
    return _best(pool, ranked, top_k)


def _places(state: QueryState) -> list[Ranked]:
    query, pool = state.query, state.pool
    if not query.asks_quantum or isinstance(state.outcome, Failure):
        return rank_classically(pool.rows, query.top_k)
    return rank_scored(
        pool.rows, state.members, state.scored, query.context, pool.contexts_in_pool, query.top_k
    )


def _is_scored_as_asked(query: Query, found: Sequence[tuple[Ranked, Candidate]]) -> bool:
    """Return whether a circuit made the score of a result, in the asked context if there is one."""
    return any(
        place.is_quantum and (query.context is None or each.context_weight is not None)
        for place, each in found
    )


def _without_pool(query: Query, candidate: Candidate) -> Candidate:
    """Return a candidate with no more numbers than its result shows, and these its own."""
    numbers = candidate.numbers if query.include_vector else None
    return structs.replace(candidate, numbers=None if numbers is None else bytes(numbers))


def _frame(
    state: QueryState, found: Sequence[tuple[Ranked, Candidate]], execution_id: UUID
) -> SnapshotResults:
    pool, scored = state.pool, state.scored
    explanation: Explanation | UnsetType = UNSET
    if scored is not None and (run := scored.explanation) is not None:
        explanation = Explanation(
            qubits=run.num_qubits, depth=run.depth, openqasm=run.program, execution_id=execution_id
        )
    return SnapshotResults(
        results=[],
        quantum_enhanced=any(place.is_quantum for place, _ in found),
        stats=Stats(
            candidates=len(pool.rows),
            circuit_candidates=len(state.members) if scored else 0,
            circuit_qubits=scored.num_qubits if scored else 0,
            circuits=scored.circuits if scored else 0,
            contexts=pool.contexts_in_pool,
            index=pool.plan,
            filter_index=None if state.query.filters is None else pool.filter_uses_index,
            seed=state.seed if scored else None,
        ),
        warnings=caveats.caveats(state),
        explanation=explanation,
    )


def _final_scores(scored: ScoringResult) -> list[float]:
    best_score = max(scored.scores)
    if scored.walk is None or best_score <= 0:
        return scored.scores
    best_found = max(scored.walk)
    if best_found <= 0:
        return scored.scores
    return [best_score * math.sqrt(max(0.0, found) / best_found) for found in scored.walk]


def _best(pool: Sequence[Candidate], ranked: list[Ranked], top_k: int) -> list[Ranked]:
    """Sort by score, then by cosine, then by id, so that the order never depends on chance."""
    ranked.sort(key=lambda each: (-each.score, -pool[each.index].classical_score, pool[each.index].id))
    return ranked[:top_k]
