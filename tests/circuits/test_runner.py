"""Simulation: right counts, the same for the same seed, worse under more noise, within limits."""

import subprocess
import sys

import msgspec
import pytest

from app.circuits import catalog, runner
from app.circuits.methods import CircuitShape, choose_method, cost
from app.circuits.noise import noise_config
from app.circuits.noise_model import noise_model
from app.circuits.spec import ExecutionSpec, NoiseLevel, NoiseSpec, NoiseType, RunLimits
from app.errors import InvalidInputError, LimitExceededError
from tests.circuits.conftest import Run, distance
from tests.circuits.programs import DYNAMIC, QASM2

LEVELS: tuple[NoiseLevel, ...] = ("low", "medium", "high", "very_high")
TYPES: tuple[NoiseType, ...] = ("depolarizing", "thermal")


@pytest.mark.parametrize("noise_type", TYPES)
@pytest.mark.parametrize("circuit", ["bell", "ghz"])
def test_noise_grows_with_its_level(run: Run, noise_type: NoiseType, circuit: str) -> None:
    parameters = catalog.resolve(circuit, {})
    ones = "1" * parameters.get("num_qubits", 2)
    ideal = {ones: 0.5, ones.replace("1", "0"): 0.5}
    distances = [
        distance(
            run(circuit=circuit, parameters=parameters, shots=50_000, noise=NoiseSpec(noise_type, level))[
                "counts"
            ],
            ideal,
        )
        for level in LEVELS
    ]
    assert 0.0 < distances[0] < distances[1] < distances[2] < distances[3]


@pytest.mark.parametrize("noise", [None, NoiseSpec(), NoiseSpec("thermal", "high")])
@pytest.mark.parametrize("program", [None, DYNAMIC])
def test_the_same_seed_gives_the_same_counts(run: Run, noise: NoiseSpec | None, program: str | None) -> None:
    circuit = "random" if program is None else "mine"
    parameters = catalog.resolve("random", {"gate_count": 30, "num_qubits": 4}) if program is None else {}
    fields = {"circuit": circuit, "parameters": parameters, "program": program, "noise": noise}
    first, second, other = (run(seed=seed, **fields)["counts"] for seed in (5, 5, 6))
    assert first == second
    assert first != other


@pytest.mark.parametrize(
    "statement",
    ["ccx q[0],q[1],q[2]; ccx q[0],q[1],q[2];", "own q[0]; own q[0];", "ch q[0],q[1]; ch q[0],q[1];"],
)
def test_noise_reaches_composite_gates(run: Run, statement: str) -> None:
    """Twice the same gate is the identity; without gate noise only the readout, 1 % a bit, would err."""
    program = QASM2 + f"gate own a {{ h a; }} qreg q[3]; creg c[3]; {statement} measure q -> c;"
    result = run(program=program, shots=100_000, noise=NoiseSpec("depolarizing", "medium"))
    readout_only = 1 - 0.99**3
    assert distance(result["counts"], {"000": 1.0}) > readout_only + 0.005


@pytest.mark.parametrize("name", sorted(catalog.CATALOG))
def test_a_library_circuits_program_runs_again_to_the_same_events_and_counts(run: Run, name: str) -> None:
    first = run(circuit=name, parameters=catalog.resolve(name, {}))
    again = run(circuit=name, program=first["program"])
    assert msgspec.json.decode(again["events"]) == msgspec.json.decode(first["events"])
    assert again["counts"] == first["counts"]
    assert first["num_qubits"] == catalog.CATALOG[name].qubits


def test_library_circuits_do_what_they_say(run: Run) -> None:
    counts = {
        name: run(circuit=name, parameters=catalog.resolve(name, {}), shots=20_000)["counts"]
        for name in catalog.CATALOG
    }
    assert set(counts["ghz"]) == {"000", "111"}
    assert set(counts["w"]) == {"001", "010", "100"}
    assert min(counts["w"].values()) > 6_000
    assert len(counts["qft"]) == 8
    assert counts["grover"]["101"] > 18_000
    assert counts["bernstein_vazirani"] == {"101": 20_000}
    teleported = sum(number for key, number in counts["teleportation"].items() if key.startswith("1"))
    assert teleported == pytest.approx(5_000, abs=400)


def test_grover_finds_its_item_among_64(run: Run) -> None:
    result = run(circuit="grover", parameters={"num_qubits": 6, "marked": 37})
    assert result["counts"][format(37, "06b")] > 900


def test_registers_are_told_apart_in_the_counts(run: Run) -> None:
    program = QASM2 + "qreg q[2]; creg a[1]; creg b[1]; x q[0]; measure q[0] -> a[0]; measure q[1] -> b[0];"
    assert run(program=program)["counts"] == {"0 1": 1024}


def test_the_random_circuit_has_the_contracts_nine_events(run: Run) -> None:
    assert run(circuit="random", parameters=catalog.resolve("random", {}))["num_events"] == 9


def test_parameters_are_resolved_checked_and_gate_count_ignored_elsewhere() -> None:
    assert catalog.resolve("bell", {"gate_count": 7}) == {}
    assert catalog.resolve("bernstein_vazirani", {"num_qubits": 2}) == {"num_qubits": 2, "secret": 3}
    for name, given in (("bell", {"num_qubits": 3}), ("ghz", {"num_qubits": 1_001})):
        with pytest.raises(InvalidInputError):
            catalog.resolve(name, given)


@pytest.mark.parametrize(
    ("fields", "limit", "place"),
    [
        ({"circuit": "bell", "shots": 10**9}, "max_shots", ("body",)),
        (
            {"circuit": "ghz", "parameters": {"num_qubits": 20}, "method": "density_matrix"},
            "max_qubits_density_matrix",
            ("body",),
        ),
        (
            {"program": QASM2 + "qreg q[20]; creg c[20]; measure q -> c;", "method": "density_matrix"},
            "max_qubits_density_matrix",
            ("body", "program"),
        ),
        (
            {"program": QASM2 + "qreg q[18]; creg c[18]; h q; measure q -> c;", "shots": 90_000},
            "max_outcomes",
            ("body",),
        ),
    ],
)
def test_over_a_limit_the_limit_is_named(
    run: Run, fields: dict[str, object], limit: str, place: tuple[str, ...]
) -> None:
    with pytest.raises(LimitExceededError) as caught:
        run(**fields)
    assert (caught.value.limit, caught.value.location) == (limit, place)


def test_a_state_that_does_not_fit_the_memory_names_it() -> None:
    limits = RunLimits(max_memory_mb=64)
    spec = ExecutionSpec("w", shots=1, seed=1, parameters={"num_qubits": 24})
    with pytest.raises(LimitExceededError, match="max_memory_mb is 64"):
        runner.run(spec, limits, None, lambda _phase: None)


def test_the_stabilizer_method_refuses_what_it_cannot_do(run: Run) -> None:
    with pytest.raises(InvalidInputError, match="Clifford") as caught:
        run(circuit="w", parameters={"num_qubits": 3}, method="stabilizer")
    assert caught.value.location == ("body",)  # its method may stand in the query
    with pytest.raises(InvalidInputError, match="Clifford") as caught:
        run(program=QASM2 + "qreg q[1]; creg c[1]; t q; measure q -> c;", method="stabilizer")
    assert caught.value.location == ("body", "method")
    with pytest.raises(InvalidInputError, match="thermal"):
        run(circuit="bell", noise=NoiseSpec("thermal"), method="stabilizer")


@pytest.mark.parametrize("method", ["statevector", "density_matrix", "stabilizer", "matrix_product_state"])
def test_every_method_runs_a_bell_and_is_named(run: Run, method: str) -> None:
    result = run(circuit="bell", method=method)
    assert result["method"] == method
    assert set(result["counts"]) == {"00", "11"}


@pytest.mark.parametrize(
    ("num_qubits", "shots", "noise", "is_clifford", "expected"),
    [
        (2, 1024, NoiseSpec(), True, "density_matrix"),
        (12, 100_000, NoiseSpec(), False, "density_matrix"),
        (12, 1_024, NoiseSpec(), False, "statevector"),
        (20, 100_000, NoiseSpec(), True, "stabilizer"),
        (20, 100_000, NoiseSpec("thermal"), True, "statevector"),
        (2, 1024, None, False, "statevector"),
    ],
)
def test_the_automatic_method_is_the_cheapest_exact_one(
    limits: RunLimits, num_qubits: int, shots: int, noise: NoiseSpec | None, is_clifford: bool, expected: str
) -> None:
    shape = CircuitShape(num_qubits, 50, is_clifford, True)
    spec = ExecutionSpec("any", shots=shots, seed=1, noise=noise)
    assert choose_method(shape, spec, limits).method == expected


def test_the_noise_configuration_has_the_contracts_fields_and_the_real_rates() -> None:
    thermal = noise_config(NoiseSpec("thermal", "medium"))
    assert {key: thermal[key] for key in ("t1", "t2", "gate_time")} == {
        "t1": 50.0,
        "t2": 70.0,
        "gate_time": 0.1,
    }
    depolarizing = noise_config(NoiseSpec("depolarizing", "high"))
    assert depolarizing["derived"] == {
        "single_gate_infidelity": 0.025,
        "two_gate_infidelity": 0.075,
        "readout_flip_probability": 0.05,
        "delay_infidelity": 0.0,
    }
    assert (depolarizing["single_gate_error"], depolarizing["two_gate_error"]) == (0.05, 0.1)


@pytest.mark.parametrize("noise_type", TYPES)
@pytest.mark.parametrize("level", LEVELS)
def test_the_derived_rates_are_those_of_aers_channels(noise_type: NoiseType, level: NoiseLevel) -> None:
    from qiskit.quantum_info import average_gate_fidelity

    spec = NoiseSpec(noise_type, level)
    derived = noise_config(spec)["derived"]
    assert isinstance(derived, dict)
    errors = noise_model(spec, frozenset({("h", 1), ("cx", 2)}))._default_quantum_errors
    for gate, name in (("h", "single_gate_infidelity"), ("cx", "two_gate_infidelity")):
        assert derived[name] == pytest.approx(1 - average_gate_fidelity(errors[gate].to_quantumchannel()))


def test_what_the_web_and_the_workers_import_leaves_qiskit_out() -> None:
    modules = "catalog, event_graph, methods, noise, program_scan, result, spec"
    code = f"import sys; from app.circuits import {modules}; sys.exit('qiskit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_feedback_in_every_shot_costs_more_than_the_state_that_it_updates() -> None:
    shape = CircuitShape(num_qubits=2, num_operations=5, is_clifford=True, is_sampled=False)
    often = ExecutionSpec("bell", shots=1_000_000, seed=1)
    assert cost("statevector", shape, often) > 100e9, "it runs for more than a minute"


def test_what_a_program_has_in_vain_is_noted_with_its_place(run: Run) -> None:
    program = "OPENQASM 3.0;\npragma vendor fast\nqubit q; bit c;\n@crosstalk 3\nc = measure q;\n"
    assert run(program=program)["notes"] == [
        "line 2, column 1: the pragma is ignored",
        "line 4, column 1: the annotation '@crosstalk' is ignored",
    ]
    assert run(circuit="bell")["notes"] is None
