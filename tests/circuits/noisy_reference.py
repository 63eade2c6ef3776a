"""Noisy circuits computed by hand: numpy density matrices, one for each value of the classical bits.

Independent of Aer and of Qloom's circuits: it goes by the formulas and the rules of docs/noise.md.
"""

from collections.abc import Mapping
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, Clbit, Qubit

from app.circuits.spec import CustomNoise

Matrix = NDArray[np.complex128]
Bits = tuple[int, ...]
Branches = dict[Bits, Matrix]
"""Density matrices (not normalised: the trace is the probability) by the values of the classical bits."""

_ZERO, _ONE, _LOWER = np.diag([1.0, 0.0]), np.diag([0.0, 1.0]), np.array([[0.0, 1.0], [0.0, 0.0]])


def probabilities(circuit: QuantumCircuit, noise: CustomNoise) -> dict[str, float]:
    """The probability of each key of the counts; for circuits of one classical register."""
    size = circuit.num_qubits
    state = np.zeros((2**size, 2**size), complex)
    state[0, 0] = 1.0
    branches = _Reference(circuit, noise).run(circuit, {(0,) * circuit.num_clbits: state})
    found = {bits: float(np.trace(each).real) for bits, each in branches.items()}
    return {"".join(map(str, reversed(bits))): value for bits, value in found.items() if value > 1e-12}


def assert_drawn_from(counts: Mapping[str, int], expected: Mapping[str, float]) -> None:
    """The counts are no further from the distribution than 1 of a million draws from it would be.

    The total variation distance of N draws from K outcomes is sqrt(K / N) / 2 at most on average, and above
    that by e with a probability of exp(-2 N e^2) at most (McDiarmid).
    """
    shots = sum(counts.values())
    outcomes = counts.keys() | expected.keys()
    distance = sum(abs(counts.get(key, 0) / shots - expected.get(key, 0.0)) for key in outcomes) / 2
    assert distance <= sqrt(len(outcomes) / shots) / 2 + sqrt(log(1e6) / (2 * shots))


class _Reference:
    def __init__(self, circuit: QuantumCircuit, noise: CustomNoise) -> None:
        self._noise, self._size = noise, circuit.num_qubits
        self._qubits: dict[Qubit, int] = {qubit: place for place, qubit in enumerate(circuit.qubits)}
        self._clbits: dict[Clbit, int] = {clbit: place for place, clbit in enumerate(circuit.clbits)}

    def run(self, circuit: QuantumCircuit, branches: Branches) -> Branches:
        for instruction in circuit.data:
            places = [self._qubits[qubit] for qubit in instruction.qubits]
            branches = self._step(instruction, places, branches)
        return branches

    def _step(self, instruction: CircuitInstruction, places: list[int], branches: Branches) -> Branches:
        name = instruction.name
        if name == "barrier":
            return branches
        if name == "delay":
            return {bits: self._delayed(instruction, places[0], state) for bits, state in branches.items()}
        if name == "measure":
            return self._measured(places[0], self._clbits[instruction.clbits[0]], branches)
        if name == "reset":
            return {bits: self._emptied(state, places[0]) for bits, state in branches.items()}
        if name == "if_else":
            return self._branched(instruction, branches)
        return {bits: self._gate(instruction, places, state) for bits, state in branches.items()}

    def _gate(self, instruction: CircuitInstruction, places: list[int], state: Matrix) -> Matrix:
        """Either a standard gate of one or two qubits with its error, or the steps of the definition."""
        operation = instruction.operation
        if len(places) <= 2 and (instruction.is_standard_gate() or instruction.name == "unitary"):
            matrix = self._wide(operation.to_matrix(), places)
            return self._disturbed(matrix @ state @ matrix.conj().T, places) if places else state
        definition = operation.definition
        for inner in definition.data:
            outer = [places[definition.find_bit(qubit).index] for qubit in inner.qubits]
            state = self._gate(inner, outer, state)
        return state

    def _disturbed(self, state: Matrix, places: list[int]) -> Matrix:
        noise, is_single = self._noise, len(places) == 1
        if noise.t1 is not None and noise.t2 is not None:
            time = noise.gate_time if is_single else noise.two_gate_time
            assert time is not None
            for place in places:
                state = self._relaxed(state, place, exp(-time / noise.t1), exp(-time / noise.t2))
        rate = noise.single_gate_error if is_single else noise.two_gate_error
        mixed = state
        for place in places:
            mixed = self._fully_mixed(mixed, place)
        return (1 - rate) * state + rate * mixed

    def _delayed(self, instruction: CircuitInstruction, place: int, state: Matrix) -> Matrix:
        noise, operation = self._noise, instruction.operation
        if noise.t1 is None or noise.t2 is None:
            return state
        microseconds = {"s": 1e6, "ms": 1e3, "us": 1, "ns": 1e-3, "dt": noise.dt or float("nan")}
        time = operation.duration * microseconds[operation.unit]
        return self._relaxed(state, place, exp(-time / noise.t1), exp(-time / noise.t2))

    def _relaxed(self, state: Matrix, place: int, kept: float, coherent: float) -> Matrix:
        """The 1 is left by 1 - exp(-t/T1); what is off the diagonal shrinks by exp(-t/T2)."""
        zero, one, lower = (self._wide(matrix, [place]) for matrix in (_ZERO, _ONE, _LOWER))
        fallen = lower @ state @ lower.T
        diagonal = zero @ state @ zero + (1 - kept) * fallen + kept * (one @ state @ one)
        return diagonal + coherent * (zero @ state @ one + one @ state @ zero)

    def _fully_mixed(self, state: Matrix, place: int) -> Matrix:
        """The qubit is traced out and is I/2 instead."""
        lower, emptied = self._wide(_LOWER, [place]), self._emptied(state, place)
        return (emptied + lower.T @ emptied @ lower) / 2

    def _emptied(self, state: Matrix, place: int) -> Matrix:
        """The qubit is traced out and is 0 instead."""
        zero, lower = (self._wide(matrix, [place]) for matrix in (_ZERO, _LOWER))
        return zero @ state @ zero + lower @ state @ lower.T

    def _measured(self, place: int, clbit: int, branches: Branches) -> Branches:
        """The qubit collapses; the bit that is written down is flipped by the readout."""
        found: Branches = {}
        flip = self._noise.measurement_error
        for bits, state in branches.items():
            for value, projector in enumerate((_ZERO, _ONE)):
                wide = self._wide(projector, [place])
                for written, share in ((value, 1 - flip), (1 - value, flip)):
                    key = (*bits[:clbit], written, *bits[clbit + 1 :])
                    found[key] = found.get(key, 0) + share * (wide @ state @ wide)
        return found

    def _branched(self, instruction: CircuitInstruction, branches: Branches) -> Branches:
        target, wanted = instruction.operation.condition
        read = [target] if isinstance(target, Clbit) else list(target)
        blocks = instruction.operation.blocks
        found: Branches = {}
        for bits, state in branches.items():
            value = sum(bits[self._clbits[clbit]] << place for place, clbit in enumerate(read))
            block = blocks[0] if value == int(wanted) else blocks[1] if len(blocks) > 1 else None
            after = self.run(block, {bits: state}) if block is not None else {bits: state}
            for key, each in after.items():
                found[key] = found.get(key, 0) + each
        return found

    def _wide(self, matrix: Matrix, places: list[int]) -> Matrix:
        """The matrix of a gate on the whole register; qubit 0 is the last factor."""
        size = self._size
        rest = [place for place in range(size) if place not in places]
        factors = np.kron(np.eye(2 ** len(rest)), matrix).reshape((2,) * (2 * size))
        order = [*reversed(rest), *reversed(places)]  # the qubit of each axis of one side
        axes = [order.index(place) for place in reversed(range(size))]
        return factors.transpose([*axes, *(size + axis for axis in axes)]).reshape(2**size, 2**size)
