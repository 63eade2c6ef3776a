"""``/v2/webhooks``: have other services told of what happens.

All of it is the administrators': a URL often carries a credential of the receiver's, and whoever sets one
makes Qloom call it.
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Response

from app.database import UnitOfWork
from app.idempotency.changes import change, refuse_idempotency_key
from app.models import Role
from app.rest.blueprint import Blueprint
from app.rest.headers import IDEMPOTENCY_KEY
from app.rest.json import json_response
from app.rest.pagination import PageRequest, fetch_page
from app.rest.principal import current_principal
from app.rest.wiring import current_connections
from app.settings.webhooks import WebhookSettings
from app.webhooks import repository, schemas, service
from app.webhooks.addresses import AddressPolicy, system_resolver
from app.webhooks.service import NewWebhook

if TYPE_CHECKING:
    from app.webhooks.vault import Vault

blueprint = Blueprint(
    "webhooks", __name__, url_prefix="/v2/webhooks", description="Have other services told of what happens"
)

LOCATION_HEADER = {"Location": {"description": "The new resource.", "schema": {"type": "string"}}}

REPLACEMENT_DEFAULTS: dict[str, Any] = {"description": None, "enabled": True}


@blueprint.post("")
@blueprint.requires(Role.ADMIN)
@blueprint.arguments(schemas.WebhookBody)
@blueprint.response(201, schemas.WebhookSecretSchema, headers=LOCATION_HEADER)
def create_webhook(body: dict[str, Any]) -> Response:
    """Create a webhook; its secret is shown in this answer only.

    Messages follow [Standard Webhooks](https://www.standardwebhooks.com). Takes no Idempotency-Key.
    """
    refuse_idempotency_key()
    service.check_url(AddressPolicy.of(_settings()), system_resolver, body["url"])
    owner = current_principal().owner
    return change(lambda unit: _created(service.create(unit.session, _vault(), NewWebhook(**body), owner)))


@blueprint.get("")
@blueprint.requires(Role.ADMIN)
@blueprint.response(200, schemas.WebhookListSchema)
def list_webhooks() -> Response:
    """List all webhooks, newest first; there are at most max_webhooks."""
    with current_connections().database.reading() as session:
        found = repository.find_all(session)
    return json_response({"webhooks": [service.webhook_document(webhook) for webhook in found]})


@blueprint.get("/<uuid:webhook_id>")
@blueprint.requires(Role.ADMIN)
@blueprint.response(200, schemas.WebhookSchema)
@blueprint.errors(404)
def get_webhook(webhook_id: UUID) -> Response:
    """Get one webhook."""
    with current_connections().database.reading() as session:
        return json_response(service.webhook_document(service.get(session, webhook_id)))


@blueprint.put("/<uuid:webhook_id>", parameters=[IDEMPOTENCY_KEY])
@blueprint.requires(Role.ADMIN)
@blueprint.arguments(schemas.WebhookReplacement)
@blueprint.response(200, schemas.WebhookSchema)
@blueprint.errors(404)
def replace_webhook(body: dict[str, Any], webhook_id: UUID) -> Response:
    """Replace what a webhook is for; its secret stays."""
    return _change(webhook_id, {**REPLACEMENT_DEFAULTS, **body})


@blueprint.patch("/<uuid:webhook_id>", parameters=[IDEMPOTENCY_KEY])
@blueprint.requires(Role.ADMIN)
@blueprint.arguments(schemas.WebhookChanges)
@blueprint.response(200, schemas.WebhookSchema)
@blueprint.errors(404)
def update_webhook(body: dict[str, Any], webhook_id: UUID) -> Response:
    """Change a part of a webhook, such as whether it is enabled.

    What comes due while it is disabled is not sent, and can be redelivered.
    """
    return _change(webhook_id, body)


@blueprint.delete("/<uuid:webhook_id>", parameters=[IDEMPOTENCY_KEY])
@blueprint.requires(Role.ADMIN)
@blueprint.response(204)
@blueprint.errors(404)
def delete_webhook(webhook_id: UUID) -> Response:
    """Delete a webhook with its deliveries."""

    def remove(unit: UnitOfWork) -> Response:
        service.remove(unit.session, webhook_id)
        return Response(status=204)

    return change(remove)


@blueprint.post("/<uuid:webhook_id>/rotate-secret")
@blueprint.requires(Role.ADMIN)
@blueprint.arguments(schemas.RotationBody, required=False)
@blueprint.response(200, schemas.WebhookSecretSchema)
@blueprint.errors(404)
def rotate_secret(body: dict[str, Any], webhook_id: UUID) -> Response:
    """Give a webhook a new secret, shown in this answer only; both sign for a while.

    Takes no Idempotency-Key.
    """
    refuse_idempotency_key()
    secret, overlap = body.get("secret"), body["overlap_seconds"]
    return change(
        lambda unit: _with_secret(service.rotate_secret(unit.session, _vault(), webhook_id, secret, overlap))
    )


@blueprint.route("/<uuid:webhook_id>/test", methods=["POST"], parameters=[IDEMPOTENCY_KEY])
@blueprint.requires(Role.ADMIN)
@blueprint.response(202, schemas.DeliverySchema, headers=LOCATION_HEADER)
@blueprint.errors(404, 409)
def send_test(webhook_id: UUID) -> Response:
    """Have a message of the type webhook.test sent; Location shows how it went."""
    return change(lambda unit: _accepted(service.send_test(unit.session, webhook_id)))


@blueprint.get("/<uuid:webhook_id>/deliveries")
@blueprint.requires(Role.ADMIN)
@blueprint.arguments(schemas.DeliveryListQuery, location="query")
@blueprint.response(200, schemas.DeliveryListSchema)
@blueprint.errors(404)
def list_deliveries(query: dict[str, Any], webhook_id: UUID) -> Response:
    """List the deliveries to a webhook with the log of their attempts, newest first."""
    page_request = PageRequest(query["limit"], query.get("page"), query.get("cursor"))
    with current_connections().database.reading() as session:
        service.get(session, webhook_id)
        page = fetch_page(session, repository.deliveries_of(webhook_id, query.get("status")), page_request)
    found = [service.delivery_document(row.WebhookDelivery, row.type) for row in page.rows]
    return json_response({**page.envelope(page_request), "deliveries": found})


@blueprint.get("/<uuid:webhook_id>/deliveries/<uuid:delivery_id>")
@blueprint.requires(Role.ADMIN)
@blueprint.response(200, schemas.DeliverySchema)
@blueprint.errors(404)
def get_delivery(webhook_id: UUID, delivery_id: UUID) -> Response:
    """Get one delivery."""
    with current_connections().database.reading() as session:
        return json_response(service.delivery(session, webhook_id, delivery_id))


@blueprint.route(
    "/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/redeliver",
    methods=["POST"],
    parameters=[IDEMPOTENCY_KEY],
)
@blueprint.requires(Role.ADMIN)
@blueprint.response(202, schemas.DeliverySchema, headers=LOCATION_HEADER)
@blueprint.errors(404, 409)
def redeliver(webhook_id: UUID, delivery_id: UUID) -> Response:
    """Have the event of a delivery sent again, as a new delivery with the same message id."""
    return change(lambda unit: _accepted(service.redeliver(unit.session, webhook_id, delivery_id)))


def _change(webhook_id: UUID, values: dict[str, Any]) -> Response:
    if "url" in values:
        service.check_url(AddressPolicy.of(_settings()), system_resolver, values["url"])
    return change(lambda unit: json_response(service.change(unit.session, webhook_id, values)))


def _created(document: dict[str, Any]) -> Response:
    response = _with_secret(document, 201)
    response.headers["Location"] = f"/v2/webhooks/{document['id']}"
    return response


def _with_secret(document: dict[str, Any], status: int = 200) -> Response:
    response = json_response(document, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _accepted(document: dict[str, Any]) -> Response:
    response = json_response(document, 202)
    response.headers["Location"] = f"/v2/webhooks/{document['webhook_id']}/deliveries/{document['id']}"
    return response


def _vault() -> "Vault":
    """Its library is imported on first use: most webs never encrypt, and it is 6 MB of each."""
    from app.webhooks.vault import Vault

    return Vault(_settings().encryption_keys)


def _settings() -> WebhookSettings:
    return current_connections().settings.webhooks
