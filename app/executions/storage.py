"""The SQL of executions as workers write them: store a result, find graphs to be written to Neo4j."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, func, or_, select, update
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session, undefer

from app import direct_sql
from app.circuits.result import RunResult
from app.circuits.spec import ExecutionSpec
from app.database import locked_batch
from app.graphstore.rebuilding import MAX_TRIES, Left
from app.jobs import claims
from app.jobs.claiming import ClaimedJob
from app.models import Execution, GraphStatus
from app.webhooks import outbox
from app.webhooks.outbox import EventType

FIRST_PROJECTION_GRACE = timedelta(seconds=30)
"""How long the worker that stored an execution has to write its graph before another worker tries."""

RETRY_PAUSE = timedelta(seconds=5)
"""The pause between two tries to write a graph; doubled for each try."""

MAX_RETRY_DOUBLINGS = 6
"""The pause is doubled at most this often: 5 s × 2^6 is about five minutes."""

COLUMNS = {
    "id": "uuid",
    "circuit": "text",
    "is_noisy": "bool",
    "shots": "int",
    "seed": "bigint",
    "requested_method": "text",
    "parameters": "jsonb",
    "tags": "text[]",
    "owner": "text",
    "circuit_name": "text",
    "num_qubits": "int",
    "num_clbits": "int",
    "num_gates": "int",
    "num_events": "int",
    "counts": "jsonb",
    "mitigated": "jsonb",
    "layout": "jsonb",
    "notes": "jsonb",
    "method": "text",
    "method_reason": "text",
    "cost": "float8",
    "versions": "jsonb",
    "noise_config": "jsonb",
    "language": "text",
    "program": "text",
    "events": "json",
    "transpiled_program": "text",
    "transpiled_events": "json",
    "parse_time_ms": "float8",
    "transpile_time_ms": "float8",
    "simulation_time_ms": "float8",
    "event_extraction_time_ms": "float8",
    "in_memory_graph_time_ms": "float8",
}
"""What a worker writes of an execution, and the types as which PostgreSQL reads it."""

RESULT_COLUMNS = tuple(list(COLUMNS)[list(COLUMNS).index("circuit_name") :])

_NAMES = ", ".join(COLUMNS)
_TYPED = ", ".join(f"{name} {type_name}" for name, type_name in COLUMNS.items())

# The driver sends these itself, since every execution runs them: one statement for any number of executions,
# with all that they are made of as one JSON text, and the events of webhooks.
_GIVEN = f"json_to_recordset(%(new)s::json) AS new ({_TYPED}, event text)"
_INSERT = f"""
new AS MATERIALIZED (
  SELECT new.* FROM {{given}}
), event AS (
  INSERT INTO webhook_events (type, data) SELECT %(event_type)s::text, event FROM new
  WHERE EXISTS (SELECT FROM webhooks WHERE enabled AND events && %(event_patterns)s::text[])
)
INSERT INTO executions ({_NAMES}, graph_due_at)
SELECT {_NAMES}, now() + interval '{FIRST_PROJECTION_GRACE.total_seconds()} s' FROM new
RETURNING id, created_at
"""  # noqa: S608 constants
INSERT = b"WITH " + _INSERT.format(given=_GIVEN).encode()
END = (
    b"WITH ended AS ("
    + claims.SUCCEED
    + b"), "
    + _INSERT.format(given=f"{_GIVEN} JOIN ended USING (id)").encode()
)
"""Ends the jobs whose claims still hold, and inserts their executions, which have the jobs' ids."""

SUCCEEDED: dict[str, object] = {
    "event_type": EventType.EXECUTION_SUCCEEDED.value,
    "event_patterns": outbox.patterns_of(EventType.EXECUTION_SUCCEEDED),
}
SET_STORED = (
    b"UPDATE executions SET graph_status = 'stored', neo4j_persistence_time_ms = %(time_ms)s"
    b" WHERE id = ANY(%(ids)s) AND deleted_at IS NULL RETURNING id"
)


@dataclass(frozen=True)
class DueGraphs:
    """Executions whose graphs are to be written to Neo4j, and deleted ones whose graphs are to be removed."""

    pending: Sequence[Execution]
    deleted: Sequence[UUID]


@dataclass(frozen=True)
class NewExecution:
    """An execution of a job that is to be stored."""

    id: UUID
    job: ClaimedJob
    spec: ExecutionSpec
    result: RunResult


def store_results(session: Session, new: Sequence[NewExecution]) -> list[datetime]:
    """Insert executions; return the times of their creation."""
    created_at = dict(direct_sql.run_plain(session, INSERT, _values(new)))
    return [created_at[each.id] for each in new]


def end_with_results(session: Session, new: Sequence[NewExecution]) -> dict[UUID, datetime]:
    """End jobs as SUCCEEDED and insert their executions, as the first statement of a transaction.

    Returns:
        The times of creation by the id, of those whose claim still held and that nobody cancelled.
    """
    values = {**_values(new), **claims.succeed_values([each.job for each in new])}
    return dict(direct_sql.run_first(session, END, values))


def _values(new: Sequence[NewExecution]) -> dict[str, object]:
    return {"new": msgspec.json.encode([_row(each) for each in new]).decode(), **SUCCEEDED}


def _row(new: NewExecution) -> dict[str, Any]:
    job, spec, result = new.job, new.spec, new.result
    event = {
        "execution_id": new.id,
        "job_id": job.id,
        "circuit_name": result["circuit_name"],
        "is_noisy": spec.noise is not None,
        "num_qubits": result["num_qubits"],
        "num_events": result["num_events"],
        "shots": spec.shots,
        "seed": spec.seed,
        "tags": job.tags,
    }
    return {
        **{name: result[name] for name in RESULT_COLUMNS},  # type: ignore[literal-required]
        "id": new.id,
        "circuit": spec.circuit,
        "is_noisy": spec.noise is not None,
        "shots": spec.shots,
        "seed": spec.seed,
        "requested_method": spec.method,
        "parameters": spec.library_parameters,
        "tags": job.tags,
        "owner": job.owner,
        "events": msgspec.Raw(result["events"]),
        "transpiled_events": msgspec.Raw(result["transpiled_events"] or b"null"),
        "event": msgspec.json.encode(event).decode(),
    }


def take_due_graphs(session: Session, limit: int) -> DueGraphs:
    """Take executions whose graph is overdue in Neo4j, and set the time of the next try.

    Rows that another worker holds are skipped.
    """
    due = (
        select(Execution.id)
        .where(
            or_(Execution.graph_status == GraphStatus.PENDING, Execution.deleted_at.is_not(None)),
            Execution.graph_due_at < func.now(),
        )
        .order_by(Execution.graph_due_at)
    )
    pause = RETRY_PAUSE * func.power(2, func.least(Execution.graph_attempts, MAX_RETRY_DOUBLINGS))
    statement = (
        update(Execution)
        .where(Execution.id.in_(select(locked_batch(due, limit))))
        .values(graph_attempts=Execution.graph_attempts + 1, graph_due_at=func.now() + pause)
        .returning(Execution.id, Execution.deleted_at)
        .execution_options(synchronize_session=False)
    )
    rows = session.execute(statement).all()
    pending = [row.id for row in rows if row.deleted_at is None]
    return DueGraphs(
        pending=_with_events(session, pending) if pending else [],
        deleted=[row.id for row in rows if row.deleted_at is not None],
    )


def set_graphs_stored(session: Session, execution_ids: Collection[UUID], time_ms: float) -> set[UUID]:
    """Note that these graphs are in Neo4j, and the milliseconds that their transaction took.

    Returns:
        The ids of the executions that were not deleted meanwhile.
    """
    rows = direct_sql.run_plain(session, SET_STORED, {"ids": list(execution_ids), "time_ms": time_ms})
    return {execution_id for (execution_id,) in rows}


def make_pending(
    session: Session, after: UUID | None, limit: int, *, also_stored: bool
) -> tuple[UUID | None, int]:
    """Make the graphs of a batch of executions due now, in the order of their ids.

    Returns:
        The last id of the batch, after which the next one begins, ``None`` when there is no more; and how
        many were made due.
    """
    batch = select(Execution.id).where(Execution.deleted_at.is_(None)).order_by(Execution.id).limit(limit)
    if after is not None:
        batch = batch.where(Execution.id > after)
    if not also_stored:
        batch = batch.where(Execution.graph_status == GraphStatus.PENDING)
    ids = session.scalars(batch).all()
    session.execute(
        update(Execution)
        .where(Execution.id.in_(ids))
        .values(graph_status=GraphStatus.PENDING, graph_attempts=0, graph_due_at=func.now())
        .execution_options(synchronize_session=False)
    )
    return (ids[-1] if ids else None), len(ids)


def count_overdue(session: Session) -> Left:
    """Count the graphs that are not written and are due, or were tried; others were only stored just now."""
    statement = select(func.count(), func.count().filter(Execution.graph_attempts < MAX_TRIES)).where(
        Execution.graph_status == GraphStatus.PENDING,
        Execution.deleted_at.is_(None),
        or_(Execution.graph_due_at <= func.now(), Execution.graph_attempts > 0),
    )
    return Left(*session.execute(statement).one())


def mark_incomplete_counts(session: Session, after: UUID | None, limit: int) -> tuple[UUID | None, int]:
    """Mark the executions of a batch whose counts do not add up to their shots, in the order of their ids.

    Returns:
        The last id of the batch, ``None`` when there is no more; and how many were marked.
    """
    batch = select(Execution.id).order_by(Execution.id).limit(limit)
    if after is not None:
        batch = batch.where(Execution.id > after)
    ids = session.scalars(batch).all()
    outcomes = func.jsonb_each_text(Execution.counts).table_valued("key", "value")
    total = select(func.coalesce(func.sum(sql_cast(outcomes.c.value, BigInteger)), 0)).select_from(outcomes)
    marked = session.scalars(
        update(Execution)
        .where(
            Execution.id.in_(ids),
            Execution.counts_incomplete.is_(False),
            Execution.shots != total.correlate(Execution).scalar_subquery(),
        )
        .values(counts_incomplete=True)
        .returning(Execution.id)
        .execution_options(synchronize_session=False)
    ).all()
    return (ids[-1] if ids else None), len(marked)


def _with_events(session: Session, execution_ids: Collection[UUID]) -> Sequence[Execution]:
    statement = select(Execution).where(Execution.id.in_(execution_ids)).options(undefer(Execution.events))
    return session.scalars(statement).all()
