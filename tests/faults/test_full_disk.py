"""PostgreSQL's disk is full: reads go on, writes get 503 or are kept, and nothing acknowledged is lost."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from embedded.postgres import PostgresServer
from tests.databases import migrate_database
from tests.faults.jobs import rows
from tests.small_disk import fill, make_room, small_disk
from tests.stack import Stack, wait_until

DISK_BYTES = 160 * 2**20
"""Room for a cluster, its log and some executions."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk that PostgreSQL and the test may fill."""
    folder = tmp_path / "disk"
    folder.mkdir()
    with small_disk(folder, DISK_BYTES):
        yield folder


@pytest.fixture
def postgres(disk: Path) -> Iterator[PostgresServer]:
    """Run a PostgreSQL on that disk."""
    server = PostgresServer(disk / "postgres", options={"fsync": "off"})
    with server as url:
        migrate_database(url)
        yield server


def test_what_a_full_disk_acknowledges_is_kept_and_the_rest_is_refused(
    new_stack: Callable[..., Stack], postgres: PostgresServer, disk: Path
) -> None:
    stack = new_stack(DATABASE_URL=postgres.url, MAX_WAIT_SECONDS="2")
    stack.start_web()
    stack.start_worker()
    wait_until(lambda: stack.post("/api/execute/bell").status_code == 200, what="an execution")
    assert insert(stack, "first").status_code == 201  # also makes the key
    fill(disk)
    jobs = accepted(lambda number: stack.post("/api/execute/bell", headers={"Prefer": "respond-async"}))
    vectors = accepted(lambda number: insert(stack, f"v{number}"))
    assert stack.get("/healthz").status_code == 200
    assert stack.get("/api/executions").status_code == 200
    assert stack.get("/v2/vectors", headers=stack.admin_headers).status_code == 200
    make_room(disk)
    wait_until(lambda: stack.post("/api/execute/bell").status_code == 200, what="an execution")
    for job in jobs:
        assert stack.wait_for(job["job_id"], "SUCCEEDED")["attempt"] == 1
    stored = {row.id for row in rows(stack, "SELECT id FROM vectors")}
    assert {vector["id"] for vector in vectors} <= stored


def accepted(write: Callable[[int], requests.Response]) -> list[dict[str, Any]]:
    """Write until a write is refused, as one that finds no room is; return what was accepted."""
    answers: list[dict[str, Any]] = []

    def is_refused() -> bool:
        response = write(len(answers))
        if response.status_code == 503:
            assert (response.json()["code"], response.headers["Retry-After"]) == ("disk_full", "30")
            return True
        assert response.status_code in (201, 202), response.text
        answers.append(response.json())
        return False

    wait_until(is_refused, what="a refusal")
    return answers


def insert(stack: Stack, vector_id: str) -> requests.Response:
    """Insert a vector of 1,000 numbers: few fit a page."""
    body = {"id": vector_id, "vector": [0.5] * 1000}
    return stack.post("/v2/vectors", json=body, headers=stack.admin_headers)
