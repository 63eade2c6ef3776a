"""``/api/estimate``: what an execution would take. Paths and options are those of ``/api/execute``."""

from typing import Any

from flask import Response

from app.circuits.spec import ExecutionSpec
from app.estimates import responses, service
from app.estimates.wiring import EstimateServices
from app.executions.routes import CIRCUIT_NAME
from app.executions.schemas import LibraryQuery, NoisyQuery, ProgramBody, ShotsAndSeedQuery
from app.executions.service import library_spec, program_spec
from app.rest.blueprint import Blueprint
from app.rest.body_sizes import BodyLimit
from app.rest.json import json_response
from app.rest.wiring import current_connections, provided

blueprint = Blueprint(
    "estimates", __name__, url_prefix="/api", description="What a run would take, before it is run."
)


@blueprint.route("/estimate", methods=["POST"])
@blueprint.arguments(ProgramBody, location="json", required=False)
@blueprint.body_limit(BodyLimit.PROGRAM)
@blueprint.arguments(ShotsAndSeedQuery, location="query")
@blueprint.response(200, responses.Estimate)
@blueprint.errors(413, 415)
def estimate_program(body: dict[str, Any], query: dict[str, Any]) -> Response:
    """Say what an execution of this body would take; nothing is run or stored.

    A body that POST /api/execute refuses is refused with the same error. 503 when no worker can parse it.
    """
    connections = current_connections()
    return _estimate(program_spec(body, query, connections.settings.run_limits, connections.database))


@blueprint.route("/estimate/<circuit_name>", methods=["POST"], parameters=[CIRCUIT_NAME])
@blueprint.arguments(LibraryQuery, location="query")
@blueprint.response(200, responses.Estimate)
@blueprint.errors(404)
def estimate_circuit(query: dict[str, Any], circuit_name: str) -> Response:
    """Say what an execution of this library circuit would take; nothing is run or stored.

    The gates of `random` follow from the seed: give the one that you would run it with.
    """
    return _estimate(library_spec(circuit_name, query, current_connections().settings.run_limits))


@blueprint.route("/estimate/<circuit_name>/noisy", methods=["POST"], parameters=[CIRCUIT_NAME])
@blueprint.arguments(NoisyQuery, location="query")
@blueprint.response(200, responses.Estimate)
@blueprint.errors(404)
def estimate_noisy_circuit(query: dict[str, Any], circuit_name: str) -> Response:
    """Say what a noisy execution of this library circuit would take; nothing is run or stored."""
    return _estimate(library_spec(circuit_name, query, current_connections().settings.run_limits))


def _estimate(spec: ExecutionSpec) -> Response:
    estimator = provided(EstimateServices).estimator
    return json_response(service.estimate(current_connections(), estimator, spec))
