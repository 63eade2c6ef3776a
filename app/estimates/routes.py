"""``POST /api/estimate``: what an execution would take."""

from typing import Any

from flask import Response

from app.estimates import responses, service
from app.estimates.wiring import EstimateServices
from app.executions.schemas import ProgramBody, ShotsAndSeedQuery
from app.executions.service import program_spec
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
    spec = program_spec(body, query, connections.settings.run_limits, connections.database)
    return json_response(service.estimate(connections, provided(EstimateServices).estimator, spec))
