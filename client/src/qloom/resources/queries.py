"""Queries for vectors, one and many."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from qloom.calls import Answer, Call, Flow, Repeat, as_type, ask, given, send_json
from qloom.errors import QloomError
from qloom.filters import FilterLike, filter_document
from qloom.models.queries import QueryAnswer
from qloom.reading import read
from qloom.resources.batches import LIMITS, VectorLike

Mode = Literal["precise", "balanced", "exploratory"]


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
    most = int(limits["max_batch_queries"])
    found: list[QueryAnswer] = []
    for begin in range(0, len(documents), most):
        body = {"queries": documents[begin : begin + most]}
        found += yield from ask(send_json("POST", "/v2/query/batch", _answers, body))
    return found


def _document(index: int, query: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(query, Mapping):
        raise QloomError(f"query {index} is no dict of arguments of query(), but a {type(query).__name__}")
    return query_document(**query)


def _answers(answer: Answer) -> list[QueryAnswer]:
    return read(list[QueryAnswer], answer.json()["results"])
