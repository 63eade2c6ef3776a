"""Stored vectors."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Context:
    """A context of a vector; each weight is divided by the sum of all weights."""

    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class QuantumState:
    """The recorded state of a vector."""

    num_qubits: int
    coherent: bool
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Vector:
    """A stored vector.

    Attributes:
        quantum_state: null once decoherence cleanup has removed it.
    """

    id: str
    contexts: list[Context]
    coherence_time_ms: float | None
    metadata: dict[str, Any]
    quantum_state: QuantumState | None
    created_at: datetime
    updated_at: datetime
    vector: list[float] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class InsertedVector:
    """The answer to a stored vector.

    Attributes:
        quantum_encoded: Whether its state was recorded; no circuit was run.
    """

    id: str
    status: str
    quantum_encoded: bool
    timestamp: datetime


@dataclass(frozen=True, slots=True)
class BatchItemError:
    """Why one vector of a batch was refused."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class BatchItem:
    """The result for one vector of a batch."""

    index: int
    id: str | None
    status: str
    error: BatchItemError | None = None


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The result of a batch.

    Attributes:
        quantum_batch: Whether the states of all stored vectors were recorded.
    """

    inserted: int
    failed: int
    transaction_id: str
    quantum_batch: bool
    results: list[BatchItem] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class UpdatedVector:
    """The answer to a changed vector.

    Attributes:
        quantum_propagation: Whether an entangled partner was moved.
    """

    id: str
    status: str
    entangled_partners_updated: int
    quantum_propagation: bool


@dataclass(frozen=True, slots=True)
class DeletedVector:
    """The answer to a deleted vector."""

    id: str
    status: str
    entanglements_removed: int


@dataclass(frozen=True, slots=True)
class DeletedVectors:
    """The answer to many deleted vectors."""

    deleted: int
    missing: list[str] | None = None
    more: bool | None = None


@dataclass(frozen=True, slots=True)
class EmptiedStore:
    """The answer to a store that was emptied."""

    deleted: int
    complete: bool


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The result of an import.

    Attributes:
        errors: the first bad lines, each with its number and the reason.
    """

    inserted: int
    updated: int
    failed: int
    errors: list[dict[str, Any]]
