"""Forty typical circuits with what they measure: each says the probability of every outcome.

Outcomes are written as Qiskit's ``get_counts`` writes them. ``None`` stands where all qubits are measured at
the end: there the test computes the probabilities with ``Statevector``.
"""

import math
from collections.abc import Callable

import numpy as np
from qiskit.circuit import QuantumCircuit
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
