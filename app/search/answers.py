"""The answer to a query: the contract's members, what Qloom adds, and their JSON."""

from uuid import UUID

import msgspec
from msgspec import UNSET, Raw, UnsetType

DECIMALS = 3
"""Of milliseconds."""


class QueryResult(msgspec.Struct, frozen=True, kw_only=True):
    """One vector that was found.

    ``vector`` and ``metadata`` are JSON as PostgreSQL gave it. ``quantum_score`` is the interference
    circuit's, ``walk_probability`` the walk's; ``null`` where no circuit scored this vector.
    """

    id: str
    score: float
    vector: Raw | UnsetType = UNSET
    metadata: Raw
    quantum_enhanced: bool
    context_collapsed: str | None
    classical_score: float
    quantum_score: float | None
    walk_probability: float | UnsetType | None = UNSET


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """How the answer was found.

    ``index`` is how the candidates were read, ``filter_index`` whether an index served the filter
    (``null`` without one). ``seed`` is that of sampled scores.
    """

    candidates: int
    circuit_candidates: int
    circuit_qubits: int
    circuits: int
    contexts: int
    index: str
    filter_index: bool | None
    seed: int | None


class Caveat(msgspec.Struct, frozen=True):
    """Something that was asked and not done."""

    code: str
    message: str


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """The circuit that scored the candidates, and the execution that it is stored as."""

    qubits: int
    depth: int
    openqasm: str
    execution_id: UUID


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What is the same whenever the query is answered from this snapshot: the part that is cached."""

    results: list[QueryResult]
    quantum_enhanced: bool
    stats: Stats
    warnings: list[Caveat] = []
    explanation: Explanation | UnsetType = UNSET


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """What each answering has of its own; milliseconds. A cached answer took no quantum time."""

    query_time_ms: float
    quantum_time_ms: float
    cache_hit: bool


encode = msgspec.json.Encoder().encode


def document(answer: bytes, times: Times) -> bytes:
    """The whole answer as JSON, from its encoded ``Answer``."""
    return answer[:-1] + b"," + encode(times)[1:]


def is_quantum(answer: bytes) -> bool:
    """Whether a circuit scored a result of an encoded ``Answer``.

    The last such member is the answer's own: those before it are the results', and texts after it have their
    quotes escaped.
    """
    return answer.rpartition(b'],"quantum_enhanced":')[2].startswith(b"true")


def milliseconds(value: float) -> float:
    """Rounded as answers show it."""
    return round(value, DECIMALS)
