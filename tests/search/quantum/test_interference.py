"""The interference circuit's scores are √w·cos: exactly, and within the binomial error under shots."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from qiskit import QuantumCircuit
from qiskit_aer import AerSimulator

from app.search.quantum import interference
from app.search.quantum.interference import prepare
from app.search.quantum.scoring import score
from app.search.quantum.states import unit_vectors
from tests.search.quantum.pools import Array, closed_form, pool, problem

EXACT = 1e-6
DIMENSIONS = [1, 2, 3, 127, 128, 768, 4096]
COUNTS = [1, 2, 3, 5, 64, 100]


@pytest.mark.parametrize("dimension", DIMENSIONS)
@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("has_context", [False, True])
def test_exact_scores_are_the_closed_form(dimension: int, count: int, has_context: bool) -> None:
    query, candidates = pool(count, dimension)
    weights = np.random.default_rng(1).uniform(0, 1, count).tolist() if has_context else None
    (result,) = score([problem(query, candidates, weights)])
    assert result.scores == pytest.approx(closed_form(query, candidates, weights), abs=EXACT)
    assert result.walk is None
    assert result.explanation is None


@pytest.mark.parametrize(("count", "dimension"), [(1_000, 128), (1_000, 1_536), (300, 4_096)])
def test_a_large_pool_is_scored_exactly_by_as_many_circuits_as_it_needs(count: int, dimension: int) -> None:
    query, candidates = pool(count, dimension)
    weights = np.random.default_rng(1).uniform(0, 1, count).tolist()
    (result,) = score([problem(query, candidates, weights)])
    assert result.scores == pytest.approx(closed_form(query, candidates, weights), abs=EXACT)
    assert result.num_qubits <= interference.MAX_QUBITS
    data_qubits = dimension.bit_length()  # of dimension + 1 states
    assert result.circuits == -(-count // 2 ** (interference.MAX_QUBITS - 1 - data_qubits))


@pytest.mark.parametrize(
    ("count", "dimension", "has_context", "qubits"),
    [
        (1, 1, False, 1),
        (1, 1, True, 2),
        (64, 768, False, 17),
        (64, 768, True, 17),
        (64, 1_024, False, 17),
        (64, 1_024, True, 18),
        (65, 128, False, 15),
    ],
)
def test_a_circuit_has_no_more_qubits_than_it_needs(
    count: int, dimension: int, has_context: bool, qubits: int
) -> None:
    query, candidates = pool(count, dimension)
    (result,) = score([problem(query, candidates, [0.5] * count if has_context else None)])
    assert (result.num_qubits, result.circuits) == (qubits, 1)


_LARGEST = float(np.float32(1e15))
_FINITE = st.floats(-_LARGEST, _LARGEST, width=32, allow_subnormal=False)


@st.composite
def _pools(draw: st.DrawFn) -> tuple[Array, Array, list[float] | None]:
    count, dimension = draw(st.integers(1, 20)), draw(st.integers(1, 20))
    vectors = draw(arrays.arrays(np.float64, (count + 1, dimension), elements=_FINITE))
    vectors[np.abs(vectors).max(axis=1) < 1e-15, 0] = -1.0  # no vector is zero
    weights = draw(st.none() | st.lists(st.floats(0, 1), min_size=count, max_size=count))
    return vectors[0], vectors[1:], weights


@given(_pools())
def test_scores_are_the_closed_form_of_whatever_vectors(
    given_pool: tuple[Array, Array, list[float] | None],
) -> None:
    query, candidates, weights = given_pool
    (result,) = score([problem(query, candidates, weights)])
    assert result.scores == pytest.approx(closed_form(query, candidates, weights), abs=EXACT)


def test_equal_opposite_and_orthogonal_vectors_score_one_minus_one_and_zero() -> None:
    query = np.array([3.0, -4.0, 0.0])
    candidates = np.array([query, query * 7, -query, [0.0, 0.0, 2.0], query])
    (result,) = score([problem(query, candidates)])
    assert result.scores == pytest.approx([1, 1, -1, 0, 1], abs=EXACT)


def test_the_extremes_of_what_may_be_stored_keep_their_direction() -> None:
    query = np.array([1.0, 1.0])
    candidates = np.array([[1e15, 1e15], [1e-15, 1e-15], [1e15, 1e-15], [-1e-15, 1e15]])
    (result,) = score([problem(query, candidates)])
    assert result.scores == pytest.approx([1, 1, np.sqrt(0.5), np.sqrt(0.5)], abs=EXACT)


def test_a_candidate_without_the_context_scores_zero_and_one_of_it_alone_its_cosine() -> None:
    query, candidates = pool(6, 5)
    weights = [0.0, 1.0, 0.0, 1.0, 0.25, 1.0]
    (result,) = score([problem(query, candidates, weights)])
    cosines = closed_form(query, candidates)
    assert result.scores == pytest.approx(cosines * [0, 1, 0, 1, 0.5, 1], abs=EXACT)


def test_weights_of_the_context_change_the_order_as_the_formula_says() -> None:
    query = np.array([1.0, 0.0])
    near, far = [0.9, np.sqrt(1 - 0.81)], [0.6, 0.8]
    candidates = np.array([near, far])
    # √w·cos: 0.9·√w against 0.6 changes sides at w = 4/9.
    for weight, order in ((0.46, [0, 1]), (0.43, [1, 0])):
        (result,) = score([problem(query, candidates, [weight, 1.0])])
        assert sorted(range(2), key=lambda one: -result.scores[one]) == order


def test_the_circuit_that_aers_simulator_runs_gives_the_same_probabilities() -> None:
    query, candidates = pool(5, 6)
    weights = [0.3, 1.0, 0.0, 0.7, 0.5]
    encoded = problem(query, candidates, weights)
    vectors = unit_vectors(encoded.candidates, 6)
    (state,) = prepare(unit_vectors(encoded.query, 6), vectors, weights)
    circuit = QuantumCircuit(state.layout.num_qubits)
    circuit.set_statevector(state.amplitudes)
    circuit.h(state.layout.ancilla)
    circuit.save_probabilities(state.layout.measured)
    result = AerSimulator(method="statevector").run(circuit).result()
    probabilities = np.reshape(result.data()["probabilities"], (-1, 2))
    assert probabilities[5:] == pytest.approx(0, abs=1e-12), "unused indices are never found"
    found = probabilities[:5] @ [1, -1] / probabilities[:5].sum(axis=1)
    (result,) = score([encoded])
    assert result.scores == pytest.approx(found, abs=1e-9)


@pytest.mark.parametrize(
    ("count", "dimension"), [(1, 1), (3, 3), (7, 128), pytest.param(64, 768, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("has_context", [False, True])
def test_sampled_scores_stay_within_the_binomial_error(count: int, dimension: int, has_context: bool) -> None:
    shots = 20_000 * count
    query, candidates = pool(count, dimension, seed=3)
    weights = np.random.default_rng(1).uniform(0, 1, count).tolist() if has_context else None
    (result,) = score([problem(query, candidates, weights, shots=shots, seed=11)])
    expected = closed_form(query, candidates, weights)
    deviations = np.sqrt((1 - expected**2) / (shots / count))
    assert np.all(np.abs(result.scores - expected) <= 5 * deviations + EXACT)
    if count > 1:
        assert np.any(np.abs(result.scores - expected) > EXACT), "nothing was sampled"


def test_the_same_seed_samples_the_same_scores_and_another_seed_others() -> None:
    query, candidates = pool(10, 4)
    first, second, other = (
        score([problem(query, candidates, shots=500, seed=seed)])[0].scores for seed in (5, 5, 6)
    )
    assert first == second
    assert first != other


def test_a_candidate_that_no_shot_found_scores_zero() -> None:
    query, _ = pool(1, 4)
    (result,) = score([problem(query, np.tile(query, (64, 1)), shots=1)])
    assert sorted(result.scores) == [0.0] * 63 + [1.0]


def test_a_pool_divided_over_circuits_scores_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    query, candidates = pool(21, 6)
    weights = np.linspace(0, 1, 21).tolist()
    (whole,) = score([problem(query, candidates, weights)])
    monkeypatch.setattr(interference, "MAX_QUBITS", 6)  # 3 of data, the ancilla, 2 of index
    exact, sampled = score(
        [problem(query, candidates, weights), problem(query, candidates, weights, shots=400_000)]
    )
    assert (whole.circuits, exact.circuits, sampled.circuits) == (1, 6, 6)
    assert exact.num_qubits == 6
    assert exact.scores == pytest.approx(whole.scores, abs=EXACT)
    assert sampled.scores == pytest.approx(whole.scores, abs=5 / np.sqrt(400_000 / 21))


def test_several_problems_are_answered_in_their_order() -> None:
    pools = [pool(count, dimension, seed=count) for count, dimension in ((3, 2), (1, 9), (8, 5))]
    results = score([problem(*one) for one in pools])
    for result, one in zip(results, pools, strict=True):
        assert result.scores == pytest.approx(closed_form(*one), abs=EXACT)
