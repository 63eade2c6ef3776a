"""``/v2/webhooks``: report to other services what happens here.

Only administrators may use these routes: a URL often carries a credential of its receiver, and whoever sets a
URL makes Qloom call it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Response

from app.database import UnitOfWork
from app.idempotency.changes import change, deletion, refuse_idempotency_key
from app.models import Role, Webhook, WebhookDelivery
from app.rest.blueprint import Blueprint
from app.rest.headers import IDEMPOTENCY_KEY
from app.rest.json import json_response
from app.rest.page_request import PageRequest
from app.rest.pagination import fetch_page
from app.rest.principal import current_principal
from app.rest.wiring import current_connections
from app.settings.webhooks import WebhookSettings
from app.timestamps import iso8601
from app.webhooks import repository, schemas, service
from app.webhooks.addresses import AddressPolicy, system_resolver
from app.webhooks.service import NewWebhook

if TYPE_CHECKING:
    from app.webhooks.vault import Vault

blueprint = Blueprint(
    "webhooks", __name__, url_prefix="/v2/webhooks", description="Reports of changes to other services."
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

    def create(unit: UnitOfWork) -> Response:
        webhook, secret = service.create(unit.session, _vault(), NewWebhook(**body), owner)
        return _secret_response(webhook, secret, 201, {"Location": f"/v2/webhooks/{webhook.id}"})

    return change(create)


@blueprint.get("")
@blueprint.requires(Role.ADMIN)
@blueprint.response(200, schemas.WebhookListSchema)
def list_webhooks() -> Response:
    """List all webhooks, newest first; there are at most max_webhooks."""
    with current_connections().database.reading() as session:
        webhooks = repository.find_all(session)
    return json_response(schemas.WebhookListSchema().dump({"webhooks": webhooks}))


@blueprint.get("/<uuid:webhook_id>")
@blueprint.requires(Role.ADMIN)
@blueprint.response(200, schemas.WebhookSchema)
@blueprint.errors(404)
def get_webhook(webhook_id: UUID) -> Response:
    """Get one webhook."""
    with current_connections().database.reading() as session:
        return json_response(schemas.WebhookSchema().dump(service.get(session, webhook_id)))


@blueprint.put("/<uuid:webhook_id>", parameters=[IDEMPOTENCY_KEY])
@blueprint.requires(Role.ADMIN)
@blueprint.arguments(schemas.WebhookReplacement)
@blueprint.response(200, schemas.WebhookSchema)
@blueprint.errors(404)
def replace_webhook(body: dict[str, Any], webhook_id: UUID) -> Response:
    """Replace all of a webhook but its secret."""
    return _change(webhook_id, {**REPLACEMENT_DEFAULTS, **body})


@blueprint.patch("/<uuid:webhook_id>", parameters=[IDEMPOTENCY_KEY])
@blueprint.requires(Role.ADMIN)
@blueprint.arguments(schemas.WebhookChanges)
@blueprint.response(200, schemas.WebhookSchema)
@blueprint.errors(404)
def update_webhook(body: dict[str, Any], webhook_id: UUID) -> Response:
    """Change a part of a webhook, such as whether it is enabled.

    Deliveries that become due while it is disabled are not sent; they can be redelivered.
    """
    return _change(webhook_id, body)


@blueprint.delete("/<uuid:webhook_id>", parameters=[IDEMPOTENCY_KEY])
@blueprint.requires(Role.ADMIN)
@blueprint.response(204)
@blueprint.errors(404)
def delete_webhook(webhook_id: UUID) -> Response:
    """Delete a webhook with its deliveries."""
    return deletion(service.remove, webhook_id)


@blueprint.post("/<uuid:webhook_id>/rotate-secret")
@blueprint.requires(Role.ADMIN)
@blueprint.arguments(schemas.RotationBody, required=False)
@blueprint.response(200, schemas.WebhookSecretSchema)
@blueprint.errors(404)
def rotate_secret(body: dict[str, Any], webhook_id: UUID) -> Response:
    """Give a webhook a new secret, shown in this answer only; the old one signs too for a while.

    One before the old one ends at once: messages are signed with two secrets at most.
    Takes no Idempotency-Key.
    """
    refuse_idempotency_key()
    secret, overlap = body.get("secret"), body["overlap_seconds"]

    def rotate(unit: UnitOfWork) -> Response:
        return _secret_response(*service.rotate_secret(unit.session, _vault(), webhook_id, secret, overlap))

    return change(rotate)


@blueprint.route("/<uuid:webhook_id>/test", methods=["POST"], parameters=[IDEMPOTENCY_KEY])
@blueprint.requires(Role.ADMIN)
@blueprint.response(202, schemas.DeliverySchema, headers=LOCATION_HEADER)
@blueprint.errors(404, 409)
def send_test(webhook_id: UUID) -> Response:
    """Send a message of the type webhook.test; Location shows the result."""
    return change(lambda unit: _accepted_response(*service.send_test(unit.session, webhook_id)))


@blueprint.get("/<uuid:webhook_id>/deliveries")
@blueprint.requires(Role.ADMIN)
@blueprint.arguments(schemas.DeliveryListQuery, location="query")
@blueprint.response(200, schemas.DeliveryListSchema)
@blueprint.errors(404)
def list_deliveries(query: dict[str, Any], webhook_id: UUID) -> Response:
    """List the deliveries to a webhook with the log of their attempts, newest first."""
    page_request = PageRequest.of_query(f"deliveries of {webhook_id}", query)
    with current_connections().database.reading() as session:
        service.get(session, webhook_id)
        statement = repository.deliveries_of(webhook_id, query.get("status"))
        page = fetch_page(session, statement, page_request, repository.BY_AGE)
    deliveries = [_delivery_document(row.WebhookDelivery, row.type) for row in page.rows]
    return json_response({**page.envelope(page_request), "deliveries": deliveries})


@blueprint.get("/<uuid:webhook_id>/deliveries/<uuid:delivery_id>")
@blueprint.requires(Role.ADMIN)
@blueprint.response(200, schemas.DeliverySchema)
@blueprint.errors(404)
def get_delivery(webhook_id: UUID, delivery_id: UUID) -> Response:
    """Get one delivery."""
    with current_connections().database.reading() as session:
        return json_response(_delivery_document(*service.delivery(session, webhook_id, delivery_id)))


@blueprint.route(
    "/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/redeliver",
    methods=["POST"],
    parameters=[IDEMPOTENCY_KEY],
)
@blueprint.requires(Role.ADMIN)
@blueprint.response(202, schemas.DeliverySchema, headers=LOCATION_HEADER)
@blueprint.errors(404, 409)
def redeliver(webhook_id: UUID, delivery_id: UUID) -> Response:
    """Send the event of a delivery again, as a new delivery with the same message id."""
    return change(lambda unit: _accepted_response(*service.redeliver(unit.session, webhook_id, delivery_id)))


def _change(webhook_id: UUID, values: dict[str, Any]) -> Response:
    if "url" in values:
        service.check_url(AddressPolicy.of(_settings()), system_resolver, values["url"])

    def store(unit: UnitOfWork) -> Response:
        return json_response(schemas.WebhookSchema().dump(service.change(unit.session, webhook_id, values)))

    return change(store)


def _secret_response(
    webhook: Webhook, secret: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    document = {**schemas.WebhookSchema().dump(webhook), "secret": secret}
    return json_response(document, status, {"Cache-Control": "no-store", **(headers or {})})


def _accepted_response(delivery: WebhookDelivery, event_type: str) -> Response:
    location = f"/v2/webhooks/{delivery.webhook_id}/deliveries/{delivery.id}"
    return json_response(_delivery_document(delivery, event_type), 202, {"Location": location})


def _delivery_document(delivery: WebhookDelivery, event_type: str) -> dict[str, Any]:
    is_pending = delivery.finished_at is None
    # the times of older attempts were stored with "+00:00"
    attempts = [{**attempt, "at": attempt["at"].replace("+00:00", "Z")} for attempt in delivery.attempts]
    return {
        "id": delivery.id,
        "webhook_id": delivery.webhook_id,
        "message_id": f"msg_{delivery.event_id.hex}",
        "event": event_type,
        "status": delivery.status,
        "redelivery_of": delivery.redelivery_of,
        "attempts": attempts,
        "next_attempt_at": iso8601(delivery.due_at) if is_pending else None,
        "created_at": iso8601(delivery.created_at),
        "finished_at": delivery.finished_at and iso8601(delivery.finished_at),
    }


def _vault() -> "Vault":
    """Import the library on first use: it takes 6 MB of each web process, and most never encrypt."""
    from app.webhooks.vault import Vault

    return Vault(_settings().encryption_keys)


def _settings() -> WebhookSettings:
    return current_connections().settings
