"""Programs under noise: every method and any number of shots gives the counts computed by hand."""

import pytest
from qiskit import QuantumCircuit

from app.circuits import runner
from app.circuits.spec import CustomNoise, ExecutionSpec, Method, NoiseSpec, RunLimits
from tests.circuits.conftest import Run
from tests.circuits.noisy_reference import assert_drawn_from, probabilities
from tests.circuits.programs import QASM2, QASM3

METHODS = ["density_matrix", "statevector", pytest.param("matrix_product_state", marks=pytest.mark.slow)]
"""``automatic`` runs by one of these, so it would be the same simulation again."""

DEPOLARIZING = CustomNoise(single_gate_error=0.1, two_gate_error=0.3, measurement_error=0.05)
RELAXING = CustomNoise(0.1, 0.3, 0.05, t1=8.0, t2=6.0, gate_time=0.5, two_gate_time=1.5, dt=0.001)

CONDITIONS = (
    QASM3
    + """qubit[3] q;
bit[3] c;
rx(0.8) q[0];
c[0] = measure q[0];
if (c[0]) { ccx q[0], q[1], q[2]; ch q[0], q[1]; } else { sx q[1]; negctrl @ x q[1], q[2]; }
reset q[0];
rx(1.1) q[0];
barrier q;
c[1] = measure q[1];
if (c[1]) { x q[2]; }
c[0] = measure q[0];
c[2] = measure q[2];
"""
)
OWN_GATES = (
    QASM2
    + """gate two a,b { ry(0.4) a; csx a,b; cu3(0.3,0.2,0.1) b,a; }
gate three a,b,c { two a,b; ccx c,a,b; u0(2) c; }
gate ecr a,b { h a; t b; cx a,b; }
qreg q[3]; creg c[3];
h q[0]; ecr q[1],q[0]; three q[0],q[1],q[2]; rccx q[2],q[0],q[1]; cswap q[0],q[1],q[2]; measure q -> c;
"""
)
MODIFIERS = (
    QASM3
    + """qubit[3] q;
bit[3] c;
rx(0.8) q;
pow(0.5) @ x q[0];
ctrl @ sx q[0], q[1];
ctrl @ s q[1], q[2];
negctrl @ ctrl @ x q[2], q[0], q[1];
ctrl @ U(0.4, 0.2, 0.1) q[0], q[2];
rx(0.6) q;
c = measure q;
"""
)
IDLE = QASM3 + "qubit[2] q; bit[2] c; x q; delay[1ms] q[0]; reset q[1]; c = measure q;"
READ_TWICE = QASM2 + "qreg q[1]; creg c[2]; measure q[0] -> c[0]; measure q[0] -> c[1];"
IDENTITIES = QASM2 + "qreg q[2]; creg c[2]; id q[0]; u0(3) q[1]; measure q -> c;"
PROGRAMS = {
    "conditions": CONDITIONS,
    "own gates": OWN_GATES,
    "modifiers": MODIFIERS,
    "idle": IDLE,
    "read twice": READ_TWICE,
    "identities": IDENTITIES,
}


def _custom(rates: CustomNoise) -> NoiseSpec:
    return NoiseSpec("custom", "custom", rates)


def _flat(program: str) -> QuantumCircuit:
    return runner.circuit_of(ExecutionSpec("program", shots=1, seed=0, program=program), RunLimits())


@pytest.mark.parametrize(
    "noise",
    [
        pytest.param(RELAXING, id="relaxing"),  # and depolarizing
        pytest.param(DEPOLARIZING, id="depolarizing", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("method", METHODS)
def test_a_program_has_the_same_noise_by_every_method(
    run: Run, program: str, noise: CustomNoise, method: Method
) -> None:
    text = PROGRAMS[program]
    expected = probabilities(_flat(text), noise)
    result = run(program=text, noise=_custom(noise), method=method, shots=4_000)
    assert_drawn_from(result["counts"], expected)


@pytest.mark.parametrize(
    "steps",
    [
        "c[0] = measure q[0]; c[0] = measure q[0]; c[0] = measure q[1];",
        "c[0] = measure q[1]; h q[0]; barrier q; c[0] = measure q[0]; c[1] = measure q[1];",
        "h q[1]; c[0] = measure q[1]; h q[1]; c[0] = measure q[1];",
        "c[0] = measure q[0]; x q[0]; c[0] = measure q[1];",
        "c[0] = measure q[0]; if (c[0]) { x q[1]; c[0] = measure q[1]; } c[1] = measure q[1];",
    ],
)
@pytest.mark.parametrize("noise", [CustomNoise(measurement_error=0.2), DEPOLARIZING], ids=["readout", "all"])
@pytest.mark.parametrize("method", [*METHODS, "stabilizer"])
def test_a_bit_that_is_written_twice_has_one_readout_error(
    run: Run, steps: str, noise: CustomNoise, method: Method
) -> None:
    """Where shots are drawn from one state, and where each is simulated by itself."""
    text = f"{QASM3} qubit[2] q; bit[2] c; x q; {steps}"
    expected = probabilities(_flat(text), noise)
    result = run(program=text, noise=_custom(noise), method=method, shots=4_000)
    assert_drawn_from(result["counts"], expected)


@pytest.mark.parametrize("call", ["pow(0.5) @ swap", "inv @ pow(0.5) @ swap", "root"])
@pytest.mark.parametrize("method", METHODS)
def test_a_power_of_a_standard_gate_has_one_error(run: Run, call: str, method: Method) -> None:
    """The root of a swap leaves one excitation half here and half there: depolarizing adds 0.3 / 4 to all."""
    text = (
        f"{QASM3} gate root a, b {{ pow(0.5) @ swap a, b; }} qubit[2] q; bit[2] c; x q[0]; "
        f"{call} q[0], q[1]; c = measure q;"
    )
    expected = {"00": 0.075, "01": 0.425, "10": 0.425, "11": 0.075}
    noise = _custom(CustomNoise(two_gate_error=0.3))
    assert_drawn_from(run(program=text, noise=noise, method=method, shots=4_000)["counts"], expected)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_a_toffoli_errs_equally_often_by_all_methods(run: Run, method: Method) -> None:
    program = QASM2 + "qreg q[3]; creg c[3]; ccx q[0],q[1],q[2]; measure q -> c;"
    noise = CustomNoise(single_gate_error=0.1)
    expected = probabilities(_flat(program), noise)
    assert expected["000"] == pytest.approx(0.658, abs=0.001)
    counts = run(program=program, noise=_custom(noise), method=method, shots=20_000)["counts"]
    assert counts["000"] / 20_000 == pytest.approx(expected["000"], abs=0.015)


@pytest.mark.parametrize(
    ("statement", "noise"),
    [
        ("ccx q[0],q[1],q[2];", CustomNoise(single_gate_error=0.1)),
        (
            "ccx q[0],q[1],q[2];",
            CustomNoise(single_gate_error=0.05, two_gate_error=0.1, measurement_error=0.05),
        ),
        ("csx q[0],q[1];", CustomNoise(single_gate_error=0.3)),
        ("csx q[0],q[1];", CustomNoise(two_gate_error=0.3)),
        ("cu3(0,0,0) q[0],q[1];", CustomNoise(two_gate_error=0.3)),
        ("ch q[0],q[1];", CustomNoise(single_gate_error=0.3)),
        ("ccx q[0],q[1],q[2];", RELAXING),
        ("cu3(0,0,0) q[0],q[1];", RELAXING),
        ("delay(4000) q[0]; delay(9000) q[1];", RELAXING),
    ],
)
def test_the_number_of_shots_does_not_change_the_noise(run: Run, statement: str, noise: CustomNoise) -> None:
    """The method that is cheapest for few shots is another one than that for many."""
    body = f"opaque delay(t) a; x q[0]; x q[1]; {statement} {statement}"
    expected = probabilities(_flat(QASM2 + f"qreg q[3]; creg c[3]; {body} measure q -> c;"), noise)
    others = "".join(f"id q[{i}];" for i in range(3, 10))
    measurements = "".join(f"measure q[{i}] -> c[{i}];" for i in range(3))
    program = QASM2 + f"qreg q[10]; creg c[3]; {body} {others} {measurements}"
    methods = set()
    for shots in (250, 6_000):
        result = run(program=program, noise=_custom(noise), shots=shots)
        methods.add(result["method"])
        assert_drawn_from(result["counts"], expected)
    assert methods == {"statevector", "density_matrix"}


def test_gates_of_full_error_leave_nothing_of_the_state(run: Run) -> None:
    for qubits, statement, noise in (
        (1, "id q[0];", CustomNoise(single_gate_error=1.0)),
        (1, "u0(1) q[0];", CustomNoise(single_gate_error=1.0)),
        (4, "rc3x q[0],q[1],q[2],q[3];", CustomNoise(two_gate_error=1.0)),
        (5, "c4x q[0],q[1],q[2],q[3],q[4];", CustomNoise(two_gate_error=1.0)),
    ):
        program = QASM2 + f"qreg q[{qubits}]; creg c[{qubits}]; {statement} measure q -> c;"
        counts = run(program=program, noise=_custom(noise), shots=4_000)["counts"]
        assert_drawn_from(counts, {format(key, f"0{qubits}b"): 2.0**-qubits for key in range(2**qubits)})


def test_an_answer_names_the_versions_that_its_counts_depend_on(run: Run) -> None:
    assert set(run(circuit="bell")["versions"]) == {"qloom", "qiskit", "qiskit-aer"}


@pytest.mark.parametrize(
    "steps",
    [
        "if (!c[2]) { x q[0]; } c[0] = measure q[0];",
        "c[1] = !c[2]; if (c[1] && !c[2]) { x q[0]; c[1] = 0; } c[0] = measure q[0];",
        'if (c == "000") { x q[0]; } c[0] = measure q[0]; bit[2] later; if (later == 1) { x q[1]; }',
    ],
)
@pytest.mark.parametrize(
    "noise",
    [CustomNoise(measurement_error=0.2), CustomNoise(single_gate_error=0.4)],
    ids=["readout", "gates"],
)
@pytest.mark.parametrize("method", ["density_matrix", "statevector", "matrix_product_state", "stabilizer"])
def test_bits_after_the_last_measured_one_are_read_under_noise(
    run: Run, steps: str, noise: CustomNoise, method: Method
) -> None:
    """Aer's memory for classical bits ended at the last measured one, and a condition read beyond it."""
    text = f"{QASM3} qubit[2] q; bit[3] c; {steps}"
    counts = run(program=text, noise=_custom(noise), method=method)["counts"]
    assert_drawn_from({key[-3:]: number for key, number in counts.items()}, {"000": 0.2, "001": 0.8})
