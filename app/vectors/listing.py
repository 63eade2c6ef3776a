"""The reads of vectors: some by id, pages, and exports of all."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import msgspec
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import BadRequestError, InvalidInputError
from app.rest.decoding import decode_body
from app.rest.page_request import NEXT, PageRequest, digest_of
from app.rest.pagination import count
from app.vectors import reads
from app.vectors.bodies import ReadInput, SelectionInput
from app.vectors.filters import compile_filter
from app.vectors.limits import MAX_READ_VECTORS
from app.vectors.reads import Selection
from app.vectors.responses import Pagination, Vector, VectorList, content_of, vector_of
from app.vectors.service import no_such_vector
from app.vectors.vector_input import is_id

Value = TypeVar("Value")

UNSET = msgspec.UNSET

BESIDE_IDS = ("context", "cursor", "filter", "page")
"""Members that select vectors. They may not stand beside ``ids``; only ``page`` may, with its default."""

EXPORT_CHUNK = 250
"""Vectors read at once: 1 MB of numbers at 1,024 dimensions."""

PLACE = re.compile(r">(?P<id>[^/\x00-\x1f\x7f-\x9f]+)")
"""What a cursor says: vectors whose ids come after this one."""


def read_input_of(query: Mapping[str, Any]) -> ReadInput:
    """Return what a query string asks for, as the body of a read says it.

    Raises:
        InvalidInputError: its filter is not JSON, or beside ids it asks for a page or for a selection.
    """
    given = {name: query[name] for name in ("context", "cursor", "filter", "page", "size") if name in query}
    if "id" in query or "ids" in query:
        given["ids"] = [*query.get("id", ()), *(query["ids"].split(",") if "ids" in query else ())]
        _refuse_beside_ids(ReadInput(**given), "query")
    if "filter" in query:
        given["filter"] = _decoded_filter(query["filter"])
    return ReadInput(**given, include_vector=query["include_vector"])


def selection_of(asked: SelectionInput, place: str) -> Selection:
    """Return what a body or a query string (``place``) selects.

    Raises:
        InvalidInputError: the filter is wrong.
    """
    condition = None if asked.filter is UNSET else compile_filter(asked.filter, (place, "filter")).clause
    return Selection(condition, _given(asked.context))


def read(session: Session, asked: ReadInput, place: str) -> VectorList:
    """Read what a body or a query string (``place``) asks for: vectors by id, or a page of a selection.

    Raises:
        InvalidInputError: it asks for both, or the filter or the page is wrong.
        BadRequestError: more ids are given than one request may name.
    """
    if asked.ids is not UNSET:
        _refuse_beside_ids(asked, place)
        return read_many(session, asked.ids, with_numbers=asked.include_vector)
    chosen = selection_of(asked, place)
    try:
        digest = digest_of("vectors", {"filter": _given(asked.filter), "context": chosen.context})
        request = PageRequest(asked.size, _given(asked.page), _given(asked.cursor), digest)
        return read_page(session, chosen, request, with_numbers=asked.include_vector)
    except InvalidInputError as error:
        raise InvalidInputError(error.message, (place, *error.location[1:])) from error


def read_one(session: Session, vector_id: str, *, with_numbers: bool) -> Vector:
    """Read one vector.

    Raises:
        NotFoundError: there is none with this id.
    """
    found = reads.find(session, [vector_id], with_numbers=with_numbers) if is_id(vector_id) else []
    if not found:
        raise no_such_vector(vector_id)
    return vector_of(found[0])


def read_many(session: Session, ids: list[str], *, with_numbers: bool) -> VectorList:
    """Read the vectors with these ids, in their order; tell the ids that no vector has.

    Raises:
        BadRequestError: more are asked for than one request may name.
    """
    wanted = list(dict.fromkeys(ids))
    if not 1 <= len(wanted) <= MAX_READ_VECTORS:
        raise BadRequestError(
            f"One request reads 1 to {MAX_READ_VECTORS} vectors by id (max_read_vectors); "
            f"{len(wanted)} were asked for."
        )
    possible = [vector_id for vector_id in wanted if is_id(vector_id)]
    found = {vector.id: vector for vector in reads.find(session, possible, with_numbers=with_numbers)}
    return VectorList(
        [vector_of(found[vector_id]) for vector_id in wanted if vector_id in found],
        missing=[vector_id for vector_id in wanted if vector_id not in found],
    )


def read_page(session: Session, chosen: Selection, request: PageRequest, *, with_numbers: bool) -> VectorList:
    """Read a page; those by cursor are not counted, so that ``total`` and ``pages`` are ``None`` there."""
    after = None if request.cursor is None else request.place(PLACE)["id"]
    rows = reads.page(
        session, chosen, request.limit + 1, offset=request.offset, after=after, with_numbers=with_numbers
    )
    shown = rows[: request.limit]
    total, is_estimate = (None, False) if after is not None else count(session, reads.selected(chosen))
    pagination = Pagination(
        page=request.number,
        size=request.limit,
        total=total,
        pages=None if total is None else -(-total // request.limit),
        total_is_estimate=is_estimate,
        next_cursor=request.cursor_of(NEXT + shown[-1].id) if len(rows) > len(shown) else None,
    )
    return VectorList([vector_of(vector) for vector in shown], pagination)


def export(database: Database, chosen: Selection, *, with_numbers: bool) -> Iterator[bytes]:
    """Give the selected vectors as NDJSON, in the order of their ids, in constant memory.

    The first chunk is read at once, so that a database that is down is an error and not an empty response.
    Each chunk is a read of its own: what is written meanwhile may be in it or not.

    Raises:
        UnavailableError: PostgreSQL is down.
    """

    def chunk(after: str | None) -> tuple[bytes, str | None]:
        """Read some lines, and the id after which the next ones begin; ``None`` at the end."""
        with database.reading() as session:
            rows = reads.page(session, chosen, EXPORT_CHUNK, offset=0, after=after, with_numbers=with_numbers)
        lines = b"".join(msgspec.json.encode(content_of(row)) + b"\n" for row in rows)
        return lines, rows[-1].id if len(rows) == EXPORT_CHUNK else None

    def chunks(lines: bytes, last: str | None) -> Iterator[bytes]:
        yield lines
        while last is not None:
            lines, last = chunk(last)
            yield lines

    return chunks(*chunk(None))


def _decoded_filter(text: str) -> Any:
    try:
        return decode_body(text.encode("utf-8", "surrogatepass"))
    except InvalidInputError as error:
        message = error.message.replace("the body", "the filter")
        raise InvalidInputError(message, ("query", "filter")) from error


def _refuse_beside_ids(asked: ReadInput, place: str) -> None:
    for name in BESIDE_IDS:
        is_default = name == "page" and asked.page == 1
        if getattr(asked, name) is not UNSET and not is_default:
            raise InvalidInputError("not together with ids: they are read whatever they hold", (place, name))


def _given(value: Value | msgspec.UnsetType) -> Value | None:
    return None if isinstance(value, msgspec.UnsetType) else value
