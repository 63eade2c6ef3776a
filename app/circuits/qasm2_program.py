"""Turns OpenQASM 2 programs into circuits with Qiskit's importer."""

from collections.abc import Callable, Iterator, Sequence, Set
from typing import Any, NamedTuple

from qiskit import QuantumCircuit, qasm2
from qiskit._accelerate.qasm2 import CustomInstruction, OpCode, bytecode_from_string
from qiskit.circuit import Gate
from qiskit.qasm2.parse import from_bytecode

from app.circuits.own_gates import inner_name
from app.circuits.spec import Language, RunLimits
from app.circuits.tokens import tokenize


class _Operation(NamedTuple):
    """An instruction of the parser's bytecode, as ``from_bytecode`` reads it."""

    opcode: OpCode
    operands: tuple[Any, ...]


def load(source: str, limits: RunLimits, own_gates: frozenset[str]) -> QuantumCircuit:
    """Return the program's circuit: ``qasm2.loads`` with safe names for the program's own gates.

    Programs may use gates that the importer knows and ``qelib1.inc`` lacks. For a gate in ``own_gates`` the
    program's definition counts.

    Raises:
        QASM2ParseError: the parser's, with the place in its message.
        LimitExceededError: a ``u0`` of more steps than ``max_operations``.
    """
    others = [gate for gate in qasm2.LEGACY_CUSTOM_INSTRUCTIONS if gate.name not in own_gates]
    known = [_bounded(gate, limits) for gate in others]
    described = [
        CustomInstruction(gate.name, gate.num_params, gate.num_qubits, gate.builtin) for gate in known
    ]
    bytecode = bytecode_from_string(source, [], described, (), False)
    return from_bytecode(_renamed(bytecode, {gate.name for gate in known}), known)


def statements(source: str) -> list[tuple[int, int]]:
    """Return where each statement begins and ends, in characters; a gate's definition is one statement."""
    found = []
    start, depth = None, 0
    for token in tokenize(source, Language.OPENQASM_2):
        start = token.offset if start is None else start
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0 and token.text in (";", "}"):
            found.append((start, token.offset + 1))
            start = None
    return found


def first_failing(source: str, ends: Sequence[int], fails: Callable[[str], bool]) -> int:
    """Return the index of the statement with which the program begins to fail; the whole program fails.

    A program that fails also fails with more statements, so that halving finds the first one.
    """
    low, high = 0, len(ends) - 1
    while low < high:
        middle = (low + high) // 2
        if fails(source[: ends[middle]]):
            high = middle
        else:
            low = middle + 1
    return low


def _bounded(gate: qasm2.CustomInstruction, limits: RunLimits) -> qasm2.CustomInstruction:
    """Return the gate, but ``u0(n)``, which stands for n identities, with the operation limit."""
    if gate.name != "u0":
        return gate

    def build(steps: float) -> Gate:
        limits.check("max_operations", steps, "u0 stands for {:.0f} operations")
        return gate.constructor(steps)

    return qasm2.CustomInstruction(gate.name, gate.num_params, gate.num_qubits, build, gate.builtin)


def _renamed(bytecode: Iterator[Any], known: Set[str]) -> Iterator[Any]:
    """Yield the bytecode with inner names for the program's own gates.

    The declaration of an opaque gate that the importer knows (``opaque delay(t) q;``) is left out. The parser
    gives it no index, but ``from_bytecode`` would count it: every later gate would be taken for another one.
    """
    for operation in bytecode:
        is_opaque = operation.opcode == OpCode.DeclareOpaque
        if is_opaque and operation.operands[0] in known:
            continue
        if is_opaque or operation.opcode == OpCode.DeclareGate:
            name, num_qubits = operation.operands
            yield _Operation(operation.opcode, (inner_name(name), num_qubits))
        else:
            yield operation
