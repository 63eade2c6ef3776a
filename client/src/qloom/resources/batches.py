"""Batches of vectors of any size, divided into requests that the server's limits allow."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeAlias

from qloom.arrays import checked
from qloom.calls import Answer, Call, Flow, Repeat, ask, encode, given, query, texts
from qloom.errors import QloomError
from qloom.models.vectors import BatchResult
from qloom.progress import Bar, Progress
from qloom.reading import read

MOST_BYTES = 16 * 1024 * 1024
"""The most bytes of one request: the server decodes them in less than a second."""

LIMITS: Call[dict[str, Any]] = Call("GET", "/api/limits", lambda answer: dict(answer.json()))


class SupportsToList(Protocol):
    """An array of numpy, or an object with the same ``tolist``."""

    def tolist(self) -> Any: ...


VectorLike: TypeAlias = Sequence[float] | SupportsToList
"""The numbers of one vector: a list, or an array of shape (dimension,)."""

Contexts: TypeAlias = Mapping[str, float] | Iterable[tuple[str, float] | Mapping[str, Any]]
"""``{"technical": 0.7, "general": 0.3}``, or pairs of name and weight."""


def vector_document(
    id: str,
    vector: VectorLike | None,
    contexts: Contexts | None = None,
    coherence_time_ms: float | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a vector as the API takes it."""
    document: dict[str, Any] = given(
        {
            "id": id,
            "vector": vector,
            "contexts": contexts_document(contexts),
            "coherence_time_ms": coherence_time_ms,
            "metadata": metadata,
        }
    )
    return document


def contexts_document(contexts: Contexts | None) -> list[dict[str, Any]] | None:
    """Return contexts as the API takes them.

    Raises:
        QloomError: one is no pair.
    """
    if contexts is None:
        return None
    pairs = list(contexts.items() if isinstance(contexts, Mapping) else contexts)
    for each in pairs:
        if isinstance(each, str) or len(each) != 2:
            raise QloomError(f'contexts are pairs of name and weight: {{"technical": 0.7}}, and not {each!r}')
    return [
        dict(each) if isinstance(each, Mapping) else {"name": each[0], "weight": each[1]} for each in pairs
    ]


def given_document(index: int, vector: Mapping[str, Any]) -> bytes:
    """Return a vector that a caller gave as a dict, as JSON.

    Raises:
        QloomError: it is no dict, or it has a value that JSON cannot express; the message says which vector.
    """
    if not isinstance(vector, Mapping):
        raise QloomError(f"vector {index} is no dict with id and vector, but a {type(vector).__name__}")
    try:
        return encode(given({**vector, "contexts": contexts_document(vector.get("contexts"))}))
    except QloomError as error:
        raise QloomError(f"vector {index} (id {vector.get('id')!r}): {error}") from error


def rows(
    array: Any,
    ids: Sequence[str] | None,
    metadata: Sequence[Mapping[str, Any]] | None,
    id_prefix: str,
) -> Iterator[dict[str, Any]]:
    """Return the rows of an array of shape (vectors, dimension) as vectors.

    Raises:
        QloomError: the number of ``ids`` or ``metadata`` is not the number of rows, or ``array`` has not
            two axes.
    """
    array, ids = checked(array), texts("ids", ids) if ids is not None else None
    for name, listed in (("ids", ids), ("metadata", metadata)):
        if listed is not None and len(listed) != len(array):
            raise QloomError(f"there are {len(listed)} {name} for {len(array)} rows")
    for number, row in enumerate(array):
        yield vector_document(
            ids[number] if ids is not None else f"{id_prefix}{number}",
            row,
            metadata=metadata[number] if metadata is not None else None,
        )


def insert_batches(
    vectors: Iterable[Mapping[str, Any]], *, upsert: bool, transaction: bool, progress: Progress
) -> Flow[BatchResult]:
    """Insert vectors in as many requests as the limits need, each done once."""
    limits = yield from ask(LIMITS)
    total = len(vectors) if isinstance(vectors, Sequence) else None
    bar, whole = Bar(progress, total, "vectors"), BatchResult(0, 0, "", True, None)
    begun = 0
    try:
        for items in _cut(vectors, limits["max_batch_vectors"], min(limits["max_body_bytes"], MOST_BYTES)):
            found = yield from ask(_batch(items, upsert=upsert, transaction=transaction))
            whole = _joined(whole, found, begun)
            begun += len(items)
            bar.advance(len(items))
    except BaseException as error:  # an interruption too
        if begun:
            error.add_note(f"{whole.inserted} vectors of requests before this one are stored.")
        raise
    finally:
        bar.close()
    return whole


def _cut(vectors: Iterable[Mapping[str, Any]], most: int, most_bytes: int) -> Iterator[list[bytes]]:
    """Divide vectors, written as JSON, into lists that fit into one request each."""
    items: list[bytes] = []
    size = 0
    room = most_bytes - 100  # for the other members of the body
    for index, vector in enumerate(vectors):
        item = given_document(index, vector)
        if items and (len(items) == most or size + len(item) + 1 > room):
            yield items
            items, size = [], 0
        items.append(item)
        size += len(item) + 1
    if items:
        yield items


def _batch(items: list[bytes], *, upsert: bool, transaction: bool) -> Call[BatchResult]:
    ending = b'],"transaction":true}' if transaction else b'],"transaction":false}'
    content = b'{"vectors":[' + b",".join(items) + ending
    headers = {"Content-Type": "application/json"}
    params = query(upsert=upsert or None)
    return Call("POST", "/v2/vectors/batch", _result, params, headers, content, Repeat.KEYED)


def _result(answer: Answer) -> BatchResult:
    return read(BatchResult, answer.json())


def _joined(whole: BatchResult, part: BatchResult, begun: int) -> BatchResult:
    """Return both results as one; an item's index counts from the first vector of the first request."""
    items = [replace(item, index=item.index + begun) for item in part.results or ()]
    return BatchResult(
        whole.inserted + part.inserted,
        whole.failed + part.failed,
        ",".join(filter(None, (whole.transaction_id, part.transaction_id))),
        whole.quantum_batch and part.quantum_batch,
        [*(whole.results or ()), *items] or None,
    )
