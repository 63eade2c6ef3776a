"""``/v2/audit``: who changed what."""

from typing import Any

from flask import Response

from app.audit import repository, schemas
from app.models import Role
from app.rest.blueprint import Blueprint
from app.rest.json import json_response
from app.rest.page_request import PageRequest
from app.rest.pagination import fetch_page
from app.rest.wiring import current_connections

blueprint = Blueprint("audit", __name__, url_prefix="/v2/audit", description="Who changed what.")


@blueprint.get("")
@blueprint.requires(Role.ADMIN)
@blueprint.arguments(schemas.AuditQuery, location="query")
@blueprint.response(200, schemas.AuditPageSchema)
def list_entries(query: dict[str, Any]) -> Response:
    """List who created, changed, deleted or cancelled what, newest first."""
    request = PageRequest.of_query("audit", query)
    with current_connections().database.reading() as session:
        page = fetch_page(session, repository.matching(query), request, repository.BY_AGE)
    entries = [row[0] for row in page.rows]
    return json_response(
        schemas.AuditPageSchema().dump({"results": entries, "pagination": page.pagination(request)})
    )
