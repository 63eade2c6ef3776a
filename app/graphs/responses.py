"""The bodies of the responses of the graph routes."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from app.circuits import causality
from app.circuits.causality import Dependency, Direction, QubitTime
from app.circuits.event_graph import Event, GraphNode, collector_paused, graph_nodes
from app.rest.struct_schemas import DateTime


class ConeGraph(msgspec.Struct):
    """The event and its cone; START and END touch every qubit here."""

    nodes: list[GraphNode]
    edges: list[Dependency]


class Cone(msgspec.Struct):
    """The events on one side of an event, without it."""

    execution_id: UUID
    event_id: int
    direction: Direction
    num_events: int
    event_ids: list[int]
    qubits: Annotated[list[int], Meta(description="The qubits that these events touch.")]
    graph: ConeGraph


class PathNode(GraphNode):
    """An event of the critical path, and its layer."""

    layer: Annotated[int, Meta(description="From 1; 0 is before the first.")]


class CriticalPath(msgspec.Struct):
    """The longest chain of events, each of which needs the one before."""

    execution_id: UUID
    unit: Annotated[
        Literal["layer"],
        Meta(
            description="A layer of the as-soon-as-possible schedule: every gate, measurement and "
            "reset takes one; EXECUTION_START, EXECUTION_END and barriers take none."
        ),
    ]
    depth: Annotated[int, Meta(description="How many layers there are.")]
    path: list[PathNode]
    qubits: list[QubitTime]


class Found(msgspec.Struct):
    """An execution that holds the pattern, and one place where it does."""

    execution_id: UUID
    circuit_name: str
    created_at: DateTime
    match: Annotated[
        dict[str, int],
        Meta(description="The event found for each node.", extra_json_schema={"example": {"a": 1, "b": 2}}),
    ]


class Search(msgspec.Struct):
    """The executions that a search found, newest first."""

    results: list[Found]
    truncated: Annotated[bool, Meta(description="More executions than asked for hold the pattern.")]
    timed_out: Annotated[bool, Meta(description="Time ran out before all executions were looked at.")]


@collector_paused()
def cone(
    execution_id: UUID, events: list[Event], num_qubits: int, event_id: int, direction: Direction
) -> Cone:
    """Return what can have influenced an event, or what it can influence."""
    found = causality.cone(events, num_qubits, event_id, direction)
    inside = sorted([event_id, *found.event_ids])
    return Cone(
        execution_id,
        event_id,
        direction,
        num_events=len(found.event_ids),
        event_ids=found.event_ids,
        qubits=sorted({qubit for each in found.event_ids for qubit in events[each].get("qubits", ())}),
        graph=ConeGraph(graph_nodes(events[each] for each in inside), found.dependencies),
    )


@collector_paused()
def critical_path(execution_id: UUID, events: list[Event], num_qubits: int) -> CriticalPath:
    """Return the depth, one longest chain of events, and the busy and idle layers of each qubit."""
    found = causality.schedule(events, num_qubits)
    nodes = graph_nodes(events[event_id] for event_id in found.path)
    path = [PathNode(**msgspec.structs.asdict(node), layer=found.layers[node.id]) for node in nodes]
    return CriticalPath(execution_id, "layer", found.depth, path, found.qubits)
