"""The event graph of an execution: a pure function of its events, and its forms in the contract.

Edges (DESIGN, "Circuits, events, graph"): NEXT joins consecutive events; QUBIT_DEP joins an event to the
last event that touched each of its qubits, one edge a pair of events. START and END touch no qubit here.
"""

from collections.abc import Iterable, Sequence
from typing import NotRequired, TypedDict

import msgspec

NEXT = "NEXT"
QUBIT_DEP = "QUBIT_DEP"

Edge = tuple[int, int, str, list[int] | None]
"""Source, target, relation, and the qubits (ascending; None on NEXT)."""


class ConditionTerm(TypedDict):
    """One comparison: the classical bits (least significant first) and what they must (not) equal."""

    classical_bits: list[int]
    value: int
    equal: bool


class Condition(TypedDict):
    """When a conditional event happens: all terms hold; ``text`` says the same for people."""

    text: str
    terms: list[ConditionTerm]


class EdgeRecord(msgspec.Struct, omit_defaults=True, gc=False):
    """One edge as the overview and the replay answer it; encodes to the same JSON as ``edge_objects``."""

    source: int
    target: int
    relation: str
    qubits: list[int] | None = None


class Event(TypedDict):
    """One event object of the contract, and what goes beyond it where a gate has it."""

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


def edges(events: Sequence[Event]) -> list[Edge]:
    """The edges of the graph, ordered by source, then target, NEXT first; linear in events and qubits."""
    outgoing: list[list[Edge]] = [[] for _ in events]
    last_touch: dict[int, int] = {}
    for target, event in enumerate(events):
        if target:
            outgoing[target - 1].append((target - 1, target, NEXT, None))
        qubits = event.get("qubits")
        if not qubits:
            continue
        if len(qubits) == 1:  # most events: worth the shorter way
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
    """Nodes as *execute* answers them: ``[id, {type, timestamp, qubits, gate_name, classical_bits}]``."""
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
    """Edges as *execute* answers them: ``[source, target, {relation, qubits}]``."""
    return [
        [
            source,
            target,
            {"relation": relation} if qubits is None else {"relation": relation, "qubits": qubits},
        ]
        for source, target, relation, qubits in graph_edges
    ]


def node_objects(events: Iterable[Event]) -> list[dict[str, object]]:
    """Nodes as the overview and the replay answer them: ``{id, type, gate, qubits, timestamp}``."""
    return [
        {
            "id": event["event_id"],
            "type": event["event_type"],
            "gate": event.get("gate_name"),
            "qubits": event.get("qubits"),
            "timestamp": event["timestamp"],
        }
        for event in events
    ]


def edge_objects(graph_edges: Iterable[Edge]) -> list[dict[str, object]]:
    """Edges as the overview and the replay answer them: ``{source, target, relation, qubits}``."""
    return [
        {"source": source, "target": target, "relation": relation}
        if qubits is None
        else {"source": source, "target": target, "relation": relation, "qubits": qubits}
        for source, target, relation, qubits in graph_edges
    ]


def edge_records(graph_edges: Iterable[Edge]) -> list[EdgeRecord]:
    """What ``edge_objects`` gives, only to be encoded: by tens of thousands in a third of the time."""
    return [EdgeRecord(*edge) for edge in graph_edges]
