"""Equal vectors are scored alike, whatever their number and place; nearly equal ones nearly alike."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.search.quantum.problem import ScoringResult
from app.search.quantum.scoring import score
from app.search.quantum.states import TIE, level_ties
from app.search.quantum.walk import neighbour_graph
from tests.search.quantum.pools import Array, pool, problem


def _walked(query: Array, candidates: Array, weights: list[float] | None = None) -> ScoringResult:
    (result,) = score([problem(query, candidates, weights, tunneling=True)])
    return result


def _places(result: ScoringResult) -> Array:
    assert result.walk is not None
    return np.array(result.walk)


def test_copies_in_any_number_have_equal_scores_and_what_is_far_none() -> None:
    for copies in range(1, 30):
        candidates = np.array([[1.0, 1.0, 0.0]] * copies + [[0.0, 0.0, 1.0]])
        result = _walked(np.array([1.0, 1.0, 0.0]), candidates)
        found = _places(result)
        assert set(found[:copies]) == {found[0]}
        assert found[:copies].sum() == pytest.approx(1)
        assert found[copies] == pytest.approx(0, abs=1e-9)
        assert set(result.scores[:copies]) == {result.scores[0]}


@settings(max_examples=40)
@given(st.integers(2, 30), st.integers(1, 6), st.integers(1, 10), st.integers(0, 2**32), st.booleans())
def test_copies_have_equal_scores_and_the_order_of_the_pool_has_no_part(
    count: int, dimension: int, copies: int, seed: int, has_context: bool
) -> None:
    generator = np.random.default_rng(seed)
    query, different = pool(count, dimension, seed)
    which = np.concatenate([np.arange(count), generator.integers(0, count, size=copies)])
    weight = generator.uniform(size=count)
    weights = weight[which].tolist() if has_context else None
    result = _walked(query, different[which], weights)
    order = generator.permutation(len(which))
    other = _walked(query, different[which[order]], np.array(weights)[order].tolist() if weights else None)
    assert np.array(other.scores) == pytest.approx(np.array(result.scores)[order], abs=1e-9)
    assert _places(other) == pytest.approx(_places(result)[order], abs=1e-9)
    for each in range(count):
        assert len(set(np.array(result.scores)[which == each])) == 1
        assert len(set(_places(result)[which == each])) == 1


def test_candidates_that_are_equally_near_are_all_neighbours() -> None:
    """A ring around an axis: a bound of six must not choose among eight."""
    angles = np.arange(8) * np.pi / 4
    ring = np.stack([np.cos(angles), np.sin(angles), np.full(8, 3.0)], axis=1)
    candidates = np.concatenate([[[0.0, 0.0, 1.0]], ring])
    graph = neighbour_graph(candidates / np.linalg.norm(candidates, axis=1, keepdims=True))
    assert graph[0, 1:] == pytest.approx(np.full(8, graph[0, 1]))
    assert graph[0, 1] > 0
    found = _places(_walked(np.array([0.0, 0.0, 1.0]), candidates))
    assert found[1:] == pytest.approx(np.full(8, found[1]), rel=1e-5)


@pytest.mark.parametrize("scale", [1e-3, 1e-5, 1e-7])
def test_scores_change_little_where_copies_change_little(scale: float) -> None:
    query, different = pool(10, 8, seed=4)
    different /= np.linalg.norm(different, axis=1, keepdims=True)
    which = np.arange(40) % 10
    exact = _places(_walked(query, different[which]))
    moved = different[which] + np.random.default_rng(1).normal(scale=scale, size=(40, 8))
    assert _places(_walked(query, moved)) == pytest.approx(exact, abs=max(1e-6, 3 * scale))


@pytest.mark.parametrize("factor", [3.0, 7.0, 0.1])
def test_the_length_of_a_vector_has_no_part(factor: float) -> None:
    query, different = pool(20, 6, seed=2)
    candidates = np.concatenate([different, factor * different])
    found = _places(_walked(query, candidates))
    assert found[:20] == pytest.approx(found[20:], abs=1e-5)


def test_only_what_rounding_may_have_set_apart_is_made_equal() -> None:
    values = np.array([0.5, 0.25, 0.5 + TIE / 2, 0.25 + 3 * TIE, 0.5 + TIE])
    levelled = level_ties(values)
    assert levelled[0] == levelled[2] == levelled[4] == pytest.approx(0.5 + TIE / 2, abs=TIE / 10)
    assert (levelled[1], levelled[3]) == (values[1], values[3])
