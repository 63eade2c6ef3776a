"""Reads and deletes of any number of vectors, divided into requests that the server's limits allow."""

from typing import Any

from qloom.calls import Answer, Call, Flow, Repeat, as_type, ask, query, send_json
from qloom.errors import QloomError
from qloom.models.vectors import DeletedVectors, EmptiedStore, Vector
from qloom.operations import Page
from qloom.reading import read
from qloom.resources.batches import LIMITS
from qloom.resources.jobs import page_of


def page_of_vectors(**body: Any) -> Call[Page[Vector]]:
    """Return the call of one page of vectors; a POST takes longer filters than a GET."""
    return send_json("POST", "/v2/vectors/read", _as_page, body)


def _as_page(answer: Answer) -> Page[Vector]:
    return page_of(Vector, "results", answer)


def read_all(ids: list[str], include_vector: bool) -> Flow[list[Vector]]:
    """Read vectors by their ids, each once, in as many requests as the limits need."""
    limits = yield from ask(LIMITS)
    ids, most = list(dict.fromkeys(ids)), int(limits["max_read_vectors"])
    found: list[Vector] = []
    for begin in range(0, len(ids), most):
        body = {"ids": ids[begin : begin + most], "include_vector": include_vector}
        call = send_json("POST", "/v2/vectors/read", _as_vectors, body)
        found += yield from ask(call)
    return found


def _as_vectors(answer: Answer) -> list[Vector]:
    return read(list[Vector], answer.json()["results"])


def delete_all(ids: list[str] | None, filter: dict[str, Any] | None) -> Flow[DeletedVectors]:
    """Delete in as many requests as the limits need."""
    if (ids is None) == (filter is None):
        raise QloomError("give ids or a filter")
    limits = yield from ask(LIMITS)
    most, deleted, missing = int(limits["max_batch_vectors"]), 0, []
    parts = None
    if ids is not None:
        distinct = list(dict.fromkeys(ids))  # one that a later request names again would be missing there
        parts = [{"ids": distinct[at : at + most]} for at in range(0, len(distinct), most)]
    for body in parts if parts is not None else iter(lambda: {"filter": filter}, None):
        call = send_json("POST", "/v2/vectors/delete", as_type(DeletedVectors), body, repeat=Repeat.KEYED)
        found = yield from ask(call)
        deleted += found.deleted
        missing += found.missing or []
        if parts is None and not found.more:
            break
    return DeletedVectors(deleted, missing if ids is not None else None, False)


def clear_store() -> Flow[int]:
    """Delete every vector; one request deletes as many as it has time for."""
    deleted = 0
    while True:
        found = yield from ask(Call("DELETE", "/v2/vectors", as_type(EmptiedStore), query(confirm="all")))
        deleted += found.deleted
        if found.complete:
            return deleted
