"""The steps of a run."""

from dataclasses import dataclass
from typing import Any

from qloom.models.graphs import GraphEdge, GraphNode


@dataclass(frozen=True, slots=True)
class Replay:
    """All steps of one execution, in order."""

    execution_id: str
    circuit_name: str
    total_steps: int
    steps: list[GraphNode]
    edges: list[GraphEdge]
    is_noisy: bool
    noise_config: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class ReplayStep:
    """One step of one execution."""

    execution_id: str
    circuit_name: str
    is_noisy: bool
    noise_type: str | None
    noise_level: str | None
    total_steps: int
    step_index: int
    has_next: bool
    has_previous: bool
    event: GraphNode
