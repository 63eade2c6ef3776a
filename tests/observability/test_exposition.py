"""``/metrics`` of one web process: its contents, and who may read it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from app.connections import Connections
from app.database import Database
from app.models import Queue
from app.rest.wiring import provided
from app.settings import Settings
from app.settings.security import Profile
from app.web import create_app
from tests.executions.factories import store_execution
from tests.jobs.helpers import change, queued, seconds_ago
from tests.keys import bearer

TOKEN = "qB7f2Zt9LxW4mKc8VdR3nYh6Ps1JgEuA"
Samples = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


def parse(exposition: str) -> Samples:
    """Return all samples by name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(exposition)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    """Return one sample; 0 if it was never counted."""
    return samples.get((name, frozenset(labels.items())), 0.0)


def scrape(client: FlaskClient) -> Samples:
    """Return what Prometheus reads."""
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response.mimetype == "text/plain"
    return parse(response.text)


@pytest.fixture
def production(settings: Settings, database: Database) -> Iterator[FlaskClient]:
    """Return a client of the application in the production profile, with a token for Prometheus."""
    app = create_app(replace(settings, profile=Profile.PRODUCTION, metrics_token=TOKEN))
    yield app.test_client()
    app.extensions["qloom"].close()


def test_requests_are_counted_by_template_method_and_status(client: FlaskClient) -> None:
    rules = {rule.rule for rule in client.application.url_map.iter_rules()}
    [route] = [rule for rule in rules if rule.startswith("/api/jobs/<") and rule.endswith(">")]
    labels = {"method": "GET", "route": route}
    before = scrape(client)
    for number in range(3):
        client.get(f"/api/jobs/00000000-0000-4000-8000-00000000000{number}")
    after = scrape(client)
    for name, more in (
        ("qloom_http_requests_total", {"status": "404"}),
        ("qloom_http_request_seconds_count", {}),
    ):
        assert value(after, name, **labels, **more) - value(before, name, **labels, **more) == 3


def test_what_callers_invent_never_becomes_a_label(client: FlaskClient) -> None:
    secret = "surely-nobodys-path"
    for path in (f"/{secret}", f"/api/{secret}", f"/v2/vectors/{secret}", f"/api/executions/{secret}"):
        client.get(path)
    client.open("/healthz", method=secret.upper())
    exposition = client.get("/metrics").text
    assert secret not in exposition.lower()
    assert (
        value(parse(exposition), "qloom_http_requests_total", method="GET", route="unknown", status="404") > 0
    )
    assert (
        value(parse(exposition), "qloom_http_requests_total", method="unknown", route="unknown", status="405")
        > 0
    )


def test_queues_are_told_as_they_stand(client: FlaskClient, database: Database) -> None:
    first, _ = queued(database), queued(database)
    change(database, first, queued_at=seconds_ago(90))
    heavy = queued(database)
    change(database, heavy, queue=Queue.HEAVY)
    samples = scrape(client)
    assert value(samples, "qloom_queue_jobs", queue="interactive") == 2
    assert value(samples, "qloom_queue_jobs", queue="heavy") == 1
    assert 90 <= value(samples, "qloom_queue_wait_seconds", queue="interactive") < 150
    assert ("qloom_queue_jobs", frozenset({("queue", "search")})) in samples, "also those without jobs"
    assert value(samples, "qloom_up", server="postgres") == value(samples, "qloom_up", server="redis") == 1


def test_graphs_that_are_not_in_neo4j_yet_are_counted(client: FlaskClient, database: Database) -> None:
    before = value(scrape(client), "qloom_pending_graphs")
    store_execution(database, graph_status="pending")
    store_execution(database, graph_status="stored")
    assert value(scrape(client), "qloom_pending_graphs") - before == 1


def test_connections_are_counted_while_they_are_lent_out(app: Flask, client: FlaskClient) -> None:
    database: Database = provided(Connections, app).database
    name = "qloom_database_connections_in_use"
    idle = value(scrape(client), name)
    with database.reading() as session, database.unit_of_work() as unit:
        session.execute(text("SELECT 1"))
        unit.session.execute(text("SELECT 1"))
        assert value(scrape(client), name) - idle == 2
        session.connection().invalidate()
    assert value(scrape(client), name) == idle
    assert value(scrape(client), "qloom_database_connections_max") == database.max_connections


def test_a_server_that_is_away_costs_its_own_metrics_only(settings: Settings, database: Database) -> None:
    app = create_app(replace(settings, database_url="postgresql+psycopg://x@127.0.0.1:1/x"))
    samples = scrape(app.test_client())
    app.extensions["qloom"].close()
    assert value(samples, "qloom_up", server="postgres") == 0
    assert value(samples, "qloom_up", server="redis") == 1
    names = {name for name, _ in samples}
    assert "qloom_queue_messages" in names
    assert not names & {"qloom_queue_jobs", "qloom_queue_workers", "qloom_pending_graphs"}


def test_in_production_it_takes_the_token_or_an_admins_key(
    production: FlaskClient, admin_key: str, writer_key: str, reader_key: str
) -> None:
    assert production.get("/metrics").status_code == 401
    assert production.get("/metrics", headers=bearer(TOKEN + "x")).status_code == 401
    for key in (reader_key, writer_key):
        assert production.get("/metrics", headers=bearer(key)).status_code == 403
    for key in (TOKEN, admin_key):
        assert production.get("/metrics", headers=bearer(key)).status_code == 200


def test_the_token_opens_nothing_else(production: FlaskClient) -> None:
    for path in ("/v2/metrics", "/api/jobs", "/v2/vectors"):
        assert production.get(path, headers=bearer(TOKEN)).status_code == 401
