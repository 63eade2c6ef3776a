"""Turns circuits into OpenQASM programs, and keys of counts into values of the circuit's bits.

1. A circuit is sent as OpenQASM 2 if possible, which parses 90 times as fast, otherwise as OpenQASM 3. It is
   never sent as QPY: below version 13 that executes code when it is loaded (CVE-2025-2000).
2. The names of the bits are never read from the answer. Without conditions on registers all classical bits
   are sent as one register: a key of the counts is the value of the circuit's bits.
3. With conditions on registers the registers are sent unchanged; their order gives the bits of a key.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from qiskit import qasm2, qasm3
from qiskit.circuit import (
    CircuitInstruction,
    ClassicalRegister,
    Clbit,
    ControlFlowOp,
    ForLoopOp,
    IfElseOp,
    Parameter,
    QuantumCircuit,
    QuantumRegister,
    Store,
    SwitchCaseOp,
    WhileLoopOp,
)
from qiskit.circuit.classical import expr
from qiskit.transpiler.exceptions import TranspilerError
from qiskit.transpiler.passes import RemoveResetInZeroState
from qiskit.transpiler.preset_passmanagers import generate_preset_pass_manager

from qloom.errors import QloomError

GATES = "id x y z h s sdg t tdg sx sxdg rx ry rz p u cx cy cz ch cp crx cry crz cu swap ccx cswap".split()
"""Gates that every server knows by these names, whatever the language."""

CONTROL_FLOW = {
    "if_else": IfElseOp,
    "for_loop": ForLoopOp,
    "while_loop": WhileLoopOp,
    "switch_case": SwitchCaseOp,
}
LOOP = re.compile(r"\bfor (\w+) in\b")
"""A loop as old versions of Qiskit write it, without the type that OpenQASM 3 asks for."""

OTHERS = ["measure", "reset", "delay"]


@dataclass(frozen=True)
class Program:
    """A circuit as a program for the server.

    Attributes:
        text: the OpenQASM program; ``None`` if nothing is measured, so that nothing is run.
        bits: for each bit of a key of the counts, from the right, the index of the circuit's classical bit.
    """

    text: str | None
    bits: tuple[int, ...]

    def value(self, key: str) -> int:
        """Return a key of the counts as the value of the circuit's classical bits; bit 0 is the lowest."""
        digits = key.replace(" ", "")
        if len(digits) != len(self.bits):
            raise QloomError(f"the answer has {len(digits)} bits, the circuit has {len(self.bits)}: {key!r}")
        return sum(
            1 << index for index, digit in zip(self.bits, reversed(digits), strict=True) if digit == "1"
        )


def to_program(circuit: QuantumCircuit) -> Program:
    """Return a circuit as a program for the server.

    Raises:
        QloomError: it has unbound parameters, or conditions on registers that share bits.
    """
    if circuit.parameters:
        names = ", ".join(parameter.name for parameter in circuit.parameters)
        raise QloomError(f"circuit {circuit.name!r} has unbound parameters: {names}")
    return _program(circuit) if measures(circuit) else Program(None, tuple(range(circuit.num_clbits)))


def to_template(circuit: QuantumCircuit, *, exact: bool = False) -> tuple[Program, dict[str, Parameter]]:
    """Return a circuit whose parameters are inputs of OpenQASM 3, and the parameters by the inputs' names.

    The inputs have names of our own: Qiskit's names may have any characters, and do not sort as the elements
    of a vector.

    Args:
        exact: leave out resets of qubits that are still 0, such as those of ``initialize``: the server gives
            exact values of circuits without resets.
    """
    inputs = {f"p{number}": parameter for number, parameter in enumerate(circuit.parameters)}
    renamed = circuit.assign_parameters({parameter: Parameter(name) for name, parameter in inputs.items()})
    return _program(renamed, exact=exact), inputs


def measures(circuit: QuantumCircuit) -> bool:
    """Return whether anything writes a classical bit."""
    return any(each.operation.name in {"measure", "store"} for each in _instructions(circuit))


def _program(circuit: QuantumCircuit, *, exact: bool = False) -> Program:
    plain, bits = _with_registers(circuit) if _reads_registers(circuit) else _flat(circuit)
    prepared = _prepared(plain, circuit.name)
    return Program(_text(RemoveResetInZeroState()(prepared) if exact else prepared), bits)


def _prepared(circuit: QuantumCircuit, name: str) -> QuantumCircuit:
    """Return the circuit in instructions that the server knows.

    Raises:
        QloomError: it has others, which are not made of these.
    """
    try:
        return _pass_manager().run(circuit)
    except TranspilerError as error:
        operations = {each.operation.name: each.operation for each in _instructions(circuit)}
        others = operations.keys() - {*GATES, *CONTROL_FLOW, *OTHERS}
        undefined = {each for each in others if getattr(operations[each], "definition", None) is None}
        reason = f"no definition of {', '.join(sorted(undefined))} is known" if undefined else str(error)
        raise QloomError(f"circuit {name!r} cannot be sent: {reason}") from error


def _flat(circuit: QuantumCircuit) -> tuple[QuantumCircuit, tuple[int, ...]]:
    """Return the circuit on one register of qubits and one of classical bits."""
    registers = [QuantumRegister(circuit.num_qubits, "q"), ClassicalRegister(circuit.num_clbits, "c")]
    # a language has no registers without bits
    flat = QuantumCircuit(*(each for each in registers if each.size), name=circuit.name)
    flat.compose(circuit, qubits=flat.qubits, clbits=flat.clbits, inplace=True, copy=False)
    return flat, tuple(range(circuit.num_clbits))


def _with_registers(circuit: QuantumCircuit) -> tuple[QuantumCircuit, tuple[int, ...]]:
    """Return the circuit with its registers; bits that are in none get one.

    Raises:
        QloomError: registers share bits.
    """
    in_registers = {bit for register in circuit.cregs for bit in register}
    loose = [bit for bit in circuit.clbits if bit not in in_registers]
    if loose:
        circuit = circuit.copy()
        circuit.add_register(ClassicalRegister(name=free_register_name(circuit, "loose"), bits=loose))
    bits = [circuit.find_bit(bit).index for register in circuit.cregs for bit in register]
    if len(bits) != circuit.num_clbits:
        raise QloomError(
            f"circuit {circuit.name!r} has a condition on a register, and registers that share bits: "
            "give each bit one register"
        )
    return circuit, tuple(bits)


def free_register_name(circuit: QuantumCircuit, prefix: str) -> str:
    """Return a name for a new classical register of a circuit: the prefix and a number."""
    taken = {register.name for register in circuit.cregs}
    return next(name for number in range(len(taken) + 1) if (name := f"{prefix}{number}") not in taken)


@cache
def _pass_manager() -> Any:
    """Return a pass manager of level 0: it only expresses gates by others and does not optimise."""
    return generate_preset_pass_manager(0, basis_gates=[*GATES, *CONTROL_FLOW, *OTHERS])


def _text(circuit: QuantumCircuit) -> str:
    names = {each.operation.name for each in circuit.data}
    if not circuit.parameters and names <= {*GATES, "measure", "reset", "barrier"}:
        return str(qasm2.dumps(circuit))
    return LOOP.sub(r"for int \1 in", str(qasm3.dumps(circuit)))


def _instructions(circuit: QuantumCircuit) -> Iterator[CircuitInstruction]:
    """Iterate over the instructions, also those of blocks."""
    for each in circuit.data:
        yield each
        if isinstance(each.operation, ControlFlowOp):
            for block in each.operation.blocks:
                yield from _instructions(block)


def _reads_registers(circuit: QuantumCircuit) -> bool:
    """Return whether a condition, or an assignment, is on a whole register."""
    return any(
        _is_of_register(getattr(each.operation, "condition", None))
        or _is_of_register(getattr(each.operation, "target", None))
        or isinstance(each.operation, Store)
        for each in _instructions(circuit)
    )


def _is_of_register(condition: Any) -> bool:
    if isinstance(condition, tuple):
        return isinstance(condition[0], ClassicalRegister)
    if isinstance(condition, expr.Expr):
        return any(isinstance(each.var, ClassicalRegister) for each in expr.iter_vars(condition))
    return isinstance(condition, ClassicalRegister) and not isinstance(condition, Clbit)
