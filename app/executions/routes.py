"""The routes of executions: ask for one, list, read, delete."""

from functools import partial
from typing import Any

from flask import Response, request
from marshmallow import fields

from app.executions import responses, schemas, service
from app.executions.event_list import EventList
from app.idempotency.changes import deletion
from app.jobs.responses import result_response
from app.jobs.schemas import Job
from app.jobs.service import Submission
from app.models import JobStatus
from app.rest.blueprint import Blueprint
from app.rest.body_sizes import BodyLimit
from app.rest.headers import ACCEPTED_HEADERS, EXECUTED_HEADERS, IDEMPOTENCY_KEY, PREFER
from app.rest.json import JSON, json_response
from app.rest.openapi import PROBLEM_JSON, ProblemSchema
from app.rest.validation import OneOf
from app.rest.wiring import current_connections

blueprint = Blueprint(
    "executions", __name__, url_prefix="/api", description="Run circuits, read what they gave."
)

PLAIN_TEXT = "text/plain"

EXECUTION_ID = {
    "in": "path",
    "name": "execution_id",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
    "description": "The execution's id, which is its job's id too.",
}


class MissingExecutionSchema(ProblemSchema):
    """The 404 of an execution: its id, unless the path holds none, and how its job ended if it had one."""

    execution_id = fields.UUID()
    job_status = fields.String(validate=OneOf([str(status) for status in JobStatus]))
    job = fields.String(metadata={"description": "Where to read why the job failed."})


MISSING: dict[str, Any] = {
    "schema": MissingExecutionSchema,
    "content_type": PROBLEM_JSON,
    "description": "Not Found",
}
CIRCUIT_NAME = {
    "in": "path",
    "name": "circuit_name",
    "required": True,
    "schema": {"type": "string"},
    "description": "A name of GET /api/circuits: bell, ghz, random and others.",
}


@blueprint.route(
    "/execute/<circuit_name>", methods=["POST"], parameters=[CIRCUIT_NAME, PREFER, IDEMPOTENCY_KEY]
)
@blueprint.arguments(schemas.LibraryQuery, location="query")
@blueprint.response(200, responses.Execution, headers=EXECUTED_HEADERS)
@blueprint.alt_response(202, schema=Job, headers=ACCEPTED_HEADERS, success=True)
@blueprint.errors(404, 409)
def execute_circuit(query: dict[str, Any], circuit_name: str) -> Response:
    """Run a circuit of the library without noise."""
    return _run(service.library_submission(circuit_name, query, current_connections().settings.run_limits))


@blueprint.route(
    "/execute/<circuit_name>/noisy", methods=["POST"], parameters=[CIRCUIT_NAME, PREFER, IDEMPOTENCY_KEY]
)
@blueprint.arguments(schemas.NoisyQuery, location="query")
@blueprint.response(200, responses.Execution, headers=EXECUTED_HEADERS)
@blueprint.alt_response(202, schema=Job, headers=ACCEPTED_HEADERS, success=True)
@blueprint.errors(404, 409)
def execute_noisy_circuit(query: dict[str, Any], circuit_name: str) -> Response:
    """Run a circuit of the library under simulated noise."""
    return _run(service.library_submission(circuit_name, query, current_connections().settings.run_limits))


@blueprint.route("/execute", methods=["POST"], parameters=[PREFER, IDEMPOTENCY_KEY])
@blueprint.arguments(schemas.ProgramBody, location="json", required=False)
@blueprint.body_limit(BodyLimit.PROGRAM)
@blueprint.arguments(schemas.ShotsAndSeedQuery, location="query")
@blueprint.response(200, responses.Execution, headers=EXECUTED_HEADERS)
@blueprint.alt_response(202, schema=Job, headers=ACCEPTED_HEADERS, success=True)
@blueprint.errors(409, 413, 415)
def execute_program(body: dict[str, Any], query: dict[str, Any]) -> Response:
    """Run an OpenQASM 2 or 3 program, clean or under noise; without one, bell."""
    connections = current_connections()
    limits, database = connections.settings.run_limits, connections.database
    return _run(service.program_submission(body, query, limits, database))


@blueprint.route("/executions")
@blueprint.arguments(schemas.ExecutionListQuery, location="query")
@blueprint.response(200, responses.ExecutionList)
def list_executions(query: dict[str, Any]) -> Response:
    """List executions, newest first."""
    return json_response(service.list_page(current_connections().database, query))


@blueprint.route("/executions/<execution_id>", parameters=[EXECUTION_ID])
@blueprint.response(200, responses.Overview)
@blueprint.alt_response(404, **MISSING)
@blueprint.errors(409)
def read_execution(execution_id: str) -> Response:
    """Read one execution with its graph, counts and seed."""
    return json_response(service.render_overview(current_connections().database, execution_id))


@blueprint.route("/executions/<execution_id>/program", parameters=[EXECUTION_ID])
@blueprint.arguments(schemas.CircuitQuery, location="query")
@blueprint.response(200, responses.Program)
@blueprint.alt_response(200, schema={"type": "string"}, content_type=PLAIN_TEXT, success=True)
@blueprint.alt_response(404, **MISSING)
@blueprint.errors(409)
def read_program(query: dict[str, Any], execution_id: str) -> Response:
    """Read the OpenQASM program of one execution, as JSON or as plain text by Accept."""
    transpiled = query["circuit"] == schemas.TRANSPILED
    program = service.program(current_connections().database, execution_id, transpiled=transpiled)
    as_text = request.accept_mimetypes.best_match([JSON, PLAIN_TEXT]) == PLAIN_TEXT
    response = Response(program.program, mimetype=PLAIN_TEXT) if as_text else json_response(program)
    response.vary.add("Accept")
    return response


@blueprint.route("/executions/<execution_id>/events", parameters=[EXECUTION_ID])
@blueprint.arguments(schemas.EventListQuery, location="query")
@blueprint.response(200, EventList)
@blueprint.alt_response(404, **MISSING)
@blueprint.errors(409)
def list_events(query: dict[str, Any], execution_id: str) -> Response:
    """List the events of one execution, with their parameters, conditions and places in the program."""
    database, transpiled = current_connections().database, query["circuit"] == schemas.TRANSPILED
    return json_response(service.events_page(database, execution_id, query, transpiled=transpiled))


@blueprint.route("/executions/<execution_id>", methods=["DELETE"], parameters=[EXECUTION_ID, IDEMPOTENCY_KEY])
@blueprint.response(204)
@blueprint.alt_response(404, **MISSING)
@blueprint.errors(409)
def delete_execution(execution_id: str) -> Response:
    """Delete one execution, its job and its graph."""
    return deletion(service.delete, execution_id)


def _run(submission: Submission) -> Response:
    """Submit the job, wait for it as the caller prefers, and respond with what its row holds by then."""
    render = partial(service.render_execution, current_connections().database)
    return result_response(submission, render)
