"""API keys: who may call, and as what."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, LargeBinary, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Role(StrEnum):
    """The roles of keys. Each role includes the roles before it."""

    READER = "reader"
    WRITER = "writer"
    ADMIN = "admin"


class ApiKey(Base):
    """An API key, stored as its HMAC-SHA-256 under the server's pepper.

    ``hint`` is the beginning of the key, by which its owner recognises it. A key is no longer valid once
    ``revoked_at`` or ``expires_at`` has passed.
    """

    __tablename__ = "api_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    hint: Mapped[str] = mapped_column(Text)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (CheckConstraint("role IN ('reader', 'writer', 'admin')", name="known_role"),)
