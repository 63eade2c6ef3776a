"""Queries for vectors, one and many."""

from collections.abc import Iterable, Iterator, Mapping, Sized
from typing import Any, Literal, SupportsInt

from qloom.calls import Answer, Call, Flow, Repeat, as_type, ask, given, send_json
from qloom.errors import QloomError
from qloom.filters import FilterLike, filter_document
from qloom.models.queries import QueryAnswer
from qloom.reading import read
from qloom.resources.batches import LIMITS, VectorLike

Mode = Literal["precise", "balanced", "exploratory"]

DEFAULT_TOP_K = 10
"""How many results the server gives to a query without ``top_k``."""


def query_document(
    vector: VectorLike | None = None,
    *,
    id: str | None = None,
    filters: FilterLike | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Return a query as the API takes it.

    Raises:
        QloomError: neither a vector nor an id was given, or both.
    """
    if (vector is None) == (id is None):
        raise QloomError("a query needs a vector or the id of a stored one")
    numbers = vector.tolist() if vector is not None and hasattr(vector, "tolist") else vector
    return given({"vector": numbers, "id": id, "filters": filter_document(filters), **options})  # type: ignore[no-any-return]


def query_call(document: dict[str, Any]) -> Call[QueryAnswer]:
    """Return the call of one query. It stores nothing, except with ``explain``."""
    repeat = Repeat.NEVER if document.get("explain") else Repeat.SAFE
    return send_json("POST", "/v2/query", as_type(QueryAnswer), document, repeat=repeat)


def query_batches(queries: Iterable[Mapping[str, Any]]) -> Flow[list[QueryAnswer]]:
    """Answer queries in as many requests as the limits need."""
    documents = [_document(index, each) for index, each in enumerate(queries)]
    limits = yield from ask(LIMITS)
    found: list[QueryAnswer] = []
    for part in _cut(documents, limits):
        found += yield from ask(send_json("POST", "/v2/query/batch", _answers, {"queries": part}))
    return found


def _cut(documents: list[dict[str, Any]], limits: Mapping[str, int]) -> Iterator[list[dict[str, Any]]]:
    """Divide queries into lists, each of which fits into one request and its answer."""
    lengths = {len(each["vector"]) for each in documents if isinstance(each.get("vector"), Sized)}
    dimension = max(lengths, default=limits["max_dimension"])
    part: list[dict[str, Any]] = []
    numbers = 0
    for document in documents:
        more = dimension * _vectors(document)
        if len(part) == limits["max_batch_queries"] or numbers + more > limits["max_answer_numbers"]:
            if part:
                yield part
            part, numbers = [], 0
        part.append(document)
        numbers += more
    if part:
        yield part


def _vectors(document: dict[str, Any]) -> int:
    """Return how many vectors the answer to a query has at most; 0 if it will be refused."""
    top_k = document.get("top_k", DEFAULT_TOP_K)
    return int(top_k) if document.get("include_vector", True) and isinstance(top_k, SupportsInt) else 0


def _document(index: int, query: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(query, Mapping):
        raise QloomError(f"query {index} is no dict of arguments of query(), but a {type(query).__name__}")
    return query_document(**query)


def _answers(answer: Answer) -> list[QueryAnswer]:
    return read(list[QueryAnswer], answer.json()["results"])
