"""Goes through a flat circuit step by step, and applies the steps to ensembles of states.

The steps are the events of ``app.circuits.events``, in the same order. Both branches of an ``if`` are carried
out, each for the items for which its condition holds.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from qiskit.circuit import CircuitInstruction, QuantumCircuit

from app.circuits.event_graph import BARRIER, END, GATE, MEASUREMENT, RESET, START
from app.circuits.operations import STORE, stored_bits
from app.circuits.states.conditions import Conditions
from app.errors import InvalidInputError

Path = tuple[int, ...]
"""The branch of each ``if`` around an operation, from the outermost: 0 if the condition holds, else 1."""

_TYPES = {"measure": MEASUREMENT, "reset": RESET, "barrier": BARRIER}


class Step(NamedTuple):
    """One event; ``number`` is its id."""

    number: int
    event_type: str
    qubits: Sequence[int] = ()


class Item:
    """One group of outcomes in an ensemble: its classical bits, and its branch of each ``if`` around."""

    bits: tuple[int, ...]
    path: Path


class Ensemble(Protocol):
    """Items with states. An operation changes those items that have its path."""

    def items(self) -> Iterable[Item]:
        """Return all items."""

    def gate(self, path: Path, instruction: CircuitInstruction, qubits: Sequence[int]) -> None:
        """Apply a gate, a barrier or a delay."""

    def measure(self, path: Path, qubit: int, clbit: int, is_last: bool) -> None:
        """Measure a qubit; ``is_last`` says that nothing later uses the qubit or reads the bit."""

    def reset(self, path: Path, instruction: CircuitInstruction, qubit: int) -> None:
        """Set a qubit to 0."""

    def merge(self) -> None:
        """Merge items that are equal."""


class Stepper:
    """Goes through the steps of one circuit.

    Attributes:
        bits_read: the classical bits that conditions and assignments use.

    Raises:
        InvalidInputError: the circuit has a loop that depends on measurements.
    """

    def __init__(self, circuit: QuantumCircuit) -> None:
        _refuse_loops(circuit)
        self._circuit = circuit
        self._qubits = {bit: index for index, bit in enumerate(circuit.qubits)}
        self._clbits = {bit: index for index, bit in enumerate(circuit.clbits)}
        self._conditions = Conditions(circuit)
        self._number = 0
        self.bits_read: frozenset[int] = frozenset()
        self._last_measurements = self._find_last_measurements()

    def steps(self, *ensembles: Ensemble) -> Iterator[Step]:
        """Apply the steps to the ensembles; yield each step when it was applied."""
        self._number = 0
        yield Step(0, START)
        yield from self._block(self._circuit.data, (), ensembles)
        self._number += 1
        yield Step(self._number, END)

    def _block(
        self, instructions: Iterable[CircuitInstruction], path: Path, ensembles: Sequence[Ensemble]
    ) -> Iterator[Step]:
        for position, instruction in enumerate(instructions):
            if instruction.name == "if_else":
                yield from self._branches(instruction, path, ensembles)
                continue
            if instruction.name == STORE:
                self._store(instruction, path, ensembles)
                continue
            self._number += 1
            qubits = [self._qubits[qubit] for qubit in instruction.qubits]
            is_last = not path and position in self._last_measurements
            for ensemble in ensembles:
                self._apply(ensemble, path, instruction, qubits, is_last)
            yield Step(self._number, _TYPES.get(instruction.name, GATE), qubits)

    def _apply(
        self,
        ensemble: Ensemble,
        path: Path,
        instruction: CircuitInstruction,
        qubits: Sequence[int],
        is_last: bool,
    ) -> None:
        if instruction.name == "measure":
            ensemble.measure(path, qubits[0], self._clbits[instruction.clbits[0]], is_last)
        elif instruction.name == "reset":
            ensemble.reset(path, instruction, qubits[0])
        else:
            ensemble.gate(path, instruction, qubits)

    def _branches(
        self, instruction: CircuitInstruction, path: Path, ensembles: Sequence[Ensemble]
    ) -> Iterator[Step]:
        operation = instruction.operation
        items = [item for each in ensembles for item in each.items() if item.path == path]
        for item in items:
            item.path = (*path, 0 if self._conditions.is_met(operation.condition, item.bits) else 1)
        for index, block in enumerate(operation.blocks):
            yield from self._block(block.data, (*path, index), ensembles)
        for ensemble in ensembles:
            for item in ensemble.items():
                if item.path[: len(path)] == path:
                    item.path = path
            ensemble.merge()

    def _store(self, instruction: CircuitInstruction, path: Path, ensembles: Sequence[Ensemble]) -> None:
        """Assign to a classical bit, which is no event."""
        operation = instruction.operation
        place = self._clbits[operation.lvalue.var]
        for ensemble in ensembles:
            for item in ensemble.items():
                if item.path == path:
                    value = int(self._conditions.is_met(operation.rvalue, item.bits))
                    item.bits = (*item.bits[:place], value, *item.bits[place + 1 :])
            ensemble.merge()

    def _find_last_measurements(self) -> frozenset[int]:
        """Return the positions of the last measurements; also set ``bits_read``.

        After a last measurement, its qubit is at most measured again, and nothing reads its bit.
        """
        found: set[int] = set()
        used: set[int] = set()
        read: set[int] = set()
        held: set[int] = set()
        for position in range(len(self._circuit.data) - 1, -1, -1):
            instruction = self._circuit.data[position]
            qubits = [self._qubits[qubit] for qubit in instruction.qubits]
            if instruction.name == "measure":
                if qubits[0] not in used and self._clbits[instruction.clbits[0]] not in held:
                    found.add(position)
            elif instruction.name in ("if_else", STORE):
                held.update(self._clbits[bit] for bit in instruction.clbits)
                read.update(self._read(instruction))
                held.update(read)
                used.update(qubits)
            elif instruction.name not in ("barrier", "delay"):
                used.update(qubits)
        self.bits_read = frozenset(read)
        return frozenset(found)

    def _read(self, instruction: CircuitInstruction) -> Iterator[int]:
        """Yield the bits that an assignment or an ``if`` uses, and those inside it."""
        if instruction.name == STORE:
            yield from (self._clbits[bit] for bit in stored_bits(instruction))
            return
        yield from self._conditions.bits_read(instruction.operation.condition)
        for block in instruction.operation.blocks:
            for inner in block.data:
                if inner.name in ("if_else", STORE):
                    yield from self._read(inner)


def _refuse_loops(circuit: QuantumCircuit) -> None:
    for instruction in circuit.data:
        if instruction.name == "if_else":
            for block in instruction.operation.blocks:
                _refuse_loops(block)
        elif instruction.is_control_flow():
            raise InvalidInputError(
                f"the program has a '{instruction.name}', which depends on measurements: how often its steps "
                "happen differs from shot to shot, so the states after the steps cannot be shown"
            )
