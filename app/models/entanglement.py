"""Entangled groups of vectors, and who belongs to them."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Sequence,
    Text,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base

VERSIONS = Sequence("entanglement_versions", metadata=Base.metadata)
"""Each change of a group takes its version from here, so that a group made again under an old id is newer."""


class EntanglementGroup(Base):
    """A group, and the result of the circuit that was run when it was made.

    ``measured_correlation`` is the mean of ⟨Z_i Z_j⟩ over all pairs of members as ``shots`` shots under
    ``seed`` gave it. ``version`` grows with each change; ``graph_version`` is the one in Neo4j,
    and ``graph_due_at`` says when the newest is to be written there (NULL when it is there). A row with
    ``deleted_at`` is a deleted group: hidden, without members, kept until the group is gone from Neo4j.
    """

    __tablename__ = "entanglement_groups"

    id: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    correlation_strength: Mapped[float] = mapped_column(Double)
    measured_correlation: Mapped[float] = mapped_column(Double)
    shots: Mapped[int]
    seed: Mapped[int] = mapped_column(BigInteger)
    owner: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(BigInteger)
    graph_version: Mapped[int | None] = mapped_column(BigInteger)
    graph_attempts: Mapped[int] = mapped_column(server_default=text("0"))
    graph_due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        CheckConstraint("correlation_strength > 0 AND correlation_strength <= 1", name="strength_range"),
        Index(
            "ix_entanglement_groups_created_at_id",
            text("created_at DESC"),
            "id",
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(
            "ix_entanglement_groups_graph_due_at",
            "graph_due_at",
            postgresql_where=text("graph_due_at IS NOT NULL"),
        ),
    )


class EntanglementMember(Base):
    """A vector as a member of a group; the row is deleted with either of them."""

    __tablename__ = "entanglement_members"

    group_id: Mapped[str] = mapped_column(
        Text(collation="C"), ForeignKey("entanglement_groups.id", ondelete="CASCADE"), primary_key=True
    )
    vector_id: Mapped[str] = mapped_column(
        Text(collation="C"), ForeignKey("vectors.id", ondelete="CASCADE"), primary_key=True
    )

    __table_args__ = (Index("ix_entanglement_members_vector_id", "vector_id"),)
