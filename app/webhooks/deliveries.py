"""The SQL that senders run: make deliveries of events, claim them, write how they went, remove old ones.

Several senders share the work: each claims rows that no other one holds. Every write after a claim checks the
delivery's ``attempt``. What a killed sender had claimed is due again when the claim expires.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, delete, func, select, text, update
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.database import locked_batch
from app.models import DeliveryStatus, Queue, WebhookDelivery
from app.webhooks.outbox import ALL, EVENTS, WEBHOOKS

SENDING_QUEUES = (Queue.HEAVY, Queue.SEARCH)
"""The queues whose workers send webhooks; those of the interactive queue have no time for it."""

FAN_OUT_BATCH = 200

REMOVE_BATCH = 100
"""Events, each with a delivery for every webhook: a batch takes a fraction of a second."""

CLAIM_END = "now() + interval '60 seconds'"
"""Later than an attempt can end, with the waits for PostgreSQL before and after it."""

MAX_AT_ONCE_PER_WEBHOOK = 4
"""Attempts that all senders together make at one webhook: one that hangs takes no more slots than these."""

DISABLE_AFTER = timedelta(days=5)
"""A webhook at which every attempt has failed for so long is disabled."""

CLAIM_LOCK_ID = 0x77656268
"""The advisory lock's number: "webh" in ASCII."""

DELIVERIES = cast(Table, WebhookDelivery.__table__)


@dataclass(frozen=True)
class ClaimedDelivery:
    """A delivery with all that its sender needs. Secrets are encrypted; a previous one still signs."""

    id: UUID
    attempt: int
    webhook_id: UUID
    url: str
    secret: str
    previous_secret: str | None
    enabled: bool
    event_id: UUID
    event_type: str
    event_data: str
    event_created_at: datetime


FAN_OUT = text("""
    WITH batch AS MATERIALIZED (
      SELECT id FROM webhook_events
      WHERE fanned_out_at IS NULL
      ORDER BY created_at
      LIMIT :most
      FOR UPDATE SKIP LOCKED
    ), taken AS (
      UPDATE webhook_events SET fanned_out_at = now()
      WHERE id IN (SELECT id FROM batch)
      RETURNING id, type, created_at
    ), made AS (
      INSERT INTO webhook_deliveries (webhook_id, event_id)
      SELECT webhooks.id, taken.id
      FROM taken JOIN webhooks
        ON webhooks.enabled
        AND webhooks.created_at <= taken.created_at
        AND webhooks.events && ARRAY[taken.type, split_part(taken.type, '.', 1) || '.*', :all]
      FOR KEY SHARE OF webhooks
    )
    SELECT count(*) FROM taken
""")
"""Makes the deliveries of a batch of events; a webhook gets no event that is older than itself.

Webhooks are locked against their removal: a delivery to one that was deleted meanwhile would end the batch.
"""

CLAIM = text(f"""
    WITH chosen AS (
      SELECT due.id
      FROM webhooks CROSS JOIN LATERAL (
        SELECT id FROM webhook_deliveries
        WHERE webhook_id = webhooks.id AND status = 'pending' AND due_at <= now()
        ORDER BY due_at
        LIMIT greatest(0, {MAX_AT_ONCE_PER_WEBHOOK} - (
          SELECT count(*) FROM webhook_deliveries AS held
          WHERE held.webhook_id = webhooks.id AND held.claim_expires_at > now()
        ))
        FOR UPDATE SKIP LOCKED
      ) AS due
      ORDER BY random()
      LIMIT :slots
    )
    UPDATE webhook_deliveries AS delivery
    SET attempt = attempt + 1, due_at = {CLAIM_END}, claim_expires_at = {CLAIM_END}
    FROM webhooks AS webhook, webhook_events AS event
    WHERE delivery.id IN (SELECT id FROM chosen)
      AND webhook.id = delivery.webhook_id AND event.id = delivery.event_id
    RETURNING
      delivery.id, delivery.attempt, webhook.id, webhook.url, webhook.secret,
      CASE WHEN webhook.previous_secret_expires_at > now() THEN webhook.previous_secret END,
      webhook.enabled, event.id, event.type, event.data, event.created_at
""")  # noqa: S608 our own constants
"""Claims due deliveries, of each webhook no more than its share: one that hangs delays no other.

It returns the members of ``ClaimedDelivery``, in their order.
"""


def fan_out(session: Session) -> int:
    """Make the deliveries of a batch of events; return the number of events."""
    return int(session.scalar(FAN_OUT, {"most": FAN_OUT_BATCH, "all": ALL}) or 0)


def claim(session: Session, slots: int) -> list[ClaimedDelivery]:
    """Claim at most ``slots`` due deliveries.

    Only one sender claims at a time, so that all together keep to ``MAX_AT_ONCE_PER_WEBHOOK``.
    """
    session.execute(select(func.pg_advisory_xact_lock(CLAIM_LOCK_ID)))
    return [ClaimedDelivery(*row) for row in session.execute(CLAIM, {"slots": slots})]


def end(session: Session, delivery: ClaimedDelivery, entry: dict[str, Any], status: DeliveryStatus) -> bool:
    """End a delivery, and log its last attempt; return False if the claim was lost."""
    return _end_attempt(session, delivery, entry, status=status, finished_at=func.now())


def retry(session: Session, delivery: ClaimedDelivery, entry: dict[str, Any], pause_seconds: float) -> bool:
    """Make a delivery due again after a pause, and log its attempt; return False if the claim was lost."""
    return _end_attempt(session, delivery, entry, due_at=func.now() + timedelta(seconds=pause_seconds))


def note_success(session: Session, webhook_id: UUID) -> None:
    """Note that the webhook no longer fails."""
    is_failing = WEBHOOKS.c.failing_since.is_not(None)
    session.execute(
        update(WEBHOOKS).where(WEBHOOKS.c.id == webhook_id, is_failing).values(failing_since=None)
    )


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
    )
    chosen = EVENTS.c.id.in_(select(locked_batch(old, REMOVE_BATCH)))
    return len(session.scalars(delete(EVENTS).where(chosen).returning(EVENTS.c.id)).all())


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
