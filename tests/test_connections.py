"""The connections of a process: the graph server is pinged before its driver is loaded."""

import socket
from dataclasses import replace

import pytest

from app.connections import Connections
from app.errors import UnavailableError
from app.settings import Settings
from tests.environment import ENVIRONMENT

NOWHERE = {**ENVIRONMENT, "DATABASE_URL": "postgresql://127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1"}


def test_before_the_driver_is_loaded_a_server_that_hangs_is_found_out_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.connections.GRAPH_TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"bolt://127.0.0.1:{silent.getsockname()[1]}"
        settings = replace(Settings.from_env(NOWHERE), neo4j_url=url)
        connections = Connections(settings, pings_graph_server=True)
        for _ in range(3):
            with pytest.raises(UnavailableError, match="Neo4j cannot be reached"):
                _ = connections.graph_store
        silent.settimeout(1)
        silent.accept()[0].close()
        silent.setblocking(False)
        with pytest.raises(BlockingIOError):
            silent.accept()  # the breaker refused the other two
    assert "graph_store" not in vars(connections)
    assert Connections(settings).graph_store.is_available, (
        "a worker makes it whether the server is there or not"
    )


def test_without_a_graph_server_nothing_is_pinged() -> None:
    connections = Connections(Settings.from_env(NOWHERE), pings_graph_server=True)
    assert not connections.graph_store.is_configured
