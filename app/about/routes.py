"""The routes by which the service describes itself."""

from flask import Response

from app.about import schemas, service
from app.circuits.catalog import CATALOG
from app.rest.blueprint import Blueprint
from app.rest.json import json_response
from app.rest.wiring import current_connections

blueprint = Blueprint("about", __name__, description="How the service describes itself.")

LIMITS = {
    "type": "object",
    "properties": {"indexed_metadata_fields": {"type": "array", "items": {"type": "string"}}},
    "additionalProperties": {"type": "number", "nullable": True},
}


@blueprint.route("/")
@blueprint.response(200, schemas.AboutSchema)
def about() -> Response:
    """Get name, version and links."""
    return json_response(service.about())


@blueprint.route("/status")
@blueprint.response(200, schemas.StatusSchema)
def status() -> Response:
    """Get whether the web is up, and which of its servers answer."""
    return json_response(service.status(current_connections()))


@blueprint.route("/api/limits")
@blueprint.response(200, LIMITS)
def limits() -> Response:
    """Get the published limits by the names that errors use."""
    return json_response(service.limits(current_connections()))


@blueprint.route("/api/circuits")
@blueprint.response(200, schemas.CatalogSchema)
def circuits() -> Response:
    """Get the library of circuits with their parameters."""
    return json_response(schemas.CatalogSchema().dump({"circuits": CATALOG.values()}))
