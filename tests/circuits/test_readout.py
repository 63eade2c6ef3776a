"""Readout mitigation: the exact inverse of the readout errors, and what it refuses."""

from itertools import product

import numpy as np
import pytest
from qiskit import QuantumCircuit

from app.circuits.readout import MAX_MITIGATED_BITS, mitigate, read_bits
from app.circuits.spec import CustomNoise, NoiseSpec
from app.errors import InvalidInputError, LimitExceededError
from tests.circuits.conftest import Run
from tests.devices.calibrations import snapshot_noise

HEADER = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
GHZ = (
    f"{HEADER}qubit[4] q;\nbit[4] c;\nh q[0];\n"
    "cx q[0], q[1];\ncx q[1], q[2];\ncx q[2], q[3];\nc = measure q;\n"
)
READOUT_ONLY = NoiseSpec("custom", "custom", CustomNoise(measurement_error=0.06))
WITH_GATES = NoiseSpec(
    "custom", "custom", CustomNoise(single_gate_error=0.002, two_gate_error=0.01, measurement_error=0.06)
)


def matrix(one: float, zero: float) -> "np.ndarray":
    """Return the readout matrix: rows are readings, columns are states."""
    return np.array([[1 - one, zero], [one, 1 - zero]])


def test_the_inverse_is_that_of_the_whole_matrix() -> None:
    """Computed once more with the matrix of all bits, whose errors differ and are not symmetric."""
    flips = {0: (0.02, 0.05), 1: (0.1, 0.03), 2: (0.0, 0.2)}
    whole = np.kron(matrix(*flips[2]), np.kron(matrix(*flips[1]), matrix(*flips[0])))
    drawn = np.random.default_rng(5).multinomial(10_000, whole @ [0.3, 0, 0, 0.1, 0.2, 0, 0, 0.4])
    keys = [f"{value:03b}" for value in range(8)]
    counts = {key: int(number) for key, number in zip(keys, drawn, strict=True) if number}
    found = mitigate(counts, flips)
    inverse = np.linalg.inv(whole)
    expected = inverse @ (drawn / 10_000)
    assert [found["quasi_probabilities"][key] for key in keys] == pytest.approx(expected, abs=1e-12)
    assert sum(found["quasi_probabilities"].values()) == pytest.approx(1, abs=1e-12)
    p = drawn / 10_000
    covariance = inverse @ (np.diag(p) - np.outer(p, p)) @ inverse.T / 10_000
    assert [found["standard_errors"][key] for key in keys] == pytest.approx(np.sqrt(np.diag(covariance)))


def test_the_exact_distribution_comes_back() -> None:
    """Of counts that are exactly what the readout makes of 11 and 00."""
    one = matrix(0.1, 0.1)
    exact = np.kron(one, one) @ [0.5, 0, 0, 0.5] * 10_000
    counts = {f"{value:02b}": round(number) for value, number in enumerate(exact)}
    quasi = mitigate(counts, {0: (0.1, 0.1), 1: (0.1, 0.1)})["quasi_probabilities"]
    assert [quasi[key] for key in ("00", "01", "10", "11")] == pytest.approx([0.5, 0, 0, 0.5])


def test_keys_have_the_form_of_the_counts_and_bits_that_nothing_measures_stay_0() -> None:
    found = mitigate({"0 10": 90, "0 00": 10}, {1: (0.1, 0.1)})
    assert set(found["quasi_probabilities"]) == {"0 00", "0 10"}
    assert found["quasi_probabilities"]["0 10"] == pytest.approx(1.0)


def test_the_standard_errors_are_how_much_runs_scatter(run: Run) -> None:
    results = [
        run(program=GHZ, noise=READOUT_ONLY, mitigation="readout", shots=400, seed=seed)["mitigated"]
        for seed in range(60)
    ]
    values = [found["quasi_probabilities"]["0000"] for found in results if found]
    errors = [found["standard_errors"]["0000"] for found in results if found]
    assert np.mean(values) == pytest.approx(0.5, abs=0.02)
    assert np.std(values) == pytest.approx(np.mean(errors), rel=0.35)


@pytest.mark.parametrize("method", ["density_matrix", "statevector"])
def test_the_share_of_a_ghz_state_comes_back_but_for_the_gates(run: Run, method: str) -> None:
    result = run(program=GHZ, noise=WITH_GATES, mitigation="readout", shots=8_000, method=method)
    assert result["mitigated"] is not None
    raw = (result["counts"]["0000"] + result["counts"]["1111"]) / 8_000
    quasi = result["mitigated"]["quasi_probabilities"]
    assert raw == pytest.approx(0.768, abs=0.015)
    assert quasi["0000"] + quasi["1111"] == pytest.approx(0.983, abs=0.015)


def test_each_bit_of_a_device_has_the_errors_of_its_own_qubit(run: Run) -> None:
    """On manila the readout errors differ by a factor of five; without them the gates' errors are left."""
    noise = snapshot_noise("manila", initial_layout=(0, 1, 2, 3))
    result = run(program=GHZ, noise=noise, mitigation="readout", shots=20_000)
    assert result["mitigated"] is not None
    raw = (result["counts"]["0000"] + result["counts"]["1111"]) / 20_000
    quasi = result["mitigated"]["quasi_probabilities"]
    assert raw < 0.87
    assert quasi["0000"] + quasi["1111"] > 0.96


def test_of_two_measurements_into_a_bit_the_last_one_counts() -> None:
    circuit = QuantumCircuit(2, 1)
    circuit.measure(0, 0)
    circuit.measure(1, 0)
    assert read_bits(circuit, lambda qubit: ((0.1, 0.2), (0.3, 0.4))[qubit]) == {0: (0.3, 0.4)}


def test_a_reset_after_the_measurement_changes_nothing_that_was_read(run: Run) -> None:
    program = (
        f"{HEADER}qubit[1] q;\nbit[2] c;\nx q[0];\nc[0] = measure q[0];\nreset q[0];\nc[1] = measure q[0];\n"
    )
    result = run(program=program, noise=READOUT_ONLY, mitigation="readout", shots=8_000)
    assert result["mitigated"] is not None
    assert result["mitigated"]["quasi_probabilities"]["01"] == pytest.approx(1.0, abs=0.02)


def test_a_program_with_a_condition_is_refused(run: Run) -> None:
    program = f"{HEADER}qubit[1] q;\nbit[1] c;\nc[0] = measure q[0];\nif (c[0]) {{ x q[0]; }}\n"
    with pytest.raises(InvalidInputError, match="needs a program without conditions"):
        run(program=program, noise=READOUT_ONLY, mitigation="readout")


def test_a_random_readout_is_refused() -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    with pytest.raises(InvalidInputError, match="bit 0 is read as 0 or 1 whatever its qubit is"):
        read_bits(circuit, lambda _qubit: (0.5, 0.5))


def test_the_number_of_outcomes_is_bounded() -> None:
    bits = MAX_MITIGATED_BITS
    circuit = QuantumCircuit(bits + 1, bits + 1)
    circuit.measure(range(bits), range(bits))
    assert len(read_bits(circuit, lambda _qubit: (0.1, 0.1))) == bits
    circuit.measure(bits, bits)
    with pytest.raises(LimitExceededError, match="15 measured bits; at most 14"):
        read_bits(circuit, lambda _qubit: (0.1, 0.1))


def test_all_outcomes_are_there() -> None:
    quasi = mitigate({"00": 10}, {0: (0.1, 0.1), 1: (0.1, 0.1)})["quasi_probabilities"]
    assert set(quasi) == {"".join(bits) for bits in product("01", repeat=2)}
    assert quasi["00"] > 1
    assert quasi["01"] < 0
