"""Turns OpenQASM programs into flat circuits: parses them and counts the operations."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from qiskit import QuantumCircuit
from qiskit.circuit import ClassicalRegister, Clbit, IfElseOp, ParameterExpression, Qubit

from app.circuits import qasm2_program
from app.circuits.openqasm3 import program as openqasm3_program
from app.circuits.operations import FiniteCheck, OperationCount, all_instructions
from app.circuits.parser_errors import ESCAPING_ERRORS, has_place, readable_errors, sentence_of
from app.circuits.spec import Language, Method, RunLimits, qubit_limit
from app.circuits.tokens import error_at, without_mark
from app.errors import InvalidProgramError

BitMap = Mapping[Qubit, Qubit]
ClbitMap = Mapping[Clbit, Clbit]
_NO_INPUTS: Mapping[str, float | ParameterExpression] = {}


class Loaded(NamedTuple):
    """A flat circuit, its language, the count of its operations, and notes about what was ignored."""

    circuit: QuantumCircuit
    language: Language
    operations: OperationCount
    notes: Sequence[str] = ()


def load(
    source: str,
    language: Language,
    limits: RunLimits,
    own_gates: frozenset[str] = frozenset(),
    inputs: Mapping[str, float | ParameterExpression] = _NO_INPUTS,
) -> tuple[QuantumCircuit, OperationCount]:
    """Return the program's circuit, flat, and the count of its operations; see :func:`load_with_notes`."""
    loaded = load_with_notes(source, language, limits, own_gates, inputs)
    return loaded.circuit, loaded.operations


def load_with_notes(
    source: str,
    language: Language,
    limits: RunLimits,
    own_gates: frozenset[str] = frozenset(),
    inputs: Mapping[str, float | ParameterExpression] = _NO_INPUTS,
    method: Method = "automatic",
) -> Loaded:
    """Return the program's circuit, flat, with the count of its operations and notes.

    ``own_gates`` are the gates that an OpenQASM 2 program defines itself. Its definitions are used even if
    Qiskit's importer knows gates of the same names. ``inputs`` are the values of an OpenQASM 3 program's
    ``input`` variables.

    Raises:
        InvalidProgramError: with line and column where they are known.
        LimitExceededError: the operation limit, or the parser needed more memory than ``parse_memory_mb``.
    """
    count = OperationCount(limits, language)
    source = without_mark(source)
    with readable_errors(limits):
        if language is Language.OPENQASM_3:
            loaded = openqasm3_program.load(source, limits, count, qubit_limit(method), inputs)
            return Loaded(loaded.circuit, language, count, loaded.notes)
        try:
            circuit = qasm2_program.load(source, limits, own_gates)
            count.add(circuit.data)
        except (InvalidProgramError, *ESCAPING_ERRORS) as error:
            if has_place(error):
                raise
            raise _placed(error, source, limits, own_gates) from error
        return Loaded(flatten(circuit), language, count)


def check_values(
    circuit: QuantumCircuit, source: str, language: Language, limits: RunLimits, own_gates: frozenset[str]
) -> None:
    """Refuse parameters that are not finite in a program that was loaded.

    For OpenQASM 3 ``load`` did so. For OpenQASM 2 the definition of each called gate is worked out, which
    takes longer than parsing; the transpiler, which needs the same, finds it done.

    Raises:
        InvalidProgramError: with the line and the column of the statement.
    """
    if language is Language.OPENQASM_3:
        return
    with readable_errors(limits):
        try:
            FiniteCheck().check(circuit.data)
        except (InvalidProgramError, *ESCAPING_ERRORS) as error:
            raise _placed(error, source, limits, own_gates) from error


def _placed(
    error: Exception, source: str, limits: RunLimits, own_gates: frozenset[str]
) -> InvalidProgramError:
    """Return the error with the place of the statement that causes it, for OpenQASM 2."""

    def fails(beginning: str) -> bool:
        try:
            circuit = qasm2_program.load(beginning, limits, own_gates)
            OperationCount(limits, Language.OPENQASM_2).add(circuit.data)
            FiniteCheck().check(circuit.data)
        except (InvalidProgramError, *ESCAPING_ERRORS):
            return True
        return False

    found = qasm2_program.statements(source)
    index = qasm2_program.first_failing(source, [end for _, end in found], fails)
    sentence = error.message if isinstance(error, InvalidProgramError) else sentence_of(error)
    return error_at(source, found[index][0], sentence)


def flatten(circuit: QuantumCircuit) -> QuantumCircuit:
    """Return an OpenQASM 2 or library circuit whose ``if`` blocks use the circuit's own bits.

    Its only control flow is ``if_else``; a circuit without any is returned as it is.
    """
    if not any(instruction.is_control_flow() for instruction in circuit.data):
        return circuit
    flat = circuit.copy_empty_like()
    qubits = {qubit: qubit for qubit in circuit.qubits}
    clbits = {clbit: clbit for clbit in circuit.clbits}
    _inline(flat, circuit, qubits, clbits)
    return flat


def measures(circuit: QuantumCircuit) -> bool:
    """Return whether a flat circuit measures anything, also under conditions."""
    return any(instruction.name == "measure" for instruction in all_instructions(circuit))


def _inline(target: QuantumCircuit, source: QuantumCircuit, qubits: BitMap, clbits: ClbitMap) -> None:
    """Append the instructions of ``source``, whose bits are those of ``target`` under the two maps."""
    for instruction in source.data:
        outer_qubits = [qubits[qubit] for qubit in instruction.qubits]
        outer_clbits = [clbits[clbit] for clbit in instruction.clbits]
        if instruction.name == "if_else":
            _append_branches(target, instruction.operation, outer_qubits, outer_clbits, clbits)
        else:
            target.append(instruction.operation, outer_qubits, outer_clbits, copy=False)


def _append_branches(
    target: QuantumCircuit,
    operation: IfElseOp,
    qubits: Sequence[Qubit],
    clbits: Sequence[Clbit],
    clbit_map: ClbitMap,
) -> None:
    """Append an ``if`` whose branches are flat themselves and use the bits of ``target``."""
    branches = []
    for block in operation.blocks:
        branch = QuantumCircuit(list(qubits), list(clbits))
        inner_qubits = dict(zip(block.qubits, qubits, strict=True))
        inner_clbits = dict(zip(block.clbits, clbits, strict=True))
        _inline(branch, block, inner_qubits, inner_clbits)
        branches.append(branch)
    compared, value = operation.condition
    if not isinstance(compared, ClassicalRegister):
        compared = clbit_map[compared]
    target.append(IfElseOp((compared, value), *branches), list(qubits), list(clbits), copy=False)
