"""OpenQASM programs into flat circuits: parsed, counted before anything is expanded, loops unrolled.

The texts of the parsers' errors are passed on with line and column; they never hold paths or file contents.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NoReturn

import openqasm3
from antlr4.error.Errors import ParseCancellationException
from qiskit import QuantumCircuit, qasm2, qasm3
from qiskit.circuit import CircuitInstruction, ClassicalRegister, Clbit, IfElseOp, Qubit
from qiskit.circuit.exceptions import CircuitError
from qiskit.exceptions import QiskitError

from app.circuits.spec import Language, RunLimits
from app.errors import InvalidProgramError, LimitExceededError

_LEAVES = frozenset({"measure", "reset", "barrier", "delay"})
_UNSUPPORTED = {
    "while_loop": "'while' is not supported, since nothing says when it ends; use 'for' with a range",
    "switch_case": "'switch' is not supported; use 'if'",
    "break_loop": "'break' is not supported",
    "continue_loop": "'continue' is not supported",
}
_QASM2_PLACE = re.compile(r"^<input>:(\d+),(\d+): (.*)$", re.DOTALL)
_QASM3_PLACE = re.compile(r"^L?(\d+)[:,]C?(\d+): (.*)$", re.DOTALL)
_LONGEST_SENTENCE = 300
# The importers let these escape for odd programs: the text is at fault, its place is unknown.
_ESCAPING_ERRORS = (ArithmeticError, LookupError, TypeError, ValueError, AttributeError, NotImplementedError)

BitMap = Mapping[Qubit, Qubit]
ClbitMap = Mapping[Clbit, Clbit]


def parse(
    source: str, language: Language, limits: RunLimits, own_gates: frozenset[str] = frozenset()
) -> QuantumCircuit:
    """The program's circuit as its author wrote it, loops and conditions included.

    ``own_gates`` are the gates that the program defines itself: there its definition counts, though
    qiskit's importer would take a gate of its own of the same name.

    Raises:
        InvalidProgramError: with line and column where the parser knows them.
        LimitExceededError: the parser needed more memory than ``parse_memory_mb``.
    """
    try:
        if language is Language.OPENQASM_3:
            return qasm3.loads(source)
        known = [gate for gate in qasm2.LEGACY_CUSTOM_INSTRUCTIONS if gate.name not in own_gates]
        return qasm2.loads(source, include_path=(), custom_instructions=known)
    except RecursionError as error:
        raise InvalidProgramError("the program nests expressions too deeply") from error
    except MemoryError as error:
        raise LimitExceededError(
            f"parsing needs more memory than the limit parse_memory_mb, {limits.parse_memory_mb}",
            "parse_memory_mb",
        ) from error
    except qasm2.QASM2ParseError as error:
        _raise_placed(_QASM2_PLACE, error.message, error)
    except openqasm3.parser.QASM3ParsingError as error:
        _raise_syntax_error(error)
    except (QiskitError, CircuitError) as error:
        _raise_placed(_QASM3_PLACE, error.message, error)
    except _ESCAPING_ERRORS as error:
        raise InvalidProgramError("the program cannot be read: it is not valid OpenQASM") from error


def _raise_placed(pattern: re.Pattern[str], message: str, cause: Exception) -> NoReturn:
    """Pass a parser's sentence on; parsers count columns from 0."""
    match = pattern.match(message.strip('"'))
    if match is None:
        raise InvalidProgramError("the program cannot be read: it is not valid OpenQASM") from cause
    line, column, sentence = int(match[1]), int(match[2]) + 1, match[3][:_LONGEST_SENTENCE]
    raise InvalidProgramError(f"line {line}, column {column}: {sentence}", line, column) from cause


def _raise_syntax_error(error: openqasm3.parser.QASM3ParsingError) -> NoReturn:
    """ANTLR's bail-out keeps the offending token, but no sentence."""
    cause = error.__cause__
    if isinstance(cause, ParseCancellationException) and cause.args:
        token = getattr(cause.args[0], "offendingToken", None)
        if token is not None:
            line, column = token.line, token.column + 1
            seen = "the end of the program" if token.type < 0 else f"'{token.text[:_LONGEST_SENTENCE]}'"
            raise InvalidProgramError(
                f"line {line}, column {column}: syntax error at {seen}", line, column
            ) from error
    _raise_placed(_QASM3_PLACE, str(error), error)


class OperationCount:
    """Operations after expanding gate definitions and unrolling loops, counted without doing either.

    ``names`` are the operations that are left then. Works through each gate definition once, and stops at
    the first number over the limit.
    """

    def __init__(self, limit_name: str, limit: int) -> None:
        self.total = 0
        self.names: set[str] = set()
        self._limit_name, self._limit = limit_name, limit
        self._known: dict[tuple[str, int, int], int] = {}

    def add(self, circuit: QuantumCircuit) -> None:
        """Count a circuit's operations.

        Raises:
            InvalidProgramError: an operation that cannot be simulated.
            LimitExceededError: naming the operation limit.
        """
        self.total += self._count(circuit.data)

    def _count(self, instructions: Iterable[CircuitInstruction]) -> int:
        total = 0
        for instruction in instructions:
            total += self._weight(instruction)
            if total > self._limit:
                raise LimitExceededError(
                    "the program has more operations, with gate definitions expanded and loops unrolled, "
                    f"than the limit {self._limit_name}, {self._limit}",
                    self._limit_name,
                )
        return total

    def _weight(self, instruction: CircuitInstruction) -> int:
        name = instruction.name
        if instruction.is_standard_gate() or name in _LEAVES:
            self.names.add(name)
            return 1
        if name in _UNSUPPORTED:
            raise InvalidProgramError(_UNSUPPORTED[name])
        if instruction.is_control_flow():
            return self._control_flow_weight(instruction)
        key = (name, len(instruction.qubits), len(instruction.params))
        if key not in self._known:
            definition = instruction.operation.definition
            if definition is None:
                raise InvalidProgramError(f"the gate '{name}' is opaque: without a definition it cannot run")
            self._known[key] = self._count(definition.data)
        return self._known[key]

    def _control_flow_weight(self, instruction: CircuitInstruction) -> int:
        operation = instruction.operation
        turns = len(operation.params[0]) if instruction.name == "for_loop" else 1
        if instruction.name == "if_else":
            self.names.add("if_else")
        return turns * sum(self._count(block.data) for block in operation.blocks) if turns else 0


def flatten(circuit: QuantumCircuit) -> QuantumCircuit:
    """The same circuit with loops unrolled and boxes opened; only ``if_else`` is left as control flow.

    The blocks of an ``if`` use the circuit's own bits. A circuit without control flow is returned as it is.
    """
    if not any(instruction.is_control_flow() for instruction in circuit.data):
        return circuit
    return _rebuilt(circuit, opens_gates=False)


def open_own_gates(circuit: QuantumCircuit) -> QuantumCircuit:
    """A flat circuit with every gate that is not qiskit's replaced by its definition.

    Needed where a program's gate has the name of a standard one: transpiler and simulator go by names.
    """
    return _rebuilt(circuit, opens_gates=True)


def measures(circuit: QuantumCircuit) -> bool:
    """Whether a flat circuit measures anything, be it under a condition."""
    return any(
        instruction.name == "measure"
        or (instruction.is_control_flow() and any(measures(block) for block in instruction.operation.blocks))
        for instruction in circuit.data
    )


def _rebuilt(circuit: QuantumCircuit, opens_gates: bool) -> QuantumCircuit:
    flat = circuit.copy_empty_like()
    qubits = {qubit: qubit for qubit in circuit.qubits}
    clbits = {clbit: clbit for clbit in circuit.clbits}
    _inline(flat, circuit, qubits, clbits, opens_gates)
    return flat


def _inline(
    target: QuantumCircuit, source: QuantumCircuit, qubits: BitMap, clbits: ClbitMap, opens_gates: bool
) -> None:
    """Append the instructions of ``source``, whose bits are those of ``target`` under the two maps."""
    for instruction in source.data:
        outer_qubits = [qubits[qubit] for qubit in instruction.qubits]
        outer_clbits = [clbits[clbit] for clbit in instruction.clbits]
        name = instruction.name
        if name == "if_else":
            _append_branches(target, instruction.operation, outer_qubits, outer_clbits, clbits, opens_gates)
            continue
        for block in _blocks(instruction, opens_gates):
            inner_qubits = dict(zip(block.qubits, outer_qubits, strict=True))
            inner_clbits = dict(zip(block.clbits, outer_clbits, strict=True))
            _inline(target, block, inner_qubits, inner_clbits, opens_gates)
        if not instruction.is_control_flow() and not (opens_gates and _is_own_gate(instruction)):
            target.append(instruction.operation, outer_qubits, outer_clbits, copy=False)


def _blocks(instruction: CircuitInstruction, opens_gates: bool) -> Iterable[QuantumCircuit]:
    """What stands in an instruction's place: a loop's turns, a box's body, an own gate's definition."""
    operation = instruction.operation
    if instruction.name == "for_loop":
        values, parameter, body = operation.params
        for value in values:
            is_used = parameter is not None and parameter in body.parameters
            yield body.assign_parameters({parameter: value}) if is_used else body
    elif instruction.name == "box":
        yield from operation.blocks
    elif opens_gates and _is_own_gate(instruction):
        yield operation.definition


def _is_own_gate(instruction: CircuitInstruction) -> bool:
    """Whether the program defined the gate: everything else is qiskit's, or no gate at all."""
    if instruction.is_standard_gate() or instruction.name in _LEAVES or instruction.is_control_flow():
        return False
    return not instruction.operation.base_class.__module__.startswith("qiskit.circuit.library")


def _append_branches(
    target: QuantumCircuit,
    operation: IfElseOp,
    qubits: Sequence[Qubit],
    clbits: Sequence[Clbit],
    clbit_map: ClbitMap,
    opens_gates: bool,
) -> None:
    """Append an ``if`` whose branches are flat themselves and use the bits of ``target``."""
    branches = []
    for block in operation.blocks:
        branch = QuantumCircuit(list(qubits), list(clbits))
        inner_qubits = dict(zip(block.qubits, qubits, strict=True))
        inner_clbits = dict(zip(block.clbits, clbits, strict=True))
        _inline(branch, block, inner_qubits, inner_clbits, opens_gates)
        branches.append(branch)
    compared, value = operation.condition
    if not isinstance(compared, ClassicalRegister):
        compared = clbit_map[compared]
    target.append(IfElseOp((compared, value), *branches), list(qubits), list(clbits), copy=False)
