"""The SQL of deliveries as senders see them: fan out, claim, end, retry, and remove what is old.

Several senders share the work: each takes rows that no other holds. Every write after a claim is guarded by
its ``attempt``; what a killed sender held is due again when the claim expires.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Integer,
    Table,
    Text,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    true,
    update,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB, array
from sqlalchemy.orm import Session

from app.models import DeliveryStatus, Webhook, WebhookDelivery, WebhookEvent
from app.webhooks.events import ALL

FAN_OUT_BATCH = 200

REMOVE_BATCH = 100
"""Events, each with a delivery for every webhook: a batch holds a slot for a fraction of a second."""

CLAIM_SECONDS = 60
"""Longer than an attempt can take, with the waits for PostgreSQL before and after it."""

MAX_AT_ONCE_PER_WEBHOOK = 4
"""Attempts that all senders together make at one webhook at a time: a hanging one holds no more slots."""

DISABLE_AFTER = timedelta(days=5)
"""A webhook at which every attempt has failed for so long is disabled."""

CLAIM_LOCK_ID = 0x77656268
"""The advisory lock's number: "webh" in ASCII."""

WEBHOOKS = cast(Table, Webhook.__table__)
EVENTS = cast(Table, WebhookEvent.__table__)
DELIVERIES = cast(Table, WebhookDelivery.__table__)


@dataclass(frozen=True)
class ClaimedDelivery:
    """What a sender needs to know; secrets are still encrypted, a previous one is one that still signs."""

    id: UUID
    attempt: int
    webhook_id: UUID
    url: str
    secret: str
    previous_secret: str | None
    enabled: bool
    is_failing: bool
    event_id: UUID
    event_type: str
    event_data: str
    event_created_at: datetime


def _fan_out_statement() -> Any:
    waiting = (
        select(EVENTS.c.id)
        .where(EVENTS.c.fanned_out_at.is_(None))
        .order_by(EVENTS.c.created_at)
        .limit(FAN_OUT_BATCH)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    taken = (
        update(EVENTS)
        .where(EVENTS.c.id.in_(waiting))
        .values(fanned_out_at=func.now())
        .returning(EVENTS.c.id, EVENTS.c.type)
        .cte("taken")
    )
    family = func.split_part(taken.c.type, ".", 1) + ".*"
    patterns = sql_cast(array([taken.c.type, family, literal(ALL)]), ARRAY(Text))
    made = (
        insert(DELIVERIES)
        .from_select(
            ["webhook_id", "event_id"],
            select(WEBHOOKS.c.id, taken.c.id).select_from(
                taken.join(WEBHOOKS, and_(WEBHOOKS.c.enabled, WEBHOOKS.c.events.op("&&")(patterns)))
            ),
        )
        .cte("made")
    )
    return select(func.count()).select_from(taken).add_cte(made)


def _claim_statement() -> Any:
    """Take due deliveries, of each webhook no more than its share: one that hangs starves no other."""
    held = DELIVERIES.alias("held")
    in_flight = (
        select(func.count())
        .select_from(held)
        .where(held.c.webhook_id == WEBHOOKS.c.id, held.c.claim_expires_at > func.now())
        .correlate(WEBHOOKS)
        .scalar_subquery()
    )
    due = (
        select(DELIVERIES.c.id)
        .where(
            DELIVERIES.c.webhook_id == WEBHOOKS.c.id,
            DELIVERIES.c.status == text("'pending'"),
            DELIVERIES.c.due_at <= func.now(),
        )
        .order_by(DELIVERIES.c.due_at)
        .limit(func.greatest(0, MAX_AT_ONCE_PER_WEBHOOK - in_flight))
        .correlate(WEBHOOKS)
        .with_for_update(skip_locked=True)
        .lateral("due")
    )
    chosen = (
        select(due.c.id)
        .select_from(WEBHOOKS.join(due, true()))
        .order_by(func.random())
        .limit(bindparam("slots", type_=Integer))
        .cte("chosen")
    )
    expiry = func.now() + timedelta(seconds=CLAIM_SECONDS)
    return (
        update(DELIVERIES)
        .where(
            DELIVERIES.c.id.in_(select(chosen.c.id)),
            WEBHOOKS.c.id == DELIVERIES.c.webhook_id,
            EVENTS.c.id == DELIVERIES.c.event_id,
        )
        .values(attempt=DELIVERIES.c.attempt + 1, due_at=expiry, claim_expires_at=expiry)
        .returning(
            DELIVERIES.c.id,
            DELIVERIES.c.attempt,
            WEBHOOKS.c.id.label("webhook_id"),
            WEBHOOKS.c.url,
            WEBHOOKS.c.secret,
            case((WEBHOOKS.c.previous_secret_expires_at > func.now(), WEBHOOKS.c.previous_secret)).label(
                "previous_secret"
            ),
            WEBHOOKS.c.enabled,
            WEBHOOKS.c.failing_since.is_not(None).label("is_failing"),
            EVENTS.c.id.label("event_id"),
            EVENTS.c.type.label("event_type"),
            EVENTS.c.data.label("event_data"),
            EVENTS.c.created_at.label("event_created_at"),
        )
    )


FAN_OUT = _fan_out_statement()
CLAIM = _claim_statement()


def fan_out(session: Session) -> int:
    """Make the deliveries of a batch of events; how many events were taken."""
    return int(session.scalar(FAN_OUT) or 0)


def claim(session: Session, slots: int) -> list[ClaimedDelivery]:
    """Take at most ``slots`` due deliveries.

    One sender claims at a time, so that all of them together keep to ``MAX_AT_ONCE_PER_WEBHOOK``.
    """
    session.execute(select(func.pg_advisory_xact_lock(CLAIM_LOCK_ID)))
    return [ClaimedDelivery(**row) for row in session.execute(CLAIM, {"slots": slots}).mappings()]


def succeed(session: Session, delivery: ClaimedDelivery, entry: dict[str, Any]) -> bool:
    """End a delivery; False if the claim was lost."""
    return _end_attempt(session, delivery, entry, status=DeliveryStatus.SUCCEEDED, finished_at=func.now())


def retry(session: Session, delivery: ClaimedDelivery, entry: dict[str, Any], pause_seconds: float) -> bool:
    """Put a delivery off; False if the claim was lost."""
    return _end_attempt(session, delivery, entry, due_at=func.now() + timedelta(seconds=pause_seconds))


def give_up(session: Session, delivery: ClaimedDelivery, entry: dict[str, Any]) -> bool:
    """End a delivery as failed; False if the claim was lost."""
    return _end_attempt(session, delivery, entry, status=DeliveryStatus.FAILED, finished_at=func.now())


def note_success(session: Session, webhook_id: UUID) -> None:
    """The webhook fails no more."""
    session.execute(update(WEBHOOKS).where(WEBHOOKS.c.id == webhook_id).values(failing_since=None))


def note_failure(session: Session, webhook_id: UUID) -> bool:
    """Remember since when the webhook fails; whether that is longer than ``DISABLE_AFTER``."""
    statement = (
        update(WEBHOOKS)
        .where(WEBHOOKS.c.id == webhook_id, WEBHOOKS.c.enabled)
        .values(failing_since=func.coalesce(WEBHOOKS.c.failing_since, func.now()))
        .returning(WEBHOOKS.c.failing_since < func.now() - DISABLE_AFTER)
    )
    return bool(session.scalar(statement))


def disable(session: Session, webhook_id: UUID, reason: str) -> bool:
    """Send nothing more to a webhook, and say why; False if it was disabled already."""
    statement = (
        update(WEBHOOKS)
        .where(WEBHOOKS.c.id == webhook_id, WEBHOOKS.c.enabled)
        .values(enabled=False, disabled_reason=reason, updated_at=func.now())
        .returning(WEBHOOKS.c.id)
    )
    return session.execute(statement).first() is not None


def remove_old(session: Session, kept: timedelta) -> int:
    """Remove a batch of old events with their deliveries; how many events."""
    old = (
        select(EVENTS.c.id)
        .where(EVENTS.c.created_at < func.now() - kept, EVENTS.c.fanned_out_at.is_not(None))
        .order_by(EVENTS.c.created_at)
        .limit(REMOVE_BATCH)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    removed: Sequence[UUID] = session.scalars(
        delete(EVENTS).where(EVENTS.c.id.in_(old)).returning(EVENTS.c.id)
    ).all()
    return len(removed)


def _end_attempt(session: Session, delivery: ClaimedDelivery, entry: dict[str, Any], **values: Any) -> bool:
    statement = (
        update(DELIVERIES)
        .where(
            DELIVERIES.c.id == delivery.id,
            DELIVERIES.c.attempt == delivery.attempt,
            DELIVERIES.c.status == DeliveryStatus.PENDING,
        )
        .values(
            claim_expires_at=None,
            attempts=DELIVERIES.c.attempts.op("||")(sql_cast([entry], JSONB)),
            **values,
        )
        .returning(DELIVERIES.c.id)
    )
    return session.execute(statement).first() is not None
