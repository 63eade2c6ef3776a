"""Bond dimensions: never below those that the state has; matrix product states against the state vector."""

from random import Random

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator, Statevector
from qiskit_aer import AerSimulator

from app.circuits import aer, bonds
from app.circuits.noise_model import noise_model
from app.circuits.noisy_gates import gates_of
from app.circuits.spec import NoiseSpec
from tests.circuits.conftest import Run
from tests.circuits.programs import QASM2, QASM3

GATES_OF_TWO = ("cx", "cz", "swap", "iswap", "dcx", "ecr", "ch", "csx", "ccx", "cswap")


def random_circuit(num_qubits: int, gates: int, seed: int) -> QuantumCircuit:
    """Gates between any qubits, near and far, with rotations between them."""
    random, circuit = Random(seed), QuantumCircuit(num_qubits)
    for _ in range(gates):
        name = random.choice(GATES_OF_TWO)
        a, b, c = random.sample(range(num_qubits), 3)
        getattr(circuit, name)(*((a, b, c) if name in ("ccx", "cswap") else (a, b)))
        circuit.ry(random.uniform(0, 6), a)
        circuit.rzz(random.uniform(0, 6), b, c)
    return circuit


def schmidt_ranks(circuit: QuantumCircuit) -> list[int]:
    """The number of Schmidt coefficients at each cut, from the whole state vector."""
    state, count = Statevector(circuit).data, circuit.num_qubits
    return [int(np.linalg.matrix_rank(state.reshape(-1, 2**k), tol=1e-9)) for k in range(1, count)]


@pytest.mark.parametrize("gates", [1, 2, 4, 8])
def test_the_estimate_is_never_below_the_schmidt_rank(gates: int) -> None:
    for seed in range(15):
        circuit = random_circuit(8, gates, seed)
        bond = bonds.estimate(aer.transpile(circuit, None, "matrix_product_state"))
        assert 2**bond.log2 >= max(schmidt_ranks(circuit))


def test_the_estimate_is_reached_by_brickwork_and_by_swaps() -> None:
    circuit = QuantumCircuit(6)
    for k in range(3):
        circuit.h(k)
        circuit.cx(k, k + 3)
    assert bonds.estimate(circuit).log2 == 3 == np.log2(max(schmidt_ranks(circuit)))
    pairs = QuantumCircuit(4)
    for a, b in ((0, 1), (2, 3)):
        pairs.h(a)
        pairs.cx(a, b)
    assert bonds.estimate(pairs).log2 == 1
    pairs.swap(1, 2)
    assert bonds.estimate(pairs).log2 == 2 == np.log2(max(schmidt_ranks(pairs)))


def test_gates_in_chain_order_are_between_neighbours_and_do_the_same() -> None:
    for seed in range(10):
        circuit = aer.transpile(random_circuit(6, 5, seed), None, "matrix_product_state")
        routed = bonds.in_chain_order(circuit)
        places = {qubit: place for place, qubit in enumerate(routed.qubits)}
        for instruction in routed.data:
            at = [places[qubit] for qubit in instruction.qubits]
            assert max(at) - min(at) <= 1
        assert Operator(routed).equiv(Operator(circuit))


def test_aers_bond_dimensions_stay_below_the_estimate() -> None:
    """Without the order of the chain they would not, since Aer leaves qubits where it moved them."""
    for seed in range(10):
        circuit = aer.transpile(random_circuit(8, 3, seed), None, "matrix_product_state")
        routed = bonds.in_chain_order(circuit)
        routed.save_matrix_product_state()
        result = AerSimulator(method="matrix_product_state").run(routed).result()
        dimensions = [len(each) for each in result.data()["matrix_product_state"][1]]
        assert max(dimensions) <= 2 ** bonds.estimate(circuit).log2


@pytest.mark.parametrize("seed", range(6))
def test_matrix_product_states_give_the_probabilities_of_the_state_vector(seed: int) -> None:
    circuit = random_circuit(7, 6, seed)
    routed = bonds.in_chain_order(aer.transpile(circuit, None, "matrix_product_state"))
    routed.save_statevector()
    result = AerSimulator(method="matrix_product_state").run(routed).result()
    fidelity = abs(np.vdot(np.asarray(result.get_statevector()), Statevector(circuit).data)) ** 2
    assert fidelity == pytest.approx(1, abs=1e-9)


FEEDBACK = (
    QASM3
    + "qubit[6] q; bit[2] a; bit[4] c; ry(1.1) q[0]; cx q[0], q[5]; ry(0.4) q[3]; cx q[3], q[1];"
    + "a[0] = measure q[0]; if (a[0]) { cx q[5], q[2]; swap q[5], q[1]; } else { cx q[1], q[4]; }"
    + "reset q[0]; h q[0]; a[1] = measure q[0]; if (a == 3) { cx q[2], q[5]; if (a[0]) { x q[4]; } }"
    + "cz q[0], q[4]; ry(0.9) q[4]; c = measure q[1:4];"
)


@pytest.mark.parametrize(
    "noise",
    [
        None,
        *(
            pytest.param(noise, marks=pytest.mark.slow)
            for noise in (NoiseSpec(), NoiseSpec("thermal", "very_high"))
        ),
    ],
)
def test_feedback_between_qubits_far_apart_has_the_counts_of_the_state_vector(
    run: Run, noise: NoiseSpec | None
) -> None:
    shots = 8_000 if noise is None else 3_000
    chain, vector = (
        run(program=FEEDBACK, method=method, shots=shots, noise=noise)["counts"]
        for method in ("matrix_product_state", "statevector")
    )
    distance = sum(abs(chain.get(key, 0) - vector.get(key, 0)) for key in chain | vector) / 2 / shots
    assert distance < 1.5 * (len(chain | vector) / shots) ** 0.5, "that of two samples of one distribution"


def test_moving_qubits_has_no_noise_and_the_programs_own_swap_has() -> None:
    circuit = QuantumCircuit(4, 4)
    circuit.cx(0, 3)
    noisy = aer.transpile(circuit, NoiseSpec(), "matrix_product_state")
    gates = gates_of(noisy)
    moved = bonds.in_chain_order(noisy)
    labels = {instruction.label for instruction in moved.data if instruction.name == "swap"}
    assert labels == {"move"}
    assert gates == {("cx", 2)}
    assert set(noise_model(NoiseSpec(), gates)._default_quantum_errors) == {"cx"}


def test_noise_gives_the_same_between_far_qubits_by_both_methods(run: Run) -> None:
    program = (
        QASM2 + "qreg q[5]; creg c[2]; " + "cx q[0],q[4]; " * 4 + "measure q[0]->c[0]; measure q[4]->c[1];"
    )
    noise = NoiseSpec("depolarizing", "very_high")
    chain, vector = (
        run(program=program, method=method, shots=20_000, noise=noise)["counts"]
        for method in ("matrix_product_state", "density_matrix")
    )
    assert chain["00"] / 20_000 == pytest.approx(vector["00"] / 20_000, abs=0.02)
