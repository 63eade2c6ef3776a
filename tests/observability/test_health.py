"""Health, liveness and readiness of the application in this process."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, text, update

from app import key_format as keys
from app.database import Database
from app.jobs import heartbeats
from app.migrations import alembic_config
from app.models import Queue, Webhook
from app.observability import health
from app.settings import Settings
from app.web import create_app

CONTRACTS = {"classical_backend", "quantum_backend", "cache"}
NOWHERE = "127.0.0.1:1"


@pytest.fixture
def all_workers(database: Database) -> None:
    """Store a heartbeat of a worker on each queue."""
    for queue in Queue:
        beat(database, queue, in_use=1)


def beat(database: Database, queue: str, in_use: int = 0, name: str = "w") -> None:
    """Store a heartbeat as a worker does."""
    with database.unit_of_work() as unit:
        heartbeats.record_heartbeat(unit.session, f"{queue}-{name}@test", queue, 2, in_use)


@pytest.fixture(autouse=True)
def with_key(client: FlaskClient, reader_key: str) -> None:
    """Return a client that sends a key."""
    client.environ_base.update(shown(reader_key))


def shown(key: str) -> dict[str, str]:
    """Return the WSGI variable of the header with a key."""
    return {"HTTP_AUTHORIZATION": f"Bearer {key}"}


@pytest.fixture
def broken(settings: Settings, request: pytest.FixtureRequest, reader_key: str) -> Iterator[FlaskClient]:
    """Return a client with a key of an application of which some servers do not exist."""
    app = create_app(replace(settings, **request.param))
    made = app.test_client()
    made.environ_base.update(shown(reader_key))
    yield made
    app.extensions["qloom"].close()


@pytest.mark.usefixtures("all_workers")
def test_all_is_well_when_every_server_and_every_queue_is(client: FlaskClient) -> None:
    response = client.get("/v2/health")
    assert response.status_code == 200
    document = response.get_json()
    assert list(document) == ["status", "components", "workers", "timestamp"]
    assert document["status"] == "healthy"
    assert document["components"].keys() == CONTRACTS | {"postgres", "workers"}, "no graph is configured"
    assert set(document["components"].values()) == {"healthy"}
    assert document["workers"] == {queue: {"workers": 1, "slots": 2, "slots_in_use": 1} for queue in Queue}


def test_it_needs_a_key(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/v2/health").status_code == 401
    unknown = shown(keys.new_key())
    assert client.get("/v2/health", environ_overrides=unknown).status_code == 401


@pytest.mark.parametrize("broken", [{"database_url": f"postgresql+psycopg://x@{NOWHERE}/x"}], indirect=True)
def test_without_postgresql_a_key_must_at_least_be_well_formed(broken: FlaskClient) -> None:
    assert broken.get("/v2/health", environ_overrides=shown("qloom_typo")).status_code == 401


def test_without_workers_it_is_degraded_and_serves(client: FlaskClient, database: Database) -> None:
    response = client.get("/v2/health")
    document = response.get_json()
    assert (response.status_code, document["status"]) == (200, "degraded")
    assert document["components"]["workers"] == document["components"]["quantum_backend"] == "unhealthy"
    assert document["components"]["classical_backend"] == "healthy"


@pytest.mark.parametrize(
    ("served", "quantum", "workers"),
    [
        ([Queue.HEAVY], "unhealthy", "degraded"),
        ([Queue.SEARCH], "degraded", "degraded"),
        ([Queue.SEARCH, Queue.INTERACTIVE], "healthy", "degraded"),
    ],
)
def test_quantum_work_needs_workers_for_queries_and_for_circuits(
    client: FlaskClient, database: Database, served: list[Queue], quantum: str, workers: str
) -> None:
    for queue in served:
        beat(database, queue)
    components = client.get("/v2/health").get_json()["components"]
    assert (components["quantum_backend"], components["workers"]) == (quantum, workers)


@pytest.mark.parametrize(
    ("served", "webhooks"),
    [
        ([], "unhealthy"),
        ([Queue.INTERACTIVE], "unhealthy"),
        ([Queue.SEARCH], "healthy"),
        ([Queue.HEAVY], "healthy"),
    ],
)
def test_enabled_webhooks_need_a_worker_that_sends(
    client: FlaskClient, database: Database, served: list[Queue], webhooks: str
) -> None:
    for queue in served:
        beat(database, queue)
    with database.unit_of_work() as unit:
        columns = {"url": "https://example.com/", "events": ["*"], "secret": "s", "enabled": False}
        webhook_id = unit.session.scalars(insert(Webhook).values(columns).returning(Webhook.id)).one()
    assert "webhooks" not in client.get("/v2/health").get_json()["components"], "none is enabled"
    with database.unit_of_work() as unit:
        unit.session.execute(update(Webhook).where(Webhook.id == webhook_id).values(enabled=True))
    document = client.get("/v2/health").get_json()
    assert (document["components"]["webhooks"], document["status"]) == (webhooks, "degraded")


@pytest.mark.usefixtures("all_workers")
def test_all_is_well_with_a_webhook_too(client: FlaskClient, database: Database) -> None:
    with database.unit_of_work() as unit:
        unit.session.execute(insert(Webhook).values(url="https://example.com/", events=["*"], secret="s"))
    document = client.get("/v2/health").get_json()
    assert (document["components"]["webhooks"], document["status"]) == ("healthy", "healthy")


def test_workers_count_by_their_heartbeats(client: FlaskClient, database: Database) -> None:
    beat(database, "interactive", in_use=1, name="a")
    beat(database, "interactive", in_use=2, name="b")
    beat(database, "search")
    with database.unit_of_work() as unit:
        unit.session.execute(
            text("UPDATE workers SET last_seen_at = now() - interval '1 minute' WHERE queue = 'search'")
        )
    workers = client.get("/v2/health").get_json()["workers"]
    assert workers["interactive"] == {"workers": 2, "slots": 4, "slots_in_use": 3}
    assert workers["search"] == {"workers": 0, "slots": 0, "slots_in_use": 0}


@pytest.mark.usefixtures("all_workers")
@pytest.mark.parametrize("broken", [{"redis_url": f"redis://{NOWHERE}/0"}], indirect=True)
def test_without_redis_reads_go_on(broken: FlaskClient) -> None:
    response = broken.get("/v2/health")
    document = response.get_json()
    assert (response.status_code, document["status"]) == (200, "degraded")
    assert {name for name, status in document["components"].items() if status != "healthy"} == {
        "cache",
        "quantum_backend",
    }
    assert broken.get("/readyz").status_code == 200


@pytest.mark.usefixtures("all_workers")
@pytest.mark.parametrize("broken", [{"neo4j_url": f"bolt://{NOWHERE}"}], indirect=True)
def test_without_the_graph_everything_else_is_well(broken: FlaskClient) -> None:
    document = broken.get("/v2/health").get_json()
    assert document["status"] == "degraded"
    assert [name for name, status in document["components"].items() if status != "healthy"] == ["graph"]


@pytest.mark.parametrize("broken", [{"database_url": f"postgresql+psycopg://x@{NOWHERE}/x"}], indirect=True)
def test_without_postgresql_nothing_can_be_served(broken: FlaskClient) -> None:
    response = broken.get("/v2/health")
    document = response.get_json()
    assert (response.status_code, document["status"]) == (503, "unhealthy")
    assert int(response.headers["Retry-After"]) > 0
    assert document["components"]["postgres"] == document["components"]["classical_backend"] == "unhealthy"
    assert document["components"]["cache"] == "healthy"
    ready = broken.get("/readyz")
    assert (ready.status_code, ready.get_json()["code"]) == (503, "not_ready")
    assert int(ready.headers["Retry-After"]) > 0
    assert broken.get("/healthz").get_json() == {"status": "alive"}


@pytest.mark.parametrize(
    ("revision", "status"), [("0001", 503), (None, 503), ("9999", 200)], ids=["old", "none", "newer"]
)
def test_a_web_is_ready_once_the_schema_is_its_own_or_newer(
    client: FlaskClient, database: Database, revision: str | None, status: int
) -> None:
    assert client.get("/readyz").get_json() == {"status": "ready"}
    set_revision(database, revision)
    try:
        assert client.get("/readyz").status_code == status
        assert client.get("/v2/health").status_code == status
    finally:
        set_revision(database, health.HEAD)


def set_revision(database: Database, revision: str | None) -> None:
    """Set the revision of the schema."""
    with database.unit_of_work() as unit:
        unit.session.execute(text("DELETE FROM alembic_version"))
        if revision is not None:
            unit.session.execute(
                text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision}
            )


def test_the_head_is_alembics(database: Database) -> None:
    with database.engine.connect() as connection:
        scripts = ScriptDirectory.from_config(alembic_config(connection))
    assert health.HEAD == scripts.get_current_head()
