"""The same graph from PostgreSQL and from a real Bolt server."""

import pytest
from flask.testing import FlaskClient

from app.connections import Connections
from app.database import Database
from tests.executions.factories import store_execution
from tests.graphs.conftest import store_with_graph


@pytest.mark.parametrize("form", ["json", "graphml", "dot", "cytoscape"])
def test_both_sources_give_the_same_graph(
    graph_client: FlaskClient, connections: Connections, form: str
) -> None:
    path = f"/api/executions/{store_with_graph(connections)}/graph?format={form}"
    from_neo4j = graph_client.get(f"{path}&source=neo4j")
    from_postgres = graph_client.get(f"{path}&source=postgres")
    assert from_neo4j.status_code == from_postgres.status_code == 200
    assert from_neo4j.mimetype == from_postgres.mimetype
    if form in ("json", "cytoscape"):
        assert from_neo4j.get_json() == from_postgres.get_json()
    else:
        assert from_neo4j.text == from_postgres.text


def test_a_graph_that_is_not_there_yet_is_unavailable_and_says_so(
    graph_client: FlaskClient, database: Database
) -> None:
    execution_id = store_execution(database, graph_status="pending")
    answer = graph_client.get(f"/api/executions/{execution_id}/graph?source=neo4j")
    assert (answer.status_code, answer.get_json()["code"]) == (503, "graph_pending")
    assert "Retry-After" in answer.headers
