"""What owners do with their webhooks."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.audit import trail
from app.audit.trail import Action, Kind
from app.database import Database
from app.errors import ConflictError, InvalidInputError, LimitExceededError, NotFoundError
from app.models import Webhook, WebhookDelivery
from app.timestamps import iso8601
from app.webhooks import deliveries, repository
from app.webhooks.addresses import AddressPolicy, AddressRefusedError, Resolver
from app.webhooks.events import TEST_EVENT
from app.webhooks.signing import check_secret, draw_secret

if TYPE_CHECKING:
    from app.webhooks.vault import Vault

MAX_WEBHOOKS = 100
"""A published limit: each event is held against all of them."""

TEST_DATA = '{"message":"This is a test of your webhook."}'

URL_LOCATION = ("body", "url")


@dataclass(frozen=True)
class NewWebhook:
    """A webhook that is asked for; without a secret, one is drawn."""

    url: str
    events: list[str]
    description: str | None = None
    secret: str | None = field(default=None, repr=False)
    enabled: bool = True


def check_url(policy: AddressPolicy, resolver: Resolver, url: str) -> None:
    """Refuse a URL that would not be called; resolves its name, so not within a transaction.

    Raises:
        InvalidInputError: the URL is not allowed, or its host does not resolve to the public internet.
    """
    try:
        policy.resolve(policy.parse(url), resolver)
    except AddressRefusedError as error:
        raise InvalidInputError(str(error), URL_LOCATION) from error


def create(session: Session, vault: "Vault", new: NewWebhook, owner: str | None) -> dict[str, Any]:
    """Make a webhook whose URL was checked; its document with the secret, which is never shown again.

    Raises:
        InvalidInputError: the secret cannot sign.
        LimitExceededError: there are too many webhooks.
        UnavailableError: there is no key to encrypt the secret with.
    """
    secret = draw_secret() if new.secret is None else check_secret(new.secret)
    encrypted = vault.encrypt(secret)
    if repository.count(session) >= MAX_WEBHOOKS:
        raise LimitExceededError(f"There are {MAX_WEBHOOKS} webhooks, the most there may be.", "max_webhooks")
    webhook = repository.add(
        session,
        {
            "url": new.url,
            "events": list(dict.fromkeys(new.events)),
            "description": new.description,
            "enabled": new.enabled,
            "secret": encrypted,
            "owner": owner,
        },
    )
    trail.record(session, Action.CREATED, Kind.WEBHOOK, str(webhook.id), {"events": webhook.events})
    return {**webhook_document(webhook), "secret": secret}


def get(session: Session, webhook_id: UUID) -> Webhook:
    """The webhook.

    Raises:
        NotFoundError: there is none with this id.
    """
    return _found(repository.get(session, webhook_id), webhook_id)


def change(session: Session, webhook_id: UUID, values: dict[str, Any]) -> dict[str, Any]:
    """Change what is given of url, events, description and enabled; the document then.

    Enabling takes the note of why it was disabled away. A URL must have been checked.

    Raises:
        InvalidInputError: nothing is given.
        NotFoundError: there is no such webhook.
    """
    if not values:
        raise InvalidInputError("nothing to change; give one of url, events, description, enabled")
    columns = dict(values)
    if "events" in columns:
        columns["events"] = list(dict.fromkeys(columns["events"]))
    if columns.get("enabled") or "url" in columns:
        columns["failing_since"] = None
    if "enabled" in columns:
        columns["disabled_reason"] = None
    webhook = _found(repository.change(session, webhook_id, columns), webhook_id)
    trail.record(session, Action.UPDATED, Kind.WEBHOOK, str(webhook_id), {"changed": sorted(values)})
    return webhook_document(webhook)


def remove(session: Session, webhook_id: UUID) -> None:
    """Remove a webhook with its deliveries; what is on its way at this moment still arrives.

    Raises:
        NotFoundError: there is no such webhook.
    """
    if not repository.remove(session, webhook_id):
        raise _missing(webhook_id)
    trail.record(session, Action.DELETED, Kind.WEBHOOK, str(webhook_id))


def rotate_secret(
    session: Session, vault: "Vault", webhook_id: UUID, secret: str | None, overlap_seconds: int
) -> dict[str, Any]:
    """Give a webhook a new secret (drawn, unless one is given); its document with the new secret.

    For ``overlap_seconds`` messages are signed with both, so that the receiver can change in its own time.

    Raises:
        InvalidInputError: the secret cannot sign.
        NotFoundError: there is no such webhook.
        UnavailableError: there is no key to encrypt the secret with.
    """
    fresh = draw_secret() if secret is None else check_secret(secret)
    expires_at = datetime.now(UTC) + timedelta(seconds=overlap_seconds)
    values = {
        "secret": vault.encrypt(fresh),
        "previous_secret": Webhook.secret if overlap_seconds else None,
        "previous_secret_expires_at": expires_at if overlap_seconds else None,
    }
    webhook = _found(repository.change(session, webhook_id, values), webhook_id)
    trail.record(session, Action.ROTATED, Kind.WEBHOOK, str(webhook_id))
    return {**webhook_document(webhook), "secret": fresh}


def send_test(session: Session, webhook_id: UUID) -> dict[str, Any]:
    """Have a ``webhook.test`` sent to one webhook; the document of its delivery.

    Raises:
        ConflictError: the webhook is disabled.
        NotFoundError: there is no such webhook.
    """
    _require_enabled(get(session, webhook_id))
    event_id = repository.add_sent_event(session, TEST_EVENT, TEST_DATA)
    return delivery(session, webhook_id, repository.add_delivery(session, webhook_id, event_id))


def redeliver(session: Session, webhook_id: UUID, delivery_id: UUID) -> dict[str, Any]:
    """Have the event of a delivery sent again, under its message id; the document of the new delivery.

    Raises:
        ConflictError: the webhook is disabled.
        NotFoundError: there is no such webhook or delivery, or its event is past its retention.
    """
    _require_enabled(get(session, webhook_id))
    event_id = repository.same_event(session, webhook_id, delivery_id)
    if event_id is None:
        raise _missing_delivery(delivery_id)
    again = repository.add_delivery(session, webhook_id, event_id, delivery_id)
    return delivery(session, webhook_id, again)


def delivery(session: Session, webhook_id: UUID, delivery_id: UUID) -> dict[str, Any]:
    """The document of one delivery.

    Raises:
        NotFoundError: there is no such delivery.
    """
    found = repository.delivery(session, webhook_id, delivery_id)
    if found is None:
        raise _missing_delivery(delivery_id)
    return delivery_document(*found)


def remove_old(database: Database, kept: timedelta) -> bool:
    """Remove a batch of events past their retention with their deliveries; True if there may be more."""
    with database.unit_of_work() as unit:
        return deliveries.remove_old(unit.session, kept) == deliveries.REMOVE_BATCH


def encrypt_again(database: Database, vault: "Vault") -> int:
    """Encrypt all secrets under the first key, so that older ones can be taken away; how many webhooks."""
    with database.unit_of_work() as unit:
        webhooks = repository.find_all(unit.session)
        for webhook in webhooks:
            webhook.secret = vault.encrypt_again(webhook.secret)
            if webhook.previous_secret is not None:
                webhook.previous_secret = vault.encrypt_again(webhook.previous_secret)
    return len(webhooks)


def webhook_document(webhook: Webhook) -> dict[str, Any]:
    """A webhook as its owner sees it: everything but the secret."""
    overlap = webhook.previous_secret_expires_at
    return {
        "id": webhook.id,
        "url": webhook.url,
        "events": webhook.events,
        "description": webhook.description,
        "enabled": webhook.enabled,
        "disabled_reason": webhook.disabled_reason,
        "failing_since": webhook.failing_since and iso8601(webhook.failing_since),
        "previous_secret_expires_at": overlap and iso8601(overlap),
        "created_at": iso8601(webhook.created_at),
        "updated_at": iso8601(webhook.updated_at),
    }


def delivery_document(found: WebhookDelivery, event_type: str) -> dict[str, Any]:
    """A delivery with the log of its attempts."""
    is_pending = found.finished_at is None
    return {
        "id": found.id,
        "webhook_id": found.webhook_id,
        "message_id": f"msg_{found.event_id.hex}",
        "event": event_type,
        "status": found.status,
        "redelivery_of": found.redelivery_of,
        "attempts": [{**attempt, "at": _with_z(attempt["at"])} for attempt in found.attempts],
        "next_attempt_at": iso8601(found.due_at) if is_pending else None,
        "created_at": iso8601(found.created_at),
        "finished_at": found.finished_at and iso8601(found.finished_at),
    }


def _with_z(at: str) -> str:
    """The time of an attempt; older ones were noted with ``+00:00``."""
    return at.replace("+00:00", "Z")


def _found(webhook: Webhook | None, webhook_id: UUID) -> Webhook:
    if webhook is None:
        raise _missing(webhook_id)
    return webhook


def _missing(webhook_id: UUID) -> NotFoundError:
    return NotFoundError(f"There is no webhook {webhook_id}.")


def _missing_delivery(delivery_id: UUID) -> NotFoundError:
    return NotFoundError(f"There is no delivery {delivery_id} of this webhook.")


def _require_enabled(webhook: Webhook) -> None:
    if not webhook.enabled:
        raise ConflictError("The webhook is disabled; enable it first.", code="webhook_disabled")
