"""Executions through the whole stack: the contract's exact answers."""

from itertools import product

import msgspec
import pytest
import requests
from msgspec import UNSET

from tests.api import contract
from tests.api.contract import EdgeData, Event, NodeData
from tests.stack import Stack

pytestmark = pytest.mark.xdist_group("api")

RATES = {"low": 0.001, "medium": 0.01, "high": 0.05, "very_high": 0.1}
TYPES = ["depolarizing", "thermal"]
CIRCUITS = [
    "bell", "ghz", "random", "w", "qft", "grover", "bernstein_vazirani", "teleportation",
]  # fmt: skip
NUM_EVENTS = {"bell": 6, "ghz": 8}

BELL_EVENTS = [
    Event(event_id=0, event_type="EXECUTION_START", timestamp=0),
    Event(event_id=1, event_type="GATE", timestamp=1, gate_name="H", qubits=[0]),
    Event(event_id=2, event_type="GATE", timestamp=2, gate_name="CX", qubits=[0, 1]),
    Event(event_id=3, event_type="MEASUREMENT", timestamp=3, qubits=[0], classical_bits=[0], outcome=None),
    Event(event_id=4, event_type="MEASUREMENT", timestamp=4, qubits=[1], classical_bits=[1], outcome=None),
    Event(event_id=5, event_type="EXECUTION_END", timestamp=5),
]
BELL_NODES = [
    (0, NodeData(type="EXECUTION_START", timestamp=0)),
    (1, NodeData(type="GATE", timestamp=1, qubits=[0], gate_name="H")),
    (2, NodeData(type="GATE", timestamp=2, qubits=[0, 1], gate_name="CX")),
    (3, NodeData(type="MEASUREMENT", timestamp=3, qubits=[0], classical_bits=[0])),
    (4, NodeData(type="MEASUREMENT", timestamp=4, qubits=[1], classical_bits=[1])),
    (5, NodeData(type="EXECUTION_END", timestamp=5)),
]
NEXT = EdgeData(relation="NEXT")
BELL_EDGES = [
    (0, 1, NEXT),
    (1, 2, NEXT),
    (1, 2, EdgeData(relation="QUBIT_DEP", qubits=[0])),
    (2, 3, NEXT),
    (2, 3, EdgeData(relation="QUBIT_DEP", qubits=[0])),
    (2, 4, EdgeData(relation="QUBIT_DEP", qubits=[1])),
    (3, 4, NEXT),
    (4, 5, NEXT),
]
QASM2 = (
    'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\nh q[0];\ncx q[0],q[1];\nmeasure q -> c;\n'
)
QASM3 = (
    'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\n'
    "cx q[0], q[1];\nc = measure q;\n"
)
MID_CIRCUIT = (
    'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[1];\ncreg c[2];\nx q[0];\nmeasure q[0] -> c[0];\n'
    "reset q[0];\nmeasure q[0] -> c[1];\n"
)
IF_QASM2 = (
    'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[1];\ncreg d[1];\nx q[0];\n'
    "measure q[0] -> c[0];\nif (c == 1) x q[1];\nmeasure q[1] -> d[0];\n"
)
IF_QASM3 = (
    'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[1] c;\nbit[1] d;\nx q[0];\n'
    "c[0] = measure q[0];\nif (c[0]) { x q[1]; }\nd[0] = measure q[1];\n"
)
UNMEASURED = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\nx q[0];\n'


def test_the_list_of_circuits_is_the_one_tested_here(stack: Stack) -> None:
    assert [each["name"] for each in stack.get("/api/circuits").json()["circuits"]] == CIRCUITS


@pytest.mark.parametrize("circuit", CIRCUITS)
def test_a_clean_circuit_has_exactly_the_contracts_answer(stack: Stack, circuit: str) -> None:
    found = contract.execution(stack.post(f"/api/execute/{circuit}"))
    assert found.circuit_name == circuit
    assert (found.shots, found.noise_config, found.tags) == (1024, None, [])
    assert found.num_events == NUM_EVENTS.get(circuit, found.num_events)
    assert set(found.versions) == {"qloom", "qiskit", "qiskit-aer"}


@pytest.mark.parametrize(("circuit", "kind", "level"), [*product(CIRCUITS, TYPES, RATES)])
def test_a_noisy_circuit_has_exactly_the_contracts_answer(
    stack: Stack, circuit: str, kind: str, level: str
) -> None:
    query = {"noise_type": kind, "noise_level": level, "shots": 64}
    found = contract.execution(stack.post(f"/api/execute/{circuit}/noisy", params=query))
    assert found.circuit_name == f"{circuit}_noisy_{kind}_{level}"
    config, rate = found.noise_config, RATES[level]
    assert config is not None
    assert (config.noise_type, config.noise_level) == (kind, level)
    assert (config.single_gate_error, config.two_gate_error, config.measurement_error) == (
        rate,
        2 * rate,
        rate,
    )
    has_times = [isinstance(value, float) for value in (config.t1, config.t2, config.gate_time)]
    assert has_times == [kind == "thermal"] * 3


def test_the_thermal_medium_is_the_contracts_example(stack: Stack) -> None:
    query = {"noise_type": "thermal", "noise_level": "medium"}
    config = contract.execution(stack.post("/api/execute/bell/noisy", params=query)).noise_config
    assert config is not None
    assert (config.t1, config.t2, config.gate_time) == (50.0, 70.0, 0.1)


def test_noise_defaults_to_a_medium_depolarizing_one(stack: Stack) -> None:
    found = contract.execution(stack.post("/api/execute/bell/noisy"))
    assert found.circuit_name == "bell_noisy_depolarizing_medium"


def test_a_bell_has_exactly_these_events_nodes_and_edges(stack: Stack) -> None:
    found = contract.execution(stack.post("/api/execute/bell"))
    assert (found.events, found.nodes, found.edges) == (BELL_EVENTS, BELL_NODES, BELL_EDGES)
    assert set(found.counts) <= {"00", "11"}
    assert (found.num_gates, found.num_qubits) == (2, 2)


def test_every_time_was_measured_and_the_graph_is_stored(stack: Stack) -> None:
    found = contract.with_graph(lambda: stack.post("/api/execute/bell"))
    for name in ("event_extraction", "in_memory_graph", "neo4j_persistence", "total_observability"):
        assert getattr(found, f"{name}_time_ms") > 0, name
    assert found.simulation_time_ms > 0


def test_a_random_circuit_has_as_many_gates_as_asked(stack: Stack) -> None:
    query = {"gate_count": 12, "num_qubits": 3}
    found = contract.execution(stack.post("/api/execute/random", params=query))
    assert (found.num_gates, found.num_qubits, found.num_events) == (12, 3, 12 + 3 + 2)


def test_the_seed_decides_which_random_circuit_it_is(stack: Stack) -> None:
    first, same, other = (
        contract.execution(stack.post("/api/execute/random", params={"gate_count": 30, "seed": seed}))
        for seed in (1, 1, 2)
    )
    assert first.events == same.events
    assert first.events != other.events


@pytest.mark.parametrize("path", ["/api/execute/ghz", "/api/execute/ghz/noisy", "/api/execute/random"])
def test_the_same_seed_gives_the_same_counts(stack: Stack, path: str) -> None:
    query = {"seed": 11, "shots": 5000}
    first, second = (contract.execution(stack.post(path, params=query)) for _ in range(2))
    assert (first.seed, first.shots) == (11, 5000)
    assert first.counts == second.counts
    assert first.execution_id != second.execution_id


@pytest.mark.parametrize("path", ["/api/execute/random", "/api/execute/qft/noisy"])
def test_a_drawn_seed_is_returned_and_repeats_the_run(stack: Stack, path: str) -> None:
    first = contract.execution(stack.post(path))
    again = contract.execution(stack.post(path, params={"seed": first.seed}))
    assert (again.counts, again.events) == (first.counts, first.events)


def test_the_biggest_seed_is_kept_exactly(stack: Stack) -> None:
    biggest = 2**63 - 1
    assert contract.execution(stack.post("/api/execute/bell", params={"seed": biggest})).seed == biggest


@pytest.mark.parametrize("program", [QASM2, QASM3], ids=["OpenQASM 2", "OpenQASM 3"])
def test_a_program_is_run_with_its_options(stack: Stack, program: str) -> None:
    body = {
        "program": program,
        "name": "mine",
        "shots": 100,
        "seed": 3,
        "tags": ["a"],
        "method": "statevector",
    }
    found = contract.execution(stack.post("/api/execute", json=body))
    assert (found.circuit_name, found.shots, found.seed, found.tags) == ("mine", 100, 3, ["a"])
    assert found.method == "statevector"
    without_source = [msgspec.structs.replace(event, source=UNSET) for event in found.events]
    assert (without_source, found.edges) == (BELL_EVENTS, BELL_EDGES)
    assert set(found.counts) <= {"00", "11"}


def test_a_program_is_run_under_noise(stack: Stack) -> None:
    body = {"program": QASM3, "noise": {"type": "thermal", "level": "low"}}
    found = contract.execution(stack.post("/api/execute", json=body))
    assert found.circuit_name == "custom_noisy_thermal_low"
    assert found.noise_config is not None
    assert found.noise_config.t1 == 500.0


@pytest.mark.parametrize("options", [{}, {"params": {"shots": 7}}, {"json": {}}, {"json": {"shots": 7}}])
def test_without_a_program_bell_is_run(stack: Stack, options: dict[str, dict[str, int]]) -> None:
    found = contract.execution(stack.post("/api/execute", **options))
    assert (found.circuit_name, found.events) == ("bell", BELL_EVENTS)
    assert found.shots == (
        7 if 7 in [*options.get("params", {}).values(), *options.get("json", {}).values()] else 1024
    )


@pytest.mark.parametrize(
    ("program", "counts"),
    [(MID_CIRCUIT, {"01": 50}), (IF_QASM2, {"1 1": 50}), (IF_QASM3, {"1 1": 50})],
    ids=["measured and reset in the middle", "if in OpenQASM 2", "if in OpenQASM 3"],
)
def test_feedback_and_reset_work(stack: Stack, program: str, counts: dict[str, int]) -> None:
    found = contract.execution(stack.post("/api/execute", json={"program": program, "shots": 50}))
    assert found.counts == counts


def test_a_program_without_measurement_is_measured_if_that_is_asked(stack: Stack) -> None:
    body = {"program": UNMEASURED, "measure": "all", "shots": 10}
    found = contract.execution(stack.post("/api/execute", json=body))
    assert found.counts == {"01": 10}
    assert [event.event_type for event in found.events].count("MEASUREMENT") == 2


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_a_big_answer_is_compressed_where_the_client_accepts_it(stack: Stack, coding: str) -> None:
    path, query = "/api/execute/random", {"gate_count": 200}
    with requests.post(
        stack.url + path, params=query, headers={"Accept-Encoding": coding}, stream=True, timeout=60
    ) as packed:
        assert packed.headers["Content-Encoding"] == coding
        assert "Accept-Encoding" in packed.headers["Vary"]
        raw = packed.raw.read(decode_content=False)
    plain = stack.post(path, params=query, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert len(raw) < len(plain.content) / 5
    contract.execution(plain)
