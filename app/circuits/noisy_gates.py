"""Rewrites circuits in gates that have one error each, the same for every simulation method.

1. A standard gate of one or two qubits, or a power of one, stays one gate and has one error.
2. Every other gate is replaced by its definition (Qiskit's, or the program's for its own gates) until rule 1
   holds for all gates. ``docs/noise.md`` lists them.
3. A delay becomes an identity with a label that says how long it is, if the noise makes qubits relax; else
   it is left out.

Clifford gates stay Clifford by these rules, so the stabilizer method still runs them.
"""

import sys
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, Clbit, Delay, Gate, Instruction, Qubit
from qiskit.circuit.library import IGate, UnitaryGate
from qiskit.quantum_info import Operator
from qiskit_aer import AerSimulator

from app.circuits.noise import delay_us
from app.circuits.operations import STORE, all_instructions, stored_bits
from app.circuits.own_gates import is_standard_power
from app.circuits.spec import Method, NoiseSpec

NoisyGate = tuple[str, int]
"""The name under which Aer's noise model finds a gate, and the gate's number of qubits."""

Step = tuple[Instruction, tuple[int, ...]]
"""An operation and its places among the qubits of the gate that it belongs to."""

_MOST_QUBITS = 2
_DELAY = "delay_us_"
_LONGEST_DELAY_US = sys.float_info.max  # a number of seconds may be more microseconds than a float can be
_KEPT_DEFINITIONS = 4_096  # about 10 kB each for the largest gates: at most 40 MB


def in_noisy_gates(circuit: QuantumCircuit, method: Method, noise: NoiseSpec) -> QuantumCircuit:
    """Return the circuit in gates of one and two qubits that ``method`` runs, each of which has one error.

    A gate that the method does not know by name becomes its matrix, labelled for the noise model. The
    circuit is flat: ``if_else`` is its only control flow. The global phase is not kept.

    Raises:
        InvalidInputError: a delay in dt, and the noise does not say how long that is.
    """
    rewritten = circuit.copy_empty_like()
    append = rewritten._append  # checks nothing and is 10 times as fast as the public append()
    for instruction in circuit.data:
        if instruction.is_control_flow():
            blocks = [in_noisy_gates(block, method, noise) for block in instruction.operation.blocks]
            operation = instruction.operation.replace_blocks(blocks)
            rewritten.append(operation, instruction.qubits, instruction.clbits, copy=False)
        elif _is_ready(instruction, method):
            append(instruction)
        else:
            for operation, places in _steps(instruction, method, noise):
                qubits = [instruction.qubits[place] for place in places]
                append(CircuitInstruction(operation, qubits, instruction.clbits))
    return rewritten


def without_overwritten(circuit: QuantumCircuit) -> QuantumCircuit:
    """Return the circuit without the measurements whose bits are written again before anything reads them.

    Where Aer draws all shots from one state, it applies the readout errors of all measurements into a bit to
    the bit's last value. A measurement stays if its qubit is used again: then it changes what follows, and
    Aer simulates each shot by itself.
    """
    kept: list[CircuitInstruction] = []
    written: set[Clbit] = set()
    used: set[Qubit] = set()
    for instruction in reversed(circuit.data):
        if instruction.name == "measure":
            if instruction.clbits[0] in written and instruction.qubits[0] not in used:
                continue
            written.add(instruction.clbits[0])
        elif instruction.name == STORE:
            written -= stored_bits(instruction)
        elif instruction.name != "barrier":
            used.update(instruction.qubits)
            written.difference_update(instruction.clbits)  # those that a condition reads
        kept.append(instruction)
    if len(kept) == len(circuit.data):
        return circuit
    rest = circuit.copy_empty_like()
    rest.data = kept[::-1]
    return rest


def rewrites_bits(circuit: QuantumCircuit) -> bool:
    """Return whether a circuit measures into a bit twice; then Aer may not cut anything from it.

    Aer would cut what follows the first measurement of a qubit if it changes no outcome, and then draw all
    shots from one state.
    """
    written = [instruction.clbits[0] for instruction in circuit.data if instruction.name == "measure"]
    return len(set(written)) < len(written)


def gates_of(circuit: QuantumCircuit) -> frozenset[NoisyGate]:
    """Return the gates of a circuit of :func:`in_noisy_gates`, including those under conditions."""
    return frozenset(
        (instruction.label or instruction.name, len(instruction.qubits))
        for instruction in all_instructions(circuit)
        if instruction.is_standard_gate() or isinstance(instruction.operation, Gate)
    )


def repeats(circuit: QuantumCircuit) -> bool:
    """Return whether a flat circuit has a loop that depends on measurements."""
    return any(
        instruction.name == "while_loop" or any(map(repeats, instruction.operation.blocks))
        for instruction in circuit.data
        if instruction.is_control_flow()
    )


def delay_label(time_us: float) -> str:
    """Return the name under which Aer's noise model finds a delay."""
    return f"{_DELAY}{time_us!r}"


def delay_of_label(name: str) -> float | None:
    """Return the time in µs of the delay of a noisy gate's name; None if it is a gate."""
    return float(name.removeprefix(_DELAY)) if name.startswith(_DELAY) else None


def is_delay(instruction: CircuitInstruction) -> bool:
    """Return whether an instruction is a delay, also in a circuit of :func:`in_noisy_gates`."""
    return instruction.name == "delay" or delay_of_label(instruction.label or "") is not None


def _is_ready(instruction: CircuitInstruction, method: Method) -> bool:
    """Return whether an instruction is a standard gate of one or two qubits that the method knows by name."""
    return (
        instruction.is_standard_gate()
        and 0 < len(instruction.qubits) <= _MOST_QUBITS
        and instruction.name in _native_names(method)
    )


def _steps(instruction: CircuitInstruction, method: Method, noise: NoiseSpec | None = None) -> Iterable[Step]:
    """Return what replaces an instruction by the rules; standard gates need no noise: they have no delays."""
    operation, places = instruction.operation, tuple(range(len(instruction.qubits)))
    if _is_ready(instruction, method):
        return ((operation, places),)
    if instruction.is_standard_gate():
        return _standard_steps(operation.base_class, tuple(instruction.params), method)
    if is_standard_power(instruction.name) and len(places) <= _MOST_QUBITS:
        return ((_matrix_gate(Operator(operation).data), places),)
    if isinstance(operation, Gate):
        return _opened(operation, method, noise)
    if isinstance(operation, Delay) and noise is not None:
        return _delayed(noise, operation.duration, operation.unit)
    return ((operation, places),)  # a measurement, a reset or a barrier


@lru_cache(maxsize=_KEPT_DEFINITIONS)
def _standard_steps(gate: type[Gate], parameters: tuple[float, ...], method: Method) -> tuple[Step, ...]:
    """Return what replaces a standard gate that is too large, or that the method does not know."""
    operation = gate(*parameters)
    if 0 < operation.num_qubits <= _MOST_QUBITS:
        return ((_matrix_gate(operation.to_matrix()), tuple(range(operation.num_qubits))),)
    return tuple(_opened(operation, method))


def _opened(operation: Gate, method: Method, noise: NoiseSpec | None = None) -> Iterator[Step]:
    definition = operation.definition
    index = {qubit: place for place, qubit in enumerate(definition.qubits)}
    for instruction in definition.data:
        outer = [index[qubit] for qubit in instruction.qubits]
        for step, places in _steps(instruction, method, noise):
            yield step, tuple(outer[place] for place in places)


@lru_cache(maxsize=_KEPT_DEFINITIONS)
def _delayed(noise: NoiseSpec, duration: float, unit: str) -> tuple[Step, ...]:
    """Return an identity that the noise model finds by its label; nothing if no qubit relaxes.

    Aer leaves out the noise of a ``Delay`` under a condition.
    """
    time = min(delay_us(noise, duration, unit), _LONGEST_DELAY_US)
    return ((IGate(label=delay_label(time)), (0,)),) if time else ()


def _matrix_gate(matrix: NDArray[np.complex128]) -> UnitaryGate:
    """Return a gate with this matrix; Aer finds its noise by its label.

    The matrix is copied: Aer transposes a read-only one, and those of Qiskit's fixed gates are read-only.
    """
    label = f"unitary_of_{len(matrix).bit_length() - 1}"
    return UnitaryGate(np.array(matrix), label=label, check_input=False)


@cache
def _native_names(method: Method) -> frozenset[str]:
    return frozenset(AerSimulator(method=method).target.operation_names)
