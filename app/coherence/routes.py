"""``/v2/maintenance``: what administrators have done now rather than later."""

from flask import Response

from app.coherence import schemas, service
from app.idempotency.changes import change
from app.models import Role
from app.rest.blueprint import Blueprint
from app.rest.headers import IDEMPOTENCY_KEY
from app.rest.json import json_response
from app.rest.wiring import current_connections

blueprint = Blueprint(
    "coherence", __name__, url_prefix="/v2/maintenance", description="Remove what has decohered."
)


@blueprint.route("/decoherence", methods=["POST"], parameters=[IDEMPOTENCY_KEY])
@blueprint.requires(Role.ADMIN)
@blueprint.response(200, schemas.DecoherenceSchema)
def decohere() -> Response:
    """Remove the states of vectors that are no longer coherent; their vectors stay.

    It is done every ten minutes anyway.
    """
    connections = current_connections()
    cleanup = service.clean_up(connections.database)
    return change(lambda _unit: json_response(cleanup.document))
