"""An application with a real Bolt server beside its PostgreSQL."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
import pytest
from flask.testing import FlaskClient

from app.circuits.event_graph import Event, edges
from app.connections import Connections
from app.database import Database
from app.graphstore import executions as graphs
from app.graphstore.executions import ExecutionGraph
from app.rest.wiring import provide, provided
from app.settings import Settings
from app.web import create_app
from embedded.arcadedb import ArcadeDBServer
from tests.executions.factories import execution_values, store_executions


@pytest.fixture
def connections(
    settings: Settings, database: Database, arcadedb: ArcadeDBServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Connections]:
    """The servers of an application that has a graph server too, empty again after the test."""
    monkeypatch.setattr("app.connections.GRAPH_TIMEOUT_SECONDS", 10.0)
    named = arcadedb.environment()
    settings = replace(
        settings,
        neo4j_url=named["NEO4J_URL"],
        neo4j_username=named["NEO4J_USERNAME"],
        neo4j_password=named["NEO4J_PASSWORD"],
        neo4j_database=named.get("NEO4J_DATABASE"),
    )
    made = provided(Connections, create_app(settings))
    graphs.remove_all(made.graph_store)
    yield made
    graphs.remove_all(made.graph_store)
    made.database.close()
    made.graph_store.close()


@pytest.fixture
def graph_client(connections: Connections) -> FlaskClient:
    """A client of an application that has a graph server too."""
    app = create_app(connections.settings)
    provide(app, connections)
    return app.test_client()


def store_with_graph(connections: Connections, **values: Any) -> UUID:
    """Insert an execution and write its graph, as a worker does; ``values`` replace some of bell's."""
    row = execution_values(**values)
    [execution_id] = store_executions(connections.database, row)
    events = msgspec.json.decode(row["events"], type=list[Event])
    graph = ExecutionGraph(
        execution_id=str(execution_id),
        circuit_name=row["circuit_name"],
        created_at=row["created_at"],
        is_noisy=row["is_noisy"],
        num_events=row["num_events"],
        events=events,
        edges=edges(events),
    )
    graphs.project(connections.graph_store, [graph])
    return execution_id
