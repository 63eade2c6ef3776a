"""The execution: the result of a successful run of a circuit."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Identity, Index, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.text_types import RawJson


class GraphStatus(StrEnum):
    """Whether the execution's event graph is in Neo4j yet."""

    PENDING = "pending"
    STORED = "stored"


class Execution(Base):
    """One successful run; its id is that of its job, unless the job made two.

    ``events`` is the record of the run: the contract's event objects as JSON text, encoded once by the
    simulator. The graph follows from it. ``circuit`` is the base name, ``circuit_name`` carries the noise
    suffix. A row with ``deleted_at`` is a deleted execution: hidden, and kept until its graph is gone from
    Neo4j. ``counts_incomplete`` marks rows of former versions, which lost shots of programs with single bits.
    ``layout``, ``transpiled_program`` and ``transpiled_events`` are of runs on a device.
    ``parameters`` are those of a library circuit, ``requested_method`` is ``automatic`` where the method was
    chosen. ``cost`` is the estimate of ``circuits.methods.cost``. These and ``method_reason`` are null in
    rows of former versions. Times are milliseconds.
    """

    __tablename__ = "executions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    circuit: Mapped[str] = mapped_column(Text)
    circuit_name: Mapped[str] = mapped_column(Text)
    is_noisy: Mapped[bool]
    noise_config: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    num_qubits: Mapped[int]
    num_clbits: Mapped[int]
    num_gates: Mapped[int]
    num_events: Mapped[int]
    shots: Mapped[int]
    seed: Mapped[int] = mapped_column(BigInteger)
    method: Mapped[str] = mapped_column(Text)
    method_reason: Mapped[str | None] = mapped_column(Text)
    requested_method: Mapped[str | None] = mapped_column(Text)
    parameters: Mapped[dict[str, int] | None] = mapped_column(JSONB(none_as_null=True))
    cost: Mapped[float | None]
    versions: Mapped[dict[str, str]] = mapped_column(JSONB)
    counts: Mapped[dict[str, int]] = mapped_column(JSONB)
    layout: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    mitigated: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    notes: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    counts_incomplete: Mapped[bool] = mapped_column(server_default=text("false"))
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    owner: Mapped[str | None] = mapped_column(Text)

    parse_time_ms: Mapped[float]
    transpile_time_ms: Mapped[float]
    simulation_time_ms: Mapped[float]
    event_extraction_time_ms: Mapped[float]
    in_memory_graph_time_ms: Mapped[float]
    neo4j_persistence_time_ms: Mapped[float] = mapped_column(server_default=text("0"))

    graph_status: Mapped[str] = mapped_column(Text, server_default=GraphStatus.PENDING)
    graph_attempts: Mapped[int] = mapped_column(server_default=text("0"))
    graph_due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    language: Mapped[str] = mapped_column(Text)
    program: Mapped[str] = mapped_column(Text, deferred=True, deferred_raiseload=True)
    events: Mapped[str] = mapped_column(RawJson, deferred=True, deferred_raiseload=True)
    transpiled_program: Mapped[str | None] = mapped_column(Text, deferred=True, deferred_raiseload=True)
    transpiled_events: Mapped[str | None] = mapped_column(RawJson, deferred=True, deferred_raiseload=True)

    __table_args__ = (
        CheckConstraint("graph_status IN ('pending', 'stored')", name="known_graph_status"),
        Index(
            "ix_executions_created_at_id",
            text("created_at DESC"),
            text("id DESC"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(
            "ix_executions_circuit_created_at_id",
            "circuit",
            text("created_at DESC"),
            text("id DESC"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(
            "ix_executions_is_noisy_created_at_id",
            "is_noisy",
            text("created_at DESC"),
            text("id DESC"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index("ix_executions_tags", "tags", postgresql_using="gin"),
        Index(
            "ix_executions_graph_due_at",
            "graph_due_at",
            postgresql_where=text("graph_status = 'pending' OR deleted_at IS NOT NULL"),
        ),
    )


class ExecutionTotalChange(Base):
    """By how much a statement changed the number of executions that are not deleted.

    Triggers insert the rows, in the transaction that makes the change, and put old ones together (migration
    0014). Their sum is exact, and no two writers touch the same row.
    """

    __tablename__ = "execution_total_changes"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    change: Mapped[int] = mapped_column(BigInteger)
