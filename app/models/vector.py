"""The vectors of the store, and the quantum states that they are in."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, Double, ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.text_types import Embedding


class Vector(Base):
    """One vector with what is known of it.

    ``context_weights`` belong to ``context_names`` by position and sum to 1; ``sent_weights`` are the same as
    the caller wrote them (NULL in rows of before they were kept). ``indexed_in`` is the generation
    of the HNSW index that holds the row; it is NULL until the background indexer has moved the row over, and
    a query scans such rows exactly. Rows stay inline up to 8 kB (``toast_tuple_target``), so that an exact
    scan of 768 dimensions reads no second table.
    """

    __tablename__ = "vectors"

    id: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    embedding: Mapped[str] = mapped_column(Embedding, deferred=True, deferred_raiseload=True)
    context_names: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    context_weights: Mapped[list[float]] = mapped_column(ARRAY(Double), server_default=text("'{}'"))
    sent_weights: Mapped[list[float] | None] = mapped_column(ARRAY(Double))
    coherence_time_ms: Mapped[float | None] = mapped_column(Double)
    # ``metadata`` is taken by SQLAlchemy's declarative base
    meta: Mapped[dict[str, Any]] = mapped_column("metadata", JSONB, server_default=text("'{}'"))
    indexed_in: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        CheckConstraint("cardinality(context_names) = cardinality(context_weights)", name="context_pairs"),
        Index(
            "ix_vectors_context_names",
            "context_names",
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},  # else every filter reads through what was put off
        ),
        Index(
            "ix_vectors_metadata",
            "metadata",
            postgresql_using="gin",
            postgresql_ops={"metadata": "jsonb_path_ops"},
            postgresql_with={"fastupdate": "off"},
        ),
        Index("ix_vectors_indexed_in", "indexed_in"),
    )


class VectorState(Base):
    """The record of a vector's quantum state: the superposition of its contexts, amplitude-encoded.

    ``num_qubits`` counts what holds the amplitudes and, beside them, the contexts. The state is coherent
    until ``expires_at`` (for ever without one); then the vector is scored classically, and decoherence
    cleanup removes the row.
    """

    __tablename__ = "vector_states"

    vector_id: Mapped[str] = mapped_column(
        Text(collation="C"), ForeignKey("vectors.id", ondelete="CASCADE"), primary_key=True
    )
    num_qubits: Mapped[int]
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    encoded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        Index("ix_vector_states_expires_at", "expires_at", postgresql_where=text("expires_at IS NOT NULL")),
    )
