"""The contract's answers as strict types, and what Qloom adds; nothing else may stand in an answer."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from tests.stack import wait_until

Relation = Literal["NEXT", "QUBIT_DEP"]
EventType = Literal["EXECUTION_START", "GATE", "MEASUREMENT", "RESET", "BARRIER", "EXECUTION_END"]


class Strict(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An object that has all of its fields and no other."""


class NoiseSummary(Strict, kw_only=True):
    """``noise_config`` in the list."""

    noise_type: Literal["depolarizing", "thermal"]
    noise_level: Literal["low", "medium", "high", "very_high"]


class NoiseConfig(NoiseSummary, kw_only=True):
    """``noise_config`` of one execution; ``derived`` is Qloom's."""

    single_gate_error: float
    two_gate_error: float
    measurement_error: float
    t1: float | UnsetType = UNSET
    t2: float | UnsetType = UNSET
    gate_time: float | UnsetType = UNSET
    derived: dict[str, float]


class Event(Strict, kw_only=True):
    """One event; the last five are Qloom's."""

    event_id: int
    event_type: EventType
    timestamp: int
    gate_name: str | UnsetType = UNSET
    qubits: list[int] | UnsetType = UNSET
    classical_bits: list[int] | UnsetType = UNSET
    outcome: UnsetType | None = UNSET
    parameters: list[float] | UnsetType = UNSET
    control_state: int | UnsetType = UNSET
    condition: dict[str, Any] | UnsetType = UNSET
    loops: list[int] | UnsetType = UNSET
    unit: str | UnsetType = UNSET
    source: dict[str, Any] | UnsetType = UNSET


class NodeData(Strict, kw_only=True):
    """What stands beside a node's id in the answer to a POST."""

    type: EventType
    timestamp: int
    qubits: list[int] | UnsetType = UNSET
    gate_name: str | UnsetType = UNSET
    classical_bits: list[int] | UnsetType = UNSET


class EdgeData(Strict, kw_only=True):
    """What stands beside an edge's ends in the answer to a POST."""

    relation: Relation
    qubits: list[int] | UnsetType = UNSET


class Run(Strict, kw_only=True):
    """What Qloom adds to every answer about one execution."""

    num_qubits: int
    shots: int
    seed: int
    method: str
    method_reason: str
    requested_method: str
    parameters: dict[str, int] | UnsetType = UNSET
    tags: list[str]
    versions: dict[str, str]
    counts_incomplete: bool
    graph_status: Literal["pending", "stored"]
    created_at: datetime
    parse_time_ms: float
    transpile_time_ms: float
    simulation_time_ms: float


class Timings(Strict, kw_only=True):
    """The contract's four times."""

    event_extraction_time_ms: float
    in_memory_graph_time_ms: float
    neo4j_persistence_time_ms: float
    total_observability_time_ms: float


class Execution(Run, kw_only=True):
    """``ExecutionResponse`` and ``NoisyExecutionResponse``; the four times of ``Timings`` among the rest."""

    event_extraction_time_ms: float
    in_memory_graph_time_ms: float
    neo4j_persistence_time_ms: float
    total_observability_time_ms: float
    execution_id: UUID
    circuit_name: str
    num_gates: int
    num_events: int
    counts: dict[str, int]
    events: list[Event]
    nodes: list[tuple[int, NodeData]]
    edges: list[tuple[int, int, EdgeData]]
    noise_config: NoiseConfig | None
    is_noisy: bool


class GraphNode(Strict, kw_only=True):
    """``GraphNode``."""

    id: int
    type: EventType
    gate: str | None
    qubits: list[int] | None
    timestamp: int


class GraphEdge(Strict, kw_only=True):
    """``GraphEdge``."""

    source: int
    target: int
    relation: Relation
    qubits: list[int] | UnsetType = UNSET


class Graph(Strict, kw_only=True):
    """``GraphResponse``."""

    nodes: list[GraphNode]
    edges: list[GraphEdge]


class Overview(Run, kw_only=True):
    """``ExecutionOverviewResponse``, with the counts."""

    execution_id: UUID
    circuit_name: str
    num_gates: int
    num_events: int
    last_timestamp: int
    is_noisy: bool
    noise_config: NoiseConfig | UnsetType = UNSET
    counts: dict[str, int]
    performance_stats: Timings
    graph: Graph


class Summary(Strict, kw_only=True):
    """``ExecutionSummary``; status, graph_status and tags are Qloom's."""

    execution_id: UUID
    circuit_name: str
    num_events: int
    event_count: int
    time: float
    created_at: datetime
    is_noisy: bool
    noise_config: NoiseSummary | UnsetType = UNSET
    status: Literal["SUCCEEDED"]
    graph_status: Literal["pending", "stored"]
    tags: list[str]


class ExecutionList(Strict, kw_only=True):
    """``ExecutionListResponse``; cursors and the estimate are Qloom's."""

    page: int | None
    limit: int
    total: int | None
    total_is_estimate: bool
    next_cursor: str | None
    previous_cursor: str | None
    executions: list[Summary]


def with_graph(post: Callable[[], Any]) -> Execution:
    """The answer to a POST, sent again if a busy machine has answered before it has written the graph."""

    def stored() -> Execution | None:
        found = execution(post())
        return found if found.graph_status == "stored" else None

    found: Execution = wait_until(stored, what="an answer with its graph")
    return found


def execution(answer: Any) -> Execution:
    """The answer to a POST, checked in its form and against itself."""
    assert answer.status_code == 200, answer.text
    found = msgspec.json.decode(answer.content, type=Execution)
    assert sum(found.counts.values()) == found.shots
    assert [event.event_id for event in found.events] == list(range(found.num_events))
    assert [event.timestamp for event in found.events] == list(range(found.num_events))
    assert [node for node, _ in found.nodes] == list(range(found.num_events))
    assert found.num_gates == sum(event.event_type == "GATE" for event in found.events)
    assert (found.events[0].event_type, found.events[-1].event_type) == ("EXECUTION_START", "EXECUTION_END")
    parts = found.event_extraction_time_ms + found.in_memory_graph_time_ms + found.neo4j_persistence_time_ms
    assert abs(found.total_observability_time_ms - parts) < 1e-3
    assert found.is_noisy == (found.noise_config is not None)
    following = [(a, b) for a, b, data in found.edges if data.relation == "NEXT"]
    assert following == [(index, index + 1) for index in range(found.num_events - 1)]
    for event in found.events:
        check_event(event)
    for _, _, data in found.edges:
        assert (data.qubits is UNSET) == (data.relation == "NEXT")
    return found


def check_event(event: Event) -> None:
    """Each type of event has the contract's fields."""
    if event.event_type == "GATE":
        assert isinstance(event.gate_name, str)
        assert isinstance(event.qubits, list)
    elif event.event_type == "MEASUREMENT":
        assert isinstance(event.qubits, list)
        assert isinstance(event.classical_bits, list)
        assert event.outcome is None
    elif event.event_type in ("EXECUTION_START", "EXECUTION_END"):
        assert event.gate_name is UNSET
        assert event.qubits is UNSET
