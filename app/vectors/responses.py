"""The responses of the routes of vectors; each struct is encoded, and described in OpenAPI."""

from typing import Annotated, Any, Literal
from uuid import uuid4

from msgspec import UNSET, Raw, Struct, UnsetType, structs
from sqlalchemy import Row

from app.rest.struct_schemas import DateTime, described
from app.timestamps import iso8601
from app.vectors.batch_input import ItemResult
from app.vectors.bodies import ContextInput
from app.vectors.stored_json import shortest

Numbers = Annotated[Raw | UnsetType, described(type="array", items={"type": "number"})]
JsonObject = Annotated[Raw, described(type="object")]


class State(Struct):
    """The record of a vector's quantum state."""

    num_qubits: int
    coherent: bool
    expires_at: DateTime | None


class Content(Struct, kw_only=True):
    """The stored input of a vector: a line of an export, which an import can read."""

    id: str
    vector: Numbers = UNSET
    contexts: list[ContextInput]
    coherence_time_ms: float | None
    metadata: JsonObject


class Vector(Content, kw_only=True):
    """One vector; ``vector`` is left out with ``include_vector=false``."""

    quantum_state: Annotated[State | None, described("null once decoherence cleanup has removed it.")]
    created_at: DateTime
    updated_at: DateTime


class Pagination(Struct):
    """Where a page stands; ``page``, ``total`` and ``pages`` are null when reading by cursor."""

    page: int | None
    size: int
    total: int | None
    pages: int | None
    total_is_estimate: bool
    next_cursor: str | None


class VectorList(Struct):
    """A page of vectors; or, where ids were asked for, their vectors and the ``missing`` ids."""

    results: list[Vector]
    pagination: Pagination | UnsetType = UNSET
    missing: list[str] | UnsetType = UNSET


class Inserted(Struct):
    """That a vector was stored."""

    id: str
    status: Annotated[str, described(enum=["inserted", "updated"])]
    quantum_encoded: Annotated[bool, described("That its state was recorded; no circuit was run.")]
    timestamp: DateTime


class Updated(Struct):
    """That a vector was changed."""

    id: str
    status: Literal["updated"]
    entangled_partners_updated: int
    quantum_propagation: Annotated[bool, described("Whether an entangled partner was moved.")]


class Deleted(Struct):
    """That a vector was deleted."""

    id: str
    status: Literal["deleted"]
    entanglements_removed: int


class DeletedMany(Struct):
    """How many vectors were deleted; by ids also which were not there, by filter whether more are left."""

    deleted: int
    missing: list[str] | UnsetType = UNSET
    more: bool | UnsetType = UNSET


class ItemError(Struct):
    """Why an item of a batch was not stored."""

    code: str
    detail: str


class Item(Struct):
    """The result for one item of a batch."""

    index: int
    id: str | None
    status: Annotated[str, described(enum=["inserted", "updated", "failed"])]
    error: ItemError | UnsetType = UNSET


class BatchResult(Struct):
    """The result of a batch; ``inserted`` counts all stored vectors, including replaced ones."""

    inserted: int
    failed: int
    transaction_id: str
    quantum_batch: Annotated[bool, described("That the states of all that were stored are recorded.")]
    results: list[Item] | UnsetType = UNSET


def vector_of(stored: Row[Any]) -> Vector:
    """Return the vector of a row of ``reads``."""
    state = None
    if stored.num_qubits is not None:
        expires_at = None if stored.expires_at is None else iso8601(stored.expires_at)
        state = State(stored.num_qubits, stored.is_coherent, expires_at)
    return Vector(
        **structs.asdict(content_of(stored)),
        quantum_state=state,
        created_at=iso8601(stored.created_at),
        updated_at=iso8601(stored.updated_at),
    )


def content_of(stored: Row[Any]) -> Content:
    """Return what was given of the vector of a row of ``reads``."""
    pairs = zip(stored.context_names, stored.context_weights, strict=True)
    return Content(
        id=stored.id,
        vector=UNSET if stored.embedding is None else Raw(stored.embedding.encode()),
        contexts=[ContextInput(name, weight) for name, weight in pairs],
        coherence_time_ms=_whole_as_integer(stored.coherence_time_ms),
        metadata=shortest(stored.metadata),
    )


def _whole_as_integer(number: float | None) -> float | None:
    """Return a number as an integer if it is one: clients read ``1000.0`` as a number of another type."""
    return int(number) if number is not None and number.is_integer() else number


def batch_result_of(results: list[ItemResult]) -> BatchResult:
    """Return the contract's response to a batch, with each item's result if some were not stored."""
    failed = sum(result.error is not None for result in results)
    return BatchResult(
        inserted=len(results) - failed,
        failed=failed,
        transaction_id=f"tx_{uuid4().hex}",
        quantum_batch=failed < len(results),
        results=[_item(result) for result in results] if failed else UNSET,
    )


def _item(result: ItemResult) -> Item:
    error = UNSET if result.error is None else ItemError(result.error.code, result.error.message)
    return Item(result.index, result.id, result.status, error)
