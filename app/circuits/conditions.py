"""Conditions that cannot hold are decided before a circuit reaches Aer, which would take some for true."""

from collections.abc import Iterable, Iterator

from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, ClassicalRegister, IfElseOp


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
