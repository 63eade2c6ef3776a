"""The audit trail: who changed what, and when."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Index, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class AuditEntry(Base):
    """One change, written in its transaction. A change of many things at once is one entry with their count.

    ``actor`` is the id of the API key, or ``anonymous``, ``operator`` (the command line) or ``system``;
    ``actor_name`` is the key's name as it was then.
    """

    __tablename__ = "audit_entries"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    actor: Mapped[str] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    __table_args__ = (
        Index("ix_audit_entries_at_id", text("at DESC"), text("id DESC")),
        Index("ix_audit_entries_actor_at_id", "actor", text("at DESC"), text("id DESC")),
        Index("ix_audit_entries_kind_subject_id", "kind", "subject_id"),
    )
