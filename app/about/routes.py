"""The routes by which the service describes itself."""

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.about import schemas, service
from app.circuits.catalog import CATALOG
from app.rest.blueprint import Blueprint
from app.rest.json import JSON, json_response
from app.rest.wiring import current_connections

HTML = "text/html"

LIMITS = {
    "type": "object",
    "properties": {"indexed_metadata_fields": {"type": "array", "items": {"type": "string"}}},
    "additionalProperties": {"type": "number", "nullable": True},
}


def lead_browsers_to_the_console() -> AnyResponse | None:
    """Send browsers on from the root, before its query is checked: a link may carry any."""
    if request.endpoint != "about.about" or request.accept_mimetypes.best_match([JSON, HTML]) != HTML:
        return None
    response = redirect("/console/", 303)
    response.headers["Vary"] = "Accept"
    return response


blueprint = Blueprint(
    "about",
    __name__,
    description="How the service describes itself.",
    before_check=lead_browsers_to_the_console,
)


@blueprint.route("/")
@blueprint.response(200, schemas.AboutSchema)
def about() -> Response:
    """Get name, version and links; browsers are sent on to the console."""
    response = json_response(service.about())
    response.headers["Vary"] = "Accept"
    return response


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
