"""The SQL of health and metrics; everything is counted within a bound."""

from datetime import timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import Interval, Table, bindparam, func, literal, or_, select, text
from sqlalchemy.orm import Session

from app.models import Execution, GraphStatus, Job, JobStatus, VectorState, Worker

MAX_COUNTED = 100_000
"""Up to here rows are counted exactly. Above, PostgreSQL's estimate is used, so that this stays fast."""

JOBS, EXECUTIONS, STATES, WORKERS = (
    cast(Table, model.__table__) for model in (Job, Execution, VectorState, Worker)
)

REVISION = text("SELECT version_num FROM alembic_version")
HAS_REVISION = text("SELECT to_regclass('alembic_version') IS NOT NULL")

QUEUES_SERVED = (
    select(
        WORKERS.c.queue,
        func.count().label("workers"),
        func.sum(WORKERS.c.slots).label("slots"),
        func.sum(WORKERS.c.slots_in_use).label("slots_in_use"),
    )
    .where(WORKERS.c.last_seen_at > func.now() - bindparam("seen_within", type_=Interval))
    .group_by(WORKERS.c.queue)
)

WAITING_JOBS = (
    select(
        JOBS.c.queue,
        func.count().label("jobs"),
        func.extract("epoch", func.now() - func.min(JOBS.c.queued_at)).label("oldest_seconds"),
    )
    .where(JOBS.c.status == JobStatus.QUEUED)
    .group_by(JOBS.c.queue)
)

# the condition of the partial index, so that PostgreSQL uses it
PENDING_GRAPHS = select(func.count()).select_from(
    select(literal(1))
    .select_from(EXECUTIONS)
    .where(or_(EXECUTIONS.c.graph_status == GraphStatus.PENDING, EXECUTIONS.c.deleted_at.is_not(None)))
    .limit(MAX_COUNTED)
    .subquery()
)

_COHERENT = or_(STATES.c.expires_at.is_(None), STATES.c.expires_at > func.now())
COHERENT_STATES = select(func.count()).select_from(
    select(literal(1)).select_from(STATES).where(_COHERENT).limit(MAX_COUNTED + 1).subquery()
)
DECOHERED_STATES = select(func.count()).select_from(
    select(literal(1))
    .select_from(STATES)
    .where(STATES.c.expires_at <= func.now())
    .limit(MAX_COUNTED)
    .subquery()
)
STATES_ESTIMATE = text(
    "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = to_regclass('vector_states')"
)


class QueueService(NamedTuple):
    """The live workers of a queue, by their heartbeats."""

    workers: int = 0
    slots: int = 0
    slots_in_use: int = 0


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
    return {row.queue: QueueService(row.workers, int(row.slots), int(row.slots_in_use)) for row in rows}


def waiting_jobs(session: Session) -> dict[str, QueueBacklog]:
    """Return the waiting jobs of each queue; empty queues are missing."""
    return {
        row.queue: QueueBacklog(row.jobs, float(row.oldest_seconds)) for row in session.execute(WAITING_JOBS)
    }


def pending_graphs(session: Session) -> int:
    """Count the graphs still to be written to Neo4j or removed there, up to ``MAX_COUNTED``."""
    return _scalar(session, PENDING_GRAPHS)


def coherent_states(session: Session) -> tuple[int, bool]:
    """Return how many quantum states are coherent now, and whether that is an estimate.

    The estimate, above ``MAX_COUNTED``, is the table's size by PostgreSQL's statistics less the decohered
    rows that no cleanup has removed yet.
    """
    counted = _scalar(session, COHERENT_STATES)
    if counted <= MAX_COUNTED:
        return counted, False
    estimate = _scalar(session, STATES_ESTIMATE) - _scalar(session, DECOHERED_STATES)
    return max(counted, estimate), True


def _scalar(session: Session, statement: Any) -> int:
    return int(session.scalar(statement) or 0)
