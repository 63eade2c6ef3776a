"""``GET /v2/metrics`` shows real figures to admins."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert

from app.connections import Connections
from app.database import Database
from app.models import Vector, VectorState
from app.observability import repository
from app.rest.wiring import provided
from app.search.wiring import SearchServices
from app.settings import Settings
from app.web import create_app
from tests.keys import bearer, v2

CONTRACTS = {
    "queries_per_second",
    "quantum_utilization",
    "cache_hit_rate",
    "avg_query_latency_ms",
    "active_quantum_states",
    "coherence_violations_per_hour",
}
OURS = {"active_quantum_states_is_estimate", "queries", "window_seconds", "timestamp"}


pytestmark = pytest.mark.usefixtures("redis")
"""The Valkey is empty."""


@pytest.fixture
def admin(client: FlaskClient, admin_key: str) -> FlaskClient:
    """Return a client that sends an admin's key."""
    return v2(client, admin_key)


def store_states(database: Database, *expiries: datetime | None) -> None:
    """Store a vector with a state for each expiry."""
    ids = [f"v{number}" for number in range(len(expiries))]
    with database.unit_of_work() as unit:
        unit.session.execute(insert(Vector), [{"id": each, "embedding": "[1,0]"} for each in ids])
        unit.session.execute(
            insert(VectorState),
            [
                {"vector_id": each, "num_qubits": 1, "expires_at": expiry}
                for each, expiry in zip(ids, expiries, strict=True)
            ],
        )


def test_only_an_admin_may_see_them(
    client: FlaskClient, admin_key: str, writer_key: str, reader_key: str
) -> None:
    assert client.get("/v2/metrics").status_code == 401
    for key in (reader_key, writer_key):
        assert client.get("/v2/metrics", headers=bearer(key)).status_code == 403
    response = client.get("/v2/metrics", headers=bearer(admin_key))
    assert response.status_code == 200
    assert response.get_json().keys() == CONTRACTS | OURS


@pytest.mark.parametrize("window", ["9", "3601", "0", "-10", "x", "1.5", ""])
def test_a_window_that_is_none_is_refused(admin: FlaskClient, window: str) -> None:
    response = admin.get(f"/v2/metrics?window={window}")
    assert response.status_code == 400
    assert response.get_json()["errors"][0]["loc"] == ["query", "window"]


def test_queries_of_the_api_are_counted(app: Flask, admin: FlaskClient) -> None:
    assert admin.post("/v2/vectors", json={"id": "a", "vector": [1, 0]}).status_code == 201
    query = {"vector": [1, 0.5], "top_k": 1}
    assert admin.post("/v2/query", json=query).get_json()["cache_hit"] is False
    assert admin.post("/v2/query", json=query).get_json()["cache_hit"] is True
    assert admin.post("/v2/query/batch", json={"queries": [query, {"vector": [0, 1]}]}).status_code == 200
    assert admin.post("/v2/query", json={"vector": [1, 2, 3]}).status_code == 400
    provided(SearchServices, app).figures.flush()
    document = admin.get("/v2/metrics?window=60").get_json()
    assert 60 <= document["window_seconds"] <= 70
    assert document["queries"] == 4
    assert document["cache_hit_rate"] == 0.5
    assert document["quantum_utilization"] == 0
    assert document["queries_per_second"] == pytest.approx(4 / document["window_seconds"], abs=0.001)
    assert document["avg_query_latency_ms"] > 0
    assert document["active_quantum_states"] == 1


def test_a_query_that_meets_a_decohered_candidate_is_a_violation(app: Flask, admin: FlaskClient) -> None:
    now = datetime.now(UTC)
    for name in ("a", "b"):
        body = {"id": name, "vector": [1, 0], "contexts": [{"name": "c", "weight": 1}]}
        assert admin.post("/v2/vectors", json=body).status_code == 201
    database: Database = provided(Connections, app).database
    with database.unit_of_work() as unit:
        unit.session.execute(VectorState.__table__.update().values(expires_at=now - timedelta(seconds=1)))
    for query in ({"vector": [1, 0], "context": "c"}, {"vector": [1, 0]}):
        assert admin.post("/v2/query", json=query).status_code == 200
    provided(SearchServices, app).figures.flush()
    document = admin.get("/v2/metrics").get_json()
    assert document["queries"] == 2
    assert document["coherence_violations_per_hour"] == pytest.approx(
        3600 / document["window_seconds"], abs=0.001
    ), "one query asked for circuits; two candidates of it count once"
    assert document["active_quantum_states"] == 0


def test_states_count_while_they_are_coherent(admin: FlaskClient, database: Database) -> None:
    now = datetime.now(UTC)
    store_states(database, None, now + timedelta(hours=1), now - timedelta(hours=1), now, None)
    document = admin.get("/v2/metrics").get_json()
    assert (document["active_quantum_states"], document["active_quantum_states_is_estimate"]) == (3, False)


def test_above_a_bound_states_are_estimated(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    assert repository.MAX_COUNTED == 100_000
    past = datetime.now(UTC) - timedelta(hours=1)
    store_states(database, *[None] * 50, *[past] * 10)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE vector_states")
    monkeypatch.setattr(repository, "MAX_COUNTED", 20)
    with database.reading() as session:
        assert repository.coherent_states(session) == (50, True)


def test_without_redis_there_are_no_figures(settings: Settings, admin_key: str) -> None:
    app = create_app(replace(settings, redis_url="redis://127.0.0.1:1/0"))
    response = app.test_client().get("/v2/metrics", headers=bearer(admin_key))
    app.extensions["qloom"].close()
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
