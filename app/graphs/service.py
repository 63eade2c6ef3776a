"""Reads one event graph: in a format, its cones, its critical path."""

from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from app.circuits import event_graph, graph_formats
from app.circuits.causality import Direction
from app.circuits.event_graph import Event, Graph, collector_paused
from app.database import Database
from app.errors import InvalidInputError, UnavailableError
from app.executions import repository as executions
from app.executions.service import of_device, parse_id, read_existing
from app.graphs import repository, responses
from app.graphs.responses import Cone, CriticalPath
from app.sweeps import service as sweeps

if TYPE_CHECKING:
    from app.graphstore.driver import GraphStore

_decode_events = msgspec.json.Decoder(list[Event]).decode


def graph(database: Database, execution_id: str, *, transpiled: bool = False) -> Graph:
    """Return the event graph of one execution, derived from its record: of the circuit or the transpiled one.

    Raises:
        InvalidInputError: there is no transpiled one.
        NotFoundError: there is none.
        ConflictError: its job has not finished.
    """
    _, _, events = _read(database, execution_id, transpiled)
    with collector_paused():
        return event_graph.graph(events)


def graph_of_sweep(database: Database, sweep_id: str) -> Graph:
    """Return the event graph of the circuit that the bindings of a sweep share; raises as ``events_of``."""
    text = sweeps.events_of(database, sweeps.parse_id(sweep_id))
    with collector_paused():
        return event_graph.graph(_decode_events(text))


def graph_in_neo4j(database: Database, graph_store: "GraphStore", execution_id: str) -> Graph:
    """Return the same graph as it is in Neo4j.

    Raises:
        NotFoundError, ConflictError: as ``graph``.
        UnavailableError: Neo4j is down or not configured, or the graph is not there yet.
    """
    from app.graphstore import executions as graphs  # loads the driver, see ``Connections.graph_store``

    known_id = parse_id(execution_id)
    read_existing(database, known_id, executions.find_graph_status)
    found = graphs.read(graph_store, str(known_id))
    if not found.nodes:
        raise UnavailableError("The graph is not in Neo4j yet; try again shortly.", code="graph_pending")
    return found


@collector_paused()
def formatted(form: str, name: str, found: Graph) -> bytes:
    """Return a graph as ``graphml``, ``dot`` or ``cytoscape``, in UTF-8."""
    if form == "graphml":
        return graph_formats.graphml(name, found).encode()
    if form == "dot":
        return graph_formats.dot(name, found).encode()
    return msgspec.json.encode(graph_formats.cytoscape(found))


def cone(
    database: Database, execution_id: str, event_id: int, direction: Direction, *, transpiled: bool = False
) -> Cone:
    """Return what can have influenced an event, or what it can influence.

    Raises:
        NotFoundError, ConflictError: as ``graph``.
        InvalidInputError: the execution has no such event.
    """
    known_id, num_qubits, events = _read(database, execution_id, transpiled)
    last = len(events) - 1
    if event_id > last:
        raise InvalidInputError(f"Invalid event id. Max event id is {last}", ("query", "event_id"))
    return responses.cone(known_id, events, num_qubits, event_id, direction)


def critical_path(database: Database, execution_id: str, *, transpiled: bool = False) -> CriticalPath:
    """Return the depth and one longest chain of events; raises as ``graph``."""
    known_id, num_qubits, events = _read(database, execution_id, transpiled)
    return responses.critical_path(known_id, events, num_qubits)


def _read(database: Database, execution_id: str, transpiled: bool) -> tuple[UUID, int, list[Event]]:
    known_id = parse_id(execution_id)
    find = partial(repository.find_events, transpiled=transpiled)
    num_qubits, text = read_existing(database, known_id, find)
    with collector_paused():
        events = _decode_events(of_device(text or None))
    if transpiled:  # it has the qubits of the device
        num_qubits = 1 + max(max(event.get("qubits", (0,))) for event in events)
    return known_id, num_qubits, events
