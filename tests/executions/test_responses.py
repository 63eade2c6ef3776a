"""The response about an execution, made from its row."""

from dataclasses import replace
from uuid import uuid4

import msgspec

from app.circuits.noise import noise_config
from app.circuits.spec import NoiseSpec
from app.executions.repository import StoredExecution
from app.executions.responses import render_execution
from tests.executions.factories import BELL, CREATED_AT

BELL_EXECUTION = StoredExecution(
    id=uuid4(),
    circuit_name="bell",
    is_noisy=False,
    noise_config=None,
    num_qubits=2,
    num_gates=2,
    num_events=6,
    shots=1024,
    seed=7,
    method="stabilizer",
    method_reason="All gates are Clifford gates.",
    requested_method="automatic",
    parameters={},
    versions={"qiskit": "2.6.2", "qiskit-aer": "0.18.2"},
    tags=["a"],
    parse_time_ms=0.1,
    transpile_time_ms=0.2,
    simulation_time_ms=1.5,
    event_extraction_time_ms=0.08921,
    in_memory_graph_time_ms=0.10229,
    neo4j_persistence_time_ms=145.2341,
    graph_status="stored",
    created_at=CREATED_AT,
    counts='{"00": 498, "11": 526}',
    counts_incomplete=False,
    events=msgspec.json.encode(BELL).decode(),
)


def test_the_answer_to_bell_is_the_contracts_example_with_the_right_edges() -> None:
    result = msgspec.json.decode(render_execution(BELL_EXECUTION))
    contract = {
        "execution_id": str(BELL_EXECUTION.id),
        "circuit_name": "bell",
        "num_gates": 2,
        "num_events": 6,
        "event_extraction_time_ms": 0.0892,
        "in_memory_graph_time_ms": 0.1023,
        "neo4j_persistence_time_ms": 145.2341,
        "total_observability_time_ms": 145.4256,
        "counts": {"00": 498, "11": 526},
        "events": BELL,
        "nodes": [
            [0, {"type": "EXECUTION_START", "timestamp": 0}],
            [1, {"type": "GATE", "timestamp": 1, "qubits": [0], "gate_name": "H"}],
            [2, {"type": "GATE", "timestamp": 2, "qubits": [0, 1], "gate_name": "CX"}],
            [3, {"type": "MEASUREMENT", "timestamp": 3, "qubits": [0], "classical_bits": [0]}],
            [4, {"type": "MEASUREMENT", "timestamp": 4, "qubits": [1], "classical_bits": [1]}],
            [5, {"type": "EXECUTION_END", "timestamp": 5}],
        ],
        "edges": [
            [0, 1, {"relation": "NEXT"}],
            [1, 2, {"relation": "NEXT"}],
            [1, 2, {"relation": "QUBIT_DEP", "qubits": [0]}],
            [2, 3, {"relation": "NEXT"}],
            [2, 3, {"relation": "QUBIT_DEP", "qubits": [0]}],
            [2, 4, {"relation": "QUBIT_DEP", "qubits": [1]}],
            [3, 4, {"relation": "NEXT"}],
            [4, 5, {"relation": "NEXT"}],
        ],
        "noise_config": None,
        "is_noisy": False,
    }
    assert {name: result[name] for name in contract} == contract


def test_the_answer_carries_what_a_repeat_of_the_run_needs() -> None:
    result = msgspec.json.decode(render_execution(BELL_EXECUTION))
    kept = (
        "shots",
        "seed",
        "method",
        "method_reason",
        "requested_method",
        "parameters",
        "tags",
        "versions",
        "graph_status",
        "num_qubits",
        "created_at",
    )
    assert [result[name] for name in kept] == [
        1024,
        7,
        "stabilizer",
        "All gates are Clifford gates.",
        "automatic",
        {},
        ["a"],
        {"qiskit": "2.6.2", "qiskit-aer": "0.18.2"},
        "stored",
        2,
        "2026-02-01T14:30:00+00:00",
    ]


def test_a_noisy_answer_carries_the_whole_noise_model() -> None:
    config = noise_config(NoiseSpec("thermal", "medium"))
    result = msgspec.json.decode(
        render_execution(replace(BELL_EXECUTION, is_noisy=True, noise_config=config))
    )
    assert result["is_noisy"] is True
    assert result["noise_config"] == config


def test_events_and_counts_are_embedded_as_they_stand() -> None:
    result = render_execution(replace(BELL_EXECUTION, counts='{"00":  498}'))
    assert b'"counts":{"00":  498}' in result
    assert b'"events":' + BELL_EXECUTION.events.encode() in result
