"""A web and a worker that all tests of sweeps share."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.databases import new_database
from tests.stack import Stack

Sweep = Callable[..., dict[str, Any]]


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory, postgres_url: str, redis_url: str) -> Iterator[Stack]:
    """A web and an interactive worker of two slots, on a database of their own, as it runs what is there."""
    servers = {"DATABASE_URL": new_database(postgres_url), "REDIS_URL": redis_url}
    stack = Stack(tmp_path_factory.mktemp("sweeps"), servers)
    stack.start_web()
    stack.start_worker(slots=2)
    yield stack
    stack.stop()


@pytest.fixture(scope="package")
def sweep(running: Stack) -> Sweep:
    """Submits a sweep and returns its document when it has succeeded."""
    return lambda **body: run_sweep(running, body)


def run_sweep(stack: Stack, body: dict[str, Any]) -> dict[str, Any]:
    """Submit a sweep, and return its document when it has succeeded."""
    response = stack.post("/api/sweeps", json=body)
    if response.status_code == 202:  # a busy machine: the answer waits for the end a minute at most
        job_id = stack.wait_for(response.json()["job_id"], "SUCCEEDED", seconds=300)["job_id"]
        response = stack.get(f"/api/sweeps/{job_id}")
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document
