"""``/api/replay``: executions step by step, and two side by side; all from PostgreSQL."""

from typing import Any

from flask import Response

from app.executions.routes import EXECUTION_ID, MISSING
from app.replay import schemas, service
from app.rest.blueprint import Blueprint
from app.rest.json import json_response
from app.rest.wiring import current_connections

blueprint = Blueprint("replay", __name__, url_prefix="/api/replay", description="Executions step by step.")

FIRST_ID = {**EXECUTION_ID, "name": "exec_id_a", "description": "The first execution."}
SECOND_ID = {**EXECUTION_ID, "name": "exec_id_b", "description": "The second execution."}


@blueprint.route("/<execution_id>", parameters=[EXECUTION_ID])
@blueprint.response(200, schemas.ReplaySchema)
@blueprint.alt_response(404, **MISSING)
@blueprint.errors(409)
def read_replay(execution_id: str) -> Response:
    """Read all steps of one execution, in order, with the edges between them."""
    return json_response(service.replay(current_connections().database, execution_id))


@blueprint.route("/<execution_id>/step/<step_index>")
@blueprint.arguments(schemas.StepPath, location="path")
@blueprint.response(200, schemas.SingleStepSchema)
@blueprint.alt_response(404, **MISSING)
@blueprint.errors(400, 409)
def read_step(path: dict[str, Any], **_: str) -> Response:
    """Read one step of one execution."""
    return json_response(
        service.step(current_connections().database, path["execution_id"], path["step_index"])
    )


@blueprint.route("/compare/<exec_id_a>/<exec_id_b>", parameters=[FIRST_ID, SECOND_ID])
@blueprint.response(200, schemas.CompareSchema)
@blueprint.alt_response(404, **MISSING)
@blueprint.errors(409)
def compare(exec_id_a: str, exec_id_b: str) -> Response:
    """Compare two executions: their events by position and aligned, and their counts."""
    return json_response(service.compare(current_connections().database, exec_id_a, exec_id_b))
