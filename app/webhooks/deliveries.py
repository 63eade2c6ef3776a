"""The SQL that senders run: make deliveries of events, claim them, write how they went, remove old ones.

Several senders share the work: each claims rows that no other one holds. Every write after a claim checks the
delivery's ``attempt``. What a killed sender had claimed is due again when the claim expires.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
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

from app.models import DeliveryStatus, WebhookDelivery
from app.webhooks.outbox import ALL, EVENTS, WEBHOOKS

FAN_OUT_BATCH = 200

REMOVE_BATCH = 100
"""Events, each with a delivery for every webhook: a batch takes a fraction of a second."""

CLAIM_SECONDS = 60
"""Longer than an attempt can take together with the waits for PostgreSQL before and after it."""

MAX_AT_ONCE_PER_WEBHOOK = 4
"""Attempts that all senders together make at one webhook: one that hangs takes no more slots than these."""

DISABLE_AFTER = timedelta(days=5)
"""A webhook at which every attempt has failed for so long is disabled."""

CLAIM_LOCK_ID = 0x77656268
"""The advisory lock's number: "webh" in ASCII."""

DELIVERIES = cast(Table, WebhookDelivery.__table__)


@dataclass(frozen=True)
class ClaimedDelivery:
    """What a sender needs to know. Secrets are encrypted; the previous one is given while it still signs."""

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
        .returning(EVENTS.c.id, EVENTS.c.type, EVENTS.c.created_at)
        .cte("taken")
    )
    is_later = WEBHOOKS.c.created_at <= taken.c.created_at  # a sender that is late finds older events too
    family = func.split_part(taken.c.type, ".", 1) + ".*"
    patterns = sql_cast(array([taken.c.type, family, literal(ALL)]), ARRAY(Text))
    made = (
        insert(DELIVERIES)
        .from_select(
            ["webhook_id", "event_id"],
            select(WEBHOOKS.c.id, taken.c.id).select_from(
                taken.join(WEBHOOKS, and_(WEBHOOKS.c.enabled, is_later, WEBHOOKS.c.events.op("&&")(patterns)))
            ),
        )
        .cte("made")
    )
    return select(func.count()).select_from(taken).add_cte(made)


def _due_deliveries() -> CTE:
    """Choose due deliveries, of each webhook no more than its share: one that hangs delays no other."""
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
    return (
        select(due.c.id)
        .select_from(WEBHOOKS.join(due, true()))
        .order_by(func.random())
        .limit(bindparam("slots", type_=Integer))
        .cte("chosen")
    )


def _claim_statement() -> Any:
    """Take the chosen deliveries until a claim's end, and return what a sender needs of each."""
    expiry = func.now() + timedelta(seconds=CLAIM_SECONDS)
    signs_until = WEBHOOKS.c.previous_secret_expires_at
    return (
        update(DELIVERIES)
        .where(
            DELIVERIES.c.id.in_(select(_due_deliveries().c.id)),
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
            case((signs_until > func.now(), WEBHOOKS.c.previous_secret)).label("previous_secret"),
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
    """Make the deliveries of a batch of events; return the number of events."""
    return int(session.scalar(FAN_OUT) or 0)


def claim(session: Session, slots: int) -> list[ClaimedDelivery]:
    """Claim at most ``slots`` due deliveries.

    Only one sender claims at a time, so that all together keep to ``MAX_AT_ONCE_PER_WEBHOOK``.
    """
    session.execute(select(func.pg_advisory_xact_lock(CLAIM_LOCK_ID)))
    return [ClaimedDelivery(**row) for row in session.execute(CLAIM, {"slots": slots}).mappings()]


def end(session: Session, delivery: ClaimedDelivery, entry: dict[str, Any], status: DeliveryStatus) -> bool:
    """End a delivery, and log its last attempt; return False if the claim was lost."""
    return _end_attempt(session, delivery, entry, status=status, finished_at=func.now())


def retry(session: Session, delivery: ClaimedDelivery, entry: dict[str, Any], pause_seconds: float) -> bool:
    """Make a delivery due again after a pause, and log its attempt; return False if the claim was lost."""
    return _end_attempt(session, delivery, entry, due_at=func.now() + timedelta(seconds=pause_seconds))


def note_success(session: Session, webhook_id: UUID) -> None:
    """Note that the webhook no longer fails."""
    session.execute(update(WEBHOOKS).where(WEBHOOKS.c.id == webhook_id).values(failing_since=None))


def note_failure(session: Session, webhook_id: UUID) -> bool:
    """Note since when the webhook fails; return whether that is longer than ``DISABLE_AFTER``."""
    statement = (
        update(WEBHOOKS)
        .where(WEBHOOKS.c.id == webhook_id, WEBHOOKS.c.enabled)
        .values(failing_since=func.coalesce(WEBHOOKS.c.failing_since, func.now()))
        .returning(WEBHOOKS.c.failing_since < func.now() - DISABLE_AFTER)
    )
    return bool(session.scalar(statement))


def disable(session: Session, webhook_id: UUID, reason: str) -> bool:
    """Disable a webhook, and note the reason; return False if it was disabled already."""
    statement = (
        update(WEBHOOKS)
        .where(WEBHOOKS.c.id == webhook_id, WEBHOOKS.c.enabled)
        .values(enabled=False, disabled_reason=reason, updated_at=func.now())
        .returning(WEBHOOKS.c.id)
    )
    return session.execute(statement).first() is not None


def remove_old(session: Session, kept: timedelta) -> int:
    """Remove a batch of old events with their deliveries; return the number of events."""
    old = (
        select(EVENTS.c.id)
        .where(EVENTS.c.created_at < func.now() - kept, EVENTS.c.fanned_out_at.is_not(None))
        .order_by(EVENTS.c.created_at)
        .limit(REMOVE_BATCH)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    return len(session.scalars(delete(EVENTS).where(EVENTS.c.id.in_(old)).returning(EVENTS.c.id)).all())


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
