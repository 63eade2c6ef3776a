"""``/v2/query``: find vectors, alone or several queries at once."""

from collections.abc import Iterator, Sequence
from functools import partial
from uuid import UUID

import msgspec
from flask import Response, request

from app.api_keys.guard import authorize
from app.connections import Connections
from app.errors import NotFoundError
from app.jobs import responses, results
from app.jobs.schemas import Job
from app.jobs.service import Submission
from app.models import Queue, Role
from app.rest.blueprint import Blueprint
from app.rest.body_sizes import BodyLimit
from app.rest.headers import ACCEPTED_HEADERS, IDEMPOTENCY_KEY, PREFER
from app.rest.json import json_response
from app.rest.preference import Preference
from app.rest.principal import current_principal
from app.rest.wiring import current_connections, provided
from app.search import query as queries
from app.search.query import Query, QueryBatch
from app.search.results import QueryAnswer, QueryBatchAnswer
from app.search.specs import KIND, QueryJob
from app.search.wiring import SearchServices

blueprint = Blueprint("query", __name__, url_prefix="/v2/query", description="Find vectors.")


@blueprint.route("", methods=["POST"], parameters=[PREFER, IDEMPOTENCY_KEY])
@blueprint.body(Query)
@blueprint.response(200, QueryAnswer)
@blueprint.alt_response(202, schema=Job, headers=ACCEPTED_HEADERS, success=True)
@blueprint.errors(404, 409, 413, 415)
@blueprint.requires(Role.READER)
def query_vectors(query: Query) -> Response:
    """Find the stored vectors that are most similar to one.

    With a context, `enable_tunneling` or `shots` the candidates are scored by a quantum circuit, else by
    their cosine. With `Prefer: respond-async` or an `Idempotency-Key` the query is a job of its own.
    `explain` stores an execution and needs a key of role `writer`.
    """
    owner = _explaining_owner([query])
    queries.check(query)
    return _respond(QueryJob([query]), owner)


@blueprint.route("/batch", methods=["POST"], parameters=[PREFER, IDEMPOTENCY_KEY])
@blueprint.body(QueryBatch)
@blueprint.body_limit(BodyLimit.LIST)
@blueprint.response(200, QueryBatchAnswer)
@blueprint.alt_response(202, schema=Job, headers=ACCEPTED_HEADERS, success=True)
@blueprint.errors(404, 409, 413, 415)
@blueprint.requires(Role.READER)
def query_batch(batch: QueryBatch) -> Response:
    """Answer several queries at once; their circuits are run together.

    The longest `timeout_ms` bounds the whole batch. A query that cannot be answered refuses the batch.
    `explain` stores an execution and needs a key of role `writer`.
    """
    owner = _explaining_owner(batch.queries)
    queries.check_batch(batch)
    return _respond(QueryJob(batch.queries, is_batch=True), owner)


def _explaining_owner(asked: Sequence[Query]) -> str | None:
    """Return who will own the executions of explanations; ``None`` where none is asked for.

    Raises:
        ForbiddenError: a query is to be explained, and the key is a reader's.
    """
    if not any(query.explain for query in asked):
        return None
    principal = current_principal()
    authorize(principal, Role.WRITER, "explain stores an execution, which")
    return principal.owner


def _respond(asked: QueryJob, owner: str | None) -> Response:
    """Answer queries, or make a job of them: to be asked for later, or done once."""
    searcher = provided(SearchServices).searcher
    if not ("Idempotency-Key" in request.headers or _prefers_async()):
        reply = searcher.find_and_store(asked, owner)
        return json_response(reply.pieces if reply.is_large else reply.whole())
    searcher.check(asked)
    submission = Submission(
        KIND, msgspec.to_builtins(asked), owner=current_principal().owner, queue=Queue.SEARCH
    )
    return responses.result_response(submission, partial(_result, current_connections()))


def _prefers_async() -> bool:
    preferences = request.headers.getlist("Prefer")
    return bool(preferences) and Preference.from_headers(preferences).respond_async


def _result(connections: Connections, job_id: UUID) -> bytes | Iterator[bytes]:
    """Return the answer that a job has kept.

    Raises:
        NotFoundError: it has none.
    """
    result = results.read(connections.database, job_id)
    if result is None:
        raise NotFoundError("The job has no result.")
    return result
