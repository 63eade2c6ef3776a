"""Prepares the conditions of a circuit for Aer, which reads some of them wrongly or not at all."""

from collections.abc import Iterable, Iterator

from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, ClassicalRegister, Clbit, IfElseOp
from qiskit.circuit.classical import expr

from app.circuits.operations import CONTROL_FLOW, STORE, all_instructions


def decided(circuit: QuantumCircuit) -> QuantumCircuit:
    """Return a flat circuit in which an ``if`` on a value that its register cannot have is its ``else``.

    Aer compares only as many bits as the register has: of two bits, 01 would be equal to 5.
    """
    if not any(instruction.is_control_flow() for instruction in circuit.data):
        return circuit
    rest = circuit.copy_empty_like()
    for instruction in _decided(circuit.data):
        rest.append(instruction, copy=False)
    return rest


def with_all_bits(circuit: QuantumCircuit) -> QuantumCircuit:
    """Return a circuit whose conditions and assignments Aer can carry out under noise.

    Under noise, Aer 0.18 has memory for the classical bits up to the last one that a measurement names. A
    condition on a later bit ends the process ("invalid cbit index"). So a measurement of the last bit is
    added under a condition that never holds: it changes no bit and no random number.
    """
    reads = any(instruction.name in CONTROL_FLOW or instruction.name == STORE for instruction in circuit.data)
    if not reads or not circuit.qubits or _measures(circuit, circuit.clbits[-1]):
        return circuit
    extended = circuit.copy()
    with extended.if_test(expr.lift(False)):
        extended.measure(circuit.qubits[0], circuit.clbits[-1])
    return extended


def _measures(circuit: QuantumCircuit, bit: Clbit) -> bool:
    return any(each.name == "measure" and bit in each.clbits for each in all_instructions(circuit))


def _decided(instructions: Iterable[CircuitInstruction]) -> Iterator[CircuitInstruction]:
    for instruction in instructions:
        if not instruction.is_control_flow():
            yield instruction
            continue
        operation = instruction.operation
        if isinstance(operation, IfElseOp) and _never_holds(operation.condition):
            for block in operation.blocks[1:]:
                yield from _decided(block.data)
        else:
            blocks = [decided(block) for block in operation.blocks]
            yield instruction.replace(operation=operation.replace_blocks(blocks))


def _never_holds(condition: object) -> bool:
    if not isinstance(condition, tuple) or not isinstance(condition[0], ClassicalRegister):
        return False
    register, value = condition
    return not 0 <= int(value) < 1 << register.size
