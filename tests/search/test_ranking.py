"""How candidates are ranked: every rule of the scores, and their combinations."""

import math

import pytest

from app.search import query_state, ranking
from app.search.candidates import Candidate
from app.search.quantum.problem import ScoringResult


def candidate(
    name: str, cosine: float, weight: float | None = None, contexts: int = 0, *, coherent: bool = True
) -> Candidate:
    """Return a vector of the pool; one that carries the asked context has at least that one."""
    return Candidate(
        id=name,
        classical_score=cosine,
        metadata="{}",
        is_coherent=coherent,
        context_weight=weight,
        context_count=max(contexts, 0 if weight is None else 1),
        text=None,
        numbers=None,
    )


def scored(*scores: float, walk: list[float] | None = None) -> ScoringResult:
    """Return what the circuits gave."""
    return ScoringResult(scores=list(scores), walk=walk, num_qubits=5, circuits=1, time_ms=1.0)


MIXED = [
    candidate("asked", 0.8, 0.25, 2),
    candidate("other context", 0.9, None, 1),
    candidate("no context", 0.6),
    candidate("decohered", 0.7, 1.0, coherent=False),
]


def test_without_a_context_all_coherent_candidates_go_to_the_circuit_as_they_are() -> None:
    members = query_state.circuit_members(MIXED, None)
    assert members == [0, 1, 2]
    assert query_state.circuit_weights(MIXED, members, None) is None


def test_with_a_context_only_coherent_candidates_with_contexts_go_to_the_circuit() -> None:
    members = query_state.circuit_members(MIXED, "asked")
    assert members == [0, 1]
    assert query_state.circuit_weights(MIXED, members, "asked") == [0.25, 0.0]


def test_classically_the_cosine_ranks() -> None:
    ranked = ranking.rank_classically(MIXED, 3)
    assert [(each.index, each.score) for each in ranked] == [(1, 0.9), (0, 0.8), (3, 0.7)]
    assert not any(each.is_quantum or each.context for each in ranked)


def test_with_a_context_the_circuits_scores_and_the_mixtures_stand_on_one_scale() -> None:
    result = scored(0.5 * 0.8, 0.0)
    ranked = ranking.rank_scored(MIXED, [0, 1], result, "asked", 2, 4)
    found = {MIXED[each.index].id: each for each in ranked}
    assert found["asked"].score == found["asked"].quantum_score == pytest.approx(0.4)
    assert found["asked"].context == found["other context"].context == "asked"
    assert found["other context"].score == 0.0
    assert found["no context"].score == pytest.approx(0.6 / math.sqrt(2))
    assert found["decohered"].score == pytest.approx(0.7 / math.sqrt(2))
    assert not found["no context"].is_quantum
    assert not found["decohered"].is_quantum
    assert found["decohered"].context is None
    assert [MIXED[each.index].id for each in ranked] == ["decohered", "no context", "asked", "other context"]


def test_without_a_context_a_decohered_candidate_keeps_its_cosine() -> None:
    ranked = ranking.rank_scored(MIXED, [0, 1, 2], scored(0.8, 0.9, 0.6), None, 0, 4)
    assert [(MIXED[each.index].id, each.score, each.is_quantum) for each in ranked] == [
        ("other context", 0.9, True),
        ("asked", 0.8, True),
        ("decohered", 0.7, False),
        ("no context", 0.6, True),
    ]


def test_a_pool_without_contexts_counts_as_one() -> None:
    pool = [candidate("plain", 0.5)]
    [only] = ranking.rank_scored(pool, [], None, "asked", 0, 1)
    assert (only.score, only.is_quantum) == (0.5, False)


def test_context_weights_change_the_order_as_the_formula_says() -> None:
    pool = [candidate("near", 0.9, 0.1, 2), candidate("far", 0.5, 0.9, 2)]
    members = query_state.circuit_members(pool, "asked")
    weights = query_state.circuit_weights(pool, members, "asked") or []
    closed_form = [
        math.sqrt(weight) * each.classical_score for weight, each in zip(weights, pool, strict=True)
    ]
    ranked = ranking.rank_scored(pool, members, scored(*closed_form), "asked", 2, 2)
    assert [pool[each.index].id for each in ranked] == ["far", "near"]


def test_tunneling_ranks_by_the_walk_on_the_cosines_scale() -> None:
    pool = [
        candidate("a", 0.9),
        candidate("b", 0.5),
        candidate("c", 0.1),
        candidate("d", 0.6, coherent=False),
    ]
    ranked = ranking.rank_scored(pool, [0, 1, 2], scored(0.9, 0.5, 0.1, walk=[0.16, 0.64, 0.2]), None, 0, 4)
    assert [pool[each.index].id for each in ranked] == ["b", "d", "c", "a"]
    assert ranked[0].score == 0.9
    assert ranked[3].score == pytest.approx(0.9 * math.sqrt(0.16 / 0.64))
    assert [each.walk_probability for each in ranked] == [0.64, None, 0.2, 0.16]
    assert [each.quantum_score for each in ranked] == [0.5, None, 0.1, 0.9]


def test_tunneling_with_a_context_maps_onto_the_best_projected_score() -> None:
    pool = [candidate("a", 0.9, 0.25, 2), candidate("b", 0.8, None, 1)]
    ranked = ranking.rank_scored(pool, [0, 1], scored(0.45, 0.0, walk=[0.5, 0.5]), "asked", 2, 2)
    assert [(each.score, each.context) for each in ranked] == [(0.45, "asked"), (0.45, "asked")]


@pytest.mark.parametrize("scores", [(-0.2, -0.5), (0.0, 0.0)])
def test_without_a_positive_score_no_walk_changes_the_order(scores: tuple[float, float]) -> None:
    pool = [candidate("a", scores[0]), candidate("b", scores[1])]
    ranked = ranking.rank_scored(pool, [0, 1], scored(*scores, walk=[0.1, 0.9]), None, 0, 2)
    assert [each.score for each in ranked] == list(scores)


def test_the_walks_scale_is_monotonic_and_never_above_the_best_score() -> None:
    walk = [0.0, 0.05, 0.15, 0.3, 0.5]
    pool = [candidate(str(index), 0.7) for index in range(5)]
    ranked = ranking.rank_scored(pool, list(range(5)), scored(*[0.7] * 5, walk=walk), None, 0, 5)
    by_walk = sorted(ranked, key=lambda each: walk[each.index])
    assert [each.score for each in by_walk] == sorted(each.score for each in ranked)
    assert max(each.score for each in ranked) == 0.7


def test_equal_scores_are_ordered_by_cosine_and_then_by_id() -> None:
    pool = [candidate("z", 0.5), candidate("b", 0.5), candidate("a", 0.5), candidate("c", 0.6)]
    ranked = ranking.rank_scored(pool, [0, 1, 2, 3], scored(0.5, 0.5, 0.5, 0.5), None, 0, 4)
    assert [pool[each.index].id for each in ranked] == ["c", "a", "b", "z"]


def test_no_more_are_answered_than_asked_for() -> None:
    assert len(ranking.rank_classically(MIXED, 2)) == 2
    assert len(ranking.rank_scored(MIXED, [0, 1], scored(0.1, 0.2), "asked", 2, 3)) == 3
