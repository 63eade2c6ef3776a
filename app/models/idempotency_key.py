"""Idempotency keys: the first response to a POST, kept so that a repeat gets it again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Index, LargeBinary, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class IdempotencyKey(Base):
    """A key as one caller used it (draft-ietf-httpapi-idempotency-key-header).

    ``scope`` is the caller's API key id; callers without one share the scope ``anonymous``.
    ``fingerprint`` is a SHA-256 over method, path, canonical query and body. ``job_id`` names the job that
    the request made, if it made one: whether the first request is still in flight is read from that row,
    never from a lock. The response's columns are filled when the first response is sent.
    """

    __tablename__ = "idempotency_keys"

    scope: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    job_id: Mapped[UUID | None]
    status_code: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (Index("ix_idempotency_keys_created_at", "created_at"),)
