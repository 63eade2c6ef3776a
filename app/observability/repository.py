"""The SQL of health and metrics; everything is counted within a bound."""

from datetime import timedelta
from typing import Annotated, NamedTuple

from msgspec import Struct
from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from app.rest.struct_schemas import described

MAX_COUNTED = 100_000
"""Up to here rows are counted exactly. Above, PostgreSQL's estimate is used, so that this stays fast."""

REVISION = text("SELECT version_num FROM alembic_version")
HAS_REVISION = text("SELECT to_regclass('alembic_version') IS NOT NULL")

QUEUES_SERVED = text("""
    SELECT queue, count(*), sum(slots), sum(slots_in_use) FROM workers
    WHERE last_seen_at > now() - CAST(:seen_within AS interval) GROUP BY queue
""")

HAS_WEBHOOKS = text("SELECT EXISTS (SELECT FROM webhooks WHERE enabled)")

WAITING_JOBS = text("""
    SELECT queue, count(*), greatest(extract(epoch FROM now() - min(queued_at)), 0) FROM jobs
    WHERE status = 'QUEUED' GROUP BY queue
""")

# the condition of the partial index, so that PostgreSQL uses it
PENDING_GRAPHS = text("""
    SELECT count(*) FROM (
      SELECT FROM executions WHERE graph_status = 'pending' OR deleted_at IS NOT NULL LIMIT :most
    ) AS counted
""")

COHERENT_STATES = text("""
    SELECT count(*) FROM (
      SELECT FROM vector_states WHERE expires_at IS NULL OR expires_at > now() LIMIT :most
    ) AS counted
""")
DECOHERED_STATES = text("""
    SELECT count(*) FROM (SELECT FROM vector_states WHERE expires_at <= now() LIMIT :most) AS counted
""")
STATES_ESTIMATE = text(
    "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = to_regclass('vector_states')"
)


class QueueService(Struct, forbid_unknown_fields=True, frozen=True):
    """The live workers of a queue, by their heartbeats."""

    workers: Annotated[int, described("Live worker processes.")]
    slots: Annotated[int, described("How many jobs they run at once.")]
    slots_in_use: Annotated[int, described("How many of these run a job.")]


NOT_SERVED = QueueService(0, 0, 0)


class QueueBacklog(NamedTuple):
    """The jobs of a queue that no worker has claimed, and how long the oldest of them has waited."""

    jobs: int = 0
    oldest_seconds: float = 0.0


def revision(session: Session) -> str | None:
    """Return the schema's revision; ``None`` if no migration has run yet."""
    if not session.scalar(HAS_REVISION):
        return None
    found: str | None = session.scalar(REVISION)
    return found


def queues_served(session: Session, seen_within: timedelta) -> dict[str, QueueService]:
    """Return the live workers of each queue; queues without one are missing."""
    rows = session.execute(QUEUES_SERVED, {"seen_within": seen_within})
    return {queue: QueueService(workers, int(slots), int(in_use)) for queue, workers, slots, in_use in rows}


def has_webhooks(session: Session) -> bool:
    """Return whether any webhook is enabled."""
    return bool(session.scalar(HAS_WEBHOOKS))


def waiting_jobs(session: Session) -> dict[str, QueueBacklog]:
    """Return the waiting jobs of each queue; empty queues are missing."""
    rows = session.execute(WAITING_JOBS)
    return {queue: QueueBacklog(jobs, float(oldest_seconds)) for queue, jobs, oldest_seconds in rows}


def pending_graphs(session: Session) -> int:
    """Count the graphs still to be written to Neo4j or removed there, up to ``MAX_COUNTED``."""
    return _count(session, PENDING_GRAPHS, MAX_COUNTED)


def coherent_states(session: Session) -> tuple[int, bool]:
    """Return how many quantum states are coherent now, and whether that is an estimate.

    The estimate, above ``MAX_COUNTED``, is the table's size by PostgreSQL's statistics less the decohered
    rows that no cleanup has removed yet.
    """
    counted = _count(session, COHERENT_STATES, MAX_COUNTED + 1)
    if counted <= MAX_COUNTED:
        return counted, False
    estimate = session.scalar(STATES_ESTIMATE) or 0
    return max(counted, estimate - _count(session, DECOHERED_STATES, MAX_COUNTED)), True


def _count(session: Session, statement: TextClause, most: int) -> int:
    return int(session.execute(statement, {"most": most}).scalar_one())
