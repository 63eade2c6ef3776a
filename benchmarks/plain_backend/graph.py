"""The events of a circuit, the edges between them, and the one statement that writes both."""

from itertools import pairwise
from typing import Any

from qiskit import QuantumCircuit

Edge = tuple[int, int, str, list[int] | None]
"""Source, target, relation, qubits."""

INDEXES = (
    "CREATE CONSTRAINT execution_id IF NOT EXISTS FOR (x:Execution) REQUIRE x.execution_id IS UNIQUE",
    "CREATE CONSTRAINT event_key IF NOT EXISTS FOR (e:Event) REQUIRE e.key IS UNIQUE",
)
WRITE = """
CREATE (x:Execution) SET x = $execution, x.created_at = datetime()
WITH x UNWIND $events AS row
CREATE (x)-[:HAS_EVENT]->(e:Event) SET e = row
WITH collect(e) AS events
FOREACH (edge IN $next | FOREACH (a IN [events[edge[0]]] | FOREACH (b IN [events[edge[1]]] |
  CREATE (a)-[:NEXT]->(b))))
FOREACH (edge IN $qubit_deps | FOREACH (a IN [events[edge[0]]] | FOREACH (b IN [events[edge[1]]] |
  CREATE (a)-[:QUBIT_DEP {qubits: edge[2]}]->(b))))
"""


def events_of(circuit: QuantumCircuit) -> list[dict[str, Any]]:
    """Return the contract's events in the order of the circuit."""
    events: list[dict[str, Any]] = [{"event_type": "EXECUTION_START"}]
    for instruction in circuit.data:
        qubits = [circuit.find_bit(qubit).index for qubit in instruction.qubits]
        if instruction.name == "measure":
            bits = [circuit.find_bit(bit).index for bit in instruction.clbits]
            event = {"event_type": "MEASUREMENT", "qubits": qubits, "classical_bits": bits, "outcome": None}
        else:
            event = {"event_type": "GATE", "gate_name": instruction.name.upper(), "qubits": qubits}
        events.append(event)
    events.append({"event_type": "EXECUTION_END"})
    return [{"event_id": number, "timestamp": number, **event} for number, event in enumerate(events)]


def edges_of(events: list[dict[str, Any]]) -> list[Edge]:
    """Return NEXT between neighbours, and QUBIT_DEP from the last event on the same qubits."""
    edges: list[Edge] = [
        (source["event_id"], target["event_id"], "NEXT", None) for source, target in pairwise(events)
    ]
    last_touch: dict[int, int] = {}
    for event in events:
        shared: dict[int, list[int]] = {}
        for qubit in event.get("qubits", ()):
            if qubit in last_touch:
                shared.setdefault(last_touch[qubit], []).append(qubit)
            last_touch[qubit] = event["event_id"]
        edges += [(source, event["event_id"], "QUBIT_DEP", qubits) for source, qubits in shared.items()]
    return edges


def node_of(event: dict[str, Any]) -> dict[str, Any]:
    """Return the contract's node of an event."""
    left_out = ("event_id", "event_type", "outcome")
    return {"type": event["event_type"], **{name: event[name] for name in event if name not in left_out}}
