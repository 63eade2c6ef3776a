"""Builds the circuits of the catalog with Qiskit; each one ends in measurements.

Sources: M. A. Nielsen, I. L. Chuang, Quantum Computation and Quantum Information (2010), chapters 1, 5 and
6; E. Bernstein, U. Vazirani, SIAM J. Comput. 26 (1997) 1411.
"""

from collections.abc import Callable, Mapping
from math import acos, asin, pi, sqrt

import numpy as np
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister

TELEPORTED_ANGLE = pi / 3
_ONE_QUBIT_GATES = ("h", "x", "y", "z", "s", "t", "rx", "ry", "rz")
_TWO_QUBIT_GATES = ("cx", "cz", "swap")
_ANGLE_STEPS = 32  # angles are multiples of pi/16, which OpenQASM text holds exactly
_TWO_QUBIT_SHARE = 0.4


def build(name: str, parameters: Mapping[str, int], seed: int) -> QuantumCircuit:
    """Return a library circuit with resolved parameters; only ``random`` depends on the seed."""
    if name == "random":
        return _random(**parameters, seed=seed)
    return _BUILDERS[name](**parameters)


def _ghz(num_qubits: int = 2) -> QuantumCircuit:
    circuit = QuantumCircuit(num_qubits, num_qubits)
    circuit.h(0)
    for qubit in range(num_qubits - 1):
        circuit.cx(qubit, qubit + 1)
    return _measured(circuit)


def _random(gate_count: int, num_qubits: int, seed: int) -> QuantumCircuit:
    count, circuit = num_qubits, QuantumCircuit(num_qubits, num_qubits)
    generator = np.random.Generator(np.random.PCG64(seed))  # a stream that numpy keeps stable
    for _ in range(gate_count):
        if count > 1 and generator.random() < _TWO_QUBIT_SHARE:
            gate = _TWO_QUBIT_GATES[int(generator.integers(len(_TWO_QUBIT_GATES)))]
            first = int(generator.integers(count))
            second = (first + 1 + int(generator.integers(count - 1))) % count
            getattr(circuit, gate)(first, second)
            continue
        gate = _ONE_QUBIT_GATES[int(generator.integers(len(_ONE_QUBIT_GATES)))]
        qubit = int(generator.integers(count))
        if gate.startswith("r"):
            angle = int(generator.integers(1, _ANGLE_STEPS)) * 2 * pi / _ANGLE_STEPS
            getattr(circuit, gate)(angle, qubit)
        else:
            getattr(circuit, gate)(qubit)
    return _measured(circuit)


def _w(num_qubits: int) -> QuantumCircuit:
    """Begin with 1 on qubit 0; each qubit keeps its share of the amplitude and passes on the rest."""
    circuit = QuantumCircuit(num_qubits, num_qubits)
    circuit.x(0)
    for qubit in range(num_qubits - 1):
        circuit.cry(2 * acos(sqrt(1 / (num_qubits - qubit))), qubit, qubit + 1)
        circuit.cx(qubit + 1, qubit)
    return _measured(circuit)


def _qft(num_qubits: int, state: int) -> QuantumCircuit:
    count, circuit = num_qubits, QuantumCircuit(num_qubits, num_qubits)
    _flip(circuit, state, count)
    for target in reversed(range(count)):
        circuit.h(target)
        for control in reversed(range(target)):
            circuit.cp(pi / 2 ** (target - control), control, target)
    for qubit in range(count // 2):
        circuit.swap(qubit, count - 1 - qubit)
    return _measured(circuit)


def _grover(num_qubits: int, marked: int) -> QuantumCircuit:
    count, circuit = num_qubits, QuantumCircuit(num_qubits, num_qubits)
    circuit.h(range(count))
    for _ in range(max(1, int(pi / 4 / asin(1 / sqrt(2**count))))):
        _flip_phase(circuit, marked, count)
        circuit.h(range(count))
        _flip_phase(circuit, 0, count)
        circuit.h(range(count))
    return _measured(circuit)


def _flip_phase(circuit: QuantumCircuit, state: int, count: int) -> None:
    """Flip the sign of one basis state."""
    others = 2**count - 1 - state
    _flip(circuit, others, count)
    _controlled_phase(circuit, pi, list(range(count - 1)), count - 1)
    _flip(circuit, others, count)


def _controlled_phase(circuit: QuantumCircuit, angle: float, controls: list[int], target: int) -> None:
    """Append a phase under several controls, from gates that every OpenQASM program can name.

    Source: A. Barenco et al., Phys. Rev. A 52 (1995) 3457, lemma 7.5.
    """
    *others, last = controls
    circuit.cp(angle if not others else angle / 2, last, target)
    if not others:
        return
    _controlled_not(circuit, others, last)
    circuit.cp(-angle / 2, last, target)
    _controlled_not(circuit, others, last)
    _controlled_phase(circuit, angle / 2, others, target)


def _controlled_not(circuit: QuantumCircuit, controls: list[int], target: int) -> None:
    if len(controls) == 1:
        circuit.cx(controls[0], target)
    elif len(controls) == 2:
        circuit.ccx(controls[0], controls[1], target)
    else:
        circuit.h(target)
        _controlled_phase(circuit, pi, controls, target)
        circuit.h(target)


def _flip(circuit: QuantumCircuit, bits: int, count: int) -> None:
    for qubit in range(count):
        if bits >> qubit & 1:
            circuit.x(qubit)


def _bernstein_vazirani(num_qubits: int, secret: int) -> QuantumCircuit:
    count, circuit = num_qubits, QuantumCircuit(num_qubits + 1, num_qubits)
    circuit.x(count)
    circuit.h(range(count + 1))
    for qubit in range(count):
        if secret >> qubit & 1:
            circuit.cx(qubit, count)
    circuit.h(range(count))
    circuit.measure(range(count), range(count))
    return circuit


def _teleportation() -> QuantumCircuit:
    qubits = QuantumRegister(3, "q")
    phase, flip, result = (ClassicalRegister(1, name) for name in ("phase", "flip", "result"))
    circuit = QuantumCircuit(qubits, phase, flip, result)
    circuit.ry(TELEPORTED_ANGLE, 0)
    circuit.h(1)
    circuit.cx(1, 2)
    circuit.cx(0, 1)
    circuit.h(0)
    circuit.measure(0, phase[0])
    circuit.measure(1, flip[0])
    with circuit.if_test((flip, 1)):
        circuit.x(2)
    with circuit.if_test((phase, 1)):
        circuit.z(2)
    circuit.measure(2, result[0])
    return circuit


def _measured(circuit: QuantumCircuit) -> QuantumCircuit:
    circuit.measure(range(circuit.num_qubits), range(circuit.num_qubits))
    return circuit


_BUILDERS: dict[str, Callable[..., QuantumCircuit]] = {
    "bell": _ghz,
    "ghz": _ghz,
    "w": _w,
    "qft": _qft,
    "grover": _grover,
    "bernstein_vazirani": _bernstein_vazirani,
    "teleportation": _teleportation,
}
