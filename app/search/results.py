"""The answer of a query: the structs that are encoded, and that describe it in OpenAPI."""

from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Raw, Struct, UnsetType

from app.rest.struct_schemas import described

JsonObject = Annotated[Raw, described(type="object", additionalProperties=True)]
JsonNumbers = Annotated[
    Raw | UnsetType, described("Unless include_vector is false.", type="array", items={"type": "number"})
]


class QueryResult(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One vector that was found; its numbers and its metadata are JSON as PostgreSQL gave it.

    A score by a circuit is ``None`` where no circuit scored this vector.
    """

    id: str
    score: Annotated[float, described("On the scale of the cosine.")]
    vector: JsonNumbers = UNSET
    metadata: JsonObject
    quantum_enhanced: Annotated[bool, described("A circuit made this score.")]
    context_collapsed: Annotated[
        str | None, described("The context that the superposition was projected on.")
    ]
    classical_score: Annotated[float, described("The cosine with the query.")]
    quantum_score: Annotated[float | None, described("The interference circuit's, if it scored this.")]
    walk_probability: Annotated[
        float | UnsetType | None, described("Where the walk is found; with enable_tunneling.")
    ] = UNSET


class Stats(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the results were found."""

    candidates: int
    circuit_candidates: Annotated[int, described("Those that circuits scored.")]
    circuit_qubits: Annotated[int, described("Of the widest circuit.")]
    circuits: int
    contexts: Annotated[int, described("Different contexts among the candidates, where one was asked.")]
    index: Annotated[str, described("How the candidates were read.")]
    filter_index: Annotated[bool | None, described("Whether an index served the filter.")]
    seed: int | None


class Caveat(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that was asked and not done."""

    code: str
    message: str


class Explanation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The circuit that scored the candidates, and the execution that its run is stored as."""

    qubits: int
    depth: int
    openqasm: str
    execution_id: UUID


class SnapshotResults(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The part of an answer that is cached: it is the same for every answer from one snapshot."""

    results: list[QueryResult]
    quantum_enhanced: Annotated[bool, described("Of at least one result.")]
    stats: Stats
    warnings: list[Caveat]
    explanation: Explanation | UnsetType = UNSET


class QueryAnswer(SnapshotResults, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole document: with the times that each answer has of its own."""

    query_time_ms: float
    quantum_time_ms: Annotated[float, described("Building and running the circuits; 0 if none was run.")]
    cache_hit: bool


class QueryBatchAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """The results of a batch, in the order of its queries."""

    results: list[QueryAnswer]
