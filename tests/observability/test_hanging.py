"""Health while a server hangs."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
import requests

from app.models import Role
from embedded.arcadedb import ArcadeDBServer
from embedded.postgres import PostgresServer
from embedded.server import Server
from embedded.valkey import ValkeyServer
from tests.databases import migrate_database
from tests.hanging import hanging
from tests.stack import Stack, wait_until

MAX_SECONDS = 60.0
"""This only finds a hang; ``test_probes`` tests the bound itself."""


class Deployment(NamedTuple):
    """A web, and servers that the test may stop."""

    stack: Stack
    servers: dict[str, Server]

    def health(self) -> requests.Response:
        """Request the health."""
        return requests.get(
            f"{self.stack.url}/v2/health", headers=self.stack.headers(Role.READER), timeout=MAX_SECONDS
        )

    def components(self) -> dict[str, str]:
        """Return the state of each component."""
        found: dict[str, str] = self.health().json()["components"]
        return found


@pytest.fixture(scope="module")
def deployment(servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Return a web with its own PostgreSQL, Valkey and graph server."""
    folder: Path = tmp_path_factory.mktemp("hanging")
    servers: dict[str, Server] = {
        "postgres": PostgresServer(folder / "postgres", options={"fsync": "off"}),
        "redis": ValkeyServer(folder / "valkey"),
        "graph": ArcadeDBServer(folder / "arcadedb"),
    }
    with servers["postgres"] as url, servers["redis"], servers["graph"]:
        migrate_database(url)
        environment: dict[str, str] = {}
        for server in servers.values():
            environment.update(server.environment())
        stack = Stack(folder, environment)
        try:
            stack.start_web()
            made = Deployment(stack, servers)
            wait_until(lambda: made.components()["graph"] == "healthy", what="the graph")
            yield made
        finally:
            stack.stop()


@pytest.mark.parametrize(
    ("name", "status", "hurt"),
    [
        ("postgres", 503, {"postgres", "classical_backend"}),
        ("redis", 200, {"cache"}),
        ("graph", 200, {"graph"}),
    ],
)
def test_a_server_that_hangs_is_told_within_a_bound_and_found_again(
    deployment: Deployment, name: str, status: int, hurt: set[str]
) -> None:
    without_workers = {"workers", "quantum_backend"}
    wait_until(
        lambda: (
            {each for each, state in deployment.components().items() if state != "healthy"} == without_workers
        ),
        what="health",
    )
    with hanging(deployment.servers[name].pid), ThreadPoolExecutor(20) as pool:
        responses = list(pool.map(lambda _: deployment.health(), range(40)))
        alive = deployment.stack.get("/healthz")
        scraped = requests.get(f"{deployment.stack.url}/metrics", timeout=MAX_SECONDS)
    assert {response.status_code for response in responses} == {status}
    for response in responses:
        unwell = {each for each, state in response.json()["components"].items() if state != "healthy"}
        assert unwell == without_workers | hurt
    assert (alive.status_code, scraped.status_code) == (200, 200)
    wait_until(lambda: deployment.components()[name if name != "redis" else "cache"] == "healthy", what=name)


def test_all_servers_may_hang_at_once(deployment: Deployment) -> None:
    with ExitStack() as hung:
        for server in deployment.servers.values():
            hung.enter_context(hanging(server.pid))
        response = deployment.health()
        ready = requests.get(f"{deployment.stack.url}/readyz", timeout=MAX_SECONDS)
    assert set(response.json()["components"].values()) == {"unhealthy"}
    assert (response.status_code, ready.status_code) == (503, 503)
