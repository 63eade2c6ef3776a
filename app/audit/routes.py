"""``/v2/audit``: who changed what."""

from typing import Any

from flask import Response

from app.audit import schemas, service
from app.models import Role
from app.rest.blueprint import Blueprint
from app.rest.json import json_response
from app.rest.wiring import current_connections

blueprint = Blueprint("audit", __name__, url_prefix="/v2/audit", description="Who changed what.")


@blueprint.get("")
@blueprint.requires(Role.ADMIN)
@blueprint.arguments(schemas.AuditQuery, location="query")
@blueprint.response(200, schemas.AuditPageSchema)
def list_entries(query: dict[str, Any]) -> Response:
    """List who created, changed, deleted or cancelled what, newest first."""
    connections = current_connections()
    with connections.database.reading() as session:
        return json_response(service.read_page(session, query))
