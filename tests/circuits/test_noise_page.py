"""The table of docs/noise.md is what the code does."""

from collections import Counter

from qiskit import QuantumCircuit
from qiskit.circuit import Gate, Measure

from app.circuits.noise_model import noise_model
from app.circuits.noisy_gates import gates_of, in_noisy_gates
from app.circuits.spec import NoiseSpec
from tests.circuits.standard_gates import OTHER_INSTRUCTIONS, STANDARD_GATES
from tests.deploy.files import PROJECT

HEADER = "| Gate | Qubits | Replaced by | One-qubit errors | Two-qubit errors |"
QASM2_NAMES = {"c3sx": "c3sx (OpenQASM 2: c3sqrtx)", "rcccx": "rcccx (OpenQASM 2: rc3x)"}


def _row(name: str, gate: Gate) -> str:
    """What stands for the gate, and how many of its steps have which error in the noise model."""
    circuit = QuantumCircuit(max(gate.num_qubits, 1))
    circuit.append(gate, range(gate.num_qubits))
    noisy = in_noisy_gates(circuit, "statevector", NoiseSpec())
    model = noise_model(NoiseSpec(), gates_of(noisy))
    errors: Counter[int] = Counter()
    for instruction in noisy.data:
        error = model._default_quantum_errors[instruction.label or instruction.name]
        errors[error.num_qubits] += 1
    is_kept = len(noisy.data) == 1 and len(noisy.data[0].qubits) == gate.num_qubits
    steps = Counter(instruction.name for instruction in noisy.data)
    replaced = ", ".join(f"{number} {step}" for step, number in steps.items()) or "nothing"
    shown = QASM2_NAMES.get(name, name)
    return f"| {shown} | {gate.num_qubits} | {'' if is_kept else replaced} | {errors[1]} | {errors[2]} |"


def test_the_page_has_a_row_for_each_standard_gate_and_it_is_what_the_code_does() -> None:
    page = (PROJECT / "docs" / "noise.md").read_text()
    table = page[page.index(HEADER) :].split("\n\n")[0].splitlines()
    assert table[2:] == [_row(name, gate) for name, gate in STANDARD_GATES.items()]


def test_what_is_no_gate_has_no_error_of_a_gate_and_the_page_says_so() -> None:
    """A delay has none where nothing relaxes; ``test_delays`` has the others."""
    page = (PROJECT / "docs" / "noise.md").read_text()
    for name, operation in OTHER_INSTRUCTIONS.items():
        circuit = QuantumCircuit(1, 1)
        circuit.append(operation, [0], [0] if isinstance(operation, Measure) else [])
        model = noise_model(NoiseSpec(), gates_of(in_noisy_gates(circuit, "statevector", NoiseSpec())))
        assert not model._default_quantum_errors
        assert f"`{name}`" in page
