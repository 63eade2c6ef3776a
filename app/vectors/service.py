"""The writes of vectors: insert, replace, change, delete.

Each function is one step of a transaction that the caller opens; its last statement raises the store's
version.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from app import audit
from app.audit import Action, Kind
from app.errors import BadRequestError, ConflictError, InvalidInputError, Location, NotFoundError
from app.vectors import partners, repository, vector_input
from app.vectors.batch_input import Batch, CheckedItem, ItemResult
from app.vectors.bodies import DeleteInput, VectorChange, VectorInput
from app.vectors.filters import compile_filter
from app.vectors.limits import MAX_BATCH_VECTORS
from app.vectors.responses import DeletedMany
from app.webhooks.outbox import EventType, publish_ids

UNSET = msgspec.UNSET

FILTER: Location = ("body", "filter")
VECTOR: Location = ("body", "vector")


def insert(session: Session, given: VectorInput, configured: int | None, *, upsert: bool) -> bool:
    """Store one vector; return whether it is new, or has replaced one of its id.

    ``configured`` is the dimension that the settings name, if any.

    Raises:
        InvalidInputError: it cannot be stored.
        ConflictError: there is one with this id, and ``upsert`` was not asked for.
    """
    is_kept = _keeps_dimension(session, len(given.vector), configured)
    dimension = None if is_kept else repository.dimension_in_use(session) or configured
    vector = vector_input.check_vector(given, dimension)
    written = _write(session, [vector], is_kept=is_kept, upsert=upsert)
    if vector.id not in written:
        raise _exists_already(vector.id, vector_input.BODY)
    return written[vector.id]


def insert_batch(session: Session, batch: Batch, configured: int | None, *, upsert: bool) -> list[ItemResult]:
    """Store a batch: all of it or nothing, unless it asks for its good items.

    Raises:
        InvalidInputError: all or nothing, and an item cannot be stored.
        ConflictError: all or nothing, and an id is taken, without ``upsert``.
    """
    results = store_items(session, batch.items, configured, upsert=upsert)
    for result in results if batch.transaction else ():
        if result.error is not None:
            raise result.error
    return results


def store_items(
    session: Session,
    items: Sequence[CheckedItem],
    configured: int | None,
    *,
    upsert: bool,
    later_wins: bool = False,
) -> list[ItemResult]:
    """Store the good ones of some vectors; return what was done with each, in their order.

    The first good one sets the dimension of a store without vectors. Of vectors with the same id all but the
    first are refused, unless ``later_wins``.
    """
    dimension = next((item.vector.dimension for item in items if item.vector is not None), 0)
    is_kept = _keeps_dimension(session, dimension, configured)
    if not is_kept:
        dimension = repository.dimension_in_use(session) or configured or 0
    results: dict[int, ItemResult] = {}
    good: dict[str, list[tuple[int, vector_input.NewVector]]] = {}
    for index, item in enumerate(items):
        try:
            vector = _fitting(item, dimension or None)
            if vector.id in good and not later_wins:
                raise vector_input.refusal(
                    (*item.place, "id"), "is that of an earlier vector too; give each id once"
                )
        except InvalidInputError as error:
            results[index] = ItemResult(index, item.id, error=error)
            continue
        dimension = dimension or vector.dimension
        good.setdefault(vector.id, []).append((index, vector))
    written = _write(session, [each[-1][1] for each in good.values()], is_kept=is_kept, upsert=upsert)
    for vector_id, occurrences in good.items():
        is_new = written.get(vector_id, False)
        for index, _ in occurrences:
            conflict = None if vector_id in written else _exists_already(vector_id, items[index].place)
            results[index] = ItemResult(index, vector_id, is_new, conflict)
            is_new = False
    return [results[index] for index in range(len(items))]


def update(session: Session, vector_id: str, change: VectorChange, *, replace_metadata: bool) -> int:
    """Change what is given of a vector; its coherence begins anew. Return how many partners followed it.

    Raises:
        NotFoundError: there is no such vector.
        InvalidInputError: nothing is given, or the vector could not be stored so.
        ConflictError: an entangled partner cannot follow.
    """
    if all(getattr(change, name) is UNSET for name in change.__struct_fields__):
        raise InvalidInputError(f"nothing to change; give one of {', '.join(change.__struct_fields__)}")
    if not vector_input.is_id(vector_id):
        raise no_such_vector(vector_id)
    entangled = None if change.vector is UNSET else partners.connected.lock(session, vector_id)
    metadata = repository.lock_metadata(session, vector_id)
    dimension = repository.dimension(session)
    if metadata is None or dimension is None:
        raise no_such_vector(vector_id)
    numbers = None if change.vector is UNSET else vector_input.pack_numbers(change.vector, dimension, VECTOR)
    values = _changed_values(change, numbers)
    if change.metadata is not UNSET:
        vector_input.check_metadata(change.metadata, (*vector_input.BODY, "metadata"))
        merged = change.metadata if replace_metadata else {**metadata, **change.metadata}
        vector_input.encoded_metadata(merged, (*vector_input.BODY, "metadata"))
        values["metadata"] = merged
    repository.change(session, vector_id, values)
    moved: list[str] = []
    if entangled is not None and numbers is not None:
        moved = partners.connected.move_partners(session, entangled, numbers)
    changed = [vector_id, *moved]
    repository.encode_states(session, changed, _amplitude_qubits(dimension))
    audit.record(session, Action.UPDATED, Kind.VECTOR, vector_id, {"partners_moved": len(moved)})
    publish_ids(session, EventType.VECTOR_UPDATED, changed)
    repository.bump_version(session)
    return len(moved)


def delete(session: Session, vector_id: str) -> int:
    """Delete one vector with its state; return how many entangled groups it left.

    Raises:
        NotFoundError: there is no such vector.
    """
    if not vector_input.is_id(vector_id) or not repository.lock_ids(session, [vector_id]):
        raise no_such_vector(vector_id)
    return delete_locked(session, [vector_id])


def delete_many(session: Session, asked: DeleteInput) -> DeletedMany:
    """Delete by ids or by filter.

    Raises:
        InvalidInputError: neither or both are given, or the filter is empty or malformed.
        BadRequestError: there are no ids, or more than one request may name.
    """
    if (asked.ids is UNSET) == (asked.filter is UNSET):
        raise InvalidInputError("give either ids or filter")
    if asked.ids is not UNSET:
        return _delete_ids(session, asked.ids)
    condition = compile_filter(asked.filter, FILTER).clause
    if _has_empty_part(asked.filter):
        raise InvalidInputError("an empty filter would delete every vector; name a condition", FILTER)
    found = repository.lock_matching(session, condition, MAX_BATCH_VECTORS + 1)
    deleted = found[:MAX_BATCH_VECTORS]
    delete_locked(session, deleted)
    return DeletedMany(len(deleted), more=len(found) > len(deleted))


def _has_empty_part(filter_: object) -> bool:
    """Return whether a filter, or one within it, is an empty object, which every vector passes."""
    if isinstance(filter_, dict):
        return not filter_ or any(map(_has_empty_part, filter_.values()))
    return isinstance(filter_, list) and any(map(_has_empty_part, filter_))


def delete_locked(session: Session, ids: Sequence[str]) -> int:
    """Delete locked vectors; return how many places in entangled groups they had."""
    if not ids:
        return 0
    places = partners.connected.leave_groups(session, ids)
    repository.delete_locked(session, ids)
    _record(session, Action.DELETED, ids)
    publish_ids(session, EventType.VECTOR_DELETED, ids)
    repository.bump_version(session)
    return places


def no_such_vector(vector_id: str) -> NotFoundError:
    """Return the refusal of an id that no vector has."""
    return NotFoundError(f"There is no vector with the id {vector_id!r}.")


def _exists_already(vector_id: str, place: Location) -> ConflictError:
    where = vector_input.place_name(place)
    sentence = f"there is a vector with the id {vector_id!r} already; upsert=true replaces it"
    return ConflictError(f"{where}: {sentence}" if where else sentence, code="vector_exists")


def _keeps_dimension(session: Session, wanted: int, configured: int | None) -> bool:
    """Return whether vectors of this dimension can be stored; then the store keeps it until the commit."""
    return configured in (None, wanted) and repository.keep_dimension(session, wanted)


def _write(
    session: Session, vectors: Sequence[vector_input.NewVector], *, is_kept: bool, upsert: bool
) -> dict[str, bool]:
    """Write checked vectors of one dimension, with their states; return as ``repository.store`` does.

    ``is_kept``: the store has and keeps their dimension; else they set it, if there are no vectors yet.
    """
    if not vectors:
        return {}
    dimension = vectors[0].dimension
    if not is_kept and not repository.keep_dimension(session, dimension):
        claimed = repository.claim_dimension(session, dimension)
        if claimed != dimension:
            raise InvalidInputError(
                f"vectors of {dimension} numbers came too late; another first insert made this store's "
                f"{claimed}"
            )
    written = repository.store(session, vectors, upsert=upsert)
    if written:
        repository.encode_states(session, list(written), _amplitude_qubits(dimension))
        inserted = [vector_id for vector_id, is_new in written.items() if is_new]
        replaced = [vector_id for vector_id, is_new in written.items() if not is_new]
        _record(session, Action.CREATED, inserted)
        _record(session, Action.UPDATED, replaced)
        publish_ids(session, EventType.VECTOR_INSERTED, inserted)
        publish_ids(session, EventType.VECTOR_UPDATED, replaced)
        repository.bump_version(session)
    return written


def _fitting(item: CheckedItem, dimension: int | None) -> vector_input.NewVector:
    """Return the vector of an item, if it is good for a store of this dimension; else raise why it is not."""
    if item.vector is None:
        raise item.error or InvalidInputError("this is no vector", item.place)
    vector_input.check_dimension(item.vector.dimension, dimension, (*item.place, "vector"))
    return item.vector


def _delete_ids(session: Session, ids: Sequence[str]) -> DeletedMany:
    """Delete by ids; one that is named twice counts twice against the limit."""
    if not 1 <= len(ids) <= MAX_BATCH_VECTORS:
        raise BadRequestError(
            f"ids must be 1 to {MAX_BATCH_VECTORS} (max_batch_vectors); there are {len(ids)}."
        )
    for index, vector_id in enumerate(ids):
        vector_input.check_id(vector_id, (*vector_input.BODY, "ids", index))
    distinct = list(dict.fromkeys(ids))
    there = repository.lock_ids(session, distinct)
    delete_locked(session, there)
    deleted = set(there)
    missing = [vector_id for vector_id in distinct if vector_id not in deleted]
    return DeletedMany(len(there), missing=missing)


def _record(session: Session, action: Action, ids: Sequence[str]) -> None:
    """Record in the audit trail what was done to one vector, by its id, or to many, by their number."""
    if len(ids) == 1:
        audit.record(session, action, Kind.VECTOR, ids[0])
    elif ids:
        audit.record(session, action, Kind.VECTOR, None, {"count": len(ids)})


def _changed_values(change: VectorChange, numbers: bytes | None) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if numbers is not None:
        text = msgspec.json.encode(vector_input.unpack_numbers(numbers).tolist()).decode()
        values |= {"embedding": text, "indexed_in": None}
    if change.contexts is not UNSET:
        names, weights = vector_input.check_contexts(change.contexts, (*vector_input.BODY, "contexts"))
        sent = [context.weight for context in change.contexts]
        values |= {"context_names": names, "context_weights": weights, "sent_weights": sent}
    if change.coherence_time_ms is not UNSET:
        place = (*vector_input.BODY, "coherence_time_ms")
        values["coherence_time_ms"] = vector_input.check_coherence(change.coherence_time_ms, place)
    return values


def _amplitude_qubits(dimension: int) -> int:
    """Return how many qubits hold the amplitudes of one vector."""
    return max(1, (dimension - 1).bit_length())
