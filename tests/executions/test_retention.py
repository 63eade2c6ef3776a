"""Workers remove executions past their time in batches, and only if a setting asks for it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select

from app import operations
from app.connections import Connections
from app.database import Database
from app.models import TERMINAL_STATUSES, Execution, ImportChunk, Job, JobStatus
from app.settings import Settings
from app.vectors.imports import uploads
from tests.executions.factories import execution_values, job_values, store_execution, store_job


def days_ago(days: float) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


@pytest.fixture
def connections(settings: Settings, database: Database) -> Iterator[Connections]:
    """Make the connections of a process that keeps executions for 30 days."""
    made = Connections(replace(settings, execution_retention_days=30))
    yield made
    made.database.close()


def kept(database: Database) -> set[UUID]:
    """Return the executions that are left, and the jobs."""
    with database.reading() as session:
        executions = session.scalars(select(Execution.id).where(Execution.deleted_at.is_(None)))
        return {*executions, *session.scalars(select(Job.id))}


def test_only_what_is_past_its_time_is_removed(connections: Connections, database: Database) -> None:
    store_execution(database, created_at=days_ago(31))
    store_job(database, JobStatus.FAILED, created_at=days_ago(31))
    young = store_execution(database, created_at=days_ago(29))
    failed = store_job(database, JobStatus.FAILED, created_at=days_ago(29))
    waiting = store_job(database, JobStatus.QUEUED, created_at=days_ago(31))
    assert operations.remove_expired(connections) is False
    assert kept(database) == {young, failed, waiting}


def test_nothing_is_removed_unless_it_is_asked_for(settings: Settings, database: Database) -> None:
    old = store_execution(database, created_at=days_ago(10_000))
    connections = Connections(settings)
    assert operations.remove_expired(connections) is False
    connections.database.close()
    assert kept(database) == {old}


def test_one_call_removes_one_bounded_batch(connections: Connections, database: Database) -> None:
    ids = [uuid4() for _ in range(operations.RETENTION_BATCH + 1)]
    with database.unit_of_work() as unit:
        rows = [execution_values(id=each, created_at=days_ago(40)) for each in ids]
        jobs = [job_values(JobStatus.SUCCEEDED, id=each, created_at=days_ago(40)) for each in ids]
        unit.session.execute(insert(Job), jobs)
        unit.session.execute(insert(Execution), rows)
    assert operations.remove_expired(connections) is True
    assert len(kept(database)) == 1
    assert operations.remove_expired(connections) is False
    assert kept(database) == set()


KINDS = ("execute", "compare", "query", "import", "a kind that is yet to come")


@pytest.mark.parametrize("kind", KINDS)
def test_jobs_of_every_kind_go_once_they_ended_and_no_others(
    connections: Connections, database: Database, kind: str
) -> None:
    live = set()
    for status in JobStatus:
        result = '{"results": [{"metadata": {"name": "deleted since"}}]}'
        old = store_job(database, status, kind=kind, created_at=days_ago(31), result=result)
        young = store_job(database, status, kind=kind, created_at=days_ago(29), result=result)
        live |= {young} if status in TERMINAL_STATUSES else {old, young}
    assert operations.remove_expired(connections) is False
    assert kept(database) == live


def test_a_job_stays_until_its_end_is_old(connections: Connections, database: Database) -> None:
    """A job may have waited long, but its execution is as old as its end."""
    job = store_job(database, JobStatus.SUCCEEDED, created_at=days_ago(31), finished_at=days_ago(29))
    with database.unit_of_work() as unit:
        unit.session.execute(insert(Execution), execution_values(id=job, created_at=days_ago(29)))
    assert operations.remove_expired(connections) is False
    assert kept(database) == {job}
    assert operations.purge(connections, days_ago(28)) == (1, 1)
    assert kept(database) == set()


def test_uploads_of_imports_that_are_gone_are_removed_and_those_of_waiting_ones_stay(
    connections: Connections, database: Database
) -> None:
    uploaded = {status: uuid4() for status in JobStatus}
    for status, upload_id in uploaded.items():
        spec = {"upload": str(upload_id), "chunks": 1}
        store_job(database, status, kind="import", spec=spec, created_at=days_ago(31))
    rows = [
        {"upload_id": each, "part": "vectors", "seq": 0, "first_row": 0, "rows": 1, "data": b"{}"}
        for each in uploaded.values()
    ]
    with database.unit_of_work() as unit:
        unit.session.execute(insert(ImportChunk), [{**row, "created_at": days_ago(31)} for row in rows])
    operations.remove_expired(connections)
    uploads.remove_abandoned(database)
    with database.reading() as session:
        left = set(session.scalars(select(ImportChunk.upload_id)))
    assert left == {upload_id for status, upload_id in uploaded.items() if status not in TERMINAL_STATUSES}
