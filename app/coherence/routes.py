"""``/v2/maintenance``: periodic work that administrators may start at once."""

from flask import Response

from app.coherence import service
from app.coherence.service import Decoherence
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
@blueprint.response(200, Decoherence)
def decohere() -> Response:
    """Remove the states of vectors that are no longer coherent; their vectors stay.

    Workers do the same every ten minutes.
    """
    connections = current_connections()
    result = service.clean_up(connections.database)
    return change(lambda _unit: json_response(result))
