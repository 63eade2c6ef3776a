"""Qubits relax while they are delayed, and while they are reset; by every method alike."""

from math import exp

import numpy as np
import pytest
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Reset
from qiskit.quantum_info import SuperOp, average_gate_fidelity
from qiskit_aer.noise import thermal_relaxation_error

from app.circuits.aer import simulator, without_idle_qubits
from app.circuits.noise import noise_config
from app.circuits.noise_model import noise_model
from app.circuits.noisy_gates import delay_label, gates_of, in_noisy_gates, is_delay
from app.circuits.program import load
from app.circuits.spec import CustomNoise, Language, Method, NoiseSpec, RunLimits
from app.errors import InvalidInputError
from tests.circuits.conftest import Run
from tests.circuits.noisy_reference import assert_drawn_from, probabilities
from tests.circuits.programs import QASM2, QASM3

METHODS = ["density_matrix", "statevector", pytest.param("matrix_product_state", marks=pytest.mark.slow)]
DT_US = 0.000222
LIFETIMES = [(50.0, 30.0), (50.0, 50.0), (50.0, 70.0), (50.0, 100.0)]
"""T1 and T2 in µs. Aer has other channels for T2 <= T1 than for T1 < T2 <= 2 T1."""


def _noise(t1: float, t2: float, **others: float) -> NoiseSpec:
    """Noise of which only delays have an effect, unless ``others`` says more."""
    rates = {"gate_time": 0.0, "two_gate_time": 0.0, "dt": DT_US, **others}
    return NoiseSpec("custom", "custom", CustomNoise(t1=t1, t2=t2, **rates))


def _rates(noise: NoiseSpec) -> CustomNoise:
    assert noise.custom is not None
    return noise.custom


def _state(circuit: QuantumCircuit, noise: NoiseSpec) -> NDArray[np.complex128]:
    """The density matrix after a circuit."""
    noisy = in_noisy_gates(circuit, "density_matrix", noise)
    noisy.save_density_matrix()
    model = noise_model(noise, gates_of(noisy))
    result = simulator().run(noisy, noise_model=model, method="density_matrix", shots=1).result()
    assert result.success, result.status
    return np.asarray(result.data()["density_matrix"])


def _flat(program: str) -> QuantumCircuit:
    language = Language.OPENQASM_3 if program.startswith(QASM3) else Language.OPENQASM_2
    return load(program, language, RunLimits())[0]


@pytest.mark.parametrize(("t1", "t2"), LIFETIMES)
@pytest.mark.parametrize(
    ("duration", "unit", "time_us"),
    [
        (20, "us", 20.0),
        (1500, "ns", 1.5),
        (0.25, "ms", 250.0),
        (1e-5, "s", 10.0),
        (100_000, "dt", 100_000 * DT_US),
        (0, "ns", 0.0),
        (3, "s", 3e6),
        (1e305, "s", float("inf")),
    ],
)
def test_a_delay_relaxes_by_the_formulas_of_t1_and_t2(
    duration: float, unit: str, time_us: float, t1: float, t2: float
) -> None:
    noise = _noise(t1, t2)
    excited = QuantumCircuit(1)
    excited.x(0)
    excited.delay(duration, 0, unit)
    assert _state(excited, noise)[1, 1] == pytest.approx(exp(-time_us / t1), abs=1e-9)
    superposed = QuantumCircuit(1)
    superposed.h(0)
    superposed.delay(duration, 0, unit)
    state = _state(superposed, noise)
    assert state[0, 1] == pytest.approx(exp(-time_us / t2) / 2, abs=1e-9)
    assert state[1, 1] == pytest.approx(exp(-time_us / t1) / 2, abs=1e-9)


@pytest.mark.parametrize(("t1", "t2"), LIFETIMES)
def test_delays_one_after_the_other_are_one_delay_of_their_sum(t1: float, t2: float) -> None:
    circuit = QuantumCircuit(1)
    circuit.ry(1.2, 0)
    for step in range(1, 21):
        circuit.delay(step * 100, 0, "ns")
        circuit.delay(step, 0, "dt")
    time = 210 * (0.1 + DT_US)
    state = _state(circuit, _noise(t1, t2))
    assert state[1, 1] == pytest.approx(exp(-time / t1) * np.sin(0.6) ** 2, abs=1e-8)
    assert state[0, 1] == pytest.approx(exp(-time / t2) * np.sin(1.2) / 2, abs=1e-8)


def test_a_delay_of_one_of_two_entangled_qubits_relaxes_that_one() -> None:
    """By hand: of |11> the delayed qubit falls, so 10 (qubit 1 first) has what 11 loses."""
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.delay(30, 0, "us")
    state = _state(circuit, _noise(50.0, 70.0))
    kept = exp(-30 / 50)
    assert np.diag(state).real == pytest.approx([0.5, 0, (1 - kept) / 2, kept / 2], abs=1e-9)
    assert state[0, 3] == pytest.approx(exp(-30 / 70) / 2, abs=1e-9)


PROGRAMS = {
    "several qubits": "h q; delay[4us] q; h q; c = measure q;",
    "mixed units": "h q; delay[500ns] q[0]; delay[9000dt] q[0]; delay[2us] q[1]; delay[0.003ms] q[2]; h q; "
    "c = measure q;",
    "no duration": "h q; delay[0ns] q; delay[0dt] q[1]; h q; c = measure q;",
    "under a condition": "x q[0]; h q[1]; c[0] = measure q[1]; "
    "if (c[0]) { delay[5us] q[0]; } else { delay[1us] q[0]; } c[1] = measure q[0];",
    "nested conditions": "h q[0]; h q[1]; c[0] = measure q[0]; c[1] = measure q[1]; x q[2]; "
    "if (c[0]) { if (c[1]) { delay[7us] q[2]; x q[2]; } } c[2] = measure q[2];",
    "after a measurement": "x q; c[0] = measure q[0]; delay[6us] q[0]; c[1] = measure q[0]; "
    "c[2] = measure q[2];",
    "measured again": "rx(2) q[0]; cx q[0], q[1]; c[0] = measure q[0]; delay[6us] q[0]; c[0] = measure q[0]; "
    "c[1] = measure q[1];",
    "before a reset": "h q[0]; cx q[0], q[1]; delay[3us] q; reset q[0]; delay[3us] q[0]; c = measure q;",
    "entangled": "h q[0]; ccx q[0], q[1], q[2]; cx q[0], q[1]; delay[4us] q[1]; cx q[0], q[1]; h q[0]; "
    "c = measure q;",
    "for ever": "x q[0]; h q[1]; delay[1e300s] q[0]; delay[1000000s] q[1]; c = measure q;",
}  # fmt: skip


@pytest.mark.parametrize(
    "noise",
    [
        pytest.param(_noise(8.0, 6.0), id="delays only"),
        pytest.param(_noise(8.0, 13.0, gate_time=0.5, two_gate_time=1.5, two_gate_error=0.1,
                            measurement_error=0.05), id="all errors"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("method", METHODS)
def test_delays_in_programs_have_the_counts_computed_by_hand_by_every_method(
    run: Run, name: str, noise: NoiseSpec, method: Method
) -> None:
    program = f"{QASM3} qubit[3] q; bit[3] c; {PROGRAMS[name]}"
    expected = probabilities(_flat(program), _rates(noise))
    counts = run(program=program, noise=noise, method=method, shots=4_000)["counts"]
    assert_drawn_from(counts, expected)


@pytest.mark.parametrize("method", METHODS)
def test_the_opaque_delay_of_openqasm_2_is_in_dt(run: Run, method: Method) -> None:
    program = QASM2 + (
        "opaque delay(t) a; gate wait a { delay(90000) a; } qreg q[2]; creg c[2]; x q; delay(60000) q[0];"
        "wait q[1]; measure q -> c;"
    )
    lived = [exp(-dt * DT_US / 10) for dt in (60_000, 90_000)]
    expected = {
        f"{one}{zero}": (lived[1] if one else 1 - lived[1]) * (lived[0] if zero else 1 - lived[0])
        for one in (0, 1)
        for zero in (0, 1)
    }
    assert_drawn_from(run(program=program, noise=_noise(10, 12), method=method)["counts"], expected)


@pytest.mark.parametrize("noise", [NoiseSpec("thermal"), NoiseSpec("custom", "custom", CustomNoise(
    t1=9.0, t2=9.0, gate_time=0.1, two_gate_time=0.1))])  # fmt: skip
def test_a_dt_of_unknown_length_is_refused_where_qubits_relax(run: Run, noise: NoiseSpec) -> None:
    program = QASM3 + "qubit q; bit c; c = measure q; if (c) { delay[5ns] q; delay[7dt] q; } c = measure q;"
    with pytest.raises(InvalidInputError, match=r"say it by noise\.dt, in microseconds, or write") as caught:
        run(program=program, noise=noise)
    assert (caught.value.location, caught.value.status) == (("body", "noise", "dt"), 422)


def test_without_relaxation_delays_of_any_unit_do_nothing(run: Run) -> None:
    """Not even to the way of the simulation: the shots are drawn from one state."""
    body = "qubit[2] q; bit[2] c; x q; {} c = measure q;"
    noise = NoiseSpec("depolarizing", "high")
    waits = body.format("delay[1s] q; delay[7dt] q[0];")
    counts = [
        run(program=QASM3 + program, noise=noise, shots=5_000)["counts"]
        for program in (waits, body.format(""))
    ]
    assert counts[0] == counts[1]


def test_a_noise_model_names_each_duration_of_the_circuit_once() -> None:
    circuit = _flat(
        QASM3
        + "qubit[2] q; bit c; for int i in [1:40] { delay[1us] q; delay[1000ns] q[1]; } delay[2us] q[0];"
        "h q[0]; c = measure q[0]; if (c) { delay[3us] q[1]; }"
    )
    noisy = in_noisy_gates(circuit, "statevector", NoiseSpec("thermal"))
    model = noise_model(NoiseSpec("thermal"), gates_of(noisy))
    assert set(model._default_quantum_errors) == {"h", *map(delay_label, (1.0, 2.0, 3.0))}


@pytest.mark.parametrize("method", METHODS)
def test_a_program_of_very_many_durations_runs(run: Run, method: Method) -> None:
    steps = "".join(f"delay[{step}ns] q;" for step in range(1, 401))
    program = f"{QASM3} qubit q; bit c; x q; {steps} c = measure q;"
    lived = exp(-80.2 / 100)
    counts = run(program=program, noise=_noise(100, 110), method=method, shots=500)["counts"]
    assert_drawn_from(counts, {"1": lived, "0": 1 - lived})


@pytest.mark.parametrize(("t1", "t2"), LIFETIMES)
def test_a_reset_leaves_0_however_long_it_takes(t1: float, t2: float) -> None:
    """So the noise model leaves out the relaxation that follows it: 0 is what qubits relax to."""
    reset = SuperOp(Reset())
    for time in (0.1, 30.0, 1e6):
        relaxation = SuperOp(thermal_relaxation_error(t1, t2, time))
        assert np.allclose((reset & relaxation).data, reset.data, atol=1e-12)


@pytest.mark.parametrize(("t1", "t2"), LIFETIMES)
def test_the_delay_of_the_derived_rates_is_one_of_a_microsecond(t1: float, t2: float) -> None:
    channel = thermal_relaxation_error(t1, t2, 1.0)
    derived = noise_config(_noise(t1, t2))["derived"]
    assert derived["delay_infidelity"] == pytest.approx(1 - average_gate_fidelity(channel))
    assert derived["delay_infidelity"] > 0.005


def test_a_qubit_that_is_only_delayed_costs_a_feedback_circuit_nothing() -> None:
    """It stays 0. The delays of the other qubits are kept."""
    circuit = _flat(
        QASM3
        + "qubit[9] q; bit[2] c; x q[1]; c[0] = measure q[1]; delay[5us] q; if (c[0]) { delay[1us] q[2]; }"
        "c[1] = measure q[1];"
    )
    for each in (circuit, in_noisy_gates(circuit, "statevector", NoiseSpec("thermal"))):
        kept = without_idle_qubits(each)
        assert kept.num_qubits == 2
        assert sum(map(is_delay, kept.data)) == 2
