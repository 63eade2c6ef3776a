"""The same graph from PostgreSQL and from a real Bolt server."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import msgspec
import pytest
from flask.testing import FlaskClient

from app.circuits.event_graph import Event, edges
from app.database import Database
from app.extensions import Extensions
from app.graphstore.executions import ExecutionGraph, project
from app.settings import Settings
from app.web import create_app
from embedded.arcadedb import ArcadeDBServer
from tests.executions.factories import BELL, CREATED_AT, store_execution


@pytest.fixture(scope="module")
def bolt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArcadeDBServer]:
    """A server that speaks Bolt."""
    server = ArcadeDBServer(tmp_path_factory.mktemp("arcadedb"))
    with server:
        yield server


@pytest.fixture
def extensions(settings: Settings, database: Database, bolt: ArcadeDBServer) -> Iterator[Extensions]:
    """The servers of an application that has a graph server too."""
    named = bolt.environment()
    settings = replace(
        settings,
        neo4j_url=named["NEO4J_URL"],
        neo4j_username=named["NEO4J_USERNAME"],
        neo4j_password=named["NEO4J_PASSWORD"],
        neo4j_database=named.get("NEO4J_DATABASE"),
        neo4j_timeout_seconds=10.0,
    )
    made: Extensions = create_app(settings).extensions["qloom"]
    yield made
    made.database.close()
    made.graph_store.close()


@pytest.fixture
def client(extensions: Extensions) -> FlaskClient:
    """A client of an application that has a graph server too."""
    app = create_app(extensions.settings)
    app.extensions["qloom"] = extensions
    return app.test_client()


def write_graph(extensions: Extensions, execution_id: UUID) -> None:
    """Write bell's graph, as a worker does."""
    events = msgspec.convert(BELL, list[Event])
    graph = ExecutionGraph(
        execution_id=str(execution_id),
        circuit_name="bell",
        created_at=CREATED_AT,
        is_noisy=False,
        num_events=6,
        events=events,
        edges=edges(events),
    )
    project(extensions.graph_store, [graph])


def test_both_sources_give_the_same_graph(
    client: FlaskClient, extensions: Extensions, database: Database
) -> None:
    execution_id = store_execution(database)
    write_graph(extensions, execution_id)
    path = f"/api/executions/{execution_id}/graph"
    from_neo4j = client.get(f"{path}?source=neo4j")
    assert from_neo4j.status_code == 200
    assert from_neo4j.get_json() == client.get(f"{path}?source=postgres").get_json()


def test_a_graph_that_is_not_there_yet_is_unavailable_and_says_so(
    client: FlaskClient, database: Database
) -> None:
    execution_id = store_execution(database, graph_status="pending")
    answer = client.get(f"/api/executions/{execution_id}/graph?source=neo4j")
    assert (answer.status_code, answer.get_json()["code"]) == (503, "graph_pending")
    assert "Retry-After" in answer.headers
