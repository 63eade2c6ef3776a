"""The interference circuit as a run that clients can read: described, measured, with its events."""

from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, qasm2
from qiskit.circuit import Gate
from qiskit.circuit.library import UCRYGate

from app.circuits import event_graph, events
from app.circuits.aer import Clock, simulator, simulator_seed
from app.circuits.event_graph import collector_paused
from app.circuits.runner import VERSIONS
from app.circuits.spec import Language
from app.errors import AppError
from app.search.quantum.interference import Layout, PreparedState
from app.search.quantum.problem import CircuitRun

DEFAULT_SHOTS = 1_024
MAX_GATE_QUBITS = 12
"""Preparing n qubits takes 2ⁿ⁺¹ − 3 gates: 8,189 for 12, and for 13 more than the 9,999 of one execution."""
METHOD = "statevector"
_OPAQUE = "prepare_state"


def describe(state: PreparedState, circuits: int, shots: int | None, seed: int) -> CircuitRun:
    """Run the first of the pool's circuits with its ancilla and its index measured.

    Up to ``MAX_GATE_QUBITS`` qubits its initial state is prepared by rotations and CNOTs, and the program
    runs anywhere. Beyond, one opaque instruction stands for these; its amplitudes are not in the text.

    Raises:
        AppError: the simulation failed.
    """
    clock = Clock()
    is_open = state.layout.num_qubits <= MAX_GATE_QUBITS
    circuit = _circuit(state, is_open)
    program = _program(circuit, state, circuits, is_open)
    transpile_time_ms = clock.lap_ms()
    with collector_paused():
        event_list = events.extract(circuit)
        event_extraction_time_ms = clock.lap_ms()
        event_graph.edges(event_list)
        in_memory_graph_time_ms = clock.lap_ms()
    shots = shots or DEFAULT_SHOTS
    counts = _counts(circuit if is_open else _runnable(circuit, state), shots, seed)
    return CircuitRun(
        num_qubits=circuit.num_qubits,
        num_clbits=circuit.num_clbits,
        num_gates=sum(event["event_type"] == event_graph.GATE for event in event_list),
        num_events=len(event_list),
        depth=circuit.depth(),
        language=Language.OPENQASM_2.value,
        program=program,
        shots=shots,
        seed=seed,
        method=METHOD,
        counts=counts,
        versions=VERSIONS,
        events=msgspec.json.encode(event_list),
        simulation_time_ms=clock.lap_ms(),
        transpile_time_ms=transpile_time_ms,  # of building the circuit
        event_extraction_time_ms=event_extraction_time_ms,
        in_memory_graph_time_ms=in_memory_graph_time_ms,
    )


def prepare_by_gates(circuit: QuantumCircuit, amplitudes: NDArray[np.float64]) -> None:
    """Append the rotations and CNOTs that bring the circuit's qubits from |0…0⟩ to real amplitudes.

    From the highest qubit down, each is rotated by an angle that the qubits above it choose, so that it
    divides the probability as the state does; the lowest takes the signs along. Source: M. Möttönen et al.,
    Quantum Inf. Comput. 5 (2005) 467.
    """
    parts = [amplitudes]
    while len(parts[-1]) > 1:
        pairs = parts[-1].reshape(-1, 2)
        parts.append(np.hypot(pairs[:, 0], pairs[:, 1]))
    for qubit, (fine, _) in reversed(list(enumerate(pairwise(parts)))):
        pairs = fine.reshape(-1, 2)
        angles = 2 * np.arctan2(pairs[:, 1], pairs[:, 0])
        if len(angles) == 1:
            circuit.ry(float(angles[0]), qubit)
            continue
        rotations = UCRYGate(angles.tolist()).definition.decompose()
        circuit.compose(rotations, range(qubit, circuit.num_qubits), inplace=True)


def _circuit(state: PreparedState, is_open: bool) -> QuantumCircuit:
    """Prepare, apply the Hadamard and measure, on registers with names; an empty register is left out."""
    layout = state.layout
    sizes = {"data": layout.data_qubits, "ancilla": 1, "index": layout.index_qubits}
    registers = [QuantumRegister(size, name) for name, size in sizes.items() if size]
    circuit = QuantumCircuit(*registers, ClassicalRegister(len(layout.measured), "found"))
    if is_open:
        prepare_by_gates(circuit, state.amplitudes.real)
    else:
        circuit.append(Gate(_OPAQUE, layout.num_qubits, []), circuit.qubits)
    _interfere(circuit, layout)
    return circuit


def _runnable(described: QuantumCircuit, state: PreparedState) -> QuantumCircuit:
    circuit = described.copy_empty_like()
    circuit.set_statevector(state.amplitudes)
    _interfere(circuit, state.layout)
    return circuit


def _interfere(circuit: QuantumCircuit, layout: Layout) -> None:
    circuit.h(layout.ancilla)
    circuit.measure(layout.measured, range(len(layout.measured)))


def _counts(circuit: QuantumCircuit, shots: int, seed: int) -> dict[str, int]:
    result = (
        simulator().run(circuit, shots=shots, seed_simulator=simulator_seed(seed), method=METHOD).result()
    )
    if not result.success:
        raise AppError("the simulation of the explained circuit failed")
    return {str(outcome): int(number) for outcome, number in result.get_counts().items()}


def _program(circuit: QuantumCircuit, state: PreparedState, circuits: int, is_open: bool) -> str:
    comments = [
        "// Interference of a query with candidates (Schuld, Fingerhuth, Petruccione, EPL 119 (2017) 60002).",
        f"// index: which of {state.candidates} candidates, in the order of the pool.",
        "// data: amplitudes of the query where the ancilla is 0, of the candidate where it is 1.",
        "// ancilla: after its Hadamard 0 with probability (1 + score)/2, of the candidate at the index.",
        "// found: bit 0 is the ancilla, the others are the index.",
    ]
    if not is_open:
        comments.append(f"// {_OPAQUE} stands for the amplitudes, which are too many for gates.")
    if circuits > 1:
        comments.append(f"// This is the first of {circuits} circuits over which the pool is divided.")
    version, text = qasm2.dumps(circuit).split("\n", 1)
    return "\n".join([version, *comments, text])
