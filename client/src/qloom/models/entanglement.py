"""Entangled groups and the coherence of states."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Group:
    """A group of entangled vectors.

    Attributes:
        entities: How many members it has.
        correlation_strength: The strength of the request.
        quantum_state_created: Whether the circuit of the group was run when it was made.
        measured_correlation: The mean of ⟨Z_i Z_j⟩ over all pairs of members, as the circuit gave
            it.
        shots: Shots of the circuit.
        seed: Seed of the circuit.
        graph_status: Whether Neo4j has the present state of the group.
    """

    group_id: str
    entities: int
    correlation_strength: float
    quantum_state_created: bool
    measured_correlation: float
    shots: int
    seed: int
    graph_status: str
    created_at: datetime
    entity_ids: list[str] | None = None


@dataclass(frozen=True, slots=True)
class GroupDeleted:
    """The answer to a deleted group."""

    group_id: str
    status: str


@dataclass(frozen=True, slots=True)
class Partner:
    """A vector that is entangled with another."""

    id: str
    correlation: float
    group_id: str


@dataclass(frozen=True, slots=True)
class Partners:
    """The partners of a vector, the strongest first."""

    entity_id: str
    partners: list[Partner]


@dataclass(frozen=True, slots=True)
class Neighbor:
    """A vector that is reached over groups.

    Attributes:
        distance: How many hops away it is.
        correlation: The correlation of the last hop's group.
        group_id: The last hop's group.
        via: The vector one hop nearer.
    """

    id: str
    distance: int
    correlation: float
    group_id: str
    via: str


@dataclass(frozen=True, slots=True)
class Neighborhood:
    """The vectors that are reached from one over groups.

    Attributes:
        truncated: Whether there are more.
    """

    entity_id: str
    hops: int
    neighbors: list[Neighbor]
    truncated: bool


@dataclass(frozen=True, slots=True)
class Decoherence:
    """What a cleanup of states removed.

    Attributes:
        memory_freed_mb: The size of the removed rows by pg_column_size, in 1,000,000 bytes.
        complete: ``False`` if time ran out; another call removes more.
    """

    states_cleaned: int
    memory_freed_mb: float
    execution_time_ms: float
    complete: bool
