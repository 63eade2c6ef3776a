"""The real web process (gunicorn, gevent) while PostgreSQL hangs or is down."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import psycopg
import pytest

from app import greenlet_waits
from app.connections import GRAPH_TIMEOUT_SECONDS
from app.redis.bounded import PATIENCE_SECONDS
from embedded.postgres import PostgresServer
from tests.databases import migrate_database
from tests.hanging import hanging
from tests.stack import Stack, wait_until


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[PostgresServer]:
    """A migrated PostgreSQL that the test may stop or kill."""
    server = PostgresServer(tmp_path / "postgres", options={"fsync": "off"})
    with server as url:
        migrate_database(url)
        yield server


@pytest.fixture
def web(tmp_path: Path, postgres: PostgresServer, redis_url: str) -> Iterator[Stack]:
    """The web alone, whose connections are open already."""
    stack = Stack(tmp_path, {"DATABASE_URL": postgres.url, "REDIS_URL": redis_url})
    stack.start_web()
    assert stack.get("/api/executions").status_code == 200
    yield stack
    stack.stop()


def test_a_postgresql_that_hangs_costs_each_request_a_bounded_wait(
    web: Stack, postgres: PostgresServer
) -> None:
    paths = ["/api/executions", "/api/jobs", "/api/executions/00000000-0000-4000-8000-000000000000"] * 10
    with hanging(postgres.pid), ThreadPoolExecutor(len(paths)) as pool:
        responses = list(pool.map(web.get, paths))
        parts = web.get("/status").json()["parts"]
        limits = web.get("/api/limits")
    assert {response.status_code for response in responses} == {503}
    assert all(int(response.headers["Retry-After"]) > 0 for response in responses)
    assert parts == {"postgresql": "down", "redis": "up"}
    assert limits.status_code == 200


def test_after_a_hang_the_web_answers_again_and_nothing_is_mixed_up(
    web: Stack, postgres: PostgresServer
) -> None:
    with hanging(postgres.pid):
        assert web.get("/api/executions").status_code == 503
    wait_until(lambda: web.get("/api/executions").status_code == 200, what="a response")
    pages = [web.get("/api/executions").json() for _ in range(5)]
    assert all(page["total"] == 0 and page["executions"] == [] for page in pages)


def test_a_slow_statement_of_a_postgresql_that_works_is_waited_for(
    web: Stack, postgres: PostgresServer
) -> None:
    locked = Event()

    def hold_jobs() -> None:
        with psycopg.connect(postgres.url) as connection:
            connection.execute("LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE")
            locked.set()
            connection.execute("SELECT pg_sleep(4)")

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(hold_jobs)
        assert locked.wait(60)
        assert web.get("/api/jobs").status_code == 200
        held.result()


def test_a_submission_while_postgresql_hangs_is_refused(web: Stack, postgres: PostgresServer) -> None:
    with hanging(postgres.pid):
        response = web.post("/api/execute/bell", headers={"Prefer": "respond-async"})
    assert response.status_code == 503
    wait_until(lambda: web.get("/status").json()["parts"]["postgresql"] == "up", what="PostgreSQL")


def test_a_postgresql_that_is_killed_and_started_again_is_found_again(
    web: Stack, postgres: PostgresServer
) -> None:
    os.kill(postgres.pid, signal.SIGKILL)
    wait_until(lambda: web.get("/api/executions").status_code == 503, what="the outage")
    postgres.start()
    assert wait_until(lambda: web.get("/api/executions").status_code == 200, what="the recovery")


def test_a_request_gives_up_each_server_that_hangs_within_a_second() -> None:
    """The bounds of each wait; how long a request really takes depends on the machine."""
    postgresql = greenlet_waits.LOOK_AFTER_SECONDS + greenlet_waits.ANSWER_SECONDS
    assert max(postgresql, GRAPH_TIMEOUT_SECONDS, PATIENCE_SECONDS) < 1
