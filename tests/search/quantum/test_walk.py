"""The walk is the one of the formula, conserves probability, is deterministic, and heeds the context."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from app.search.quantum.scoring import score
from app.search.quantum.states import unit_vectors
from app.search.quantum.walk import TIMES, laplacian, neighbour_graph, start_state, times_for, walk
from tests.search.quantum.pools import Array, closed_form, pool, problem


def _unit(vectors: Array) -> Array:
    return unit_vectors(vectors.astype(">f4").tobytes(), vectors.shape[1])


def _by_matrix_exponential(candidates: Array, similarities: Array) -> Array:
    generator = laplacian(neighbour_graph(candidates))
    start = start_state(similarities)
    evolved = [expm(-1j * time * generator) @ start for time in times_for(len(start))]
    return np.asarray(np.mean([np.abs(state) ** 2 for state in evolved], axis=0))


def _score_walk(
    query: Array, candidates: Array, weights: list[float] | None = None, **options: object
) -> Array:
    (result,) = score([problem(query, candidates, weights, tunneling=True, **options)])
    assert result.walk is not None
    return np.array(result.walk)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 33, 100])
def test_the_walk_is_the_matrix_exponential(count: int) -> None:
    query, candidates = pool(count, 10)
    vectors, similarities = _unit(candidates), closed_form(query, candidates)
    expected = _by_matrix_exponential(vectors, similarities)
    assert walk(vectors, similarities, None, 0).probabilities == pytest.approx(expected, abs=1e-9)
    assert _score_walk(query, candidates) == pytest.approx(expected, abs=1e-6)


@settings(max_examples=50)
@given(st.integers(1, 70), st.integers(1, 12), st.integers(0, 2**32))
def test_probability_is_conserved(count: int, dimension: int, seed: int) -> None:
    found = _score_walk(*pool(count, dimension, seed))
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1, abs=1e-9)


def test_the_walk_is_deterministic() -> None:
    query, candidates = pool(50, 8)
    assert _score_walk(query, candidates).tolist() == _score_walk(query, candidates).tolist()


def test_one_circuit_is_run_for_each_time() -> None:
    query, candidates = pool(33, 8)
    (plain,) = score([problem(query, candidates)])
    (tunneled,) = score([problem(query, candidates, tunneling=True)])
    assert tunneled.circuits == plain.circuits + len(TIMES)
    assert tunneled.scores == plain.scores
    assert walk(_unit(candidates), closed_form(query, candidates), None, 0).num_qubits == 6


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_equal_vectors_are_found_alike(sign: float) -> None:
    query = np.array([1.0, 2.0, -1.0])
    found = _score_walk(query, np.tile(sign * query, (5, 1)))
    assert found == pytest.approx(np.full(5, 0.2), abs=1e-9)


def test_a_candidate_by_itself_is_found() -> None:
    assert _score_walk(np.array([1.0, 1.0]), np.array([[1.0, 0.0]])) == pytest.approx([1.0])


def test_the_start_is_how_much_nearer_than_the_farthest_each_is_and_negatives_count_as_zero() -> None:
    assert start_state(np.array([0.9, 0.6, 0.5])) == pytest.approx(
        np.array([4, 1, 0]) / np.sqrt(17), abs=1e-5
    )
    assert start_state(np.array([0.3, -0.9, 0.4])) == pytest.approx([0.6, 0, 0.8], abs=1e-5)
    assert start_state(np.array([-0.3, -0.1])) == pytest.approx(np.sqrt([0.5, 0.5]))


def test_nearest_neighbours_are_joined_both_ways_and_nobody_with_itself() -> None:
    _, candidates = pool(40, 6)
    graph = neighbour_graph(_unit(candidates))
    assert (graph == graph.T).all()
    assert (np.diag(graph) == 0).all()
    cosines = _unit(candidates) @ _unit(candidates).T
    np.fill_diagonal(cosines, -1)
    for node, nearest in enumerate(np.argsort(-cosines, axis=1)[:, :6]):
        assert graph[node, nearest] == pytest.approx(np.clip(cosines[node, nearest], 0, 1) ** 4)


def test_the_generator_is_the_normalised_laplacian() -> None:
    _, candidates = pool(40, 6)
    energies = np.linalg.eigvalsh(laplacian(neighbour_graph(_unit(candidates))))
    assert energies.min() == pytest.approx(0, abs=1e-9)
    assert energies.max() <= 2 + 1e-9


def test_the_context_decides_where_the_walk_starts() -> None:
    """Two far groups, equally like the query: the walk stays in the one that has the context."""
    generator = np.random.default_rng(2)
    left, right = np.array([1.0, 1.0, 0.0]), np.array([1.0, 0.0, 1.0])
    candidates = np.repeat([left, right], 12, axis=0) + generator.normal(scale=0.02, size=(24, 3))
    query = np.array([1.0, 0.0, 0.0])
    for weights in ([1.0] * 12 + [0.0] * 12, [0.0] * 12 + [1.0] * 12):
        found = _score_walk(query, candidates, weights)
        assert found @ np.array(weights) > 0.99


def test_it_reaches_along_the_data_what_is_far_in_a_straight_line() -> None:
    """One candidate hangs together with the query's neighbours; a group by itself is nearer to the query."""
    generator = np.random.default_rng(2)

    def at(degrees: float, axis: int, count: int) -> Array:
        points = generator.normal(scale=0.02, size=(count, 3))
        points[:, 0] += np.cos(np.radians(degrees))
        points[:, axis] += np.sin(np.radians(degrees))
        return points

    candidates = np.concatenate([at(18, 1, 8), at(60, 1, 1), at(53, 2, 24)])
    query = np.array([1.0, 0.0, 0.0])
    cosines, found = closed_form(query, candidates), _score_walk(query, candidates)
    connected, group = 8, slice(9, None)
    assert cosines[connected] < cosines[group].min()
    assert found[connected] > found[group].max()


def test_sampled_places_stay_within_the_binomial_error_and_follow_the_seed() -> None:
    query, candidates = pool(20, 6)
    exact = walk(_unit(candidates), closed_form(query, candidates), None, 0).probabilities
    shots = 200_000
    vectors, similarities = _unit(candidates), closed_form(query, candidates)
    first, second, other = (walk(vectors, similarities, shots, seed).probabilities for seed in (5, 5, 6))
    assert first.tolist() == second.tolist()
    assert first.tolist() != other.tolist()
    deviations = np.sqrt(exact * (1 - exact) / shots)  # of one time; of the average over several less
    assert np.all(np.abs(first - exact) <= 5 * deviations + 1e-9)
    assert first.sum() == pytest.approx(1, abs=1e-9)


def test_with_shots_the_walk_of_a_query_is_sampled_too() -> None:
    query, candidates = pool(20, 6)
    found = _score_walk(query, candidates, shots=1_000, seed=3)
    shares = found * 1_000 * len(TIMES)
    assert shares == pytest.approx(np.round(shares), abs=1e-6)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_in_a_small_pool_the_walk_stays_near_its_start(size: int) -> None:
    vectors = np.eye(size) + 0.5
    candidates = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    found = walk(candidates, candidates @ candidates[0], None, 0)
    assert np.argmax(found.probabilities) == 0
