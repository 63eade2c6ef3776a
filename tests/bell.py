"""The events of a bell run and the edges of its graph, as the contract shows them."""

from typing import Any

from app.circuits.event_graph import Event

BELL: list[Event] = [
    {"event_id": 0, "event_type": "EXECUTION_START", "timestamp": 0},
    {"event_id": 1, "event_type": "GATE", "timestamp": 1, "gate_name": "H", "qubits": [0]},
    {"event_id": 2, "event_type": "GATE", "timestamp": 2, "gate_name": "CX", "qubits": [0, 1]},
    {
        "event_id": 3,
        "event_type": "MEASUREMENT",
        "timestamp": 3,
        "qubits": [0],
        "classical_bits": [0],
        "outcome": None,
    },
    {
        "event_id": 4,
        "event_type": "MEASUREMENT",
        "timestamp": 4,
        "qubits": [1],
        "classical_bits": [1],
        "outcome": None,
    },
    {"event_id": 5, "event_type": "EXECUTION_END", "timestamp": 5},
]

BELL_EDGES: list[dict[str, Any]] = [
    {"source": 0, "target": 1, "relation": "NEXT"},
    {"source": 1, "target": 2, "relation": "NEXT"},
    {"source": 1, "target": 2, "relation": "QUBIT_DEP", "qubits": [0]},
    {"source": 2, "target": 3, "relation": "NEXT"},
    {"source": 2, "target": 3, "relation": "QUBIT_DEP", "qubits": [0]},
    {"source": 2, "target": 4, "relation": "QUBIT_DEP", "qubits": [1]},
    {"source": 3, "target": 4, "relation": "NEXT"},
    {"source": 4, "target": 5, "relation": "NEXT"},
]
