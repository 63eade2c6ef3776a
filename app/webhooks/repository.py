"""The SQL of webhooks and deliveries that administrators read and change."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.orm import Session

from app.models import Webhook, WebhookDelivery, WebhookEvent

BY_AGE = (WebhookDelivery.created_at, WebhookDelivery.id)

CREATE_LOCK_ID = 0x77686E65
"""The advisory lock's number: "whne" in ASCII."""


def lock_number(session: Session) -> None:
    """Let one transaction at a time count the webhooks and add one, until its end."""
    session.execute(select(func.pg_advisory_xact_lock(CREATE_LOCK_ID)))


def find_to_send(session: Session, webhook_id: UUID) -> Webhook | None:
    """Return a webhook, locked against its removal until the transaction ends."""
    statement = select(Webhook).where(Webhook.id == webhook_id)
    return session.scalar(statement.with_for_update(read=True, key_share=True))


def add(session: Session, values: dict[str, Any]) -> Webhook:
    return session.scalars(insert(Webhook).values(values).returning(Webhook)).one()


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Webhook)) or 0


def find_all(session: Session) -> Sequence[Webhook]:
    """Return all webhooks, newest first; a published limit bounds their number."""
    return session.scalars(select(Webhook).order_by(Webhook.created_at.desc(), Webhook.id.desc())).all()


def change(session: Session, webhook_id: UUID, values: dict[str, Any]) -> Webhook | None:
    """Set columns of a webhook; values may be SQL."""
    statement = (
        update(Webhook)
        .where(Webhook.id == webhook_id)
        .values(**values, updated_at=func.now())
        .returning(Webhook)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return session.scalars(statement).one_or_none()


def remove(session: Session, webhook_id: UUID) -> Webhook | None:
    """Delete a webhook with its deliveries, and return it."""
    return session.scalar(delete(Webhook).where(Webhook.id == webhook_id).returning(Webhook))


def add_sent_event(session: Session, event_type: str, data: str) -> UUID:
    """Insert an event that is for one webhook only; return its id."""
    values = {"type": event_type, "data": data, "fanned_out_at": func.now()}
    return session.scalars(insert(WebhookEvent).values(values).returning(WebhookEvent.id)).one()


def add_delivery(
    session: Session, webhook_id: UUID, event_id: UUID, redelivery_of: UUID | None = None
) -> UUID:
    """Insert a delivery that is due now; return its id."""
    values = {"webhook_id": webhook_id, "event_id": event_id, "redelivery_of": redelivery_of}
    return session.scalars(insert(WebhookDelivery).values(values).returning(WebhookDelivery.id)).one()


def deliveries_of(webhook_id: UUID, status: str | None = None) -> Select[Any]:
    """Select the deliveries to a webhook with their events' types, newest first; for a page of a list."""
    statement = (
        select(WebhookDelivery, WebhookEvent.type)
        .join(WebhookEvent, WebhookEvent.id == WebhookDelivery.event_id)
        .where(WebhookDelivery.webhook_id == webhook_id)
        .order_by(WebhookDelivery.created_at.desc(), WebhookDelivery.id.desc())
    )
    if status is not None:
        statement = statement.where(WebhookDelivery.status == status)
    return cast("Select[Any]", statement)


def delivery(session: Session, webhook_id: UUID, delivery_id: UUID) -> tuple[WebhookDelivery, str] | None:
    """Return one delivery to a webhook, and its event's type."""
    row = session.execute(deliveries_of(webhook_id).where(WebhookDelivery.id == delivery_id)).one_or_none()
    return None if row is None else (row.WebhookDelivery, row.type)


def same_event(session: Session, webhook_id: UUID, delivery_id: UUID) -> UUID | None:
    """Return the id of a delivery's event, locked against its removal until the transaction ends."""
    return session.scalar(
        select(WebhookEvent.id)
        .join(WebhookDelivery, WebhookDelivery.event_id == WebhookEvent.id)
        .where(WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.id == delivery_id)
        .with_for_update(key_share=True, of=WebhookEvent)
    )
