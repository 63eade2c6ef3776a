"""The steps of a run."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from qloom.models.graphs import GraphEdge, GraphNode
from qloom.models.noise import NoiseConfig
from qloom.pictures import svg_graph


@dataclass(frozen=True, slots=True)
class Replay:
    """All steps of one execution, in order."""

    execution_id: str
    circuit_name: str
    total_steps: int
    steps: list[GraphNode] = field(repr=False)
    edges: list[GraphEdge] = field(repr=False)
    is_noisy: bool
    noise_config: NoiseConfig | None = field(repr=False)

    def __iter__(self) -> Iterator[GraphNode]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def _repr_svg_(self) -> str:
        return svg_graph(self.steps, self.edges)


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
