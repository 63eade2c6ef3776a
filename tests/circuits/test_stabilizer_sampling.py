"""Samples of stabilizer states: the distribution of the state vector, for random Clifford circuits."""

from random import Random

import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector

from app.circuits.aer import simulator
from app.circuits.spec import RunLimits
from app.circuits.stabilizer_sampling import sample
from app.errors import LimitExceededError

SHOTS = 20_000


def random_clifford(num_qubits: int, seed: int) -> QuantumCircuit:
    random, circuit = Random(seed), QuantumCircuit(num_qubits, num_qubits)
    for _ in range(3 * num_qubits):
        a, b = random.sample(range(num_qubits), 2)
        getattr(circuit, random.choice(["h", "s", "sx", "x", "y", "z", "sdg"]))(a)
        getattr(circuit, random.choice(["cx", "cz", "cy", "swap"]))(a, b)
    return circuit


@pytest.mark.parametrize("seed", range(12))
def test_the_samples_have_the_distribution_of_the_state_vector(seed: int, limits: RunLimits) -> None:
    circuit = random_clifford(6, seed)
    expected = Statevector(circuit.remove_final_measurements(inplace=False)).probabilities_dict(range(6))
    circuit.measure(range(6), range(6))
    outcome = next(iter(simulator().run(circuit, shots=1, method="stabilizer").result().data()["counts"]))
    counts = sample(circuit, int(outcome, 16), SHOTS, seed, limits)
    found = {format(int(key, 16), "06b"): number / SHOTS for key, number in counts.items()}
    assert sum(counts.values()) == SHOTS
    assert found.keys() == {key for key, probability in expected.items() if probability > 1e-9}
    assert all(abs(found[key] - expected[key]) < 6 * (expected[key] / SHOTS) ** 0.5 for key in found)


def test_clbits_have_their_last_measurement_and_the_others_are_0(limits: RunLimits) -> None:
    circuit = QuantumCircuit(3, 5)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure(2, 1)  # overwritten
    circuit.measure(0, 1)
    circuit.measure(1, 4)
    circuit.measure(2, 2)
    counts = sample(circuit, 0, SHOTS, 3, limits)
    assert set(counts) == {"0x0", hex(0b10010)}
    assert abs(counts["0x0"] - SHOTS / 2) < 500


@pytest.mark.parametrize("num_qubits", [61, 62, 63, 124, 130])
def test_more_bits_than_a_word_are_all_random(num_qubits: int, limits: RunLimits) -> None:
    circuit = QuantumCircuit(num_qubits, num_qubits)
    circuit.h(range(num_qubits))
    circuit.measure(range(num_qubits), range(num_qubits))
    counts = sample(circuit, 0, 2_000, 3, limits)
    assert len(counts) == 2_000
    for bit in range(num_qubits):
        assert abs(sum(int(key, 16) >> bit & 1 for key in counts) - 1_000) < 200


@pytest.mark.parametrize("num_qubits", [18, 200])
def test_too_many_outcomes_name_their_limit(num_qubits: int, limits: RunLimits) -> None:
    circuit = QuantumCircuit(num_qubits, num_qubits)
    circuit.h(range(num_qubits))
    circuit.measure(range(num_qubits), range(num_qubits))
    with pytest.raises(LimitExceededError, match="max_outcomes is 65536"):
        sample(circuit, 0, 500_000, 3, limits)
