"""How far two tables of counts are apart; scipy is the judge of the statistics."""

from math import sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, chi2_contingency

from app.circuits.distributions import chi_squared_tail, compare_counts
from tests.circuits.conftest import Run

ALPHA = 0.01
CLEAN, NOISY = {"00": 498, "11": 526}, {"00": 450, "11": 480, "01": 35, "10": 59}
"""The contract's examples."""

COUNTS = st.dictionaries(st.sampled_from([f"{i:03b}" for i in range(8)]), st.integers(1, 5_000), min_size=1)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 9, 10, 101, 1_000, 65_535])
@pytest.mark.parametrize("factor", [0.0, 0.01, 0.5, 1.0, 1.5, 4.0])
def test_the_tail_of_chi_squared_is_scipys(freedom: int, factor: float) -> None:
    statistic = freedom * factor
    assert chi_squared_tail(statistic, freedom) == pytest.approx(chi2.sf(statistic, freedom), rel=1e-8, abs=0)


def test_the_contracts_examples_are_compared_as_scipy_and_the_definitions_have_it() -> None:
    found = compare_counts(CLEAN, NOISY)
    expected = chi2_contingency([[498, 526, 0, 0], [450, 480, 35, 59]])
    assert found.p_value == pytest.approx(expected.pvalue)
    assert found.chi_squared == pytest.approx(expected.statistic)
    assert found.degrees_of_freedom == expected.dof
    overlap = (sqrt(498 * 450) + sqrt(526 * 480)) / 1024
    assert found.hellinger_fidelity == pytest.approx(overlap**2)
    assert found.total_variation_distance == (48 + 46 + 35 + 59) / 2048
    assert [each.outcome for each in found.largest_differences] == ["10", "00", "11", "01"]
    largest = found.largest_differences[0]
    assert (largest.count_a, largest.count_b) == (0, 59)
    assert (largest.probability_a, largest.probability_b) == (0.0, 59 / 1024)
    assert largest.difference == -59 / 1024


def test_samples_of_different_sizes_are_compared_as_scipy_has_it() -> None:
    expected = chi2_contingency([[40, 60], [5_200, 4_800]], correction=False)
    found = compare_counts({"0": 40, "1": 60}, {"0": 5_200, "1": 4_800})
    assert found.p_value == pytest.approx(expected.pvalue)


def test_rare_outcomes_are_pooled_with_their_neighbours() -> None:
    a = {"000": 500, "001": 2, "010": 3, "011": 1, "100": 4, "111": 490}
    b = {"000": 480, "001": 1, "010": 4, "011": 6, "100": 1, "111": 508}
    # 001 to 010 are 10 counts of both, which is enough; 011 and 100 are 12
    expected = chi2_contingency([[500, 5, 5, 490], [480, 5, 7, 508]])
    found = compare_counts(a, b)
    assert found.degrees_of_freedom == 3
    assert found.p_value == pytest.approx(expected.pvalue)


def test_what_is_left_over_joins_the_smallest_bin() -> None:
    expected = chi2_contingency([[500, 103], [480, 121]])
    assert compare_counts({"0": 500, "1": 100}, {"0": 480, "1": 120}).degrees_of_freedom == 1
    found = compare_counts({"00": 500, "01": 100, "10": 3}, {"00": 480, "01": 120, "11": 1})
    assert found.p_value == pytest.approx(expected.pvalue, rel=0.3)
    assert found.degrees_of_freedom == 1


def test_too_few_counts_give_no_p_value_but_the_distances() -> None:
    found = compare_counts({"0": 1}, {"1": 1})
    assert (found.p_value, found.degrees_of_freedom) == (None, 0)
    assert (found.hellinger_fidelity, found.total_variation_distance) == (0.0, 1.0)


def test_one_outcome_in_both_is_no_difference() -> None:
    assert compare_counts({"0": 10}, {"0": 1_000}).p_value == 1.0


def test_different_numbers_of_classical_bits_are_not_comparable_and_the_reason_is_told() -> None:
    found = compare_counts({"00": 5}, {"000": 5})
    assert not found.comparable
    assert found.reason == "the outcomes have different numbers of classical bits (2 and 3)"
    assert (found.hellinger_fidelity, found.p_value, found.largest_differences) == (None, None, [])


def test_spaces_between_registers_do_not_count() -> None:
    found = compare_counts({"0 11": 5, "1 00": 5}, {"011": 5, "100": 5})
    assert (found.hellinger_fidelity, found.total_variation_distance, found.p_value) == (1.0, 0.0, 1.0)


def test_the_list_of_differences_is_bounded() -> None:
    even = {f"{i:06b}": 100 for i in range(64)}
    odd = {f"{i:06b}": 100 + i for i in range(64)}
    assert len(compare_counts(even, odd).largest_differences) == 10


@given(COUNTS)
def test_a_table_is_exactly_equal_to_itself(counts: dict[str, int]) -> None:
    found = compare_counts(counts, counts)
    assert (found.hellinger_fidelity, found.total_variation_distance, found.p_value) == (1.0, 0.0, 1.0)
    assert found.largest_differences == []


@given(COUNTS, st.integers(2, 1_000))
def test_the_same_frequencies_of_more_shots_are_equal(counts: dict[str, int], factor: int) -> None:
    found = compare_counts(counts, {key: factor * count for key, count in counts.items()})
    assert (found.hellinger_fidelity, found.total_variation_distance, found.chi_squared) == (1.0, 0.0, 0.0)


@given(COUNTS, COUNTS)
def test_the_figures_are_symmetric_and_in_their_ranges(a: dict[str, int], b: dict[str, int]) -> None:
    forth, back = compare_counts(a, b), compare_counts(b, a)
    assert forth.hellinger_fidelity is not None
    assert forth.total_variation_distance is not None
    assert 0 <= forth.hellinger_fidelity <= 1
    assert 0 <= forth.total_variation_distance <= 1
    assert forth.hellinger_fidelity == pytest.approx(back.hellinger_fidelity)
    assert forth.p_value == pytest.approx(back.p_value)


@pytest.mark.parametrize(
    "run_with",
    [
        {"circuit": "ghz", "parameters": {"num_qubits": 3}},
        {"circuit": "w", "parameters": {"num_qubits": 5}},
        {"circuit": "qft", "parameters": {"num_qubits": 6, "state": 5}, "shots": 512},
    ],
)
def test_two_clean_runs_are_rarely_significantly_different(run: Run, run_with: dict[str, Any]) -> None:
    seeds = np.random.default_rng(1).integers(0, 2**32, (100, 2))
    found = [
        compare_counts(run(**run_with, seed=int(a))["counts"], run(**run_with, seed=int(b))["counts"])
        for a, b in seeds
    ]
    assert sum(each.p_value is not None and each.p_value >= ALPHA for each in found) >= 95
