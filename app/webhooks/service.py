"""The operations of administrators on webhooks.

Every function that takes a ``webhook_id`` raises NotFoundError if there is no such webhook.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.orm import Session

from app import audit
from app.audit import Action, Kind
from app.database import Database
from app.errors import ConflictError, InvalidInputError, LimitExceededError, NotFoundError
from app.models import Webhook, WebhookDelivery
from app.webhooks import deliveries, repository
from app.webhooks.addresses import AddressPolicy, AddressRefusedError, Resolver
from app.webhooks.signing import check_secret, draw_secret

if TYPE_CHECKING:
    from app.webhooks.vault import Vault

MAX_WEBHOOKS = 100
"""A published limit: each event is compared with the subscriptions of all webhooks."""

TEST_EVENT = "webhook.test"
"""Sent on request to one webhook, whatever it subscribed to."""

TEST_DATA = '{"message":"This is a test of your webhook."}'


@dataclass(frozen=True)
class NewWebhook:
    """A webhook to create; without a secret, one is drawn."""

    url: str
    events: list[str]
    description: str | None = None
    secret: str | None = field(default=None, repr=False)
    enabled: bool = True


def check_url(policy: AddressPolicy, resolver: Resolver, url: str) -> None:
    """Refuse a URL that would not be called. This resolves its name, so call it outside of a transaction.

    Raises:
        InvalidInputError: the URL is not allowed, or its host does not resolve to the public internet.
    """
    try:
        policy.resolve(policy.parse(url), resolver)
    except AddressRefusedError as error:
        raise InvalidInputError(str(error), ("body", "url")) from error


def create(session: Session, vault: "Vault", new: NewWebhook, owner: str | None) -> tuple[Webhook, str]:
    """Create a webhook whose URL was checked; return it with its secret, which is never shown again.

    Raises:
        InvalidInputError: the secret cannot sign.
        LimitExceededError: there are too many webhooks.
        UnavailableError: there is no key to encrypt the secret with.
    """
    secret = draw_secret() if new.secret is None else check_secret(new.secret)
    encrypted = vault.encrypt(secret)
    repository.lock_number(session)
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
    audit.record(session, Action.CREATED, Kind.WEBHOOK, str(webhook.id), {"events": webhook.events})
    return webhook, secret


def get(session: Session, webhook_id: UUID) -> Webhook:
    return _existing(session.get(Webhook, webhook_id), webhook_id)


def change(session: Session, webhook_id: UUID, values: dict[str, Any]) -> Webhook:
    """Change some of url, events, description and enabled; a URL must have been checked.

    Enabling a webhook removes the note of why it was disabled.

    Raises:
        InvalidInputError: no value is given.
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
    webhook = _existing(repository.change(session, webhook_id, columns), webhook_id)
    audit.record(session, Action.UPDATED, Kind.WEBHOOK, str(webhook_id), {"changed": sorted(values)})
    return webhook


def remove(session: Session, webhook_id: UUID) -> None:
    """Remove a webhook with its deliveries; a message that is being sent still arrives."""
    _existing(repository.remove(session, webhook_id), webhook_id)
    audit.record(session, Action.DELETED, Kind.WEBHOOK, str(webhook_id))


def rotate_secret(
    session: Session, vault: "Vault", webhook_id: UUID, secret: str | None, overlap_seconds: int
) -> tuple[Webhook, str]:
    """Give a webhook a new secret (drawn, unless one is given); return the webhook with it.

    For ``overlap_seconds`` messages are signed with both, so that the receiver can change in its own time.
    The secret of before a rotation whose time is not over is given up.

    Raises:
        InvalidInputError: the secret cannot sign.
        UnavailableError: there is no key to encrypt the secret with.
    """
    fresh = draw_secret() if secret is None else check_secret(secret)
    expires_at = datetime.now(UTC) + timedelta(seconds=overlap_seconds)
    values = {
        "secret": vault.encrypt(fresh),
        "previous_secret": Webhook.secret if overlap_seconds else None,
        "previous_secret_expires_at": expires_at if overlap_seconds else None,
    }
    webhook = _existing(repository.change(session, webhook_id, values), webhook_id)
    audit.record(session, Action.ROTATED, Kind.WEBHOOK, str(webhook_id))
    return webhook, fresh


def send_test(session: Session, webhook_id: UUID) -> tuple[WebhookDelivery, str]:
    """Queue a ``webhook.test`` for one webhook; return its delivery and event type.

    Raises:
        ConflictError: the webhook is disabled.
    """
    _require_enabled(session, webhook_id)
    event_id = repository.add_sent_event(session, TEST_EVENT, TEST_DATA)
    return delivery(session, webhook_id, repository.add_delivery(session, webhook_id, event_id))


def redeliver(session: Session, webhook_id: UUID, delivery_id: UUID) -> tuple[WebhookDelivery, str]:
    """Queue the event of a delivery again, under its message id; return the new delivery and event type.

    Raises:
        ConflictError: the webhook is disabled.
        NotFoundError: there is no such delivery, or its event is past its retention.
    """
    _require_enabled(session, webhook_id)
    event_id = repository.same_event(session, webhook_id, delivery_id)
    if event_id is None:
        raise _missing_delivery(delivery_id)
    again = repository.add_delivery(session, webhook_id, event_id, delivery_id)
    return delivery(session, webhook_id, again)


def delivery(session: Session, webhook_id: UUID, delivery_id: UUID) -> tuple[WebhookDelivery, str]:
    """Return one delivery and its event's type.

    Raises:
        NotFoundError: there is no such delivery.
    """
    found = repository.delivery(session, webhook_id, delivery_id)
    if found is None:
        raise _missing_delivery(delivery_id)
    return found


def remove_old(database: Database, kept: timedelta) -> bool:
    """Remove a batch of events past their retention with their deliveries; True if there may be more."""
    with database.unit_of_work() as unit:
        return deliveries.remove_old(unit.session, kept) == deliveries.REMOVE_BATCH


def encrypt_again(database: Database, vault: "Vault") -> int:
    """Encrypt all secrets with the first key, so that older keys can be removed; return how many webhooks."""
    with database.unit_of_work() as unit:
        webhooks = repository.find_all(unit.session)
        for webhook in webhooks:
            webhook.secret = vault.encrypt_again(webhook.secret)
            if webhook.previous_secret is not None:
                webhook.previous_secret = vault.encrypt_again(webhook.previous_secret)
    return len(webhooks)


def _existing(webhook: Webhook | None, webhook_id: UUID) -> Webhook:
    if webhook is None:
        raise NotFoundError(f"There is no webhook {webhook_id}.")
    return webhook


def _missing_delivery(delivery_id: UUID) -> NotFoundError:
    return NotFoundError(f"There is no delivery {delivery_id} of this webhook.")


def _require_enabled(session: Session, webhook_id: UUID) -> None:
    if not _existing(repository.find_to_send(session, webhook_id), webhook_id).enabled:
        raise ConflictError("The webhook is disabled; enable it first.", code="webhook_disabled")
