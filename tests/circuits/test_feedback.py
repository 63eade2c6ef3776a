"""Circuits that measure, reset and decide in the middle: their counts are those of an exact simulation."""

from random import Random

import msgspec
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister

from app.circuits.aer import without_idle_qubits
from app.circuits.conditions import decided
from app.circuits.program import load
from app.circuits.spec import CustomNoise, Language, Method, NoiseSpec, RunLimits
from tests.circuits import branches
from tests.circuits.conftest import Run, distance
from tests.circuits.programs import QASM2, QASM3

PROGRAMS = 40
SHOTS = 500
TOLERANCE = 0.15  # sampling: 16 outcomes of 500 shots are 0.07 away in the mean


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(
    "method", ["statevector", "density_matrix", pytest.param("matrix_product_state", marks=pytest.mark.slow)]
)
def test_random_programs_with_feedback_have_the_counts_of_their_branches(
    run: Run, language: Language, method: Method
) -> None:
    random = Random(f"{language} {method}")
    is_3 = language is Language.OPENQASM_3
    for _ in range(PROGRAMS):
        program = branches.random_program(random, nests=is_3)
        source = branches.qasm3(program) if is_3 else branches.qasm2(program)
        counts = run(program=source, shots=SHOTS, method=method)["counts"]
        ideal = branches.distribution(program)
        assert sum(counts.values()) == SHOTS
        assert distance(counts, ideal) < TOLERANCE, (source, counts, ideal)


@pytest.mark.parametrize("noise", [None, NoiseSpec("depolarizing", "low")])
def test_a_condition_on_what_was_measured_twice_runs(run: Run, noise: NoiseSpec | None) -> None:
    """Aer's truncation of circuits makes this one fail."""
    program = QASM2 + (
        "qreg q[2]; creg c[1]; h q[1]; measure q[1]->c[0]; if(c==1) x q[1]; h q[1]; measure q[1]->c[0];"
        "if(c==1) x q[0];"
    )
    counts = run(program=program, shots=4_000, noise=noise)["counts"]
    assert counts["0"] == pytest.approx(2_000, abs=200)
    assert sum(counts.values()) == 4_000


def test_qubits_that_no_gate_touches_cost_a_feedback_circuit_nothing(limits: RunLimits) -> None:
    """The rest keeps its order, its classical bits and the conditions on registers and their aliases."""
    program = QASM3 + (
        "qubit[20] q; bit[2] a; bit b; x q[3]; a[1] = measure q[3]; let c = a[0:1];"
        "barrier q; delay[5ns] q[9]; if (c == 2) { x q[17]; } b = measure q[17];"
    )
    circuit, _ = load(program, Language.OPENQASM_3, limits)
    kept = without_idle_qubits(circuit)
    assert (kept.num_qubits, kept.clbits, kept.cregs) == (2, circuit.clbits, circuit.cregs)


def test_a_wide_circuit_with_feedback_runs_on_the_qubits_that_it_uses(run: Run) -> None:
    program = QASM3 + "qubit[28] q; bit[2] c; x q[27]; c[1] = measure q[27]; if (c == 2) { x q[0]; }"
    result = run(program=program + "c[0] = measure q[0];", shots=200, method="statevector")
    assert result["counts"] == {"11": 200}
    assert result["num_qubits"] == 28


def test_a_condition_on_bits_that_are_no_register_names_them(run: Run) -> None:
    program = QASM3 + (
        "qubit[2] q; bit[3] a; x q[0]; a[1] = measure q[0]; if (a[1:2] == 1) { x q[1]; }"
        "if (a[{1, 0}] == 1) { h q[0]; h q[0]; } for int i in [0:1] { if (a[1:2] == 1) { x q[1]; } }"
        "a[0] = measure q[1];"
    )
    result = run(program=program)
    assert result["counts"] == {"011": 1024}
    events = msgspec.json.decode(result["events"])
    texts = [event["condition"]["text"] for event in events if "condition" in event]
    assert texts == ["bits 1, 2 == 1", *["bits 1, 0 == 1"] * 2, *["bits 1, 2 == 1"] * 2]


@pytest.mark.parametrize("noise", [None, NoiseSpec("custom", "custom", CustomNoise())])
@pytest.mark.parametrize("value", [4, 5, 9, 2**31 + 1, 2**32 + 1, 2**63 + 1, 2**64, 2**64 + 1, 10**300 + 1])
def test_a_condition_on_a_value_that_the_register_cannot_have_never_holds(
    run: Run, value: int, noise: NoiseSpec | None
) -> None:
    """The register of two bits is 1, and another one is wide enough for some of the values."""
    program = (
        QASM2 + "qreg q[3]; creg c[2]; creg d[70]; x q[0]; measure q[0] -> c[0]; measure q[0] -> d[0];"
        f"if (c == {value}) x q[1]; if (d == {value}) x q[1]; if (c == 1) x q[2];"
        "measure q[1] -> c[1]; measure q[2] -> d[1];"
    )
    result = run(program=program, noise=noise)
    assert result["counts"] == {"0" * 68 + "11 01": 1024}
    texts = [
        each["condition"]["text"] for each in msgspec.json.decode(result["events"]) if "condition" in each
    ]
    assert texts == [f"c == {value}", f"d == {value}", "c == 1"]


def test_what_stands_under_else_of_an_impossible_condition_runs() -> None:
    register = ClassicalRegister(2, "c")
    circuit = QuantumCircuit(QuantumRegister(1), register)
    with circuit.if_test((circuit.clbits[0], 0)):
        with circuit.if_test((register, 5)) as otherwise:
            circuit.h(0)
        with otherwise:
            circuit.x(0)
    with circuit.while_loop((circuit.clbits[1], 1)):
        with circuit.if_test((register, 4)):
            circuit.x(0)
        circuit.z(0)
    circuit.measure(0, 0)
    [outer, loop, last] = decided(circuit).data
    assert [each.name for each in outer.operation.blocks[0].data] == ["x"]
    assert [each.name for each in loop.operation.blocks[0].data] == ["z"]
    assert last.name == "measure"


def test_conditions_on_registers_bits_and_aliases_name_the_bits_that_they_read(run: Run) -> None:
    program = QASM3 + (
        "qubit[2] q; bit[2] a; bit b; bit[2] d; let both = d[0:1]; let high = a[1:1]; x q[0];"
        "a[1] = measure q[0]; b = measure q[0]; d[0] = measure q[0];"
        "if (a == 2) { if (b) { if (both == 1) { if (high == 1) { x q[1]; } } } } a[0] = measure q[1];"
    )
    result = run(program=program)
    assert result["counts"] == {"01 1 11": 1024}
    conditions = [
        event["condition"] for event in msgspec.json.decode(result["events"]) if "condition" in event
    ]
    assert [[term["classical_bits"] for term in one["terms"]] for one in conditions] == [
        [[0, 1], [2], [3, 4], [1]]
    ]
