"""Forty typical circuits with what they measure: each says the probability of every outcome.

Outcomes are written as Qiskit's ``get_counts`` writes them. ``None`` stands where all qubits are measured at
the end: there the test computes the probabilities with ``Statevector``.
"""

import math
from collections.abc import Callable

import numpy as np
from qiskit.circuit import ClassicalRegister, Clbit, QuantumCircuit, QuantumRegister, Qubit
from qiskit.circuit.classical import expr
from qiskit.circuit.library import (
    DiagonalGate,
    MCXGate,
    PauliEvolutionGate,
    PermutationGate,
    QFTGate,
    RZXGate,
    UnitaryGate,
    XXPlusYYGate,
    efficient_su2,
    grover_operator,
    iqp,
    quantum_volume,
)
from qiskit.quantum_info import Operator, SparsePauliOp, random_clifford, random_unitary

Expected = dict[str, float] | None
Made = tuple[QuantumCircuit, Expected]
CIRCUITS: dict[str, Callable[[], Made]] = {}


def circuit(make: Callable[[], Made]) -> Callable[[], Made]:
    CIRCUITS[make.__name__] = make
    return make


def measured(qc: QuantumCircuit) -> Made:
    qc.measure_all()
    return qc, None


@circuit
def bell() -> Made:
    qc = QuantumCircuit(2)
    qc.h(0)
    qc.cx(0, 1)
    return measured(qc)


@circuit
def ghz_of_five() -> Made:
    qc = QuantumCircuit(5)
    qc.h(0)
    for qubit in range(4):
        qc.cx(qubit, qubit + 1)
    return measured(qc)


@circuit
def w_state() -> Made:
    qc = QuantumCircuit(3)
    qc.ry(2 * math.acos(1 / math.sqrt(3)), 0)
    qc.ch(0, 1)
    qc.cx(1, 2)
    qc.cx(0, 1)
    qc.x(0)
    return measured(qc)


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
def qft_of_a_basis_state() -> Made:
    qc = QuantumCircuit(4)
    qc.x([0, 2])
    qc.append(QFTGate(4), range(4))
    qc.append(QFTGate(4).inverse(), range(4))
    return measured(qc)


@circuit
def phase_estimation() -> Made:
    qc = QuantumCircuit(4, 3)
    qc.x(3)
    qc.h(range(3))
    for bit in range(3):
        qc.cp(2 * math.pi * 3 / 8 * 2**bit, bit, 3)
    qc.append(QFTGate(3).inverse(), range(3))
    qc.measure(range(3), range(3))
    return qc, {"011": 1}


@circuit
def grover() -> Made:
    oracle = QuantumCircuit(3)
    oracle.ccz(0, 1, 2)
    qc = QuantumCircuit(3)
    qc.h(range(3))
    qc.compose(grover_operator(oracle), inplace=True)
    return measured(qc)


@circuit
def bernstein_vazirani() -> Made:
    qc = QuantumCircuit(5, 4)
    qc.x(4)
    qc.h(range(5))
    for qubit in (0, 3):
        qc.cx(qubit, 4)
    qc.h(range(4))
    qc.measure(range(4), range(4))
    return qc, {"1001": 1}


@circuit
def a_prepared_state() -> Made:
    qc = QuantumCircuit(2)
    qc.initialize([0.5, 0.1j, -0.7, math.sqrt(1 - 0.25 - 0.01 - 0.49)], [0, 1])
    return measured(qc)


@circuit
def state_preparation_by_label() -> Made:
    qc = QuantumCircuit(3)
    qc.prepare_state("1+r")
    return measured(qc)


@circuit
def unitaries() -> Made:
    qc = QuantumCircuit(3)
    qc.append(UnitaryGate(random_unitary(4, seed=5)), [2, 0])
    qc.append(UnitaryGate(random_unitary(2, seed=6)).control(), [0, 1])
    return measured(qc)


@circuit
def a_clifford() -> Made:
    return measured(random_clifford(4, seed=3).to_circuit())


@circuit
def a_diagonal_and_a_permutation() -> Made:
    qc = QuantumCircuit(3)
    qc.h(range(3))
    qc.append(DiagonalGate([1, -1, 1j, 1, -1, 1, 1, -1j]), range(3))
    qc.append(PermutationGate([2, 0, 1]), range(3))
    qc.h(range(3))
    return measured(qc)


@circuit
def controlled_by_zeros() -> Made:
    qc = QuantumCircuit(4)
    qc.h([0, 1])
    qc.append(MCXGate(3, ctrl_state="010"), range(4))
    return measured(qc)


@circuit
def many_controls() -> Made:
    qc = QuantumCircuit(6)
    qc.x(range(4))
    qc.h(4)
    qc.mcx(list(range(5)), 5)
    return measured(qc)


@circuit
def gates_with_two_parameters() -> Made:
    qc = QuantumCircuit(3)
    qc.h(0)
    qc.append(XXPlusYYGate(0.7, 0.3), [0, 1])
    qc.append(RZXGate(1.1), [1, 2])
    qc.rxx(0.4, 0, 2)
    qc.rzz(0.9, 0, 1)
    qc.u(0.3, 0.2, 0.1, 2)
    qc.cu(0.3, 0.2, 0.1, 0.5, 0, 2)
    return measured(qc)


@circuit
def named_gates() -> Made:
    qc = QuantumCircuit(3)
    qc.h(range(3))
    qc.dcx(0, 1)
    qc.iswap(1, 2)
    qc.ecr(0, 2)
    qc.csx(0, 1)
    qc.sxdg(2)
    qc.cs(0, 1)
    qc.rccx(0, 1, 2)
    qc.h(range(3))
    return measured(qc)


@circuit
def a_gate_of_ones_own_inside_another() -> Made:
    inner = QuantumCircuit(2, name="inner")
    inner.ry(0.3, 0)
    inner.cx(0, 1)
    outer = QuantumCircuit(2, name="measure")
    outer.append(inner.to_gate(), [1, 0])
    outer.t(0)
    qc = QuantumCircuit(3)
    qc.h(2)
    qc.append(outer.to_gate().control(1), [2, 0, 1])
    return measured(qc)


@circuit
def a_power_and_an_inverse() -> Made:
    qc = QuantumCircuit(2)
    qc.h([0, 1])
    part = QuantumCircuit(2)
    part.crx(0.4, 0, 1)
    part.s(0)
    qc.append(part.to_gate().power(3), [0, 1])
    qc.append(part.to_gate().inverse(), [1, 0])
    qc.h([0, 1])
    return measured(qc)


@circuit
def evolution_under_a_hamiltonian() -> Made:
    qc = QuantumCircuit(3)
    operator = SparsePauliOp(["XXI", "IXX", "ZZZ"], [0.4, 0.3, 0.2])  # no Trotter error: they commute
    qc.append(PauliEvolutionGate(operator, time=0.7), range(3))
    return measured(qc)


@circuit
def quantum_volume_circuit() -> Made:
    return measured(quantum_volume(4, seed=11))


@circuit
def an_iqp_circuit() -> Made:
    return measured(iqp(np.array([[6, 5, 3], [5, 4, 5], [3, 5, 1]])))


@circuit
def an_ansatz_with_bound_parameters() -> Made:
    ansatz = efficient_su2(3, reps=2)
    values = np.random.default_rng(4).normal(size=ansatz.num_parameters)
    return measured(ansatz.assign_parameters(values))


@circuit
def barriers_delays_and_a_global_phase() -> Made:
    qc = QuantumCircuit(2, global_phase=1.2)
    qc.h(0)
    qc.barrier()
    qc.delay(100, 0, unit="ns")
    qc.p(1e-9, 0)
    qc.rx(1e3, 1)
    qc.barrier(1)
    return measured(qc)


@circuit
def forty_qubits_of_clifford_gates() -> Made:
    qc = QuantumCircuit(40)
    qc.h(0)
    for qubit in range(39):
        qc.cx(qubit, qubit + 1)
    qc.measure_all()
    return qc, {"0" * 40: 0.5, "1" * 40: 0.5}


@circuit
def a_swap_test() -> Made:
    qc = QuantumCircuit(3, 1)
    qc.ry(0.8, 1)
    qc.h(0)
    qc.cswap(0, 1, 2)
    qc.h(0)
    qc.measure(0, 0)
    overlap = math.cos(0.4) ** 2
    return qc, {"0": (1 + overlap) / 2, "1": (1 - overlap) / 2}


@circuit
def an_operator_as_a_gate() -> Made:
    qc = QuantumCircuit(2)
    qc.h(0)
    qc.append(Operator([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]), [1, 0])
    return measured(qc)


@circuit
def nothing_is_measured() -> Made:
    qc = QuantumCircuit(2, 2)
    qc.h(0)
    return qc, {"00": 1}
