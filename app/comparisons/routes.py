"""``/api/execute/compare``: run a circuit clean and under noise, and compare the two."""

from functools import partial
from typing import Any

from flask import Response

from app.comparisons import responses
from app.comparisons.responses import Comparison
from app.comparisons.specs import comparison_of
from app.executions import service as executions
from app.executions.routes import CIRCUIT_NAME
from app.executions.schemas import NoisyQuery, ProgramBody, ShotsAndSeedQuery
from app.jobs import responses as job_responses
from app.jobs.schemas import Job
from app.jobs.service import Submission
from app.rest.blueprint import Blueprint
from app.rest.body_sizes import BodyLimit
from app.rest.headers import ACCEPTED_HEADERS, EXECUTED_HEADERS, IDEMPOTENCY_KEY, PREFER
from app.rest.wiring import current_connections

blueprint = Blueprint(
    "comparisons", __name__, url_prefix="/api/execute/compare", description="Run circuits clean and noisy."
)


@blueprint.route("/<circuit_name>", methods=["POST"], parameters=[CIRCUIT_NAME, PREFER, IDEMPOTENCY_KEY])
@blueprint.arguments(NoisyQuery, location="query")
@blueprint.response(200, Comparison, headers=EXECUTED_HEADERS)
@blueprint.alt_response(202, schema=Job, headers=ACCEPTED_HEADERS, success=True)
@blueprint.errors(404, 409)
def compare_circuit(query: dict[str, Any], circuit_name: str) -> Response:
    """Run a circuit of the library without and with noise, and compare the two executions."""
    return _run(executions.library_submission(circuit_name, query, current_connections().settings.run_limits))


@blueprint.route("", methods=["POST"], parameters=[PREFER, IDEMPOTENCY_KEY])
@blueprint.arguments(ProgramBody, location="json", required=False)
@blueprint.body_limit(BodyLimit.PROGRAM)
@blueprint.arguments(ShotsAndSeedQuery, location="query")
@blueprint.response(200, Comparison, headers=EXECUTED_HEADERS)
@blueprint.alt_response(202, schema=Job, headers=ACCEPTED_HEADERS, success=True)
@blueprint.errors(409, 413, 415)
def compare_program(body: dict[str, Any], query: dict[str, Any]) -> Response:
    """Run an OpenQASM program (without one, bell) without and with noise, and compare the two executions."""
    connections = current_connections()
    limits, database = connections.settings.run_limits, connections.database
    return _run(executions.program_submission(body, query, limits, database))


def _run(execution: Submission) -> Response:
    render = partial(responses.render, current_connections().database)
    return job_responses.result_response(comparison_of(execution), render)
