"""The operators' commands, on real servers."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert, select

from app import operations
from app.cli import cli
from app.connections import Connections
from app.database import Database
from app.executions import repository, responses
from app.executions.graph_writer import GraphWriter
from app.graphstore import executions as graphs
from app.graphstore.rebuilding import Rebuilt
from app.jobs import heartbeats
from app.models import Execution, Job, JobStatus
from app.settings import Settings
from embedded.arcadedb import ArcadeDBServer
from tests.environment import ENVIRONMENT
from tests.executions.factories import execution_values, job_values, store_executions

OLD = datetime(2025, 1, 1, tzinfo=UTC)
NEW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, database: Database) -> Iterator[Any]:
    """Run one command on the test's servers."""
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("REDIS_URL", settings.redis_url)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(cli, list(arguments))

    return invoke


@pytest.fixture
def connections(
    settings: Settings, database: Database, arcadedb: ArcadeDBServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Connections]:
    """Make connections to the test's servers, a graph server among them, which is waited for."""
    monkeypatch.setattr("app.connections.GRAPH_TIMEOUT_SECONDS", 20.0)
    environment = {
        **ENVIRONMENT,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        **arcadedb.environment(),
    }
    made = Connections(Settings.from_env(environment))
    yield made
    made.close()


def store_job(database: Database, status: JobStatus, **values: Any) -> UUID:
    """Insert a job."""
    row = job_values(status, **values)
    with database.unit_of_work() as unit:
        unit.session.execute(insert(Job).values(row))
    return UUID(str(row["id"]))


def ids(database: Database, model: type[Execution] | type[Job]) -> set[UUID]:
    """Return the ids of all executions that are not deleted."""
    statement = select(model.id)
    if model is Execution:
        statement = statement.where(Execution.deleted_at.is_(None))
    with database.reading() as session:
        return set(session.scalars(statement))


def test_migrating_twice_changes_nothing(run: Any) -> None:
    for _ in range(2):
        result = run("migrate")
        assert (result.exit_code, result.output) == (0, "The schema is up to date.\n")


def test_workers_lists_the_live_ones_and_fails_while_a_queue_has_none(run: Any, database: Database) -> None:
    with database.unit_of_work() as unit:
        heartbeats.record_heartbeat(unit.session, "interactive@here", "interactive", 2, 1)
    result = run("workers")
    assert result.exit_code == 1
    assert "interactive@here  interactive  1 of 2 slots in use" in result.output
    assert "no live worker on: heavy" in result.output
    with database.unit_of_work() as unit:
        for queue in ("heavy", "search"):
            heartbeats.record_heartbeat(unit.session, f"{queue}@here", queue, 1, 0)
    assert run("workers", "--wait", "1").exit_code == 0


def test_purge_deletes_what_is_older_than_the_date_and_nothing_else(run: Any, database: Database) -> None:
    old, new = store_executions(database, execution_values(created_at=OLD), execution_values(created_at=NEW))
    failed = store_job(database, JobStatus.FAILED, created_at=OLD)
    queued = store_job(database, JobStatus.QUEUED, created_at=OLD)
    result = run("purge", "--before", "2026-01-01")
    assert result.exit_code == 0, result.output
    assert ids(database, Execution) == {new}
    assert ids(database, Job) == {new, queued}
    assert {old, failed}.isdisjoint(ids(database, Job))


def test_executions_that_lost_shots_are_marked_in_batches_and_their_documents_say_so(
    run: Any, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Former versions dropped single bits, and so lost outcomes that differed only in them."""
    monkeypatch.setattr(operations, "BATCH", 2)
    whole = execution_values(created_at=NEW)
    lost = execution_values(created_at=NEW, shots=1000, counts={"0": 262, "1": 206})
    empty = execution_values(created_at=NEW, counts={})
    aliases = execution_values(created_at=NEW, shots=10, counts={"00 ": 4, "01 ": 6})
    store_executions(database, whole, lost, empty, aliases)
    assert run("mark-incomplete-counts").output == "Marked 2 executions.\n"
    assert run("mark-incomplete-counts").output == "Marked 0 executions.\n"
    for row, is_incomplete in ((whole, False), (lost, True), (empty, True), (aliases, False)):
        with database.reading() as session:
            found = repository.find(session, row["id"])
        assert found is not None
        for response in (responses.render_execution(found), responses.render_overview(found)):
            assert msgspec.json.decode(response)["counts_incomplete"] is is_incomplete


def test_requeue_notifies_of_a_queued_job_and_runs_a_failed_one_again(run: Any, database: Database) -> None:
    queued = store_job(database, JobStatus.QUEUED)
    assert run("requeue", str(queued)).output == f"Queued: {queued}\n"
    failed = store_job(database, JobStatus.FAILED)
    again = UUID(run("requeue", str(failed)).output.removeprefix("Queued: ").strip())
    with database.reading() as session:
        job = session.get_one(Job, again)
    assert (job.retry_of, job.status) == (failed, JobStatus.QUEUED)


def test_a_command_on_an_unknown_job_fails_with_one_line(run: Any) -> None:
    result = run("requeue", str(uuid4()))
    assert result.exit_code != 0
    assert "Job not found" in str(result.exception) + result.output


def test_rebuild_graph_writes_every_graph_anew_and_removes_what_is_not_in_the_record(
    connections: Connections, database: Database
) -> None:
    stored = store_executions(database, *(execution_values(created_at=NEW) for _ in range(40)))
    assert operations.rebuild_graph(connections, missing_only=False) == Rebuilt(40, left=0)
    with database.unit_of_work() as unit:
        unit.session.execute(Execution.__table__.delete().where(Execution.id == stored[0]))
    assert operations.rebuild_graph(connections, missing_only=False) == Rebuilt(39, left=0)
    names = [str(each) for each in stored]
    assert graphs.exists(connections.graph_store, names) == set(names[1:])
    assert operations.rebuild_graph(connections, missing_only=True) == Rebuilt(0, left=0)


def test_rebuild_graph_counts_what_the_workers_write_meanwhile(
    connections: Connections, database: Database
) -> None:
    store_executions(database, *(execution_values(created_at=NEW) for _ in range(400)))
    is_done, theirs = Event(), []
    writer = GraphWriter(connections.database, connections.graph_store)

    def work() -> None:
        while not is_done.is_set():
            theirs.append(writer.take_up_overdue())

    with ThreadPoolExecutor(1) as worker:
        working = worker.submit(work)
        assert operations.rebuild_graph(connections, missing_only=False) == Rebuilt(400, left=0)
        is_done.set()
        working.result()
    assert sum(theirs) > 0, "the workers took part"
