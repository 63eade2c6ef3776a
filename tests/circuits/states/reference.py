"""Random circuits, and their states after each step by qiskit.quantum_info alone."""

from collections.abc import Iterator
from random import Random

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, IfElseOp
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.quantum_info import Operator, Statevector

MOST_SPLITS = 4
"""Measurements in the middle and resets of one circuit."""

Ensemble = list[tuple[tuple[int, ...], Statevector]]
"""Outcomes of the classical bits, each with a vector whose squared norm is its probability."""

_OTHERS = ("measure", "reset", "delay", "global_phase")
_GATES = {name: gate for name, gate in get_standard_gate_name_mapping().items() if name not in _OTHERS}


def random_circuit(random: Random, splits: bool = True) -> QuantumCircuit:
    """A circuit of 1 to 8 qubits: all standard gates; with splits also what depends on measurements."""
    num_qubits = random.choice([1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 8])
    circuit = QuantumCircuit(num_qubits, random.randint(1, 3))
    left = MOST_SPLITS if splits else 0
    for _ in range(random.randint(6, 16)):
        kind = random.choice(["gate"] * 6 + ["measure", "reset", "if", "barrier"])
        qubit = random.randrange(num_qubits)
        if kind == "barrier":
            circuit.barrier()
        elif kind in ("measure", "reset") and left:
            left -= 1
            if kind == "measure":
                circuit.measure(qubit, random.randrange(circuit.num_clbits))
            else:
                circuit.reset(qubit)
        elif kind == "if" and splits:
            left -= _append_if(random, circuit, left)
        else:
            _append_gate(random, circuit)
    if splits and random.random() < 0.7:
        for qubit in random.sample(range(num_qubits), min(num_qubits, circuit.num_clbits)):
            circuit.measure(qubit, random.randrange(circuit.num_clbits))
    return circuit


def _append_gate(random: Random, circuit: QuantumCircuit) -> None:
    fitting = [gate for gate in _GATES.values() if gate.num_qubits <= circuit.num_qubits]
    gate = random.choice(fitting)
    values = [random.uniform(-4, 4) for _ in gate.params]
    circuit.append(gate.base_class(*values), random.sample(range(circuit.num_qubits), gate.num_qubits))


def _append_if(random: Random, circuit: QuantumCircuit, left: int) -> int:
    """Append an ``if`` with a register or a bit; return how many measurements are in it."""
    compared = random.choice([circuit.cregs[0], circuit.clbits[0]])
    value = random.randrange(2**circuit.num_clbits if compared is circuit.cregs[0] else 2)
    blocks = []
    count = 0
    for _ in range(random.randint(1, 2)):
        block = circuit.copy_empty_like()
        _append_gate(random, block)
        if left > count and random.random() < 0.4:
            count += 1
            block.measure(random.randrange(circuit.num_qubits), random.randrange(circuit.num_clbits))
            _append_gate(random, block)
        blocks.append(block)
    circuit.append(IfElseOp((compared, value), *blocks), circuit.qubits, circuit.clbits)
    return count


def states(circuit: QuantumCircuit) -> Iterator[Ensemble]:
    """The outcomes and their states after each event, the first of which is the start."""
    start = Statevector.from_int(0, 2**circuit.num_qubits)
    ensemble: Ensemble = [((0,) * circuit.num_clbits, start)]
    yield ensemble
    for instruction in circuit.data:
        for changed in _after(circuit, instruction, ensemble):
            ensemble = changed
            yield ensemble
    yield ensemble


def _after(
    circuit: QuantumCircuit, instruction: CircuitInstruction, ensemble: Ensemble
) -> Iterator[Ensemble]:
    if instruction.name != "if_else":
        yield [new for one in ensemble for new in _applied(circuit, instruction, one)]
        return
    compared, value = instruction.operation.condition
    bits = list(compared) if hasattr(compared, "size") else [compared]
    places = [circuit.find_bit(bit).index for bit in bits]
    chosen = [
        0 if sum(outcome[place] << k for k, place in enumerate(places)) == value else 1
        for outcome, _ in ensemble
    ]
    parts = [[one] for one in ensemble]
    for index, block in enumerate(instruction.operation.blocks):
        for inner in block.data:
            parts = [
                [new for one in part for new in _applied(circuit, inner, one)] if which == index else part
                for which, part in zip(chosen, parts, strict=True)
            ]
            yield [one for part in parts for one in part]


def _applied(
    circuit: QuantumCircuit, instruction: CircuitInstruction, one: tuple[tuple[int, ...], Statevector]
) -> Ensemble:
    outcome, state = one
    qubits = [circuit.find_bit(qubit).index for qubit in instruction.qubits]
    if instruction.name == "barrier":
        return [one]
    if instruction.name not in ("measure", "reset"):
        return [(outcome, state.evolve(instruction.operation, qubits))]
    found: Ensemble = []
    for value in (0, 1):
        projector = np.diag([1 - value, value])
        if instruction.name == "reset":
            projector = np.array([[0, 1], [0, 0]]) if value else projector
        after = state.evolve(Operator(projector), qubits)
        if np.linalg.norm(after.data) < 1e-9:
            continue
        bits = outcome
        if instruction.name == "measure":
            place = circuit.find_bit(instruction.clbits[0]).index
            bits = (*outcome[:place], value, *outcome[place + 1 :])
        found.append((bits, after))
    return found


def density(ensemble: Ensemble) -> np.ndarray:
    """The density matrix of all outcomes together."""
    stacked = np.stack([state.data for _, state in ensemble], axis=1)
    return stacked @ stacked.conj().T
