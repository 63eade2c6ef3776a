"""Runs on devices: transpiled, cut to the used qubits, under Aer's noise of the device."""

import re
from typing import Any

import msgspec
import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator, Statevector, average_gate_fidelity
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel

from app.circuits import devices
from app.circuits.aer import simulator_seed
from app.circuits.device_program import transpiled
from app.circuits.device_target import noise_of
from app.circuits.devices import Calibration
from app.circuits.spec import DeviceNoise, NoiseSpec
from app.devices import snapshots
from app.errors import InvalidInputError, LimitExceededError
from tests.circuits.conftest import Run
from tests.circuits.openqasm3.reading import circuit_of
from tests.devices.calibrations import LINE, device_noise, snapshot_noise

HEADER = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
GHZ = (
    f"{HEADER}qubit[4] q;\nbit[4] c;\nh q[0];\n"
    "cx q[0], q[1];\ncx q[1], q[2];\ncx q[2], q[3];\nc = measure q;\n"
)
FEEDBACK = (
    f"{HEADER}qubit[2] q;\nbit[1] c;\nbit[1] d;\nh q[0];\nc[0] = measure q[0];\n"
    "if (c[0]) { x q[1]; }\nd[0] = measure q[1];\n"
)
OWN = devices.pack(msgspec.convert(LINE, Calibration))
LEVELS = (0, 1, 2, 3)


def share(counts: dict[str, int], *keys: str) -> float:
    """Return how many of the shots gave one of these outcomes."""
    return sum(counts.get(key, 0) for key in keys) / sum(counts.values())


@pytest.mark.parametrize(
    "name",
    [
        "manila",
        "almaden",
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("sherbrooke", "torino", "fez")),
    ],
)
def test_the_counts_are_those_of_the_model_of_the_whole_device(run: Run, name: str) -> None:
    """Aer's model of every qubit gives the same shots; its errors elsewhere are never used."""
    result = run(program=GHZ, noise=snapshot_noise(name), shots=500, method="density_matrix")
    content, circuit = snapshots.content(name), QuantumCircuit(4, 4)
    circuit.h(0)
    for qubit in range(3):
        circuit.cx(qubit, qubit + 1)
    circuit.measure(range(4), range(4))
    program = transpiled(circuit, DeviceNoise(name, "", content=content))
    usable = program.device.usable
    place = {qubit: index for index, qubit in enumerate(program.used)}
    whole, filtered = noise_of(content, tuple(usable)), NoiseModel()
    for gate, errors in whole._local_quantum_errors.items():
        for qubits, error in errors.items():
            if all(usable[qubit] in place for qubit in qubits):
                filtered.add_quantum_error(error, gate, [place[usable[qubit]] for qubit in qubits])
    for (qubit,), error in whole._local_readout_errors.items():
        if usable[qubit] in place:
            filtered.add_readout_error(error, [place[usable[qubit]]])
    simulator = AerSimulator(method="density_matrix", noise_model=filtered, max_parallel_threads=1)
    expected = simulator.run(program.cut, shots=500, seed_simulator=simulator_seed(7)).result().get_counts()
    assert result["counts"] == expected


RECORDED = [
    ("manila", "cx", (0, 1), 0.008827712071),
    ("manila", "cx", (4, 3), 0.005877823546),
    ("manila", "sx", (2,), 0.000745815890),
    ("manila", "reset", (1,), 0.029690317693),
    ("manila", "measure", (0,), 0.035300000000),
    ("manila", "measure", (3,), 0.014400000000),
    ("sherbrooke", "ecr", (125, 124), 0.006303480430),
    ("sherbrooke", "x", (60,), 0.000107404675),
    ("sherbrooke", "ecr", (21, 22), 0.014454461805),
    ("sherbrooke", "measure", (0,), 0.011230468750),
    ("sherbrooke", "measure", (3,), 0.011962890625),
    ("torino", "cz", (60, 61), 0.002719832150),
    ("torino", "sx", (0,), 0.000341831806),
    ("torino", "measure", (0,), 0.166748046875),
    ("torino", "measure", (3,), 0.015136718750),
    ("fez", "cz", (0, 1), 0.010156671584),
    ("fez", "x", (155,), 0.000436452629),
    ("fez", "measure", (0,), 0.011474609375),
    ("fez", "measure", (3,), 0.015869140625),
    ("almaden", "cx", (0, 1), 0.012596363125),
    ("almaden", "u3", (5,), 0.000757938206),
    ("almaden", "u2", (5,), 0.000379040939),
    ("almaden", "measure", (0,), 0.030000000000),
    ("almaden", "measure", (3,), 0.075000000000),
]
"""From ``NoiseModel.from_backend`` of IBM's own objects (qiskit-ibm-runtime 0.51): the average infidelity of
the error of a gate, and the flip probability of a measurement."""


@pytest.mark.parametrize(("name", "gate", "qubits", "expected"), RECORDED)
def test_the_errors_are_those_that_aer_finds_for_ibms_own_object(
    name: str, gate: str, qubits: tuple[int, ...], expected: float
) -> None:
    model = noise_of(snapshots.content(name), qubits)
    if gate == "measure":
        found = model._local_readout_errors[(0,)].probabilities[0][1]
    else:
        found = 1 - average_gate_fidelity(model._local_quantum_errors[gate][tuple(range(len(qubits)))])
    assert found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("level", LEVELS)
def test_the_transpiled_circuit_uses_gates_and_edges_of_the_device(run: Run, level: int) -> None:
    result = run(
        program=GHZ.replace("4", "3").replace("cx q[2], q[3];\n", ""),
        noise=device_noise(OWN, optimization_level=level),
    )
    allowed = {(name.upper(), qubits) for name, qubits in _gates_of_line()}
    events = msgspec.json.decode(result["transpiled_events"] or b"")
    gates = [event for event in events if event["event_type"] == "GATE"]
    assert gates
    assert {(event["gate_name"], tuple(event["qubits"])) for event in gates} <= allowed
    assert len([event for event in events if event["event_type"] == "MEASUREMENT"]) == 3


def _gates_of_line() -> set[tuple[str, tuple[int, ...]]]:
    return {(name, tuple(gate["qubits"])) for name, gates in LINE["gates"].items() for gate in gates}


@pytest.mark.parametrize("level", LEVELS)
def test_the_transpiled_program_measures_what_the_program_does(run: Run, level: int) -> None:
    """Without noise the probabilities are the same, and each qubit is read where the layout says."""
    body = (
        "h q[0];\nt q[1];\ncx q[0], q[2];\nh q[1];\ncx q[1], q[0];\nrx(0.3) q[2];\ncz q[2], q[1];\nh q[2];\n"
    )
    program = f"{HEADER}qubit[3] q;\nbit[3] c;\n{body}c = measure q;\n"
    result = run(program=program, noise=device_noise(OWN, optimization_level=level))
    text, layout = result["transpiled_program"], result["layout"]
    assert text is not None
    assert layout is not None
    for bit, qubit in enumerate(layout["final"]):
        assert f"c[{bit}] = measure ${qubit};" in text
    lines = re.sub(r"\$(\d)", r"q[\1]", text).splitlines()
    lines.insert(2, "qubit[3] q;")
    ran = circuit_of("\n".join(line for line in lines if "measure" not in line))
    wanted = circuit_of(f"{HEADER}qubit[3] q;\n{body}")
    found = Statevector(ran).probabilities([int(qubit or 0) for qubit in layout["final"]])
    assert found == pytest.approx(Statevector(wanted).probabilities(), abs=1e-9)


@pytest.mark.parametrize("level", [0, 1])
def test_without_optimization_the_unitary_is_the_same(run: Run, level: int) -> None:
    """Between the two layouts; higher levels leave out what no measurement sees."""
    body = "h q[0];\nt q[1];\ncx q[0], q[2];\ncx q[1], q[0];\nrx(0.3) q[2];\ncz q[2], q[1];\n"
    program = f"{HEADER}qubit[3] q;\nbit[3] c;\n{body}c = measure q;\n"
    result = run(program=program, noise=device_noise(OWN, optimization_level=level))
    text, layout = result["transpiled_program"] or "", result["layout"]
    assert layout is not None
    lines = re.sub(r"\$(\d)", r"q[\1]", text).splitlines()
    lines.insert(2, "qubit[3] q;")
    ran = circuit_of("\n".join(line for line in lines if "measure" not in line))
    wanted = circuit_of(f"{HEADER}qubit[3] q;\n{body}")
    moved = _permutation(layout["initial"]).inverse().compose(wanted).compose(_permutation(layout["final"]))
    assert Operator(ran).equiv(Operator(moved))


def _permutation(places: list[int | None]) -> QuantumCircuit:
    """Move qubit k to its place."""
    matrix = np.zeros((8, 8))
    for value in range(8):
        moved = sum((value >> qubit & 1) << (place or 0) for qubit, place in enumerate(places))
        matrix[moved, value] = 1
    circuit = QuantumCircuit(3)
    circuit.unitary(matrix, range(3))
    return circuit


def test_the_same_spec_gives_the_same_counts_and_layout(run: Run) -> None:
    first, second = (run(program=GHZ, noise=snapshot_noise("sherbrooke"), shots=300) for _ in range(2))
    assert first["counts"] == second["counts"]
    assert first["layout"] == second["layout"]


def test_the_layout_that_is_asked_for_is_the_first_one(run: Run) -> None:
    noise = snapshot_noise("sherbrooke", initial_layout=(30, 31, 32, 36))
    result = run(program=GHZ, noise=noise, shots=100)
    assert result["layout"] is not None
    assert result["layout"]["initial"] == [30, 31, 32, 36]
    assert result["noise_config"] is not None
    assert result["noise_config"]["derived"]["worst_qubit"]["qubit"] in (30, 31, 32, 36)


def test_idle_qubits_of_the_program_take_no_qubit_of_the_device(run: Run) -> None:
    program = f"{HEADER}qubit[12] q;\nbit[1] a;\nbit[1] b;\nx q[9];\nb[0] = measure q[9];\n"
    result = run(program=program, noise=snapshot_noise("athens"))
    assert set(result["counts"]) <= {"0 0", "1 0"}
    assert result["layout"] is not None
    assert [qubit is not None for qubit in result["layout"]["initial"]] == [k == 9 for k in range(12)]


def test_delays_and_resets_relax_by_the_qubits_own_times(run: Run) -> None:
    program = f"{HEADER}qubit[1] q;\nbit[1] c;\nx q[0];\ndelay[100us] q[0];\nc = measure q;\n"
    result = run(program=program, noise=device_noise(OWN, initial_layout=(0,)), shots=40_000)
    left = np.exp(-100 / 100)  # T1 of qubit 0
    expected = left * (1 - 0.02) + (1 - left) * 0.02
    assert share(result["counts"], "1") == pytest.approx(expected, abs=0.01)
    in_dt = run(
        program=program.replace("100us", "100000dt"),
        noise=device_noise(OWN, initial_layout=(0,)),
        shots=40_000,
    )
    assert share(in_dt["counts"], "1") == pytest.approx(expected, abs=0.01)
    again = f"{HEADER}qubit[1] q;\nbit[1] c;\nx q[0];\nreset q[0];\nc = measure q;\n"
    counts = run(program=again, noise=device_noise(OWN, initial_layout=(0,)), shots=20_000)["counts"]
    assert share(counts, "1") == pytest.approx(0.02, abs=0.006)


@pytest.mark.parametrize("level", LEVELS)
def test_feedback_runs_where_the_device_has_it(run: Run, level: int) -> None:
    noise = snapshot_noise("sherbrooke", optimization_level=level)
    assert share(run(program=FEEDBACK, noise=noise)["counts"], "0 0", "1 1") > 0.9


@pytest.mark.parametrize("level", LEVELS)
def test_a_measurement_under_a_condition_writes_its_own_bit(run: Run, level: int) -> None:
    program = (
        f"{HEADER}qubit[3] q;\nbit[2] a;\nbit[2] b;\nx q[0];\na[1] = measure q[0];\n"
        "if (a[1]) { cx q[0], q[2]; b[1] = measure q[2]; } else { b[0] = measure q[1]; }\n"
        "b[0] = measure q[1];\n"
    )
    noise = snapshot_noise("sherbrooke", optimization_level=level)
    assert share(run(program=program, noise=noise)["counts"], "10 10") > 0.85


def test_bits_that_the_program_assigns_and_variables_are_kept(run: Run) -> None:
    program = (
        f"{HEADER}qubit[2] q;\nbit[2] c;\nbool seen;\nc[1] = true;\nx q[0];\n"
        "seen = measure q[0];\nif (seen) { x q[1]; }\nc[0] = measure q[1];\n"
    )
    counts = run(program=program, noise=snapshot_noise("sherbrooke"))["counts"]
    assert share(counts, "1 11") > 0.93


def test_a_program_whose_only_measurement_can_never_happen_gives_zeros(run: Run) -> None:
    program = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\nif(c==7) measure q[0] -> c[0];\n'
    for noise in (snapshot_noise("sherbrooke"), NoiseSpec(), None):
        assert run(program=program, noise=noise, shots=10)["counts"] == {"00": 10}


def test_a_loop_that_waits_for_a_result_is_refused_by_its_name(run: Run) -> None:
    program = (
        f"{HEADER}qubit[1] q;\nbit[1] c;\nh q[0];\nc[0] = measure q[0];\n"
        "while (c[0]) { h q[0]; c[0] = measure q[0]; }\n"
    )
    with pytest.raises(InvalidInputError, match="cannot have 'while'; use 'for' with a range"):
        run(program=program, noise=snapshot_noise("sherbrooke"))


def test_few_shots_have_the_same_physics_as_many(run: Run) -> None:
    few = run(program=GHZ, noise=snapshot_noise("manila"), method="statevector", shots=6_000)["counts"]
    many = run(program=GHZ, noise=snapshot_noise("manila"), method="density_matrix", shots=60_000)["counts"]
    for key in many:
        assert share(few, key) == pytest.approx(share(many, key), abs=0.025)


@pytest.mark.parametrize(
    ("program", "name", "options", "message"),
    [
        (GHZ, "armonk", {}, "the program uses 4 qubits; the device tested has 1"),
        (
            FEEDBACK,
            "athens",
            {},
            r"no classical feedback \(if_else\); of delay, if_else and reset it has: delay",
        ),
        (GHZ, "athens", {"initial_layout": (0, 1)}, "initial_layout has 2 qubits; the program has 4"),
        (GHZ, "athens", {"initial_layout": (0, 1, 2, 5)}, "has the qubits 0 to 4, no 5"),
        (GHZ, "sherbrooke", {"initial_layout": (6, 7, 8, 9)}, "qubit 6 of the device tested does not work"),
    ],
)
def test_what_the_device_cannot_do_is_refused(
    run: Run, program: str, name: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        run(program=program, noise=snapshot_noise(name, **options))


def test_a_delay_in_dt_needs_a_device_that_says_how_long_it_is(run: Run) -> None:
    program = f"{HEADER}qubit[1] q;\nbit[1] c;\ndelay[100dt] q[0];\nc = measure q;\n"
    with pytest.raises(InvalidInputError, match="does not say how long dt is"):
        run(program=program, noise=snapshot_noise("london"))


def test_more_than_14_qubits_run_shot_by_shot(run: Run) -> None:
    gates = "".join(f"cx q[{k}], q[{k + 1}];\n" for k in range(14))
    program = f"{HEADER}qubit[15] q;\nbit[15] c;\nh q[0];\n{gates}c = measure q;\n"
    result = run(program=program, noise=snapshot_noise("sherbrooke"), shots=20)
    assert result["method"] == "statevector"
    assert sum(result["counts"].values()) == 20
    with pytest.raises(LimitExceededError, match="max_qubits_density_matrix"):
        run(program=program, noise=snapshot_noise("sherbrooke"), method="density_matrix")
