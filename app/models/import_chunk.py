"""Pieces of uploaded files that are not stored as vectors yet."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, LargeBinary, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class ImportChunk(Base):
    """A piece of an uploaded file: whole lines, or whole rows of an array.

    ``part`` is ``vectors``, or ``metadata`` for lines that belong to the rows of an array. ``first_row`` is
    the number of its first line or row in the file, from 1, and ``rows`` how many it has. The worker removes
    a chunk in the transaction that stores its vectors.
    """

    __tablename__ = "import_chunks"

    upload_id: Mapped[UUID] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(Text, primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_row: Mapped[int]
    rows: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        CheckConstraint("part IN ('vectors', 'metadata')", name="known_part"),
        Index("ix_import_chunks_created_at", "created_at"),
    )
