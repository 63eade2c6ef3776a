"""Counts, checks and replaces the operations of a flat circuit without expanding its gates."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import isfinite

from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, Clbit
from qiskit.circuit.classical import expr

from app.circuits.own_gates import is_power, shown_name
from app.circuits.spec import Language, RunLimits, operation_limit
from app.errors import InvalidProgramError, LimitExceededError

_LEAVES = frozenset({"measure", "reset", "barrier", "delay"})
STORE = "store"
"""An assignment to a classical bit."""
CONTROL_FLOW = frozenset({"if_else", "while_loop"})
"""The control flow of flat circuits."""
HIDDEN = "hidden<>"
"""The register of the classical bits that hold values of variables; counts do not show it."""


class OperationCount:
    """Counts the operations that are left when gate definitions are expanded.

    1. ``total`` is their number, ``names`` are their names.
    2. Each gate definition is counted once, since arguments matter only for the steps of powers.
    3. The count ends at the first number over the limit.
    """

    def __init__(self, limits: RunLimits, language: Language) -> None:
        self.total = 0
        self.names: set[str] = set()
        self._limit_name = operation_limit(language)
        self._limit: int = getattr(limits, self._limit_name)
        self._known: dict[tuple[object, ...], int] = {}

    def add(self, instructions: Iterable[CircuitInstruction]) -> None:
        """Count some of a circuit's operations.

        Raises:
            InvalidProgramError: an operation that cannot be simulated.
            LimitExceededError: naming the operation limit.
        """
        self.total += self._count(instructions)
        self._check(self.total)

    def _count(self, instructions: Iterable[CircuitInstruction]) -> int:
        total = 0
        for instruction in instructions:
            total += self._weight(instruction)
            self._check(total)
        return total

    def _check(self, total: int) -> None:
        if total > self._limit:
            raise LimitExceededError(
                "the program has more operations, with gate definitions expanded and loops unrolled, "
                f"than the limit {self._limit_name}, {self._limit}",
                self._limit_name,
            )

    def _weight(self, instruction: CircuitInstruction) -> int:
        name = instruction.name
        if instruction.is_standard_gate() or name in _LEAVES:
            self.names.add(name)
            return 1
        if name == STORE:
            return 1
        if instruction.is_control_flow():
            self.names.add(name)
            return sum(self._count(block.data) for block in instruction.operation.blocks)
        arguments: Sequence[object] = [len(instruction.params)]
        if is_power(name):
            self.names.add(name)  # the stabilizer method cannot run it
            arguments = instruction.params
        key = (name, len(instruction.qubits), *arguments)
        if key not in self._known:
            self._known[key] = self._count(_definition(instruction).data)
        return self._known[key]


class FiniteCheck:
    """Refuses parameters that are not finite, also in gate definitions and under conditions.

    The operations must be counted first: their number bounds the work.
    """

    def __init__(self) -> None:
        self._seen: set[tuple[object, ...]] = set()

    def check(self, instructions: Iterable[CircuitInstruction]) -> None:
        """Check some of a circuit's operations.

        Raises:
            InvalidProgramError: it names the gate, but no place.
        """
        for instruction in instructions:
            if instruction.is_control_flow():
                for block in instruction.operation.blocks:
                    self.check(block.data)
                continue
            if instruction.name == STORE:
                continue
            for value in instruction.params:
                self._check_value(value, instruction.name)
            if instruction.is_standard_gate() or instruction.name in _LEAVES:
                continue
            key = (instruction.name, len(instruction.qubits), *instruction.params)
            if key not in self._seen:
                self._seen.add(key)
                definition = _definition(instruction)
                self._check_value(definition.global_phase, instruction.name)
                self.check(definition.data)

    def _check_value(self, value: object, name: str) -> None:
        if not isfinite(float(value)):  # type: ignore[arg-type]
            raise InvalidProgramError(f"a parameter of '{shown_name(name)}' is not finite")


def stored_bits(instruction: CircuitInstruction) -> set[Clbit]:
    """Return the classical bits that a ``store`` reads and writes; the instruction itself lists none."""
    operation = instruction.operation
    found: set[Clbit] = set()
    for side in (operation.lvalue, operation.rvalue):
        found |= bits_read(side)
    return found


def bits_read(expression: expr.Expr) -> set[Clbit]:
    """Return the classical bits that an expression reads."""
    variables = (node.var for node in expr.iter_vars(expression))
    return {bit for each in variables for bit in ([each] if isinstance(each, Clbit) else each)}


def all_instructions(circuit: QuantumCircuit) -> Iterator[CircuitInstruction]:
    """Yield the instructions of a flat circuit; for each ``if``, those of its branches."""
    for instruction in circuit.data:
        if instruction.is_control_flow():
            for block in instruction.operation.blocks:
                yield from all_instructions(block)
        else:
            yield instruction


def rewritten(
    circuit: QuantumCircuit, replace: Callable[[CircuitInstruction], Iterable[CircuitInstruction]]
) -> QuantumCircuit:
    """Return the circuit with what ``replace`` gives for each instruction, in branches too."""
    result = circuit.copy_empty_like()
    for instruction in circuit.data:
        if instruction.is_control_flow():
            blocks = [rewritten(block, replace) for block in instruction.operation.blocks]
            operation = instruction.operation.replace_blocks(blocks)
            result.append(operation, instruction.qubits, instruction.clbits, copy=False)
        else:
            for each in replace(instruction):
                result.append(each.operation, each.qubits, each.clbits, copy=False)
    return result


def _definition(instruction: CircuitInstruction) -> QuantumCircuit:
    definition = instruction.operation.definition
    if definition is None:
        name = shown_name(instruction.name)
        raise InvalidProgramError(f"the gate '{name}' is opaque: without a definition it cannot run")
    return definition
