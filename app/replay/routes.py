"""``/api/replay``: executions step by step, and two side by side; all from PostgreSQL."""

from typing import Any

from flask import Response
from marshmallow import fields

from app.executions.routes import EXECUTION_ID, MISSING, MissingExecutionSchema
from app.executions.schemas import TRANSPILED, CircuitQuery
from app.replay import service
from app.replay.responses import Compare, Replay, SingleStep
from app.rest.blueprint import Blueprint
from app.rest.json import json_response
from app.rest.validation import OneOf, QueryInteger, Range, Schema
from app.rest.wiring import current_connections

blueprint = Blueprint("replay", __name__, url_prefix="/api/replay", description="Executions step by step.")

MAX_STEP = 10_000
"""The highest step of the contract."""

FIRST_ID = {**EXECUTION_ID, "name": service.FIRST, "description": "The first execution."}
SECOND_ID = {**EXECUTION_ID, "name": service.SECOND, "description": "The second execution."}


class MissingOfTwoSchema(MissingExecutionSchema):
    """The 404 of two executions; its other members are about the first one that is missing."""

    missing = fields.List(
        fields.String(validate=OneOf([service.FIRST, service.SECOND])),
        metadata={"description": "Which of the two there is not."},
    )


class StepPath(Schema):
    """A step of an execution."""

    execution_id = fields.String(required=True, metadata={"format": "uuid"})
    step_index = QueryInteger(
        required=True, validate=Range(min=0, max=MAX_STEP), metadata={"description": "From 0."}
    )


@blueprint.route("/<execution_id>", parameters=[EXECUTION_ID])
@blueprint.arguments(CircuitQuery, location="query")
@blueprint.response(200, Replay)
@blueprint.alt_response(404, **MISSING)
@blueprint.errors(409)
def read_replay(query: dict[str, Any], execution_id: str) -> Response:
    """Read all steps of one execution, in order, with the edges between them."""
    transpiled = query["circuit"] == TRANSPILED
    return json_response(service.replay(current_connections().database, execution_id, transpiled=transpiled))


@blueprint.route("/<execution_id>/step/<step_index>")
@blueprint.arguments(StepPath, location="path")
@blueprint.arguments(CircuitQuery, location="query")
@blueprint.response(200, SingleStep)
@blueprint.alt_response(404, **MISSING)
@blueprint.errors(400, 409)
def read_step(path: dict[str, Any], query: dict[str, Any], **_: str) -> Response:
    """Read one step of one execution."""
    database, transpiled = current_connections().database, query["circuit"] == TRANSPILED
    return json_response(
        service.step(database, path["execution_id"], path["step_index"], transpiled=transpiled)
    )


@blueprint.route("/compare/<exec_id_a>/<exec_id_b>", parameters=[FIRST_ID, SECOND_ID])
@blueprint.response(200, Compare)
@blueprint.alt_response(404, **{**MISSING, "schema": MissingOfTwoSchema})
@blueprint.errors(409)
def compare(exec_id_a: str, exec_id_b: str) -> Response:
    """Compare two executions: their events by position and aligned, and their counts."""
    return json_response(service.compare(current_connections().database, exec_id_a, exec_id_b))
