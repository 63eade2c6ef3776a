"""The OpenAPI description: complete, and true of what the routes do."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from app.connections import Connections
from app.database import Database
from app.rest.wiring import provided
from app.settings import Settings
from app.web import create_app
from tests.descriptions import forget_keys
from tests.keys import bearer

CASES_PER_OPERATION = 25
NO_WAIT_SECONDS = 0.001
"""No worker runs here, so every accepted execution is a 202."""

UNCOMPRESSED = {"Accept-Encoding": "identity"}
"""schemathesis' WSGI client does not unpack responses."""

ASKS_WHO_IS_AWAY = {
    "/api/estimate",
    "/api/estimate/{circuit_name}",
    "/api/estimate/{circuit_name}/noisy",
    "/api/graph/search",
    "/v2/entanglement/groups",
    "/v2/entanglement/neighborhood/{entity_id}",
}
"""These ask Neo4j or a search worker. There are none here, so they respond with 503, as they describe."""

JUDGES_EACH_ITEM = "/v2/vectors/batch"
"""A wrong item is told in a 207, beside those that were stored."""

STREAMS = "^/ws/"
"""WebSockets: the response to a plain request is to upgrade, whatever it asks."""

UNDESCRIBED = {"/openapi.json", "/docs", "/redoc", "/docs/assets/<name>"}
PAGES = "/console"
"""The console's pages and files: for people, not for programs."""


@pytest.fixture
def impatient(settings: Settings, database: Database) -> Iterator[Flask]:
    """The application, which responds with 202 at once where it would wait for a worker."""
    app = create_app(replace(settings, max_wait_seconds=NO_WAIT_SECONDS))
    yield app
    provided(Connections, app).database.close()
    provided(Connections, app).redis.close()


@pytest.mark.foreign
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_route_does_what_its_description_says(
    impatient: Flask, admin_key: str, mode: GenerationMode
) -> None:
    headers = {**UNCOMPRESSED, **bearer(admin_key)}
    schema = schemathesis.openapi.from_wsgi("/openapi.json", impatient).exclude(path_regex=STREAMS)
    forget_keys(schema.raw_schema)
    for result in schema.get_all_operations():
        operation = result.ok()
        if mode is GenerationMode.NEGATIVE and not [*operation.iter_parameters(), *operation.body]:
            continue  # nothing can be wrong in a request that says nothing

        @hypothesis_settings(
            max_examples=CASES_PER_OPERATION,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        )
        @given(operation.as_strategy(generation_mode=mode))
        def check(case: schemathesis.Case) -> None:
            # what fits the schema may be refused all the same: a program that does not parse, for instance
            excluded = [
                positive_data_acceptance,
                *([not_a_server_error] if case.path in ASKS_WHO_IS_AWAY else []),
            ]
            if case.path == JUDGES_EACH_ITEM:
                excluded.append(negative_data_rejection)
            case.call_and_validate(headers=headers, excluded_checks=excluded)

        try:
            check()
        except Unsatisfiable:  # any text is an id: no request can be wrong
            assert mode is GenerationMode.NEGATIVE
            assert {each.location for each in operation.iter_parameters()} == {"path"}


def test_every_route_is_described_with_a_summary_and_its_errors(app: Flask, client: FlaskClient) -> None:
    paths = client.get("/openapi.json").get_json()["paths"]
    for rule in app.url_map.iter_rules():
        if rule.rule in UNDESCRIBED or rule.rule.startswith(PAGES):
            continue
        path = rule.rule.replace("<uuid:", "{").replace("<", "{").replace(">", "}")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            operation = paths[path][method.lower()]
            assert operation["summary"]
            invalid = "400" if path.startswith("/v2") else "422"
            assert {invalid, "429", "503", "default"} <= set(operation["responses"])


def test_answers_and_errors_name_their_media_types_and_headers(client: FlaskClient) -> None:
    operation = client.get("/openapi.json").get_json()["paths"]["/api/execute"]["post"]
    responses = operation["responses"]
    assert list(responses["422"]["content"]) == ["application/json"]
    assert list(responses["default"]["content"]) == ["application/problem+json"]
    assert {"Location", "Retry-After", "X-Request-ID"} <= set(responses["202"]["headers"])
    assert operation["requestBody"]["required"] is False
