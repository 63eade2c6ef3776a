"""Statements that take a batch of locked rows keep to its size with any plan that PostgreSQL may choose."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from app.audit import repository as audit
from app.coherence import repository as coherence
from app.database import Database
from app.entanglement import graph_rows
from app.executions import storage
from app.models import Execution, Job, JobStatus
from app.vectors import hnsw
from app.webhooks import deliveries
from tests.executions.factories import execution_values, job_values

ROWS, MOST = 6, 2
DAYS_AGO = "now() - interval '40 days'"
SERIES = f"FROM generate_series(1, {ROWS}) AS n"
EVENTS = (
    "INSERT INTO webhook_events (id, type, data, fanned_out_at, created_at)"
    f" SELECT gen_random_uuid(), 'vector.inserted', '{{}}', %s, {DAYS_AGO} {SERIES}"
)
VECTORS = f"INSERT INTO vectors (id, embedding) SELECT 'v' || n, '[1,2]' {SERIES}"
STATES = (
    f"INSERT INTO vector_states (vector_id, num_qubits, expires_at) SELECT 'v' || n, 1, {DAYS_AGO} {SERIES}"
)
GROUPS = (
    "INSERT INTO entanglement_groups (id, correlation_strength, measured_correlation, shots, seed, version)"
    f" SELECT 'g' || n, 0.5, 0.5, 100, 1, 1 {SERIES}"
)
AUDIT = (
    "INSERT INTO audit_entries (at, actor, actor_name, action, kind)"
    f" SELECT {DAYS_AGO}, 'tests', 'tests', 'insert', 'vector' {SERIES}"
)


def remove_events(session: Session) -> int:
    """Remove webhook events that are past their retention."""
    session.execute(text(EVENTS % "now()"))
    return deliveries.remove_old(session, timedelta(days=30))


def fan_out_events(session: Session) -> int:
    """Make the deliveries of new webhook events."""
    session.execute(text(EVENTS % "NULL"))
    return deliveries.fan_out(session)


def remove_states(session: Session) -> int:
    """Remove vector states whose coherence has ended."""
    session.execute(text(VECTORS))
    session.execute(text(STATES))
    return coherence.remove_expired(session, MOST)[0]


def move_vectors(session: Session) -> int:
    """Move vectors into a generation of the index."""
    session.execute(text(VECTORS))
    return hnsw.set_generation(session, "indexed_in IS NULL", 1, MOST)


def take_group_graphs(session: Session) -> int:
    """Take entanglement groups whose graph is to be written."""
    session.execute(text(GROUPS))
    return len(graph_rows.take_due(session, MOST))


def take_execution_graphs(session: Session) -> int:
    """Take executions whose graph is to be written."""
    for _ in range(ROWS):
        values = execution_values(graph_status="pending")
        session.execute(insert(Job).values(job_values(JobStatus.SUCCEEDED, id=values["id"])))
        session.execute(insert(Execution).values(values))
    return len(storage.take_due_graphs(session, MOST).pending)


def remove_audit_entries(session: Session) -> int:
    """Remove old entries of the audit trail."""
    session.execute(text(AUDIT))
    return audit.remove_before(session, datetime.now(UTC), MOST)


@pytest.mark.parametrize(
    "take",
    [
        remove_events,
        fan_out_events,
        remove_states,
        move_vectors,
        take_group_graphs,
        take_execution_graphs,
        remove_audit_entries,
    ],
)
def test_a_batch_of_locked_rows_keeps_to_its_size_with_nested_loops(
    database: Database, monkeypatch: pytest.MonkeyPatch, take: Callable[[Session], int]
) -> None:
    """With a nested loop, PostgreSQL runs a plain subselect again for each row that it compares with it."""
    monkeypatch.setattr(deliveries, "REMOVE_BATCH", MOST)
    monkeypatch.setattr(deliveries, "FAN_OUT_BATCH", MOST)
    with database.unit_of_work() as unit:
        for plan in ("hashjoin", "mergejoin", "hashagg", "sort", "material"):
            unit.session.execute(text(f"SET LOCAL enable_{plan} = off"))
        assert take(unit.session) == MOST
