"""The event graphs of executions: written whole or not at all, read, and removed in bounded batches.

1. The graph is ``(:Execution {execution_id})-[:HAS_EVENT]->(:Event {key})``, with ``[:NEXT]`` and
   ``[:QUBIT_DEP {qubits}]`` between events.
2. ``key`` is "execution_id:event_id". A member that is null in an event is absent in its node.
3. The first event of each gate, and of each other type, has ``first_of``, by which searches choose
   executions (see ``patterns``): the index has an entry for each gate of an execution, not for each event.

The functions raise ``UnavailableError`` without a graph server, or if it does not answer; they may be called
again.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from neo4j.exceptions import ConstraintError

from app.circuits.event_graph import NEXT, UBIQUITOUS, Edge, Event, Graph, GraphNode, graph_edge
from app.graphstore.driver import GraphStore, Transaction

# One statement saves round trips. The ends of an edge are found by position, since look-ups by key were
# slower at every size on both servers. With UNWIND in place of FOREACH, 10,000 events took 6.9 s on ArcadeDB
# instead of 1.8 s. Both servers collect() in the order of UNWIND; Cypher does not promise it, but the tests
# compare every edge.
CREATE = """
UNWIND $executions AS properties
CREATE (x:Execution) SET x = properties
WITH collect(x) AS executions
UNWIND $events AS row
WITH row, executions[row[0]] AS x
CREATE (x)-[:HAS_EVENT]->(e:Event {
  key: row[1], execution_id: x.execution_id, event_id: row[2], type: row[3], timestamp: row[4],
  gate: row[5], qubits: row[6], classical_bits: row[7], first_of: row[8]
})
WITH collect(e) AS events
FOREACH (edge IN $next | FOREACH (a IN [events[edge[0]]] | FOREACH (b IN [events[edge[1]]] |
  CREATE (a)-[:NEXT]->(b))))
FOREACH (edge IN $qubit_deps | FOREACH (a IN [events[edge[0]]] | FOREACH (b IN [events[edge[1]]] |
  CREATE (a)-[:QUBIT_DEP {qubits: edge[2]}]->(b))))
"""
EXISTING = "UNWIND $ids AS id MATCH (x:Execution {execution_id: id}) RETURN x.execution_id"
NODES = """
MATCH (:Execution {execution_id: $id})-[:HAS_EVENT]->(e:Event)
RETURN e.event_id AS id, e.type, e.gate, e.qubits, e.timestamp ORDER BY id
"""
EDGES = """
MATCH (:Execution {execution_id: $id})-[:HAS_EVENT]->(a:Event)-[r:NEXT|QUBIT_DEP]->(b:Event)
RETURN a.event_id, b.event_id, type(r), r.qubits
"""
REMOVE_EVENTS = """
UNWIND $ids AS id
MATCH (:Execution {execution_id: id})-[:HAS_EVENT]->(e:Event)
WITH e LIMIT $limit
DETACH DELETE e
RETURN count(*)
"""
# One with events was projected again meanwhile: it stays whole until the next removal.
REMOVE_EXECUTIONS = """
UNWIND $ids AS id
MATCH (x:Execution {execution_id: id})
WHERE NOT (x)-[:HAS_EVENT]->()
DETACH DELETE x
"""
SOME_IDS = "MATCH (x:Execution) RETURN x.execution_id LIMIT $limit"

MAX_LABEL_CHARACTERS = 64
"""The length of a gate's name in the index, whose keys are limited to some 8 kB. Longer names are cut; a
search finds them too."""

REMOVE_BATCH = 1_000
"""Events that one transaction deletes, and executions that one statement finds."""
EVENTS_A_TIMEOUT = 250
"""Each so many events give a transaction one more timeout: 10,000 get 33 s. They take 1 s on Neo4j, 2 s on
ArcadeDB, and more than ten times as long on a machine that is busy."""

TIMEOUTS_OF_A_READ = 2.0
"""The timeouts that a read of one graph gets, whatever its size, since a request waits for it."""


@dataclass(frozen=True)
class ExecutionGraph:
    """The event graph of one execution, and the members of its node; ``created_at`` has a time zone."""

    execution_id: str
    circuit_name: str
    created_at: datetime
    is_noisy: bool
    num_events: int
    events: Sequence[Event]
    edges: Sequence[Edge]


class NotCommittedError(Exception):
    """The graphs may not be committed; nothing of them was written."""


MayCommit: TypeAlias = Callable[[], bool]
"""Is asked when a transaction has all that it writes, and may wait; without its consent nothing is
written."""


def project(
    store: GraphStore, graphs: Sequence[ExecutionGraph], may_commit: MayCommit = lambda: True
) -> None:
    """Write graphs in one transaction; a graph that is there already is left as it is.

    If some are there, or another process writes one of them at the same time, the missing ones are written
    one by one. Each graph is written whole or not at all. A group should have at most 32 graphs or 2,000
    events.

    Raises:
        NotCommittedError: ``may_commit`` returned False.
        ConstraintError: a graph has two events with one id; nothing of it was written.
    """
    by_id = {graph.execution_id: graph for graph in graphs}
    if not by_id:
        return
    store.ensure_schema()
    try:
        _create(store, list(by_id.values()), may_commit)
        return
    except ConstraintError:
        existing = exists(store, by_id)
    failures: list[ConstraintError] = []
    for execution_id in by_id.keys() - existing:
        try:
            _create(store, [by_id[execution_id]], may_commit)
        except ConstraintError as error:
            if not exists(store, [execution_id]):
                failures.append(error)  # two of its events have one id; the other graphs are written
    if failures:
        raise failures[0]


def exists(store: GraphStore, execution_ids: Collection[str]) -> set[str]:
    """Return those of the ids whose graphs are in the graph server."""
    ids = list(execution_ids)
    rows = store.read(lambda transaction: transaction.run(EXISTING, {"ids": ids}))
    return {str(row[0]) for row in rows}


def read(store: GraphStore, execution_id: str) -> Graph:
    """Return one graph in the order of the record; it is empty if the graph is not there."""

    def work(transaction: Transaction) -> tuple[list[list[Any]], list[list[Any]]]:
        parameters = {"id": execution_id}
        return transaction.run(NODES, parameters), transaction.run(EDGES, parameters)

    node_rows, edge_rows = store.read(work, seconds=TIMEOUTS_OF_A_READ * store.timeout_seconds)
    edges = [graph_edge((source, target, relation, qubits)) for source, target, relation, qubits in edge_rows]
    edges.sort(key=lambda edge: (edge.source, edge.target, edge.relation != NEXT))
    return Graph([GraphNode(*row) for row in node_rows], edges)


def remove(store: GraphStore, execution_ids: Collection[str]) -> None:
    """Remove the graphs of these executions that are there, in batches of bounded size.

    An Execution node is removed last, so that an interrupted removal can be repeated.
    """
    ids = list(execution_ids)
    for start in range(0, len(ids), REMOVE_BATCH):
        _remove_batch(store, ids[start : start + REMOVE_BATCH])


def remove_all(store: GraphStore) -> None:
    """Remove the graphs of all executions, in batches of bounded size, and nothing else."""
    while rows := store.read(lambda transaction: transaction.run(SOME_IDS, {"limit": REMOVE_BATCH})):
        remove(store, [str(row[0]) for row in rows])


def _create(store: GraphStore, graphs: Sequence[ExecutionGraph], may_commit: MayCommit) -> None:
    parameters = _parameters(graphs)
    num_events = sum(len(graph.events) for graph in graphs)

    def work(transaction: Transaction) -> None:
        transaction.run(CREATE, parameters)
        if not may_commit():
            raise NotCommittedError

    store.write(work, seconds=_seconds(store, num_events))


def _remove_batch(store: GraphStore, ids: list[str]) -> None:
    def remove_events(transaction: Transaction) -> int:
        rows = transaction.run(REMOVE_EVENTS, {"ids": ids, "limit": REMOVE_BATCH})
        return int(rows[0][0])

    def remove_executions(transaction: Transaction) -> None:
        transaction.run(REMOVE_EXECUTIONS, {"ids": ids})

    seconds = _seconds(store, REMOVE_BATCH)
    while store.write(remove_events, seconds=seconds) == REMOVE_BATCH:
        continue
    store.write(remove_executions, seconds=seconds)


def _seconds(store: GraphStore, num_events: int) -> float:
    return store.timeout_seconds * (1 + num_events / EVENTS_A_TIMEOUT)


def _parameters(graphs: Sequence[ExecutionGraph]) -> dict[str, object]:
    """Return the parameters of CREATE; events refer to executions, and edges to events, by position."""
    executions: list[dict[str, object]] = []
    events: list[list[object]] = []
    following: list[list[object]] = []
    qubit_deps: list[list[object]] = []
    for index, graph in enumerate(graphs):
        first = len(events)
        executions.append(_execution_properties(graph))
        events.extend(_event_rows(index, graph))
        for source, target, relation, qubits in graph.edges:
            if relation == NEXT:
                following.append([first + source, first + target])
            else:
                qubit_deps.append([first + source, first + target, qubits])
    return {"executions": executions, "events": events, "next": following, "qubit_deps": qubit_deps}


def mark(label: str, created_at: datetime, execution_id: str) -> str:
    """Return ``first_of`` of the first event of a gate or type: it sorts a label's executions by time."""
    return f"{label[:MAX_LABEL_CHARACTERS]} {time_text(created_at)} {execution_id}"


def time_text(moment: datetime) -> str:
    """Return a time in UTC with microseconds, so that the texts sort as the times do."""
    try:
        utc = moment.astimezone(UTC)
    except OverflowError:  # less than a day from either end of the calendar, where no execution is
        utc = moment
    return utc.replace(tzinfo=None).isoformat(timespec="microseconds")


def _execution_properties(graph: ExecutionGraph) -> dict[str, object]:
    return {
        "execution_id": graph.execution_id,
        "circuit_name": graph.circuit_name,
        "created_at": graph.created_at.astimezone(UTC),  # ArcadeDB would drop another offset
        "is_noisy": graph.is_noisy,
        "num_events": graph.num_events,
    }


def _event_rows(index: int, graph: ExecutionGraph) -> Iterator[list[object]]:
    marked = set(UBIQUITOUS)
    for event in graph.events:
        event_id, gate = event["event_id"], event.get("gate_name")
        label, first_of = gate or event["event_type"], None
        if label not in marked:
            marked.add(label)
            first_of = mark(label, graph.created_at, graph.execution_id)
        yield [
            index,
            f"{graph.execution_id}:{event_id}",
            event_id,
            event["event_type"],
            event["timestamp"],
            gate,
            event.get("qubits"),
            event.get("classical_bits"),
            first_of,
        ]
