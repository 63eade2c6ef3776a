"""Who may call which route: API keys in the Authorization header."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import key_format as keys
from app.database import Database
from app.models import Role
from app.settings import Settings, SettingsError
from app.settings.security import Profile
from app.web import create_app
from tests.environment import ENVIRONMENT
from tests.keys import bearer, make_key

PAST = datetime(2026, 1, 1, tzinfo=UTC)
FUTURE = datetime(2999, 1, 1, tzinfo=UTC)
JOBS = "/api/jobs"
SERVERS = {"DATABASE_URL": "postgresql://unused", "REDIS_URL": "redis://unused"}


def test_in_production_the_api_needs_a_key_and_what_describes_the_service_does_not(
    production: FlaskClient, reader_key: str
) -> None:
    response = production.get(JOBS)
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert response.mimetype == "application/problem+json"
    assert response.get_json()["code"] == "unauthenticated"
    assert production.get(JOBS, headers=bearer(reader_key)).status_code == 200
    for path in ("/", "/docs", "/openapi.json", "/status"):
        assert production.get(path).status_code == 200


def test_the_development_profile_leaves_the_api_open_but_checks_a_key_that_is_given(
    client: FlaskClient, database: Database, reader_key: str
) -> None:
    assert client.get(JOBS).status_code == 200
    assert client.get(JOBS, headers=bearer(keys.new_key())).status_code == 401
    assert (
        client.delete(f"{JOBS}/{'0' * 8}-0000-4000-8000-{'0' * 12}", headers=bearer(reader_key)).status_code
        == 403
    )


def test_v2_needs_a_key_in_every_profile_also_where_there_is_no_route(
    client: FlaskClient, reader_key: str
) -> None:
    assert client.get("/v2/no-such-route").status_code == 401
    assert client.get("/v2/no-such-route", headers=bearer(reader_key)).status_code == 404


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer x", "Bearer qloom_", "Bearer " + "é" * 44],
)
def test_what_is_no_key_is_told_without_the_database(production: FlaskClient, header: str) -> None:
    response = production.get(JOBS, headers={"Authorization": header})
    assert response.status_code == 401


def test_a_key_with_a_typo_is_told_by_its_checksum(production: FlaskClient, writer_key: str) -> None:
    typo = writer_key[:12] + ("A" if writer_key[12] != "A" else "B") + writer_key[13:]
    response = production.get(JOBS, headers=bearer(typo))
    assert "checksum" in response.get_json()["detail"]


def test_the_scheme_is_read_in_any_case(production: FlaskClient, reader_key: str) -> None:
    assert production.get(JOBS, headers={"Authorization": f"bearer  {reader_key} "}).status_code == 200


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda database: make_key(database, Role.ADMIN, expires_at=PAST), "expired"),
        (lambda database: make_key(database, Role.ADMIN, revoked_at=PAST), "revoked"),
        (
            lambda database: make_key(database, Role.ADMIN, pepper="the pepper of another server " * 2),
            "not known",
        ),
    ],
    ids=["expired", "revoked", "unknown"],
)
def test_a_key_that_is_dead_is_refused_with_the_reason(
    production: FlaskClient, database: Database, make: Callable[[Database], str], word: str
) -> None:
    response = production.get(JOBS, headers=bearer(make(database)))
    assert response.status_code == 401
    assert word in response.get_json()["detail"]


def test_a_key_that_expires_later_is_taken(production: FlaskClient, database: Database) -> None:
    key = make_key(database, Role.READER, expires_at=FUTURE)
    assert production.get(JOBS, headers=bearer(key)).status_code == 200


def test_a_role_that_is_too_low_is_told_the_needed_one(production: FlaskClient, reader_key: str) -> None:
    response = production.post("/api/execute/bell", headers=bearer(reader_key))
    assert response.status_code == 403
    assert "role writer" in response.get_json()["detail"]


def test_without_the_database_a_request_with_a_key_is_answered_503(settings: Settings) -> None:
    app = create_app(replace(settings, database_url="postgresql+psycopg://x@127.0.0.1:1/x"))
    assert app.test_client().get(JOBS, headers=bearer(keys.new_key())).status_code == 503
    app.extensions["qloom"].close()


def test_a_preflight_of_a_browser_needs_no_key(production: FlaskClient) -> None:
    headers = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST"}
    assert production.options(JOBS, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("pepper", "reason"),
    [
        (None, "API_KEY_PEPPER"),
        ("short", "at least 32"),
        ("changeme-changeme-changeme-changeme", "placeholder"),
        ("a" * 40, "placeholder"),
    ],
)
def test_the_start_refuses_a_missing_or_a_well_known_pepper(pepper: str | None, reason: str) -> None:
    given = SERVERS if pepper is None else {**SERVERS, "API_KEY_PEPPER": pepper}
    with pytest.raises(SettingsError, match=reason):
        Settings.from_env(given)


def test_the_profile_is_production_unless_said() -> None:
    secrets = {
        "API_KEY_PEPPER": "0123456789abcdef" * 2,
        "ENCRYPTION_KEYS": ENVIRONMENT["ENCRYPTION_KEYS"],
        "ALLOWED_HOSTS": "qloom.example.com",
    }
    assert Settings.from_env({**SERVERS, **secrets}).profile is Profile.PRODUCTION
    with pytest.raises(SettingsError, match="production or development"):
        Settings.from_env({**SERVERS, **secrets, "QLOOM_PROFILE": "test"})


def test_a_bootstrap_key_that_is_none_stops_the_start() -> None:
    with pytest.raises(SettingsError, match="BOOTSTRAP_ADMIN_KEY"):
        Settings.from_env({**SERVERS, **ENVIRONMENT, "BOOTSTRAP_ADMIN_KEY": "qloom_admin"})


def test_the_principal_of_the_app_is_known_to_routes(app: Flask, database: Database, writer_key: str) -> None:
    client = app.test_client()
    response = client.post("/api/execute/bell", headers={**bearer(writer_key), "Prefer": "respond-async"})
    assert response.status_code == 202
