"""The circuit of a group gives the correlation that was asked for, and says what it gave."""

import math

import pytest

from app.entanglement.problem import EntanglingProblem, flip_probability, problem_of
from app.entanglement.state import entangle, ghz_circuit, mean_correlation

SIGMAS = 5
"""One in a million runs is further off; the seeds are fixed besides."""


@pytest.mark.parametrize("correlation", [0.05, 0.3, 0.85, 0.999, 1.0])
def test_the_flips_leave_the_correlation_that_was_asked_for(correlation: float) -> None:
    flip = flip_probability(correlation)
    assert 0 <= flip < 0.5
    assert (1 - 2 * flip) ** 2 == pytest.approx(correlation)


@pytest.mark.parametrize("members", [2, 3, 10, 64])
@pytest.mark.parametrize("correlation", [0.05, 0.5, 0.85])
def test_the_circuit_gives_it_within_its_statistical_error(members: int, correlation: float) -> None:
    problem = problem_of(members, correlation, seed=7)
    # of the mean over pairs at most that of one pair: ±1 values with this mean, once a shot
    error = math.sqrt((1 - correlation**2) / problem.shots)
    assert entangle(problem) == pytest.approx(correlation, abs=SIGMAS * error)


@pytest.mark.parametrize("members", [2, 65, 256])
def test_full_correlation_is_exact(members: int) -> None:
    assert entangle(problem_of(members, 1.0, seed=1)) == 1.0


def test_the_largest_group_is_entangled_too() -> None:
    problem = problem_of(256, 0.85, seed=3)
    assert problem.shots == 64
    assert entangle(problem) == pytest.approx(0.85, abs=0.05)


def test_the_same_seed_gives_the_same_correlation_and_another_one_another() -> None:
    def measured(seed: int) -> float:
        return entangle(problem_of(5, 0.6, seed))

    assert measured(11) == measured(11)
    assert measured(11) != measured(11 + 2**40)


def test_the_state_is_a_ghz_state_before_the_noise() -> None:
    problem = EntanglingProblem(num_qubits=4, flip_probability=0.0, shots=200, seed=1)
    assert entangle(problem) == 1.0
    circuit = ghz_circuit(4)
    assert circuit.count_ops() == {"h": 1, "cx": 3, "id": 4, "measure": 4}


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"00": 5, "11": 5}, 1.0),
        ({"01": 3}, -1.0),
        ({"00": 1, "01": 1}, 0.0),
        ({"001": 1}, -1 / 3),
        ({"000": 1, "001": 1}, 1 / 3),
    ],
)
def test_the_mean_over_pairs_is_what_the_outcomes_say(counts: dict[str, int], expected: float) -> None:
    assert mean_correlation(counts, len(next(iter(counts)))) == pytest.approx(expected)
