"""Each gate has the same errors by every method, and the ones that docs/noise.md says."""

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Gate

from app.circuits.aer import simulator
from app.circuits.noise import channel_rates
from app.circuits.noise_model import noise_model
from app.circuits.noisy_gates import gates_of, in_noisy_gates
from app.circuits.spec import CustomNoise, Method, NoiseSpec
from tests.circuits.noisy_reference import assert_drawn_from, probabilities
from tests.circuits.standard_gates import STANDARD_GATES

SPECS = {
    "depolarizing": NoiseSpec("depolarizing", "very_high"),
    "thermal": NoiseSpec("thermal", "very_high"),
    "custom": NoiseSpec(
        "custom", "custom", CustomNoise(0.1, 0.35, 0.02, t1=8.0, t2=6.0, gate_time=0.5, two_gate_time=1.5)
    ),
}
LEVELS = (pytest.param(name, marks=pytest.mark.slow) for name in ("depolarizing", "thermal"))
PASSES = ("custom", "thermal")
"""The custom noise depolarizes, and has the channel of T2 <= T1; the thermal one has that of T2 > T1."""

CLIFFORD = frozenset("id x y z h s sdg sx sxdg cx cy cz swap ecr".split())


def _around(gate: Gate, *, is_clifford: bool = False) -> QuantumCircuit:
    """The gate between one-qubit gates that make its errors visible in the counts."""
    size = max(1, gate.num_qubits)
    circuit = QuantumCircuit(size, size)
    for place in range(size):
        if is_clifford:
            circuit.sx(place)
        else:
            circuit.u(0.4 + 0.5 * place, 0.3, 1.1, place)
    circuit.append(gate, range(gate.num_qubits))
    for place in range(size):
        if is_clifford:
            circuit.h(place)
        else:
            circuit.u(0.9, 0.7 + 0.2 * place, 0.3, place)
    circuit.measure(range(size), range(size))
    return circuit


def _counts(circuit: QuantumCircuit, spec: NoiseSpec, method: Method, shots: int) -> dict[str, int]:
    noisy = in_noisy_gates(circuit, method, spec)
    model = noise_model(spec, gates_of(noisy))
    ran = simulator().run(noisy, shots=shots, seed_simulator=11, noise_model=model, method=method).result()
    assert ran.success, ran.status
    return dict(ran.get_counts())


def _custom(spec: NoiseSpec) -> CustomNoise:
    return channel_rates(spec)


@pytest.mark.parametrize("noise", ["custom", *LEVELS])
@pytest.mark.parametrize("name", STANDARD_GATES)
def test_every_standard_gate_has_the_noise_of_its_page_in_a_density_matrix(name: str, noise: str) -> None:
    circuit, spec = _around(STANDARD_GATES[name]), SPECS[noise]
    expected = probabilities(circuit, _custom(spec))
    assert_drawn_from(_counts(circuit, spec, "density_matrix", 50_000), expected)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["statevector", "matrix_product_state"])
@pytest.mark.parametrize("noise", PASSES)
@pytest.mark.parametrize("name", STANDARD_GATES)
def test_every_standard_gate_has_the_same_noise_where_each_shot_is_a_pass(
    name: str, noise: str, method: Method
) -> None:
    circuit, spec = _around(STANDARD_GATES[name]), SPECS[noise]
    shots = 2_000 if circuit.num_qubits <= 2 else 500
    assert_drawn_from(_counts(circuit, spec, method, shots), probabilities(circuit, _custom(spec)))


@pytest.mark.parametrize("name", sorted(CLIFFORD))
def test_clifford_gates_have_the_same_noise_by_stabilizers(name: str) -> None:
    circuit, rates = _around(STANDARD_GATES[name], is_clifford=True), CustomNoise(0.1, 0.35, 0.02)
    counts = _counts(circuit, NoiseSpec("custom", "custom", rates), "stabilizer", 4_000)
    assert_drawn_from(counts, probabilities(circuit, rates))
