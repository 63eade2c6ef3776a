"""The events of a bell run, as the contract shows them."""

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
