"""``/v2/keys``: who may call; ``/v2/tickets``: how browsers open streams."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Response

from app.api_keys import repository, schemas, service, tickets
from app.api_keys.service import NewKey
from app.database import UnitOfWork
from app.errors import UnauthenticatedError
from app.idempotency.changes import change, refuse_idempotency_key
from app.models import ApiKey, Role
from app.rest.blueprint import Blueprint
from app.rest.headers import IDEMPOTENCY_KEY
from app.rest.json import json_response
from app.rest.page_request import PageRequest
from app.rest.pagination import fetch_page
from app.rest.principal import current_principal
from app.rest.wiring import current_connections
from app.timestamps import iso8601

NOT_CACHED = {"Cache-Control": "no-store"}

blueprint = Blueprint("keys", __name__, url_prefix="/v2", description="Who may call, and in which role.")


@blueprint.post("/keys")
@blueprint.requires(Role.ADMIN)
@blueprint.arguments(schemas.NewKeyBody, location="json")
@blueprint.response(201, schemas.CreatedKeySchema)
@blueprint.errors(413, 415)
def create_key(body: dict[str, Any]) -> Response:
    """Create an API key; only this answer shows it."""
    refuse_idempotency_key()

    def make(unit: UnitOfWork) -> Response:
        expires_at, role = body.get("expires_at"), Role(body["role"])
        made = service.create_lasting(unit.session, _pepper(), body["name"], role, expires_at)
        return _created(unit, made)

    return change(make)


@blueprint.get("/keys")
@blueprint.requires(Role.ADMIN)
@blueprint.arguments(schemas.KeyListQuery, location="query")
@blueprint.response(200, schemas.KeyListSchema)
def list_keys(query: dict[str, Any]) -> Response:
    """List API keys, newest first, also revoked and expired ones."""
    page_request = PageRequest.of_query("keys", query)
    with current_connections().database.reading() as session:
        page = fetch_page(session, repository.newest_first(), page_request, repository.BY_AGE)
        now = repository.database_time(session)
    pagination = schemas.KeyPaginationSchema().dump(page.pagination(page_request))
    keys = [_document(row[0], now) for row in page.rows]
    return json_response({"results": keys, "pagination": pagination})


@blueprint.get("/keys/<uuid:key_id>")
@blueprint.requires(Role.ADMIN)
@blueprint.response(200, schemas.KeySchema)
@blueprint.errors(404)
def get_key(key_id: UUID) -> Response:
    """Get what is stored about an API key."""
    return _stored(key_id)


@blueprint.get("/keys/self")
@blueprint.requires(Role.READER)
@blueprint.response(200, schemas.KeySchema)
def get_own_key() -> Response:
    """Get what is stored about the API key of this request: whose it is, and its role."""
    key_id = current_principal().key_id
    if key_id is None:
        raise UnauthenticatedError("This request has no API key.")
    return _stored(key_id)


@blueprint.delete("/keys/<uuid:key_id>", parameters=[IDEMPOTENCY_KEY])
@blueprint.requires(Role.ADMIN)
@blueprint.response(200, schemas.KeySchema)
@blueprint.errors(404, 409)
def revoke_key(key_id: UUID) -> Response:
    """Revoke an API key at once; it stays in the list.

    The last working key of an admin cannot be revoked.
    """

    def revoke(unit: UnitOfWork) -> Response:
        key = service.revoke(unit.session, key_id)
        return json_response(_document(key, repository.database_time(unit.session)))

    return change(revoke)


@blueprint.post("/keys/<uuid:key_id>/rotate")
@blueprint.requires(Role.ADMIN)
@blueprint.arguments(schemas.RotateBody, location="json", required=False)
@blueprint.response(201, schemas.CreatedKeySchema)
@blueprint.errors(404, 409, 415)
def rotate_key(body: dict[str, Any], key_id: UUID) -> Response:
    """Create an API key that replaces another one, which works on for a while.

    The new key has the same name, role and lifetime.
    """
    refuse_idempotency_key()
    overlap = timedelta(seconds=body["overlap_seconds"])
    return change(lambda unit: _created(unit, service.rotate(unit.session, _pepper(), key_id, overlap)))


@blueprint.post("/tickets")
@blueprint.requires(Role.READER)
@blueprint.response(201, schemas.TicketSchema)
def create_ticket() -> Response:
    """Draw a ticket, with which a page in a browser opens one WebSocket within 30 seconds.

    It replaces the API key of this request: connect to `/ws/…?ticket=TICKET`.
    """
    refuse_idempotency_key()
    key_id = current_principal().key_id
    if key_id is None:
        raise UnauthenticatedError("A ticket stands for an API key; this request has none.")
    ticket, expires_at = tickets.issue(current_connections(), key_id)
    return json_response({"ticket": ticket, "expires_at": iso8601(expires_at)}, 201, NOT_CACHED)


def _stored(key_id: UUID) -> Response:
    with current_connections().database.reading() as session:
        key, now = service.get(session, key_id), repository.database_time(session)
    return json_response(_document(key, now))


def _created(unit: UnitOfWork, made: NewKey) -> Response:
    document = _document(made.stored, repository.database_time(unit.session))
    headers = {"Location": f"/v2/keys/{made.stored.id}", **NOT_CACHED}
    return json_response({**document, "key": made.key}, 201, headers)


def _document(key: ApiKey, now: datetime) -> dict[str, Any]:
    return {**schemas.KeySchema().dump(key), "status": service.state(key, now)}


def _pepper() -> str:
    return current_connections().settings.api_key_pepper
