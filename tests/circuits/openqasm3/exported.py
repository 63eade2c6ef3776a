"""Circuits of Qiskit that its exporter writes as OpenQASM 3: its library, random ones, and control flow."""

import warnings
from collections.abc import Callable

import numpy as np
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Clbit, Parameter, Qubit, library
from qiskit.circuit.classical import expr, types
from qiskit.circuit.random import random_circuit
from qiskit.quantum_info import SparsePauliOp, random_unitary

Build = Callable[[], QuantumCircuit]


def _gate(gate: object) -> Build:
    def build() -> QuantumCircuit:
        circuit = QuantumCircuit(gate.num_qubits)  # type: ignore[attr-defined]
        circuit.h(0)
        circuit.append(gate, circuit.qubits)
        return circuit

    return build


def _bound(circuit: QuantumCircuit) -> QuantumCircuit:
    return circuit.assign_parameters({each: 0.1 + 0.2 * i for i, each in enumerate(circuit.parameters)})


def _random(seed: int) -> Build:
    return lambda: random_circuit(2 + seed % 3, 4, max_operands=3, seed=seed)


def _modified() -> QuantumCircuit:
    """Modifiers of gates, worked out: the exporter writes no modifiers, but definitions."""
    circuit = QuantumCircuit(3)
    circuit.h([0, 1])
    circuit.append(library.SGate().inverse().control(1, annotated=False), [0, 1])
    circuit.append(library.RXGate(0.3).power(2).control(2, ctrl_state=1, annotated=False), [0, 1, 2])
    circuit.append(library.UGate(0.3, 0.1, 0.2).control(2, annotated=False), [2, 1, 0])
    return circuit


def _evolution() -> QuantumCircuit:
    circuit = QuantumCircuit(3)
    circuit.append(library.PauliEvolutionGate(SparsePauliOp(["XXI", "ZZI"], [0.3, 0.7]), time=0.4), range(3))
    return circuit


def _registers() -> QuantumCircuit:
    a, b = QuantumRegister(2, "a"), QuantumRegister(1, "qubit")
    circuit = QuantumCircuit(a, b)
    circuit.h(a)
    circuit.ccx(a[0], a[1], b[0])
    return circuit


def _nested() -> QuantumCircuit:
    inner = QuantumCircuit(2, name="pair")
    inner.ry(0.3, 0)
    inner.cx(0, 1)
    outer = QuantumCircuit(3, name="outer gate")
    outer.append(inner.to_gate(), [0, 1])
    outer.append(inner.to_gate().inverse(), [2, 1])
    outer.append(inner.to_gate().control(1, annotated=False), [0, 2, 1])
    whole = QuantumCircuit(3)
    whole.append(outer.to_gate(), [2, 0, 1])
    return whole


def _graph_state() -> QuantumCircuit:
    circuit = QuantumCircuit(3)
    circuit.h(range(3))
    circuit.cz([0, 1], [1, 2])
    return circuit


UNITARY: dict[str, Build] = {
    **{f"random {seed}": _random(seed) for seed in range(20)},
    "every standard gate of one qubit": lambda: _all(1),
    "every standard gate of two qubits": lambda: _all(2),
    "every standard gate of three qubits": lambda: _all(3),
    "qft": _gate(library.QFTGate(3)),
    "inverse qft": _gate(library.QFTGate(3).inverse()),
    "quantum volume": lambda: library.quantum_volume(3, seed=1),
    "efficient su2": lambda: _bound(library.efficient_su2(3, reps=1)),
    "real amplitudes": lambda: _bound(library.real_amplitudes(3, reps=1)),
    "z feature map": lambda: _bound(library.z_feature_map(2)),
    "zz feature map": lambda: _bound(library.zz_feature_map(2)),
    "iqp": lambda: library.iqp(np.array([[6, 5, 1], [5, 4, 3], [1, 3, 2]])),
    "hidden linear function": lambda: library.hidden_linear_function([[1, 1, 0], [1, 0, 1], [0, 1, 1]]),
    "graph state": _graph_state,
    "phase estimation": lambda: library.phase_estimation(2, _phase()),
    "grover": lambda: library.grover_operator(_oracle()),
    "multi-controlled x": _gate(library.MCXGate(4)),
    "multi-controlled phase": _gate(library.MCPhaseGate(0.3, 3)),
    "controlled by zeros": _gate(library.RYGate(0.4).control(2, ctrl_state=1, annotated=False)),
    "permutation": _gate(library.PermutationGate([2, 0, 1])),
    "diagonal": lambda: _gate(library.DiagonalGate([1, 1j, -1, -1j]))().decompose(reps=3),
    "matrix": _gate(library.UnitaryGate(random_unitary(4, seed=3))),
    "paulis": _gate(library.PauliGate("XYZ")),
    "draper adder": _gate(library.ModularAdderGate(2)),
    "half adder": _gate(library.HalfAdderGate(1)),
    "evolution": _evolution,
    "modifiers": _modified,
    "several registers": _registers,
    "nested own gates": _nested,
}


def _all(width: int) -> QuantumCircuit:
    mapping = library.get_standard_gate_name_mapping()
    circuit = QuantumCircuit(width)
    circuit.h(range(width))
    for gate in mapping.values():
        if gate.num_qubits == width and gate.name not in ("delay", "measure", "reset"):
            number = len(gate.params)
            circuit.append(
                type(gate)(*(0.3 + 0.4 * i for i in range(number))) if number else gate, range(width)
            )
    return circuit


def _phase() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.p(0.7, 0)
    return circuit


def _oracle() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.cz(0, 1)
    return circuit


def _bits(qubits: int, *sizes: int) -> QuantumCircuit:
    registers = [ClassicalRegister(size, f"c{place}") for place, size in enumerate(sizes)]
    return QuantumCircuit(QuantumRegister(qubits, "q"), *registers)


def _teleport() -> QuantumCircuit:
    circuit = _bits(3, 1, 1, 1)
    circuit.ry(0.8, 0)
    circuit.h(1)
    circuit.cx(1, 2)
    circuit.cx(0, 1)
    circuit.h(0)
    circuit.measure([0, 1], [0, 1])
    with circuit.if_test((circuit.cregs[1], 1)):
        circuit.x(2)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.z(2)
    circuit.measure(2, 2)
    return circuit


def _else() -> QuantumCircuit:
    circuit = _bits(2, 2)
    circuit.h(0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.cregs[0], 1)) as otherwise:
        circuit.x(1)
    with otherwise:
        circuit.ry(0.5, 1)
    circuit.measure(1, 1)
    return circuit


def _expression() -> QuantumCircuit:
    circuit = _bits(3, 2, 1)
    circuit.h([0, 1])
    circuit.measure([0, 1], [0, 1])
    first, second = circuit.clbits[:2]
    with circuit.if_test(expr.logic_or(expr.logic_not(first), expr.equal(circuit.cregs[0], 3))):
        circuit.x(2)
    with circuit.if_test(expr.less(circuit.cregs[0], 2)):
        circuit.ry(0.6, 2)
    with circuit.if_test(expr.bit_xor(first, second)):
        circuit.x(2)
    circuit.measure(2, 2)
    return circuit


def _for() -> QuantumCircuit:
    circuit = _bits(2, 2)
    angle = Parameter("angle")
    with circuit.for_loop(range(0, 4), angle):
        circuit.rx(angle, 0)
        circuit.cx(0, 1)
    with circuit.for_loop([1, 5, 2]):
        circuit.ry(0.2, 1)
    circuit.measure([0, 1], [0, 1])
    return circuit


def _while() -> QuantumCircuit:
    circuit = _bits(2, 1, 1)
    circuit.h(0)
    circuit.measure(0, 0)
    with circuit.while_loop((circuit.clbits[0], 0)):
        circuit.h(0)
        circuit.measure(0, 0)
        circuit.ry(0.4, 1)
    circuit.measure(1, 1)
    return circuit


def _switch() -> QuantumCircuit:
    circuit = _bits(3, 2, 1)
    circuit.h([0, 1])
    circuit.measure([0, 1], [0, 1])
    with circuit.switch(circuit.cregs[0]) as case:
        with case(0, 3):
            circuit.x(2)
        with case(1):
            circuit.ry(0.7, 2)
        with case(case.DEFAULT):
            circuit.h(2)
    circuit.measure(2, 2)
    return circuit


def _break() -> QuantumCircuit:
    circuit = _bits(2, 1, 1)
    with circuit.for_loop(range(3)):
        circuit.h(0)
        circuit.measure(0, 0)
        with circuit.if_test((circuit.clbits[0], 1)):
            circuit.break_loop()
        circuit.ry(0.9, 1)
    circuit.measure(1, 1)
    return circuit


def _variables() -> QuantumCircuit:
    circuit = _bits(2, 2)
    circuit.h(0)
    circuit.measure(0, 0)
    flag = circuit.add_var("flag", expr.lift(circuit.clbits[0]))
    number = circuit.add_var("number", expr.lift(5, types.Uint(8)))
    with circuit.if_test(expr.logic_and(flag, expr.greater(number, 4))):
        circuit.x(1)
    circuit.store(flag, expr.logic_not(flag))
    with circuit.if_test(flag):
        circuit.ry(0.4, 1)
    circuit.measure(1, 1)
    return circuit


def _parts() -> QuantumCircuit:
    circuit = _bits(2, 2)
    circuit.h(0)
    circuit.delay(100, 0, "ns")
    circuit.barrier()
    with circuit.box():
        circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    circuit.reset(0)
    circuit.measure(0, 0)
    return circuit


def _prepared() -> QuantumCircuit:
    circuit = _bits(2, 2)
    circuit.prepare_state([0.5, 0.5j, -0.5, 0.5], [0, 1])
    circuit.measure([0, 1], [0, 1])
    return circuit


def _loose() -> QuantumCircuit:
    circuit = QuantumCircuit([Qubit(), Qubit()], [Clbit(), Clbit()])
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [1, 0])
    return circuit


def _random_measured(seed: int) -> Build:
    def build() -> QuantumCircuit:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return random_circuit(3, 4, max_operands=2, measure=True, conditional=True, reset=True, seed=seed)

    return build


def _nested_branches() -> QuantumCircuit:
    circuit = _bits(3, 2, 1)
    circuit.h([0, 1])
    circuit.measure([0, 1], [0, 1])
    with circuit.if_test((circuit.clbits[0], 1)):
        with circuit.if_test((circuit.clbits[1], 1)) as otherwise:
            circuit.x(2)
        with otherwise:
            circuit.ry(1.1, 2)
        with circuit.for_loop(range(2)):
            circuit.x(2)
    circuit.measure(2, 2)
    return circuit


MEASURED: dict[str, Build] = {
    "teleportation": _teleport,
    "if and else": _else,
    "expressions": _expression,
    "for": _for,
    "while": _while,
    "switch": _switch,
    "break": _break,
    "variables": _variables,
    "delay, barrier, box, reset": _parts,
    "prepared state": _prepared,
    "loose bits": _loose,
    "nested branches": _nested_branches,
    **{f"random measured {seed}": _random_measured(seed) for seed in range(8)},
}
