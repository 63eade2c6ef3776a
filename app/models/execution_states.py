"""Answers about the states of executions, which take long to compute."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, LargeBinary, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class ExecutionStates(Base):
    """One answer about an execution; it goes when the execution is deleted.

    ``question`` is the question's key, ``document`` the answer as JSON, deflated (RFC 1950).
    """

    __tablename__ = "execution_states"

    execution_id: Mapped[UUID] = mapped_column(
        ForeignKey("executions.id", ondelete="CASCADE"), primary_key=True
    )
    question: Mapped[str] = mapped_column(Text, primary_key=True)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
