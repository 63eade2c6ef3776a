"""``/v2/entanglement``: groups of vectors that move together."""

from typing import Any
from urllib.parse import quote

from flask import Response

from app.database import UnitOfWork
from app.entanglement import documents, neighborhood, schemas, service
from app.entanglement.documents import GroupDeleted, GroupInput
from app.entanglement.wiring import EntanglementServices
from app.idempotency.changes import change
from app.rest.blueprint import Blueprint
from app.rest.headers import IDEMPOTENCY_KEY
from app.rest.json import json_response
from app.rest.principal import current_principal
from app.rest.wiring import current_connections, provided

blueprint = Blueprint(
    "entanglement", __name__, url_prefix="/v2/entanglement", description="Vectors that move together."
)


def _in_path(name: str, description: str) -> dict[str, Any]:
    schema = {"type": "string"}
    return {"in": "path", "name": name, "required": True, "schema": schema, "description": description}


GROUP_ID = _in_path("group_id", "The group's id.")
ENTITY_ID = _in_path("entity_id", "The vector's id.")
LOCATION = {"Location": {"description": "The group.", "schema": {"type": "string"}}}


@blueprint.route("/groups", methods=["POST"], parameters=[IDEMPOTENCY_KEY])
@blueprint.body(GroupInput)
@blueprint.response(201, documents.Group, headers=LOCATION)
@blueprint.errors(400, 404, 409, 413, 415)
def create_group(body: GroupInput) -> Response:
    """Entangle 2 to 256 vectors: a circuit prepares their GHZ state with the asked correlation.

    404 names the entities that are no vectors. 503 when no worker can run the circuit; nothing is stored.
    """
    new = service.check(body)
    connections = current_connections()
    entangled = service.entangle(connections.database, provided(EntanglementServices).entangler, new)

    def make(unit: UnitOfWork) -> Response:
        group = service.create(unit.session, new, entangled, current_principal().owner)
        location = f"{blueprint.url_prefix}/groups/{quote(new.group_id, safe='')}"
        return json_response(group, 201, {"Location": location})

    return change(make)


@blueprint.route("/groups", methods=["GET"])
@blueprint.arguments(schemas.GroupPageQuery, location="query")
@blueprint.response(200, documents.GroupList)
@blueprint.errors(400)
def list_groups(query: dict[str, Any]) -> Response:
    """List the groups, newest first."""
    with current_connections().database.reading() as session:
        return json_response(service.read_page(session, query["page"], query["size"]))


@blueprint.route("/groups/<group_id>", methods=["GET"], parameters=[GROUP_ID])
@blueprint.response(200, documents.Group)
@blueprint.errors(404)
def read_group(group_id: str) -> Response:
    """Read one group with its members."""
    with current_connections().database.reading() as session:
        return json_response(service.read(session, group_id))


@blueprint.route("/groups/<group_id>", methods=["DELETE"], parameters=[GROUP_ID, IDEMPOTENCY_KEY])
@blueprint.response(200, documents.GroupDeleted)
@blueprint.errors(404)
def delete_group(group_id: str) -> Response:
    """Delete one group; its vectors stay as they are."""

    def make(unit: UnitOfWork) -> Response:
        service.delete(unit.session, group_id)
        return json_response(GroupDeleted(group_id, "deleted"))

    return change(make)


@blueprint.route("/partners/<entity_id>", methods=["GET"], parameters=[ENTITY_ID])
@blueprint.response(200, documents.Partners)
@blueprint.errors(404)
def read_partners(entity_id: str) -> Response:
    """Read who is entangled with a vector, the strongest first."""
    with current_connections().database.reading() as session:
        return json_response(service.partners(session, entity_id))


@blueprint.route("/neighborhood/<entity_id>", methods=["GET"], parameters=[ENTITY_ID])
@blueprint.arguments(schemas.NeighborhoodQuery, location="query")
@blueprint.response(200, documents.Neighborhood)
@blueprint.errors(400, 404)
def read_neighborhood(query: dict[str, Any], entity_id: str) -> Response:
    """Read who is entangled with a vector over up to three hops; from Neo4j, 503 when it is down."""
    connections = current_connections()
    return json_response(
        neighborhood.neighborhood(
            connections.database, connections.graph_store, entity_id, query["hops"], query["limit"]
        )
    )
