"""Event graphs, cones, critical paths and pattern searches."""

from dataclasses import dataclass
from datetime import datetime

from qloom.pictures import svg_graph


@dataclass(frozen=True, slots=True)
class GraphNode:
    """One event of a run; its step is ``timestamp``."""

    id: int
    type: str
    gate: str | None
    qubits: list[int] | None
    timestamp: int


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """An event follows another (NEXT), or acts on qubits after it (QUBIT_DEP)."""

    source: int
    target: int
    relation: str
    qubits: list[int] | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Graph:
    """The events of a run and what connects them."""

    nodes: list[GraphNode]
    edges: list[GraphEdge]

    def __repr__(self) -> str:
        return f"Graph({len(self.nodes)} events, {len(self.edges)} edges)"

    def _repr_svg_(self) -> str:
        return svg_graph(self.nodes, self.edges)


@dataclass(frozen=True, slots=True)
class Dependency:
    """An event depends on another through qubits or through classical bits."""

    source: int
    target: int
    relation: str
    qubits: list[int] | None = None
    classical_bits: list[int] | None = None


@dataclass(frozen=True, slots=True)
class ConeGraph:
    """The events of a cone and what connects them."""

    nodes: list[GraphNode]
    edges: list[Dependency]


@dataclass(frozen=True, slots=True)
class Cone:
    """What can have influenced an event, or what it can influence.

    Attributes:
        qubits: The qubits that these events act on.
    """

    execution_id: str
    event_id: int
    direction: str
    num_events: int
    event_ids: list[int]
    qubits: list[int]
    graph: ConeGraph


@dataclass(frozen=True, slots=True)
class PathNode:
    """One event of the critical path.

    Attributes:
        layer: From 1; 0 is before the first.
    """

    id: int
    type: str
    gate: str | None
    qubits: list[int] | None
    timestamp: int
    layer: int


@dataclass(frozen=True, slots=True)
class QubitTime:
    """How many layers of the schedule a qubit is busy and idle.

    Attributes:
        busy: Layers in which something acts on it.
        idle: The other layers.
        waiting: The idle layers between its first and its last operation.
    """

    qubit: int
    busy: int
    idle: int
    waiting: int


@dataclass(frozen=True, slots=True)
class CriticalPath:
    """The depth of a run, one longest chain of its events, and the idle layers of each qubit.

    Attributes:
        unit: A layer of the as-soon-as-possible schedule: every gate, measurement and reset takes
            one; EXECUTION_START, EXECUTION_END and barriers take none.
        depth: How many layers there are.
    """

    execution_id: str
    unit: str
    depth: int
    path: list[PathNode]
    qubits: list[QubitTime]


@dataclass(frozen=True, slots=True)
class PatternMatch:
    """An execution that holds a pattern.

    Attributes:
        match: The event that was found for each node.
    """

    execution_id: str
    circuit_name: str
    created_at: datetime
    match: dict[str, int]


@dataclass(frozen=True, slots=True)
class PatternSearch:
    """The executions that hold a pattern.

    Attributes:
        truncated: More executions than asked for hold the pattern.
        timed_out: Time ran out before all executions were looked at.
    """

    results: list[PatternMatch]
    truncated: bool
    timed_out: bool
