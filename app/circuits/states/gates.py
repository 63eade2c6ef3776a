"""The matrices of a circuit's operations; large gates are divided into smaller ones."""

from collections.abc import Iterator, Sequence

import numpy as np
from qiskit import QiskitError
from qiskit.circuit import CircuitInstruction, Operation
from qiskit.quantum_info import Operator

from app.circuits.own_gates import shown_name
from app.circuits.states.vectors import Matrix
from app.errors import InvalidInputError

MOST_QUBITS = 3
"""The most qubits of a gate that is applied as one matrix. Larger gates are applied by their definitions."""

SILENT = frozenset({"barrier", "delay"})
"""Operations that change no state without noise."""


class GateMatrices:
    """Keeps the matrices of standard gates, which are needed many times."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Matrix] = {}

    def parts(
        self, instruction: CircuitInstruction, qubits: Sequence[int]
    ) -> Iterator[tuple[Matrix, Sequence[int]]]:
        """Yield the matrices that make up a gate, with the qubits of each; global phases are left out.

        Raises:
            InvalidInputError: the operation is not a gate.
        """
        if instruction.name in SILENT or not qubits:
            return
        if instruction.is_standard_gate() and len(qubits) <= MOST_QUBITS:
            key = (instruction.name, *instruction.params)
            if key not in self._known:
                self._known[key] = np.asarray(instruction.operation.to_matrix(), complex)
            yield self._known[key], qubits
        else:
            yield from self._opened(instruction.operation, qubits)

    def _opened(self, operation: Operation, qubits: Sequence[int]) -> Iterator[tuple[Matrix, Sequence[int]]]:
        definition = getattr(operation, "definition", None)
        if len(qubits) <= MOST_QUBITS or definition is None:
            yield _matrix(operation), qubits
            return
        places = {qubit: index for index, qubit in enumerate(definition.qubits)}
        for inner in definition.data:
            yield from self.parts(inner, [qubits[places[qubit]] for qubit in inner.qubits])


def _matrix(operation: Operation) -> Matrix:
    try:
        return np.asarray(Operator(operation).data, complex)
    except QiskitError as error:
        name = shown_name(operation.name)
        raise InvalidInputError(f"no state can be shown after '{name}', which is not a gate") from error
