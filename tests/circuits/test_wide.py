"""Wide circuits: which method runs them and why, idle qubits, and every threshold from both sides."""

from random import Random

import msgspec
import pytest

from app.circuits import runner
from app.circuits.catalog import resolve
from app.circuits.methods import Bond, CircuitShape, choose_method, cost, is_heavy
from app.circuits.result import OverCeiling, RunResult
from app.circuits.spec import DeviceNoise, ExecutionSpec, NoiseSpec, RunLimits
from app.errors import LimitExceededError
from tests.circuits.conftest import Run
from tests.circuits.programs import QASM2, QASM3

CEILING = 2e9
"""The default of HEAVY_COST_BYTES."""


def ghz(num_qubits: int) -> str:
    entangle = "".join(f"cx q[{k}],q[{k + 1}];" for k in range(num_qubits - 1))
    return QASM2 + f"qreg q[{num_qubits}]; creg c[{num_qubits}]; h q[0]; {entangle} measure q -> c;"


def brickwork(num_qubits: int, layers: int) -> str:
    """Rotations of every qubit and CX gates between neighbours, in layers that begin in turns at 0 and 1."""
    random, lines = Random(5), [QASM2, f"qreg q[{num_qubits}]; creg c[{num_qubits}];"]
    for layer in range(layers):
        lines += [f"ry({random.uniform(0, 6)}) q[{k}];" for k in range(num_qubits)]
        lines += [f"cx q[{k}],q[{k + 1}];" for k in range(layer % 2, num_qubits - 1, 2)]
    return "\n".join([*lines, "measure q -> c;"])


def on_interactive(program: str, shots: int = 200) -> RunResult | OverCeiling:
    """Run a program as the interactive queue does."""
    spec = ExecutionSpec("program", shots=shots, seed=7, program=program)
    return runner.run(spec, RunLimits(), CEILING, lambda _phase: None)


@pytest.mark.parametrize("num_qubits", [29, 64, 65, 100, 1_000])
def test_a_wide_ghz_state_runs_as_a_stabilizer_state(run: Run, num_qubits: int) -> None:
    result = run(program=ghz(num_qubits))
    assert result["method"] == "stabilizer"
    assert result["method_reason"] == "All gates are Clifford gates."
    assert set(result["counts"]) == {"0" * num_qubits, "1" * num_qubits}
    assert abs(result["counts"]["0" * num_qubits] - 512) < 160, "10 standard deviations"
    assert (result["num_qubits"], result["num_events"]) == (num_qubits, 2 * num_qubits + 2)
    assert len(msgspec.json.decode(result["events"])) == result["num_events"]
    assert run(program=ghz(num_qubits))["counts"] == result["counts"]
    others = [run(program=ghz(num_qubits), seed=seed)["counts"] for seed in (8, 9, 10)]
    assert any(other != result["counts"] for other in others)


def test_over_the_widest_limit_it_is_named(run: Run) -> None:
    with pytest.raises(LimitExceededError, match="max_qubits_stabilizer is 1000"):
        run(program=ghz(1_001))


def test_three_used_qubits_of_127_run_as_a_state_vector_of_three(run: Run) -> None:
    gates = "ry(0.7) q[{}]; cx q[{}],q[{}]; t q[{}]; cx q[{}],q[{}];"
    a, b, c = 5, 100, 126
    wide = run(
        program=QASM2
        + f"qreg q[127]; creg c[127]; {gates.format(a, a, b, b, b, c)} barrier q;"
        + "".join(f"measure q[{k}] -> c[{k}];" for k in (a, b, c))
    )
    narrow = run(program=QASM2 + f"qreg q[3]; creg c[3]; {gates.format(0, 0, 1, 1, 1, 2)} measure q -> c;")
    assert wide["method"] == "statevector"
    assert wide["method_reason"].endswith("a state vector holds 3 qubits.")
    assert wide["num_qubits"] == 127
    assert {key[126 - c] + key[126 - b] + key[126 - a]: n for key, n in wide["counts"].items()} == narrow[
        "counts"
    ]
    assert all(len(key) == 127 for key in wide["counts"])
    events = msgspec.json.decode(wide["events"])
    assert [event["qubits"] for event in events if event["event_type"] == "GATE"] == [
        [a],
        [a, b],
        [b],
        [b, c],
    ]


def test_idle_qubits_that_are_measured_are_0_and_noise_flips_them(run: Run) -> None:
    program = QASM2 + "qreg q[40]; creg c[40]; ry(0.7) q[7]; measure q -> c;"
    clean = run(program=program)
    assert clean["method"] == "matrix_product_state"
    assert {key.replace(key[39 - 7], "", 1).count("1") for key in clean["counts"] if key[39 - 7] == "0"} == {
        0
    }
    assert all(key[:32].count("1") + key[33:].count("1") == 0 for key in clean["counts"])
    noisy = run(program=program, noise=NoiseSpec("depolarizing", "very_high"), shots=200)
    flips = sum((key[:32].count("1") + key[33:].count("1")) * n for key, n in noisy["counts"].items())
    assert abs(flips / (39 * 200) - 0.1) < 0.02


def test_an_explicit_method_counts_only_the_qubits_that_are_used(run: Run) -> None:
    program = QASM2 + "qreg q[127]; creg c[1]; x q[126]; measure q[126] -> c[0];"
    assert run(program=program, method="density_matrix")["counts"] == {"1": 1024}
    with pytest.raises(LimitExceededError, match="uses 15 qubits; the limit max_qubits_density_matrix is 14"):
        run(program=ghz(15), method="density_matrix")


@pytest.mark.parametrize(
    ("layers", "queue"), [(4, "interactive"), (12, "interactive"), (16, "heavy"), (18, None)]
)
def test_brickwork_of_40_qubits_goes_to_the_queue_of_its_bond_dimension(
    layers: int, queue: str | None
) -> None:
    if queue is None:
        with pytest.raises(LimitExceededError) as caught:
            on_interactive(brickwork(40, layers))
        message = caught.value.message
        assert caught.value.limit == "max_log2_bond_dimension"
        assert all(part in message for part in ("28 qubits", "uses 40", "2^9", "is 8", "would help"))
        return
    result = on_interactive(brickwork(40, layers))
    assert ("over_ceiling" in result) == (queue == "heavy")
    if "over_ceiling" not in result:
        assert result["method"] == "matrix_product_state"
        assert f"2^{layers // 2}." in result["method_reason"]


@pytest.mark.parametrize(
    ("num_qubits", "log2", "method"),
    [
        (28, None, "statevector"),
        (29, 8, "matrix_product_state"),
        (29, 9, None),
        (256, 8, "matrix_product_state"),
        (257, None, None),
    ],
)
def test_the_method_changes_exactly_at_its_thresholds(
    limits: RunLimits, num_qubits: int, log2: int | None, method: str | None
) -> None:
    bond = None if log2 is None else Bond(log2, 1e6, 1e4)
    shape = CircuitShape(num_qubits, 100, is_clifford=False, is_sampled=True, bond=bond)
    spec = ExecutionSpec("any", shots=100, seed=1)
    if method is None:
        with pytest.raises(LimitExceededError):
            choose_method(shape, spec, limits)
    else:
        assert choose_method(shape, spec, limits).method == method


@pytest.mark.parametrize(("log2", "expected"), [(6, False), (7, True)])
def test_the_bond_dimension_decides_the_queue(log2: int, expected: bool) -> None:
    shape = CircuitShape(40, 100, is_clifford=False, is_sampled=True, bond=Bond(log2, 1e6, 1e4))
    work = cost("matrix_product_state", shape, ExecutionSpec("any", shots=1, seed=1))
    assert is_heavy("matrix_product_state", shape, work, CEILING) is expected


@pytest.mark.parametrize(
    ("noise", "method", "reason"),
    [
        (NoiseSpec(), "stabilizer", "All gates are Clifford gates and the noise is of Pauli errors."),
        (
            NoiseSpec("thermal"),
            "matrix_product_state",
            "The noise relaxes qubits, a state vector does not hold",
        ),
    ],
)
def test_noise_on_a_wide_clifford_circuit_decides_the_method(
    run: Run, noise: NoiseSpec, method: str, reason: str
) -> None:
    result = run(program=ghz(40), noise=noise, shots=50)
    assert result["method"] == method
    assert result["method_reason"].startswith(reason)
    assert sum(result["counts"].values()) == 50


def test_a_hundred_qubits_of_low_entanglement_have_the_counts_of_their_parts(run: Run) -> None:
    """Fifty pairs, each cos(0.4)|00⟩ + sin(0.4)|11⟩, whose qubits are neighbours."""
    pairs = "".join(f"ry(0.8) q[{k}]; cx q[{k}],q[{k + 1}];" for k in range(0, 100, 2))
    result = run(program=QASM2 + f"qreg q[100]; creg c[100]; {pairs} measure q -> c;", shots=400)
    assert result["method"] == "matrix_product_state"
    ones = 0
    for key, number in result["counts"].items():
        assert all(key[k] == key[k + 1] for k in range(0, 100, 2))
        ones += key.count("1") // 2 * number
    assert ones / (50 * 400) == pytest.approx(0.1516, abs=0.02)  # sin(0.4)**2


def test_all_outcomes_together_have_a_bounded_length(run: Run) -> None:
    program = QASM2 + "qreg q[1000]; creg c[1000]; h q; measure q -> c;"
    assert len(run(program=program, shots=500)["counts"]) == 500
    with pytest.raises(LimitExceededError, match="max_outcome_characters is 16777216"):
        run(program=program, shots=16_778)


def test_registers_of_a_wide_program_stay_apart(run: Run) -> None:
    program = QASM3 + "qubit[40] q; bit[2] a; bit b; x q[39]; a[1] = measure q[39]; b = measure q[0];"
    assert run(program=program)["counts"] == {"0 10": 1024}


@pytest.mark.parametrize(
    ("name", "num_qubits", "method"),
    [
        ("ghz", 1_000, "stabilizer"),
        ("bernstein_vazirani", 999, "stabilizer"),
        ("w", 256, "matrix_product_state"),
    ],
)
def test_library_circuits_are_as_wide_as_their_method_takes(
    run: Run, name: str, num_qubits: int, method: str
) -> None:
    result = run(circuit=name, parameters=resolve(name, {"num_qubits": num_qubits}), shots=300)
    assert result["method"] == method
    ones = {"ghz": {0, num_qubits}, "bernstein_vazirani": {2}, "w": {1}}[name]
    assert {key.count("1") for key in result["counts"]} == ones


@pytest.mark.parametrize(
    ("is_clifford", "repeats", "noise", "why"),
    [
        (False, False, None, "Some gates are not Clifford gates"),
        (True, False, NoiseSpec("thermal"), "The noise relaxes qubits"),
        (
            False,
            False,
            NoiseSpec("device", device=DeviceNoise("tested", "")),
            "The noise of a device relaxes qubits",
        ),
        (True, True, NoiseSpec(), "Errors in a loop that depends on measurements are no Pauli errors"),
    ],
)
def test_the_reason_says_why_it_is_no_stabilizer_state(
    limits: RunLimits, is_clifford: bool, repeats: bool, noise: NoiseSpec | None, why: str
) -> None:
    shape = CircuitShape(20, 100, is_clifford, is_sampled=False, repeats=repeats)
    choice = choose_method(shape, ExecutionSpec("any", shots=1, seed=1, noise=noise), limits)
    assert choice.method == "statevector"
    assert choice.reason == f"{why}, and a state vector holds 20 qubits."
