"""``/v2/vectors``: store, read, change and delete vectors."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from flask import Response, request

from app.database import UnitOfWork
from app.idempotency.changes import begin_digest, change, hashed
from app.models import Role
from app.rest.blueprint import Blueprint
from app.rest.body_limits import chunks_of
from app.rest.body_sizes import BodyLimit
from app.rest.headers import IDEMPOTENCY_KEY
from app.rest.json import json_response
from app.rest.wiring import current_connections
from app.timestamps import iso8601
from app.vectors import emptying, listing, responses, schemas, service
from app.vectors.batch_input import read_batch
from app.vectors.bodies import BatchInput, DeleteInput, ReadInput, SelectionInput, VectorChange, VectorInput

blueprint = Blueprint("vectors", __name__, url_prefix="/v2/vectors", description="Vectors and their states.")

VECTOR_ID = {
    "in": "path",
    "name": "vector_id",
    "required": True,
    "schema": {"type": "string"},
    "description": "The vector's id.",
}
LOCATION = {"Location": {"description": "The vector.", "schema": {"type": "string"}}}

NDJSON = "application/x-ndjson"
LINES = {"type": "string", "format": "binary", "description": "A vector a line; not one JSON document."}


@blueprint.route("", methods=["POST"], parameters=[IDEMPOTENCY_KEY])
@blueprint.body(VectorInput)
@blueprint.arguments(schemas.UpsertQuery, location="query")
@blueprint.response(201, responses.Inserted, headers=LOCATION)
@blueprint.alt_response(200, schema=responses.Inserted, headers=LOCATION, success=True)
@blueprint.errors(400, 409, 413, 415)
def insert_vector(body: VectorInput, query: dict[str, Any]) -> Response:
    """Store a vector; with `upsert=true` one that exists is replaced."""

    def make(unit: UnitOfWork) -> Response:
        is_new = service.insert(unit.session, body, _configured_dimension(), upsert=query["upsert"])
        status, code = ("inserted", 201) if is_new else ("updated", 200)
        inserted = responses.Inserted(body.id, status, True, iso8601(datetime.now(UTC)))
        response = json_response(inserted, code)
        response.headers["Location"] = f"{blueprint.url_prefix}/{quote(body.id, safe='')}"
        return response

    return change(make)


@blueprint.route("/batch", methods=["POST"], parameters=[IDEMPOTENCY_KEY])
@blueprint.streamed_json(BatchInput)
@blueprint.body_limit(BodyLimit.VECTORS)
@blueprint.arguments(schemas.UpsertQuery, location="query")
@blueprint.response(201, responses.BatchResult)
@blueprint.alt_response(207, schema=responses.BatchResult, success=True)
@blueprint.errors(400, 409, 413, 415)
def insert_batch(query: dict[str, Any]) -> Response:
    """Store many vectors: all or nothing, or with `transaction: false` those that are good.

    A refusal names the first bad item by its index. 207 when some were not stored, with each item's result.
    """
    digest, most = begin_digest(), current_connections().settings.max_body_bytes
    batch = read_batch(hashed(chunks_of(request, most, "max_body_bytes"), digest))

    def make(unit: UnitOfWork) -> Response:
        results = service.insert_batch(unit.session, batch, _configured_dimension(), upsert=query["upsert"])
        batch_result = responses.batch_result_of(results)
        return json_response(batch_result, 207 if batch_result.failed else 201)

    return change(make, digest)


@blueprint.route("/delete", methods=["POST"], parameters=[IDEMPOTENCY_KEY])
@blueprint.body(DeleteInput)
@blueprint.body_limit(BodyLimit.LIST)
@blueprint.response(200, responses.DeletedMany)
@blueprint.errors(400, 413, 415)
def delete_vectors(body: DeleteInput) -> Response:
    """Delete vectors by their ids or by a filter.

    By a filter at most max_batch_vectors are deleted; `more` says whether to ask again.
    """
    return change(lambda unit: json_response(service.delete_many(unit.session, body)))


@blueprint.route("", methods=["DELETE"])
@blueprint.requires(Role.ADMIN)
@blueprint.arguments(schemas.ConfirmQuery, location="query")
@blueprint.response(200, emptying.Emptied)
@blueprint.errors(400)
def empty_store(query: dict[str, Any]) -> Response:
    """Delete every vector; the next insert sets the dimension of the store.

    `confirm=all` must be given. If `complete` is false, time was up: send the request again.
    """
    return json_response(emptying.empty(current_connections().database))


@blueprint.route("", methods=["GET"])
@blueprint.arguments(schemas.ListQuery, location="query")
@blueprint.response(200, responses.VectorList)
@blueprint.errors(400)
def list_vectors(query: dict[str, Any]) -> Response:
    """List vectors in the order of their ids, or read those with some ids."""
    with current_connections().database.reading() as session:
        return json_response(listing.read(session, listing.read_input_of(query), "query"))


@blueprint.route("/read", methods=["POST"])
@blueprint.body(ReadInput, required=False)
@blueprint.response(200, responses.VectorList)
@blueprint.errors(400, 413, 415)
@blueprint.requires(Role.READER)
def read_vectors(asked: ReadInput) -> Response:
    """Read vectors by their ids, or a page of those that a filter selects, where a URL would be too long.

    The answer is that of `GET /v2/vectors`.
    """
    with current_connections().database.reading() as session:
        return json_response(listing.read(session, asked, "body"))


@blueprint.route("/export", methods=["GET"])
@blueprint.arguments(schemas.SelectionQuery, location="query")
@blueprint.response(200, LINES, content_type=NDJSON)
@blueprint.errors(400)
def export_vectors(query: dict[str, Any]) -> Response:
    """Stream all vectors, or those that a filter selects, as NDJSON that an import takes.

    One vector a line, in the order of their ids, read in chunks: what is written meanwhile may be in it.
    """
    return _export(listing.read_input_of(query), "query")


@blueprint.route("/export", methods=["POST"])
@blueprint.body(SelectionInput, required=False)
@blueprint.response(200, LINES, content_type=NDJSON)
@blueprint.errors(400, 413, 415)
@blueprint.requires(Role.READER)
def export_selection(asked: SelectionInput) -> Response:
    """Stream the vectors that a filter selects, as the GET does: a filter in a body may be longer."""
    return _export(asked, "body")


@blueprint.route("/<vector_id>", methods=["GET"], parameters=[VECTOR_ID])
@blueprint.arguments(schemas.NumbersQuery, location="query")
@blueprint.response(200, responses.Vector)
@blueprint.errors(400, 404)
def read_vector(query: dict[str, Any], vector_id: str) -> Response:
    """Read one vector."""
    with current_connections().database.reading() as session:
        return json_response(listing.read_one(session, vector_id, with_numbers=query["include_vector"]))


@blueprint.route("/<vector_id>", methods=["PUT"], parameters=[VECTOR_ID, IDEMPOTENCY_KEY])
@blueprint.body(VectorChange)
@blueprint.arguments(schemas.ChangeQuery, location="query")
@blueprint.response(200, responses.Updated)
@blueprint.errors(400, 404, 409, 413, 415)
def update_vector(body: VectorChange, query: dict[str, Any], vector_id: str) -> Response:
    """Change a vector; what is not given stays, and its coherence begins anew.

    Its coherent entangled partners move by their correlation strength times its change; 409, with nothing
    changed, where one of them would become zero.
    """

    def make(unit: UnitOfWork) -> Response:
        replace = query["metadata"] == "replace"
        moved = service.update(unit.session, vector_id, body, replace_metadata=replace)
        return json_response(responses.Updated(vector_id, "updated", moved, moved > 0))

    return change(make)


@blueprint.route("/<vector_id>", methods=["DELETE"], parameters=[VECTOR_ID, IDEMPOTENCY_KEY])
@blueprint.response(200, responses.Deleted)
@blueprint.errors(404)
def delete_vector(vector_id: str) -> Response:
    """Delete a vector with its state, and take it out of its entangled groups."""

    def make(unit: UnitOfWork) -> Response:
        removed = service.delete(unit.session, vector_id)
        return json_response(responses.Deleted(vector_id, "deleted", removed))

    return change(make)


def _export(asked: SelectionInput, place: str) -> Response:
    chosen = listing.selection_of(asked, place)
    lines = listing.export(current_connections().database, chosen, with_numbers=asked.include_vector)
    return Response(lines, mimetype=NDJSON)


def _configured_dimension() -> int | None:
    return current_connections().settings.vector_dimension
