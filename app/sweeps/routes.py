"""The routes of sweeps: submit, list, read and delete them, and run one binding as an execution."""

from functools import partial
from typing import Any

from flask import Response, request

from app.executions import responses as execution_responses
from app.executions import service as executions
from app.idempotency.changes import deletion
from app.jobs.responses import result_response
from app.jobs.schemas import Job
from app.rest.blueprint import Blueprint
from app.rest.body_sizes import BodyLimit
from app.rest.headers import ACCEPTED_HEADERS, EXECUTED_HEADERS, IDEMPOTENCY_KEY, PREFER
from app.rest.json import JSON, json_response
from app.rest.wiring import current_connections
from app.sweeps import results, schemas, service
from app.sweeps.responses import AskedSweep, CountsPage, Sweep, SweepList, ValuesPage
from app.sweeps.results import Asked

blueprint = Blueprint(
    "sweeps",
    __name__,
    url_prefix="/api/sweeps",
    description="Run one program with many values of its inputs, for counts or expectation values.",
)

NDJSON = "application/x-ndjson"
LINES = {"type": "string", "description": "A line of JSON for each binding."}
SWEEP_ID = {
    "in": "path",
    "name": "sweep_id",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
    "description": "The sweep's id, which is its job's id too.",
}


@blueprint.route("", methods=["POST"], parameters=[PREFER, IDEMPOTENCY_KEY])
@blueprint.arguments(schemas.SweepBody, location="json")
@blueprint.body_limit(BodyLimit.LIST)
@blueprint.response(200, Sweep, headers=EXECUTED_HEADERS)
@blueprint.alt_response(202, schema=Job, headers=ACCEPTED_HEADERS, success=True)
@blueprint.errors(404, 409, 413, 415)
def submit_sweep(body: dict[str, Any]) -> Response:
    """Run one program with many bindings of its inputs, as one job.

    Large sweeps are done in shards by any free workers. The same body with the same seed gives the same
    results, however many workers there are. Cancel a sweep by `DELETE /api/jobs/{sweep_id}`.
    """
    connections = current_connections()
    submission = service.submission_of(body, connections.settings.run_limits)
    return result_response(submission, partial(service.render_succeeded, connections.database))


@blueprint.route("")
@blueprint.arguments(schemas.SweepListQuery, location="query")
@blueprint.response(200, SweepList)
def list_sweeps(query: dict[str, Any]) -> Response:
    """List sweeps, newest first."""
    return json_response(service.list_page(current_connections().database, query))


@blueprint.route("/<sweep_id>", parameters=[SWEEP_ID])
@blueprint.response(200, Sweep)
@blueprint.errors(404)
def read_sweep(sweep_id: str) -> Response:
    """Read one sweep: its request, its progress, and where its results are."""
    return json_response(service.read(current_connections().database, service.parse_id(sweep_id)))


@blueprint.route("/<sweep_id>/request", parameters=[SWEEP_ID])
@blueprint.arguments(schemas.RangeQuery, location="query")
@blueprint.response(200, AskedSweep)
@blueprint.errors(404)
def read_request(query: dict[str, int], sweep_id: str) -> Response:
    """Read the request of a sweep: its program, the numbers of its bindings, and its observables."""
    return json_response(service.asked(current_connections().database, service.parse_id(sweep_id), query))


@blueprint.route("/<sweep_id>/counts", parameters=[SWEEP_ID])
@blueprint.arguments(schemas.RangeQuery, location="query")
@blueprint.response(200, CountsPage)
@blueprint.alt_response(200, schema=LINES, content_type=NDJSON, success=True)
@blueprint.errors(404, 409)
def read_counts(query: dict[str, int], sweep_id: str) -> Response:
    """Read the counts of the bindings, as JSON or as NDJSON by Accept."""
    return _results(query, sweep_id, of_observables=False)


@blueprint.route("/<sweep_id>/values", parameters=[SWEEP_ID])
@blueprint.arguments(schemas.RangeQuery, location="query")
@blueprint.response(200, ValuesPage)
@blueprint.alt_response(200, schema=LINES, content_type=NDJSON, success=True)
@blueprint.errors(404, 409)
def read_values(query: dict[str, int], sweep_id: str) -> Response:
    """Read the values of the observables with their standard errors, as JSON or as NDJSON by Accept."""
    return _results(query, sweep_id, of_observables=True)


@blueprint.route("/<sweep_id>/executions", methods=["POST"], parameters=[SWEEP_ID, PREFER, IDEMPOTENCY_KEY])
@blueprint.arguments(schemas.ExecutionBody, location="json")
@blueprint.response(200, execution_responses.Execution, headers=EXECUTED_HEADERS)
@blueprint.alt_response(202, schema=Job, headers=ACCEPTED_HEADERS, success=True)
@blueprint.errors(404, 409, 413, 415)
def execute_binding(body: dict[str, Any], sweep_id: str) -> Response:
    """Run one binding of a sweep as an execution, with its event graph."""
    connections = current_connections()
    submission = service.execution_of(connections.database, sweep_id, body, connections.settings.run_limits)
    return result_response(submission, partial(executions.render_execution, connections.database))


@blueprint.route("/<sweep_id>", methods=["DELETE"], parameters=[SWEEP_ID, IDEMPOTENCY_KEY])
@blueprint.response(204)
@blueprint.errors(404, 409)
def delete_sweep(sweep_id: str) -> Response:
    """Delete a sweep that has ended, with its results and its job."""
    return deletion(service.delete, sweep_id)


def _results(query: dict[str, int], sweep_id: str, *, of_observables: bool) -> Response:
    database = current_connections().database
    known_id, spec = service.require_results(database, sweep_id, of_observables=of_observables)
    asked = Asked(known_id, spec, *service.range_of(query, spec))
    if request.accept_mimetypes.best_match([JSON, NDJSON]) == NDJSON:
        response = Response(results.as_lines(database, asked), mimetype=NDJSON)
    else:
        response = json_response(results.as_json(database, asked))
    response.vary.add("Accept")
    return response
