"""Queries for vectors."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class QueryResult:
    """One vector that a query found.

    Attributes:
        score: On the scale of the cosine.
        quantum_enhanced: Whether a circuit made this score.
        context_collapsed: The context on which the superposition was projected.
        classical_score: The cosine with the query.
        quantum_score: The score of the interference circuit, if it scored this vector.
        vector: The numbers, unless include_vector is false.
        walk_probability: The probability of finding the walk at this vector, with enable_tunneling.
    """

    id: str
    score: float
    metadata: dict[str, Any]
    quantum_enhanced: bool
    context_collapsed: str | None
    classical_score: float
    quantum_score: float | None
    vector: list[float] | None = field(default=None, repr=False)
    walk_probability: float | None = None


@dataclass(frozen=True, slots=True)
class QueryStats:
    """How a query was answered.

    Attributes:
        circuit_candidates: How many candidates circuits scored.
        circuit_qubits: Qubits of the widest circuit.
        contexts: How many different contexts the candidates have, if the query has a context.
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
        quantum_enhanced: Whether a circuit made the score of at least one result.
        quantum_time_ms: Time of building and running the circuits; 0 if none was run.
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
