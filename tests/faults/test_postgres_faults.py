"""PostgreSQL is down or hangs: 503 with Retry-After, nothing half done, and no job loses an attempt."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from embedded.postgres import PostgresServer
from tests.databases import migrate_database
from tests.faults.jobs import STAY_INTERACTIVE, long_job, rows
from tests.hanging import hanging
from tests.stack import Stack, wait_until


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[PostgresServer]:
    """Run a PostgreSQL that the test may stop."""
    server = PostgresServer(tmp_path / "postgres", options={"fsync": "off"})
    with server as url:
        migrate_database(url)
        yield server


def test_without_postgres_every_route_answers_503_and_recovers_by_itself(
    new_stack: Callable[..., Stack], postgres: PostgresServer
) -> None:
    stack = new_stack(DATABASE_URL=postgres.url)
    stack.start_web()
    stack.start_worker()
    assert stack.post("/api/execute/bell").status_code == 200
    postgres.stop()
    for response in (
        stack.post("/api/execute/bell"),
        stack.get("/api/executions"),
        stack.get("/api/jobs"),
        stack.get("/api/executions/00000000-0000-4000-8000-000000000000"),
        stack.delete("/api/jobs/00000000-0000-4000-8000-000000000000"),
    ):
        assert response.status_code == 503, response.text
        assert int(response.headers["Retry-After"]) > 0
        assert "psycopg" not in response.text
    postgres.start()
    wait_until(lambda: stack.post("/api/execute/bell").status_code == 200, what="an answer")
    assert rows(stack, "SELECT count(*), count(*) FILTER (WHERE status = 'SUCCEEDED') FROM jobs") == [(2, 2)]


def test_a_postgres_that_hangs_is_answered_with_503(
    new_stack: Callable[..., Stack], postgres: PostgresServer
) -> None:
    stack = new_stack(DATABASE_URL=postgres.url)
    stack.start_web()
    assert stack.get("/api/executions").status_code == 200
    with hanging(postgres.pid):
        response = stack.get("/api/executions")
        assert response.status_code == 503
        assert "Retry-After" in response.headers
        assert stack.get("/api/circuits").status_code == 200
    wait_until(lambda: stack.get("/api/executions").status_code == 200, what="an answer")


def test_a_running_job_outlives_an_outage_of_postgres_without_losing_an_attempt(
    new_stack: Callable[..., Stack], postgres: PostgresServer
) -> None:
    stack = new_stack(DATABASE_URL=postgres.url, **STAY_INTERACTIVE)
    stack.start_web()
    stack.start_worker()
    stack.start_worker()
    job_id = long_job(stack)
    stack.wait_for(job_id, "RUNNING")
    postgres.stop()
    lease_seconds = float(stack.environment["LEASE_SECONDS"])
    assert not stack.processes[0].wait(lease_seconds + 1), "the web ended"
    postgres.start()
    assert stack.wait_for(job_id, "SUCCEEDED", seconds=200)["attempt"] == 1
    assert rows(stack, "SELECT count(*) FROM executions") == [(1,)]


def test_a_replica_answers_reads_and_refuses_writes_with_503(
    new_stack: Callable[..., Stack], postgres: PostgresServer
) -> None:
    writing = new_stack(DATABASE_URL=postgres.url)
    writing.start_web()
    writing.start_worker()
    execution_id = writing.post("/api/execute/bell").json()["execution_id"]
    admin = writing.admin_headers
    with psycopg.connect(postgres.url) as connection:  # the next best thing to a second server
        connection.execute("CREATE ROLE reader SUPERUSER LOGIN PASSWORD 'reader'")
        connection.execute("ALTER ROLE reader SET default_transaction_read_only = on")
    writing.processes[0].stop(10)
    reading = new_stack(DATABASE_URL=f"postgresql://reader:reader@127.0.0.1:{postgres.port}/qloom")
    reading.start_web()
    for path in ("/api/executions", f"/api/executions/{execution_id}/graph", f"/api/replay/{execution_id}"):
        assert reading.get(path).status_code == 200
    assert reading.get("/v2/vectors", headers=admin).status_code == 200
    refused = reading.post("/api/execute/bell")
    assert (refused.status_code, refused.json()["code"]) == (503, "read_only")
