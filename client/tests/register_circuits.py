"""Circuits about registers, and about what is done in the middle of a circuit; see ``circuits``."""

import math

from qiskit.circuit import ClassicalRegister, Clbit, QuantumCircuit, QuantumRegister, Qubit
from qiskit.circuit.classical import expr

from tests.circuits import Made, circuit


@circuit
def bits_in_an_order_of_their_own() -> Made:
    qc = QuantumCircuit(4, 4)
    qc.x([0, 1])
    qc.measure([0, 1, 2, 3], [3, 1, 0, 2])
    return qc, {"1010": 1}


@circuit
def several_registers_of_different_size() -> Made:
    qc = QuantumCircuit(QuantumRegister(3, "q"), ClassicalRegister(1, "a"), ClassicalRegister(2, "b"))
    qc.x([0, 2])
    qc.measure([0, 1, 2], [0, 1, 2])
    return qc, {"10 1": 1}


@circuit
def names_that_are_words_of_openqasm() -> Made:
    qc = QuantumCircuit(
        QuantumRegister(1, "measure"),
        QuantumRegister(1, "π θ"),
        ClassicalRegister(1, "if"),
        ClassicalRegister(1, "gate"),
    )
    qc.x(1)
    qc.measure([0, 1], [0, 1])
    return qc, {"1 0": 1}


@circuit
def loose_bits_and_qubits() -> Made:
    qc = QuantumCircuit([Qubit(), Qubit()], [Clbit(), Clbit()], ClassicalRegister(1, "c"))
    qc.x(0)
    qc.measure([0, 1, 0], [0, 1, 2])
    return qc, {"101": 1}


@circuit
def registers_that_share_bits() -> Made:
    bits = [Clbit() for _ in range(3)]
    qc = QuantumCircuit([Qubit(), Qubit(), Qubit()], bits)
    qc.add_register(ClassicalRegister(bits=bits[:2], name="a"), ClassicalRegister(bits=bits[1:], name="b"))
    qc.x(2)
    qc.measure([0, 1, 2], bits)
    return qc, {"100": 1}


@circuit
def a_register_that_is_never_written() -> Made:
    qc = QuantumCircuit(QuantumRegister(2, "q"), ClassicalRegister(2, "a"), ClassicalRegister(3, "unused"))
    qc.x(1)
    qc.measure([0, 1], [0, 1])
    return qc, {"000 10": 1}


@circuit
def measured_twice_into_one_bit() -> Made:
    qc = QuantumCircuit(1, 1)
    qc.measure(0, 0)
    qc.x(0)
    qc.measure(0, 0)
    return qc, {"1": 1}


@circuit
def reset_in_the_middle() -> Made:
    qc = QuantumCircuit(1, 2)
    qc.h(0)
    qc.measure(0, 0)
    qc.reset(0)
    qc.measure(0, 1)
    return qc, {"00": 0.5, "01": 0.5}


@circuit
def teleportation_with_feed_forward() -> Made:
    qc = QuantumCircuit(QuantumRegister(3, "q"), ClassicalRegister(2, "m"), ClassicalRegister(1, "out"))
    qc.ry(math.pi / 3, 0)
    qc.h(1)
    qc.cx(1, 2)
    qc.cx(0, 1)
    qc.h(0)
    qc.measure([0, 1], [0, 1])
    with qc.if_test((qc.clbits[1], 1)):
        qc.x(2)
    with qc.if_test((qc.clbits[0], 1)):
        qc.z(2)
    qc.measure(2, 2)
    return qc, {f"{out} {m:02b}": p / 4 for out, p in ((0, 0.75), (1, 0.25)) for m in range(4)}


@circuit
def if_and_else() -> Made:
    qc = QuantumCircuit(2, 2)
    qc.h(0)
    qc.measure(0, 0)
    with qc.if_test((qc.clbits[0], 1)) as otherwise:
        qc.id(1)
    with otherwise:
        qc.x(1)
    qc.measure(1, 1)
    return qc, {"10": 0.5, "01": 0.5}


@circuit
def a_condition_on_a_register() -> Made:
    a, b = ClassicalRegister(2, "a"), ClassicalRegister(1, "b")
    qc = QuantumCircuit(QuantumRegister(3, "q"), a, b)
    qc.x(1)
    qc.measure([0, 1], a)
    with qc.if_test((a, 2)):
        qc.x(2)
    qc.measure(2, b[0])
    return qc, {"1 10": 1}


@circuit
def a_condition_on_a_register_beside_loose_bits() -> Made:
    a = ClassicalRegister(2, "a")
    qc = QuantumCircuit([Qubit(), Qubit()], [Clbit()], a)
    qc.x(0)
    qc.measure(0, 1)
    with qc.if_test((a, 1)):
        qc.x(1)
    qc.measure(1, 0)
    return qc, {"011": 1}


@circuit
def a_condition_on_a_bit_that_was_not_measured() -> Made:
    qc = QuantumCircuit(1, 2)
    with qc.if_test((qc.clbits[1], 0)):
        qc.x(0)
    qc.measure(0, 0)
    return qc, {"01": 1}


@circuit
def a_negated_bit() -> Made:
    qc = QuantumCircuit(1, 2)
    with qc.if_test(expr.bit_not(expr.lift(qc.clbits[1]))):
        qc.x(0)
    qc.measure(0, 0)
    return qc, {"01": 1}


@circuit
def conditions_inside_conditions() -> Made:
    qc = QuantumCircuit(3, 3)
    qc.x([0, 1])
    qc.measure([0, 1], [0, 1])
    with qc.if_test((qc.clbits[0], 1)), qc.if_test((qc.clbits[1], 1)):
        qc.x(2)
    qc.measure(2, 2)
    return qc, {"111": 1}


@circuit
def a_loop() -> Made:
    qc = QuantumCircuit(1, 1)
    with qc.for_loop(range(5)):
        qc.x(0)
    qc.measure(0, 0)
    return qc, {"1": 1}


@circuit
def repeat_until_heads_twice() -> Made:
    qc = QuantumCircuit(1, 2)
    qc.h(0)
    qc.measure(0, 0)
    with qc.if_test((qc.clbits[0], 0)):
        qc.h(0)
        qc.measure(0, 1)
    return qc, {"01": 0.5, "00": 0.25, "10": 0.25}


@circuit
def nothing_is_measured() -> Made:
    qc = QuantumCircuit(2, 2)
    qc.h(0)
    return qc, {"00": 1}
