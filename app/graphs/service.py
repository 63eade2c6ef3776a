"""What callers ask of one event graph: the graph in a format, a cone, the critical path."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from app.circuits import causality, event_graph, graph_formats
from app.circuits.causality import Direction
from app.circuits.event_graph import Event
from app.circuits.timing import collector_paused
from app.database import Database
from app.errors import InvalidInputError, UnavailableError
from app.executions import repository as executions
from app.executions.service import parse_id, read_existing
from app.graphs import repository

if TYPE_CHECKING:
    from app.graphstore.driver import GraphStore

_decode_events = msgspec.json.Decoder(list[dict[str, Any]]).decode

Graph = Mapping[str, Any]
"""The contract's ``GraphResponse``: nodes and edges as objects."""


def graph(database: Database, execution_id: str) -> Graph:
    """The event graph of one execution, derived from its record.

    Raises:
        NotFoundError: there is none.
        ConflictError: its job has not finished.
    """
    _, _, events = _read(database, execution_id)
    with collector_paused():
        return {
            "nodes": event_graph.node_objects(events),
            "edges": event_graph.edge_objects(event_graph.edges(events)),
        }


def graph_in_neo4j(database: Database, graph_store: "GraphStore", execution_id: str) -> Graph:
    """The same graph as it stands in Neo4j; raises as ``graph``, and

    Raises:
        UnavailableError: Neo4j is down or not configured, or the graph is not there yet.
    """
    from app.graphstore import executions as graphs  # loads the driver, see ``Connections.graph_store``

    known_id = parse_id(execution_id)
    read_existing(database, known_id, executions.find_graph_status)
    nodes, edges = graphs.read(graph_store, str(known_id))
    if not nodes:
        raise UnavailableError("The graph is not in Neo4j yet; try again shortly.", code="graph_pending")
    return {"nodes": nodes, "edges": edges}


@collector_paused()
def formatted(form: str, execution_id: str, found: Graph) -> bytes:
    """A graph as ``graphml``, ``dot`` or ``cytoscape``; UTF-8."""
    nodes, edges = found["nodes"], found["edges"]
    if form == "graphml":
        return graph_formats.graphml(execution_id, nodes, edges).encode()
    if form == "dot":
        return graph_formats.dot(execution_id, nodes, edges).encode()
    return msgspec.json.encode(graph_formats.cytoscape(nodes, edges))


def cone(database: Database, execution_id: str, event_id: int, direction: Direction) -> dict[str, object]:
    """What can have influenced an event, or what it can influence; ``graph`` holds the event itself too.

    Raises:
        NotFoundError: there is no such execution.
        ConflictError: its job has not finished.
        InvalidInputError: it has no such event.
    """
    known_id, num_qubits, events = _read(database, execution_id)
    last = len(events) - 1
    if event_id > last:
        raise InvalidInputError(f"Invalid event id. Max event id is {last}", ("query", "event_id"))
    return {"execution_id": known_id, **_cone(events, num_qubits, event_id, direction)}


def critical_path(database: Database, execution_id: str) -> dict[str, object]:
    """Depth, one longest chain of events, and each qubit's busy and idle layers; raises as ``graph``."""
    known_id, num_qubits, events = _read(database, execution_id)
    return {"execution_id": known_id, **_critical_path(events, num_qubits)}


def _read(database: Database, execution_id: str) -> tuple[UUID, int, list[Event]]:
    known_id = parse_id(execution_id)
    num_qubits, text = read_existing(database, known_id, repository.find_events)
    with collector_paused():
        events: list[Event] = _decode_events(text)  # type: ignore[assignment]
    return known_id, num_qubits, events


@collector_paused()
def _cone(events: list[Event], num_qubits: int, event_id: int, direction: Direction) -> dict[str, object]:
    found = causality.cone(events, num_qubits, event_id, direction)
    inside = sorted([event_id, *found.event_ids])
    return {
        "event_id": event_id,
        "direction": direction,
        "num_events": len(found.event_ids),
        "event_ids": found.event_ids,
        "qubits": sorted({qubit for each in found.event_ids for qubit in events[each].get("qubits", ())}),
        "graph": {
            "nodes": event_graph.node_objects(events[each] for each in inside),
            "edges": [_dependency(each) for each in found.dependencies],
        },
    }


@collector_paused()
def _critical_path(events: list[Event], num_qubits: int) -> dict[str, object]:
    found = causality.schedule(events, num_qubits)
    nodes = event_graph.node_objects(events[event_id] for event_id in found.path)
    return {
        "unit": "layer",
        "depth": found.depth,
        "path": [
            {**node, "layer": found.layers[event_id]}
            for event_id, node in zip(found.path, nodes, strict=True)
        ],
        "qubits": [asdict(time) for time in found.qubits],
    }


def _dependency(dependency: causality.Dependency) -> dict[str, object]:
    bits = "qubits" if dependency.relation == event_graph.QUBIT_DEP else "classical_bits"
    return {
        "source": dependency.source,
        "target": dependency.target,
        "relation": dependency.relation,
        bits: dependency.bits,
    }
