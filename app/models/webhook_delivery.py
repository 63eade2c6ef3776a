"""Deliveries: one event on its way to one webhook, with the log of its attempts."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class DeliveryStatus(StrEnum):
    """The state of a delivery; the last two are terminal."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class WebhookDelivery(Base):
    """One event for one webhook.

    ``attempt`` counts the claims and guards their writes, so that a sender whose claim was taken over changes
    nothing. During a claim ``claim_expires_at`` and ``due_at`` are the same moment, so that a delivery whose
    sender was killed becomes due again. ``attempts`` is the log: one object for
    each attempt that has ended.
    """

    __tablename__ = "webhook_deliveries"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    event_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_events.id", ondelete="CASCADE"))
    redelivery_of: Mapped[UUID | None]
    status: Mapped[str] = mapped_column(Text, server_default=DeliveryStatus.PENDING)
    attempt: Mapped[int] = mapped_column(server_default=text("0"))
    attempts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    claim_expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint("status IN ('pending', 'succeeded', 'failed')", name="known_status"),
        Index("ix_webhook_deliveries_event_id", "event_id"),
        Index(
            "ix_webhook_deliveries_due", "webhook_id", "due_at", postgresql_where=text("status = 'pending'")
        ),
        Index(
            "ix_webhook_deliveries_claimed",
            "webhook_id",
            postgresql_where=text("claim_expires_at IS NOT NULL"),
        ),
        Index(
            "ix_webhook_deliveries_webhook_id_created_at_id",
            "webhook_id",
            text("created_at DESC"),
            text("id DESC"),
        ),
    )
