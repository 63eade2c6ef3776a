"""The channels of a noise model: the effect of each operation of the program on a density matrix.

The noise acts on the transpiled circuit. So each operation is transpiled by itself, as ``aer.transpile`` does
for the whole circuit, and each resulting gate is followed by its error in the noise model.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction
from qiskit.circuit.library import UnitaryGate
from qiskit.quantum_info import SuperOp
from qiskit_aer.noise import NoiseModel, QuantumError

from app.circuits import aer
from app.circuits.noise_model import noise_model
from app.circuits.noisy_gates import gates_of
from app.circuits.spec import Method, NoiseSpec
from app.circuits.states.gates import SILENT
from app.circuits.states.vectors import Matrix

METHOD: Method = "density_matrix"
"""The method for which operations are transpiled. The noise is the same for every method; this one has the
most native gates."""


class Channels:
    """The channels of one noise model; those of standard gates are kept."""

    def __init__(self, noise: NoiseSpec) -> None:
        self._noise = noise
        self._known: dict[tuple[object, ...], tuple[Matrix, float]] = {}
        self._models: dict[frozenset[object], NoiseModel] = {}

    def parts(self, instruction: CircuitInstruction, qubits: Sequence[int]) -> list[tuple[Matrix, list[int]]]:
        """Return the superoperators of an operation in order, with the qubits of each.

        A superoperator acts on a density matrix whose columns are stacked, as in Qiskit's ``SuperOp``.
        """
        return [(channel, places) for (channel, _), places in self._all(instruction, qubits)]

    def process_fidelity(self, instruction: CircuitInstruction, qubits: Sequence[int]) -> float:
        """Return the product of the process fidelities of the errors in an operation."""
        return float(np.prod([fidelity for (_, fidelity), _ in self._all(instruction, qubits)]))

    def readout(self) -> NDArray[np.float64]:
        """Return the probability of each recorded value (column) for each outcome (row) of a measurement."""
        error = self._model(frozenset())._default_readout_error  # it has no public getter
        return np.eye(2) if error is None else np.asarray(error.probabilities)

    def _all(
        self, instruction: CircuitInstruction, qubits: Sequence[int]
    ) -> list[tuple[tuple[Matrix, float], list[int]]]:
        if not qubits:
            return []
        alone = QuantumCircuit(len(qubits))
        alone.append(instruction.operation, alone.qubits, copy=False)
        transpiled = aer.transpile(alone, self._noise, METHOD)
        errors: Mapping[str, QuantumError] = self._model(gates_of(transpiled))._default_quantum_errors
        found = []
        for inner in transpiled.data:
            if inner.name != "barrier":
                places = [qubits[transpiled.find_bit(qubit).index] for qubit in inner.qubits]
                found.append((self._channel(inner, errors), places))
        return found

    def _channel(
        self, instruction: CircuitInstruction, errors: Mapping[str, QuantumError]
    ) -> tuple[Matrix, float]:
        """Return the superoperator of a transpiled operation with its error, and the error's fidelity."""
        name = instruction.label or instruction.name
        key: tuple[object, ...] = (name, *instruction.params)
        if isinstance(instruction.operation, UnitaryGate):
            key = (name, instruction.operation.to_matrix().tobytes())
        elif not instruction.is_standard_gate():
            return _composed(instruction, errors.get(name))
        if key not in self._known:
            self._known[key] = _composed(instruction, errors.get(name))
        return self._known[key]

    def _model(self, gates: frozenset[tuple[str, int]]) -> NoiseModel:
        if gates not in self._models:
            self._models[gates] = noise_model(self._noise, gates)
        return self._models[gates]


def _composed(instruction: CircuitInstruction, error: QuantumError | None) -> tuple[Matrix, float]:
    size = 1 << len(instruction.qubits)
    if instruction.name in SILENT:
        channel = SuperOp(np.eye(size * size))
    else:
        channel = SuperOp(instruction.operation)
    if error is None:
        return np.asarray(channel.data), 1.0
    added = SuperOp(error)
    fidelity = float(np.trace(added.data).real) / size**2
    return np.asarray(channel.compose(added).data), fidelity
