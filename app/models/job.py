"""The job: what was asked, how far it is, and which worker runs it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.text_types import RawJson


class JobStatus(StrEnum):
    """The state of a job. The last three are terminal: they never change."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    CANCELLING = "CANCELLING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


TERMINAL_STATUSES = frozenset({JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED})
"""The statuses of jobs that have ended."""


class Queue(StrEnum):
    """The queues of jobs: short ones that somebody waits for, long ones, and vector queries."""

    INTERACTIVE = "interactive"
    HEAVY = "heavy"
    SEARCH = "search"


class Job(Base):
    """One accepted piece of work. Redis only notifies a worker of it; this row is the truth.

    ``caller`` is what the job counts against when workers take turns between callers: a key, or an address.
    A job that ``is_small`` may be run in one go with others; one that ``is_awaited`` was submitted by a
    request that waits for its result.
    ``claim_token`` is drawn anew by each claim and guards every later write of that claim. ``attempt``
    counts the claims after which the job may have lost its process. ``error`` is ``{"code", "message",
    "details"}``, with the same code and sentence that a synchronous caller gets. ``result`` is the answer of
    kinds that have no table of their own, as JSON text. ``request_id`` is that of the request
    that asked for it: the logs of web, worker and simulator name it. A job that is done in ``shards`` counts
    those that have not ended in ``shards_left``; each of them is a job with its ``parent_id``
    (``app.jobs.shards``).
    """

    __tablename__ = "jobs"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    spec: Mapped[dict[str, Any]] = mapped_column(JSONB, deferred=True, deferred_group="content")
    circuit_name: Mapped[str | None] = mapped_column(Text)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    owner: Mapped[str | None] = mapped_column(Text)
    caller: Mapped[str] = mapped_column(Text, server_default=text("''"))
    retry_of: Mapped[UUID | None]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    request_id: Mapped[str | None] = mapped_column(Text)

    status: Mapped[str] = mapped_column(Text, server_default=JobStatus.QUEUED)
    queue: Mapped[str] = mapped_column(Text)
    is_small: Mapped[bool] = mapped_column(server_default=text("false"))
    is_awaited: Mapped[bool] = mapped_column(server_default=text("false"))
    attempt: Mapped[int] = mapped_column(server_default=text("0"))
    max_attempts: Mapped[int]
    claim_token: Mapped[UUID | None]
    worker: Mapped[str | None] = mapped_column(Text)
    lease_expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    deadline_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    progress: Mapped[float] = mapped_column(server_default=text("0"))
    shards: Mapped[int | None]
    shards_left: Mapped[int | None]
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    result: Mapped[str | None] = mapped_column(RawJson, deferred=True, deferred_group="content")

    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    queued_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    # of workers of the version before, which may run beside a new one; the next version drops both
    last_notified_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    notifications: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        CheckConstraint(
            "status IN ('QUEUED', 'RUNNING', 'CANCELLING', 'SUCCEEDED', 'FAILED', 'CANCELLED')",
            name="known_status",
        ),
        Index("ix_jobs_created_at_id", text("created_at DESC"), text("id DESC")),
        Index("ix_jobs_status_created_at_id", "status", text("created_at DESC"), text("id DESC")),
        Index("ix_jobs_queued", "queue", "queued_at", "id", postgresql_where=text("status = 'QUEUED'")),
        Index(
            "ix_jobs_turns",
            "queue",
            "caller",
            "queued_at",
            "id",
            postgresql_where=text("status = 'QUEUED'"),
        ),
        Index("ix_jobs_running", "caller", postgresql_where=text("status IN ('RUNNING', 'CANCELLING')")),
        Index(
            "ix_jobs_owner_finished_at", "owner", "finished_at", postgresql_where=text("owner IS NOT NULL")
        ),
        Index(
            "ix_jobs_leased",
            "lease_expires_at",
            postgresql_where=text("status IN ('RUNNING', 'CANCELLING')"),
        ),
        Index("ix_jobs_parent_id", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
    )
