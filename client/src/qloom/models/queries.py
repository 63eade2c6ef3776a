"""Queries for vectors."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class QueryResult:
    """One vector that a query found.

    Attributes:
        score: On the scale of the cosine.
        quantum_enhanced: A circuit made this score.
        context_collapsed: The context that the superposition was projected on.
        classical_score: The cosine with the query.
        quantum_score: The interference circuit's, if it scored this.
        vector: Unless include_vector is false.
        walk_probability: Where the walk is found; with enable_tunneling.
    """

    id: str
    score: float
    metadata: dict[str, Any]
    quantum_enhanced: bool
    context_collapsed: str | None
    classical_score: float
    quantum_score: float | None
    vector: list[float] | None = None
    walk_probability: float | None = None


@dataclass(frozen=True, slots=True)
class QueryStats:
    """How a query was answered.

    Attributes:
        circuit_candidates: Those that circuits scored.
        circuit_qubits: Of the widest circuit.
        contexts: Different contexts among the candidates, where one was asked.
        index: How the candidates were read.
        filter_index: Whether an index served the filter.
    """

    candidates: int
    circuit_candidates: int
    circuit_qubits: int
    circuits: int
    contexts: int
    index: str
    filter_index: bool | None
    seed: int | None


@dataclass(frozen=True, slots=True)
class QueryWarning:
    """What could not be done as asked."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The circuit of a query, whose run is stored as an execution."""

    qubits: int
    depth: int
    openqasm: str
    execution_id: str


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """The vectors that a query found, the best first.

    Attributes:
        quantum_enhanced: Of at least one result.
        quantum_time_ms: Building and running the circuits; 0 if none was run.
    """

    results: list[QueryResult]
    quantum_enhanced: bool
    stats: QueryStats
    warnings: list[QueryWarning]
    query_time_ms: float
    quantum_time_ms: float
    cache_hit: bool
    explanation: Explanation | None = None

    def __iter__(self) -> Iterator[QueryResult]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)
