"""Counts of sweeps: their distributions, their seeds, and how they are cut."""

import numpy as np
import pytest
from scipy.stats import chisquare

from app.circuits.runner import run as run_execution
from app.circuits.spec import CustomNoise, ExecutionSpec, Method, NoiseSpec, RunLimits
from app.circuits.sweeps.planning import MOST_SHARDS, SHARD_COST, shard_size
from app.errors import InvalidInputError, LimitExceededError
from tests.circuits.sweeps.sweeping import CHAIN, FEEDBACK, HEAD, part, plan, problem, results

ROTATED = HEAD + (
    "input float a; qubit[2] q; bit[1] c; bit d; ry(a) q[0]; cx q[0], q[1]; d = measure q[1]; "
    "c[0] = measure q[0];"
)


def test_counts_have_the_probabilities_of_each_binding_and_the_registers_of_the_program() -> None:
    numbers = np.linspace(0.3, 2.8, 40)[:, None]
    found = results(problem(ROTATED, "a"), numbers)
    chances = np.sin(numbers[:, 0] / 2) ** 2
    assert all(set(counts) <= {"0 0", "1 1"} and sum(counts.values()) == 1000 for counts in found)
    ones = np.array([counts.get("1 1", 0) for counts in found])
    squares = (ones - 1000 * chances) ** 2 / (1000 * chances * (1 - chances))
    assert 13 < squares.sum() < 80  # chi-square with 40 degrees: 0.0001 on either side


@pytest.mark.parametrize(
    ("shots", "options"),
    [(1000, {}), (2500, {"noise": NoiseSpec(), "method": "statevector"}), (300, {"noise": NoiseSpec()})],
)
def test_equal_bindings_draw_different_samples_and_the_same_seed_the_same(
    shots: int, options: dict[str, object]
) -> None:
    asked, numbers = problem(CHAIN, "ab", shots=shots, **options), np.tile([[1.0, 0.5]], (4, 1))
    planned = plan(asked, numbers)
    found = [part(asked, planned, index, numbers) for index in range(planned.shards)]
    lines = [tuple(sorted(counts.items())) for each in found for counts in each]
    assert len(set(lines)) == len(lines)
    again = [part(asked, planned, index, numbers) for index in reversed(range(planned.shards))]
    assert again[::-1] == found


@pytest.mark.slow
def test_samples_of_shots_that_are_passes_of_their_own_have_nothing_in_common() -> None:
    """Aer would give shot k + 2,113 of one binding the seed of shot k of the next one."""
    asked, numbers = problem(FEEDBACK, "a", shots=5_000), np.full((10, 1), np.pi / 2)
    planned = plan(asked, numbers)
    parts = [part(asked, planned, index, numbers)[0] for index in range(planned.shards)]
    shares = np.array(
        [sum(n for key, n in each.items() if key.endswith("1")) / sum(each.values()) for each in parts]
    )
    shots = np.array([sum(each.values()) for each in parts])
    scores = (shares - 0.5) * 2 * np.sqrt(shots)
    assert 0.6 < scores.std() < 1.4
    assert abs(np.corrcoef(scores[:-1], scores[1:])[0, 1]) < 0.5


def test_parts_of_a_binding_have_all_its_shots_and_its_distribution() -> None:
    asked = problem(HEAD + "qubit[2] q; bit[2] c; h q[0]; cx q[0], q[1]; c = measure q;", (), shots=1_000_000)
    numbers = np.zeros((1, 0))
    planned = plan(asked, numbers)
    assert planned.pieces > 1
    parts = [part(asked, planned, index, numbers)[0] for index in range(planned.shards)]
    assert sum(sum(each.values()) for each in parts) == 1_000_000
    ones = sum(each["11"] for each in parts)
    assert chisquare([ones, 1_000_000 - ones]).pvalue > 1e-4


@pytest.mark.parametrize(
    "body",
    [
        "if (a > 1) { x q[0]; } rx(a) q[1];",
        "h q[1]; if (a > 1) { rx(0.3) q[0]; }",  # the first one is of Clifford gates
        "for int i in [1:int(a)] { x q[0]; }",
        "angle[8] b = a; rx(b) q[0];",
        "h q[0]; pow(0.5) @ p(3 * a) q[0]; ry(0.7) q[0]; rx(0.7) q[0];",  # its branch depends on the angle
        "h q[0]; ctrl @ pow(0.5) @ gphase(3 * a) q[0]; ry(0.7) q[0]; rx(0.7) q[0];",
    ],
)
def test_a_program_whose_circuit_depends_on_its_inputs_is_loaded_for_each_binding(body: str) -> None:
    program = HEAD + f"input float a; qubit[2] q; bit[2] c; {body} c = measure q;"
    found = results(problem(program, "a", shots=4000), np.array([[0.5], [1.5], [2.5]]))
    for value, counts in zip((0.5, 1.5, 2.5), found, strict=True):
        spec = ExecutionSpec("custom", 4000, 3, program=program, inputs={"a": value})
        alone = run_execution(spec, RunLimits(), None, lambda _phase: None)["counts"]  # type: ignore[typeddict-item]
        for key in counts.keys() | alone.keys():
            assert abs(counts.get(key, 0) - alone.get(key, 0)) < 4.5 * np.sqrt(2 * 4000) / 2


def test_gates_that_become_matrices_under_noise_are_bound_before() -> None:
    program = (
        HEAD + "input float a; qubit[3] q; bit[3] c; h q[0]; ctrl @ crx(a) q[0], q[1], q[2]; c = measure q;"
    )
    found = results(problem(program, "a", noise=NoiseSpec("depolarizing", "low")), np.array([[0.1], [3.0]]))
    assert [sum(counts.values()) for counts in found] == [1000, 1000]


@pytest.mark.parametrize("method", ["matrix_product_state", "statevector"])
@pytest.mark.parametrize(
    "steps",
    [
        "ry(a) q[0];",  # the matrix product state does not know it by name, so that it becomes a matrix
        "bit d = 1; if (c[0] == 0) { d = c[0]; ry(a) q[0]; }",
    ],
)
def test_open_angles_under_noise_run_by_each_method_also_beside_assignments(
    method: Method, steps: str
) -> None:
    """The error 1/2 leaves the wrong outcome the probability 1/4."""
    program = HEAD + f"input float a; qubit[2] q; bit[2] c; c[0] = measure q[1]; {steps} c[1] = measure q[0];"
    noise = NoiseSpec("custom", "custom", CustomNoise(single_gate_error=0.5))
    found = results(problem(program, "a", method=method, noise=noise), np.array([[0.0], [np.pi]]))
    ones = [sum(number for key, number in counts.items() if key.endswith("10")) for counts in found]
    assert ones == [pytest.approx(250, abs=70), pytest.approx(750, abs=70)]


def test_an_angle_that_is_not_finite_is_refused_with_its_binding() -> None:
    program = HEAD + "input float a; qubit q; bit c; rx(1 / a) q; c = measure q;"
    with pytest.raises(InvalidInputError, match="not finite with a = 0"):
        results(problem(program, "a"), np.array([[1.0], [0.0]]))


def test_a_sweep_whose_outcomes_could_be_too_many_is_refused_before_it_runs() -> None:
    program = HEAD + "input float a; qubit[20] q; bit[20] c; rx(a) q[0]; c = measure q;"
    with pytest.raises(LimitExceededError, match="max_sweep_outcomes"):
        plan(problem(program, "a", shots=100_000), np.zeros((100, 1)))


@pytest.mark.parametrize("bindings", [1, 7, 500, 10_000])
@pytest.mark.parametrize("one", [1e3, 1e6, 4e7, 3e8, 1e11])
@pytest.mark.parametrize("part_that_stays", [0.0, 0.9])
def test_shards_cover_all_bindings_and_cost_about_the_same(
    bindings: int, one: float, part_that_stays: float
) -> None:
    size = shard_size(bindings, 100_000, one, one * part_that_stays)
    shards = bindings * size.pieces if size.pieces > 1 else -(-bindings // size.per_shard)
    assert shards <= MOST_SHARDS
    assert 1 in size
    if size.per_shard > 1 and bindings <= MOST_SHARDS:
        assert size.per_shard * one <= SHARD_COST


def test_bits_after_the_last_measured_one_are_read_under_noise() -> None:
    text = HEAD + "input float a; qubit q; bit[2] c; ry(a) q; if (!c[1]) { ry(-a) q; x q; } c[0] = measure q;"
    noise = NoiseSpec("custom", "custom", CustomNoise(measurement_error=0.2))
    [counts] = results(problem(text, ["a"], noise=noise), np.array([[0.4]]))
    assert counts.keys() == {"00", "01"}
    assert abs(counts["01"] - 800) < 90
