"""The entangled state of a group, prepared and measured on Aer: a GHZ state under flip noise.

D. M. Greenberger, M. A. Horne, A. Zeilinger (1989). H and CNOTs are Clifford gates and Pauli noise keeps a
stabilizer state one, so the stabilizer method runs it (S. Aaronson, D. Gottesman, Phys. Rev. A 70, 052328
(2004)): 256 qubits take 2 ms a shot, where a state vector would need 2^256 amplitudes.
"""

from qiskit import QuantumCircuit
from qiskit_aer.noise import NoiseModel, pauli_error

from app.circuits.aer import simulator
from app.entanglement.problem import EntanglingProblem
from app.errors import AppError

METHOD = "stabilizer"


def entangle(problem: EntanglingProblem) -> float:
    """Prepare the state, let each qubit idle once under the flip noise, measure all.

    Returns:
        The mean of ⟨Z_i Z_j⟩ over all pairs of qubits.

    Raises:
        AppError: the simulator failed.
    """
    run = simulator().run(
        ghz_circuit(problem.num_qubits),
        method=METHOD,
        device="CPU",  # no other runs this method
        shots=problem.shots,
        seed_simulator=problem.seed,
        noise_model=_noise(problem.flip_probability),
    )
    result = run.result()
    if not result.success:
        raise AppError("the simulation of the entangled state failed")
    return mean_correlation(result.get_counts(), problem.num_qubits)


def ghz_circuit(num_qubits: int) -> QuantumCircuit:
    """Prepare (|0…0⟩ + |1…1⟩)/√2, let each qubit idle for a step on which noise acts, and measure all."""
    circuit = QuantumCircuit(num_qubits, num_qubits)
    circuit.h(0)
    for qubit in range(1, num_qubits):
        circuit.cx(qubit - 1, qubit)
    circuit.id(range(num_qubits))
    circuit.measure(range(num_qubits), range(num_qubits))
    return circuit


def mean_correlation(counts: dict[str, int], num_qubits: int) -> float:
    """Return the mean of ⟨Z_i Z_j⟩ over all pairs of qubits.

    Of one outcome, with Z_i = ±1 and S their sum, the pairs sum to (S² − n)/2.
    """
    shots = sum(counts.values())
    pairs = num_qubits * (num_qubits - 1) / 2
    total = sum(
        number * ((num_qubits - 2 * outcome.count("1")) ** 2 - num_qubits) / 2
        for outcome, number in counts.items()
    )
    return total / (shots * pairs)


def _noise(flip_probability: float) -> NoiseModel | None:
    if flip_probability == 0:
        return None
    model = NoiseModel()
    error = pauli_error([("X", flip_probability), ("I", 1 - flip_probability)])
    model.add_all_qubit_quantum_error(error, ["id"])
    return model
