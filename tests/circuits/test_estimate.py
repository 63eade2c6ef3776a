"""Estimates: the same choice and the same refusals as a run, from counting alone."""

import msgspec
import pytest

from app.circuits.estimate import estimate
from app.circuits.result import CircuitEstimate
from app.circuits.spec import CustomNoise, ExecutionSpec, NoiseSpec, RunLimits
from app.errors import AppError
from tests.circuits.conftest import Run
from tests.circuits.programs import DYNAMIC, QASM2, QASM3
from tests.circuits.test_wide import CEILING, brickwork, ghz
from tests.devices.calibrations import snapshot_noise

RANDOM_READING = NoiseSpec("custom", "custom", CustomNoise(measurement_error=0.5))


def estimated(program: str, **fields: object) -> CircuitEstimate:
    values = {"circuit": "program", "shots": 1024, "seed": 7, "program": program, **fields}
    return estimate(ExecutionSpec(**values), RunLimits(), CEILING)  # type: ignore[arg-type]


def test_an_estimate_counts_what_the_circuit_has() -> None:
    program = QASM2 + (
        "gate own a, b { cx a, b; } qreg q[9]; creg c[2]; h q[3]; h q[8]; barrier q; own q[3],q[8];"
        "rx(1) q[3]; ccx q[3],q[8],q[0]; cz q[3],q[8]; measure q[3]->c[0]; measure q[8]->c[1];"
    )
    found = estimated(program)
    assert (found.num_qubits, found.num_qubits_used, found.num_clbits) == (9, 3, 2)
    assert found.gates == {"H": 2, "own": 1, "RX": 1, "CCX": 1, "CZ": 1}
    assert found.two_qubit_gates == 2
    assert found.depth == 6  # H, own, RX, CCX, CZ, MEASURE
    assert (found.method, found.is_heavy) == ("statevector", False)
    assert found.memory_bytes == 16 * 8


@pytest.mark.parametrize(
    "fields",
    [
        {"program": ghz(29)},
        {"program": brickwork(40, 4)},
        {"program": DYNAMIC, "noise": NoiseSpec("thermal")},
        {"program": ghz(3), "noise": NoiseSpec()},
        {"program": ghz(3), "method": "matrix_product_state"},
    ],
)
def test_a_run_has_the_method_and_the_gates_that_were_estimated(run: Run, fields: dict[str, object]) -> None:
    found = estimated(**fields)  # type: ignore[arg-type]
    result = run(**fields)
    assert (found.method, found.method_reason, found.cost) == (
        result["method"],
        result["method_reason"],
        result["cost"],
    )
    assert sum(found.gates.values()) == result["num_gates"]


@pytest.mark.parametrize("layers", [8, 16])
def test_the_heavy_queue_is_foreseen(layers: int) -> None:
    assert estimated(brickwork(40, layers)).is_heavy == (layers == 16)


@pytest.mark.parametrize(
    "fields",
    [
        {"program": QASM2 + "qreg q[2]; creg c[2]; foo q[0];"},
        {"program": QASM3 + "qubit q; bit c; x r; c = measure q;"},
        {"program": QASM2 + "qreg q[2];"},
        {"program": brickwork(40, 18)},
        {"program": ghz(3), "shots": 10**9},
        {"program": ghz(15), "method": "density_matrix"},
        {"program": brickwork(3, 1), "method": "stabilizer"},
        {"program": brickwork(257, 1)},
        {"program": DYNAMIC, "noise": NoiseSpec(), "mitigation": "readout"},
        {"program": ghz(15), "noise": NoiseSpec(), "mitigation": "readout"},
        {"program": ghz(15), "noise": snapshot_noise("sherbrooke"), "mitigation": "readout"},
        {"program": ghz(2), "noise": RANDOM_READING, "mitigation": "readout"},
        {"program": QASM3 + "qubit q; bit c; delay[9dt] q; c = measure q;", "noise": NoiseSpec("thermal")},
    ],
)
def test_what_a_run_refuses_an_estimate_refuses_with_the_same_words(
    run: Run, fields: dict[str, object]
) -> None:
    with pytest.raises(AppError) as of_run:
        run(**fields)
    with pytest.raises(AppError) as of_estimate:
        estimated(**fields)  # type: ignore[arg-type]
    assert type(of_estimate.value) is type(of_run.value)
    assert vars(of_estimate.value) == vars(of_run.value)


def test_an_estimate_travels_as_msgpack() -> None:
    found = estimated(ghz(100))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=CircuitEstimate) == found


def test_it_counts_the_classical_bits_that_a_run_shows(run: Run) -> None:
    program = QASM3 + "qubit[2] q; bit[2] c; int[4] n = 0; while (c != 3) { h q; c = measure q; n += 1; }"
    assert estimated(program).num_clbits == run(program=program, shots=5)["num_clbits"] == 2
