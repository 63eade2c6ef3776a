"""The event graph of an execution, derived from its events, and the forms that the contract gives it.

1. NEXT joins consecutive events.
2. QUBIT_DEP joins an event to the last event that touched each of its qubits; two events have one edge at
   most. START and END touch no qubit here.
"""

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal, NotRequired, TypedDict

import msgspec
from msgspec import UNSET, UnsetType

NEXT: Literal["NEXT"] = "NEXT"
QUBIT_DEP: Literal["QUBIT_DEP"] = "QUBIT_DEP"

START, GATE, MEASUREMENT = "EXECUTION_START", "GATE", "MEASUREMENT"
RESET, BARRIER, END = "RESET", "BARRIER", "EXECUTION_END"
EVENT_TYPES = (START, GATE, MEASUREMENT, RESET, BARRIER, END)
UBIQUITOUS = (START, END)
"""The types of events that every execution has: a search cannot select executions by them."""

Edge = tuple[int, int, Literal["NEXT", "QUBIT_DEP"], list[int] | None]
"""Source, target, relation, and the qubits in ascending order (None on NEXT)."""


class ConditionTerm(TypedDict):
    """One comparison of classical bits (the least significant first) with a value."""

    classical_bits: list[int]
    value: int
    equal: bool


class Condition(TypedDict):
    """An event happens if all terms hold; ``text`` is the same condition for people.

    A condition that is no list of such comparisons has its text, and the classical bits that it depends on.
    If the program assigned a value to one of the bits, ``measurements`` are the events whose outcomes decide.
    """

    text: str
    terms: NotRequired[list[ConditionTerm]]
    classical_bits: NotRequired[list[int]]
    measurements: NotRequired[list[int]]


class SourceCall(TypedDict):
    """A call of a subroutine, and where it stands in the program (counted from 1)."""

    name: str
    line: int
    column: int


class Source(TypedDict):
    """The statement that an event comes from, and the calls that lead to it, the outermost first."""

    line: int
    column: int
    call: list[SourceCall]


class GraphNode(msgspec.Struct, gc=False):
    """An event as a node."""

    id: int
    type: str
    gate: str | None
    qubits: list[int] | None
    timestamp: int

    @property
    def label(self) -> str:
        """The gate, or the type of an event that is not a gate."""
        return self.gate or self.type


class GraphEdge(msgspec.Struct, gc=False):
    """NEXT joins consecutive events, QUBIT_DEP an event to the last one on the same qubits."""

    source: int
    target: int
    relation: Literal["NEXT", "QUBIT_DEP"]
    qubits: list[int] | UnsetType = UNSET


class Graph(msgspec.Struct):
    """An event graph."""

    nodes: list[GraphNode]
    edges: list[GraphEdge]


class Event(TypedDict):
    """One event of the contract; gates may also have parameters, a unit, a control state, a condition.

    ``loops`` are the ``while`` loops around it, the outermost first; each is named by its first event's id.
    """

    event_id: int
    event_type: str
    timestamp: int
    gate_name: NotRequired[str]
    qubits: NotRequired[list[int]]
    classical_bits: NotRequired[list[int]]
    outcome: NotRequired[None]
    parameters: NotRequired[list[float]]
    unit: NotRequired[str]
    control_state: NotRequired[int]
    condition: NotRequired[Condition]
    loops: NotRequired[list[int]]
    source: NotRequired[Source]


def bits_of_condition(condition: Condition) -> set[int]:
    """Return the classical bits that a condition reads."""
    terms = {bit for term in condition.get("terms", ()) for bit in term["classical_bits"]}
    return terms.union(condition.get("classical_bits", ()))


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the garbage collector: large lists of events start it, but hold no cycles (60 ms for 10,000)."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def edges(events: Sequence[Event]) -> list[Edge]:
    """Return the edges of the graph, ordered by source, target and relation (NEXT first), in linear time."""
    outgoing: list[list[Edge]] = [[] for _ in events]
    last_touch: dict[int, int] = {}
    for target, event in enumerate(events):
        if target:
            outgoing[target - 1].append((target - 1, target, NEXT, None))
        qubits = event.get("qubits")
        if not qubits:
            continue
        if len(qubits) == 1:  # most events, for which this is faster
            source = last_touch.get(qubits[0])
            if source is not None:
                outgoing[source].append((source, target, QUBIT_DEP, [qubits[0]]))
            last_touch[qubits[0]] = target
            continue
        shared: dict[int, list[int]] = {}
        for qubit in qubits:
            source = last_touch.get(qubit)
            if source is not None:
                shared.setdefault(source, []).append(qubit)
            last_touch[qubit] = target
        for source, joined in shared.items():
            if len(joined) > 1:
                joined.sort()
            outgoing[source].append((source, target, QUBIT_DEP, joined))
    return [edge for group in outgoing for edge in group]


def node_pairs(events: Iterable[Event]) -> list[list[object]]:
    """Return nodes of an execution: ``[id, {type, timestamp, qubits, gate_name, classical_bits}]``."""
    pairs: list[list[object]] = []
    for event in events:
        data: dict[str, object] = {"type": event["event_type"], "timestamp": event["timestamp"]}
        if "qubits" in event:
            data["qubits"] = event["qubits"]
        if "gate_name" in event:
            data["gate_name"] = event["gate_name"]
        if "classical_bits" in event:
            data["classical_bits"] = event["classical_bits"]
        pairs.append([event["event_id"], data])
    return pairs


def edge_pairs(graph_edges: Iterable[Edge]) -> list[list[object]]:
    """Return edges of an execution: ``[source, target, {relation, qubits}]``."""
    return [
        [
            source,
            target,
            {"relation": relation} if qubits is None else {"relation": relation, "qubits": qubits},
        ]
        for source, target, relation, qubits in graph_edges
    ]


def graph_node(event: Event) -> GraphNode:
    """Return one event as a node."""
    gate, qubits = event.get("gate_name"), event.get("qubits")
    return GraphNode(event["event_id"], event["event_type"], gate, qubits, event["timestamp"])


def graph_nodes(events: Iterable[Event]) -> list[GraphNode]:
    """Return events as nodes."""
    return [graph_node(event) for event in events]


def graph_edge(edge: Edge) -> GraphEdge:
    """Return one edge in the form of JSON."""
    source, target, relation, qubits = edge
    return GraphEdge(source, target, relation, UNSET if qubits is None else qubits)


def graph(events: Sequence[Event]) -> Graph:
    """Return the graph of these events in the form of the overview, the replay and the graph routes."""
    return Graph(graph_nodes(events), [graph_edge(edge) for edge in edges(events)])
