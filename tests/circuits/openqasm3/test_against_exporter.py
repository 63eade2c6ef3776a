"""What Qiskit's exporter writes comes back: the same unitary or distribution, or a refusal that is listed."""

from collections import Counter
from math import cos, sin

import pytest
from qiskit import QuantumCircuit, generate_preset_pass_manager, qasm3
from qiskit.quantum_info import Operator
from qiskit_aer import AerSimulator

from tests.circuits.openqasm3.exported import MEASURED, UNITARY
from tests.circuits.openqasm3.reading import SHOTS, circuit_of, is_near_up_to_phase, refusal, run

pytestmark = pytest.mark.slow

REFUSED = {
    "paulis": "'XYZ' is not defined",  # the exporter writes the text as if it were the name of a variable
    "prepared state": "syntax error at 'j'",  # the exporter writes complex numbers as Python does
}
"""Circuits whose program is refused, and the reason as it stands in the error."""

BY_HAND = {
    "variables": {"11": SHOTS / 2, "10": SHOTS / 2 * sin(0.2) ** 2, "00": SHOTS / 2 * cos(0.2) ** 2},
}
"""Counts of a circuit that Aer cannot run, since it has variables of the type Bool."""


@pytest.mark.filterwarnings("ignore::scipy.sparse.SparseEfficiencyWarning")  # of Qiskit's evolution
@pytest.mark.parametrize("name", [name for name in UNITARY if name not in REFUSED])
def test_an_exported_circuit_has_its_unitary(name: str) -> None:
    circuit = UNITARY[name]()
    source = qasm3.dumps(circuit)
    assert is_near_up_to_phase(Operator(circuit_of(source)).data, Operator(circuit).data), source


@pytest.mark.parametrize("name", [name for name in MEASURED if name not in REFUSED])
def test_an_exported_program_has_its_distribution(name: str) -> None:
    circuit = MEASURED[name]()
    source = qasm3.dumps(circuit)
    found = Counter({_values(key): number for key, number in run(source, SHOTS)["counts"].items()})
    wanted = Counter(BY_HAND[name] if name in BY_HAND else _simulated(circuit))
    distance = sum(abs(found[key] - wanted[key]) for key in {*found, *wanted}) / 2 / SHOTS
    assert distance < 0.05, source


def test_what_is_refused_is_refused_for_its_reason() -> None:
    for name, reason in REFUSED.items():
        build = UNITARY.get(name) or MEASURED[name]
        assert reason in refusal(qasm3.dumps(build())).message


def test_there_are_sixty_circuits() -> None:
    assert len(UNITARY) + len(MEASURED) >= 60


def _values(key: str) -> str:
    """The bits of a key without the borders of registers, which loose bits do not have in Qiskit."""
    return key.replace(" ", "")


def _simulated(circuit: QuantumCircuit) -> dict[str, int]:
    """The counts of the circuit itself, with its library gates replaced by what Aer knows."""
    simulator = AerSimulator(method="statevector")
    known = generate_preset_pass_manager(0, backend=simulator).run(_opened(circuit))
    result = simulator.run(known, shots=SHOTS, seed_simulator=11, enable_truncation=False).result()
    assert result.success, result.status
    return {_values(key): number for key, number in result.get_counts().items()}


def _opened(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit without boxes, which Aer does not know; they have no effect here."""
    opened = circuit.copy_empty_like()
    for each in circuit.data:
        if each.name == "box":
            opened.compose(each.operation.blocks[0], each.qubits, each.clbits, inplace=True)
        else:
            opened.append(each)
    return opened
