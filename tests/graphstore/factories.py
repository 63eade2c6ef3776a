"""Event graphs for tests, and what is found of them in a server."""

import random
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import uuid4

from app.circuits.event_graph import Event, edges
from app.graphstore.driver import GraphStore, Transaction
from app.graphstore.executions import ExecutionGraph
from tests.bell import BELL

PATIENT_SECONDS = 20.0
"""A timeout for tests that are not about time: the machine may be busy."""


class Stored(NamedTuple):
    """How much of one execution stands in a server."""

    executions: int
    events: int
    edges: int


def open_store(environment: dict[str, str], timeout_seconds: float = PATIENT_SECONDS) -> GraphStore:
    """A graph store on the server that these settings name."""
    return GraphStore(
        environment["NEO4J_URL"],
        environment["NEO4J_USERNAME"],
        environment["NEO4J_PASSWORD"],
        environment["NEO4J_DATABASE"],
        timeout_seconds,
    )


def graph(events: list[Event], execution_id: str | None = None) -> ExecutionGraph:
    """The graph of these events, under a new id."""
    return ExecutionGraph(
        execution_id=execution_id or str(uuid4()),
        circuit_name="test",
        created_at=datetime.now(UTC),
        is_noisy=False,
        num_events=len(events),
        events=events,
        edges=edges(events),
    )


def bell() -> ExecutionGraph:
    """A bell execution."""
    return graph(BELL)


def random_events(count: int, seed: int = 1) -> list[Event]:
    """Events of a random circuit on five qubits, barriers among them."""
    drawn = random.Random(seed)
    events: list[Event] = [{"event_id": 0, "event_type": "EXECUTION_START", "timestamp": 0}]
    for index in range(1, count - 1):
        qubits = drawn.sample(range(5), drawn.choice([1, 1, 2, 3]))
        event: Event = {"event_id": index, "event_type": "GATE", "timestamp": index, "qubits": qubits}
        if len(qubits) == 3:
            event["event_type"] = "BARRIER"
        else:
            event["gate_name"] = "H" if len(qubits) == 1 else "CX"
        events.append(event)
    events.append({"event_id": count - 1, "event_type": "EXECUTION_END", "timestamp": count - 1})
    return events


def complete(stored: ExecutionGraph) -> Stored:
    """What is found of a graph that was written once and whole."""
    return Stored(1, len(stored.events), len(stored.edges))


def count(store: GraphStore, execution_id: str) -> Stored:
    """Count by property, not along the graph's own edges, so that nothing left over is missed."""

    def work(transaction: Transaction) -> Stored:
        parameters = {"id": execution_id}
        counted = (
            transaction.run("MATCH (x:Execution {execution_id: $id}) RETURN count(x)", parameters),
            transaction.run("MATCH (e:Event) WHERE e.execution_id = $id RETURN count(e)", parameters),
            transaction.run(
                "MATCH (e:Event)-[r:NEXT|QUBIT_DEP]->() WHERE e.execution_id = $id RETURN count(r)",
                parameters,
            ),
        )
        return Stored(*(rows[0][0] for rows in counted))

    return store.read(work)
