"""Every route of the application, tried without a key and with each role."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import key_format as keys
from app.api_keys.guard import ROLES
from app.database import Database
from app.models import Role
from app.settings import Settings
from app.settings.security import Profile
from app.web import create_app
from tests.environment import ENVIRONMENT
from tests.keys import bearer, make_key

PAST = datetime(2026, 1, 1, tzinfo=UTC)
OPEN = {
    "GET /",
    "GET /status",
    "GET /docs",
    "GET /redoc",
    "GET /docs/assets/<name>",
    "GET /openapi.json",
    "GET /healthz",
    "GET /readyz",
    "GET /console",
    "GET /console/",
    "GET /console/<path:page>",
    "GET /console/assets/<version>/<path:name>",
}
"""Routes that only describe the service, and the console's files; they are open to everybody."""

OWN_CHECK = {"GET /metrics"}
"""This route also accepts the scraper's token; the tests of metrics test it."""

READING_POSTS = {
    "/api/graph/search",
    "/api/replay/<execution_id>/assertions",
    "/api/replay/{execution_id}/assertions",
    "/v2/query",
    "/v2/query/batch",
    "/v2/tickets",
    "/v2/vectors/export",
    "/v2/vectors/read",
}
"""These routes are POST because of their bodies; they change nothing."""

ADMINS = ("/v2/keys", "/v2/webhooks", "/v2/metrics", "/v2/audit", "/v2/maintenance/")
"""Beginnings of the paths of routes that only an admin may use."""

OWN_KEY = "/v2/keys/self"
"""Each key may read what is stored about itself."""

EMPTYING = ("DELETE", "/v2/vectors")

DEVICES = "/api/devices/"
"""Only an admin may change what is below."""

WRITING_GETS = {"/ws/execute"}
PARAMETER = re.compile(r"<(?:(?P<converter>\w+)(?:\([^)]*\))?:)?\w+>")
UNKNOWN = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
REFUSED = (401, 403)


def expected_role(method: str, path: str) -> Role:
    """Return the role that a route needs by the rules of the documentation."""
    changes_devices = path.startswith(DEVICES) and method != "GET"
    if path == OWN_KEY:
        return Role.READER
    if path.startswith(ADMINS) or (method, path) == EMPTYING or changes_devices:
        return Role.ADMIN
    if path in READING_POSTS or (method == "GET" and path not in WRITING_GETS):
        return Role.READER
    return Role.WRITER


def routes(app: Flask) -> Iterator[tuple[str, str]]:
    """Return each method and rule once."""
    found = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    yield from sorted(found)


def status(client: FlaskClient, method: str, rule: str, headers: dict[str, str]) -> int:
    """Return the status of a request to this route, whose body no route accepts."""
    path = PARAMETER.sub(lambda found: "1" if found["converter"] == "int" else UNKNOWN, rule)
    response = client.open(path, method=method, headers=headers, data=b"!", content_type="application/json")
    response.close()
    return response.status_code


@pytest.fixture
def production(settings: Settings, database: Database) -> Iterator[Flask]:
    """Return the application in the production profile, which waits for no job."""
    app = create_app(replace(settings, profile=Profile.PRODUCTION, max_wait_seconds=0.002))
    yield app
    app.extensions["qloom"].close()


def test_every_route_lets_in_who_may_and_nobody_else(production: Flask, database: Database) -> None:
    client = production.test_client()
    other_pepper = ENVIRONMENT["API_KEY_PEPPER"][::-1]
    nobody = {
        "anonymous": {},
        "expired": bearer(make_key(database, Role.ADMIN, expires_at=PAST)),
        "revoked": bearer(make_key(database, Role.ADMIN, revoked_at=PAST)),
        "unknown": bearer(keys.new_key()),
        "of another server": bearer(make_key(database, Role.ADMIN, pepper=other_pepper)),
        "malformed": bearer("qloom_"),
    }
    holders = {role: bearer(make_key(database, role)) for role in ROLES}
    tried = 0
    for method, rule in routes(production):
        name = f"{method} {rule}"
        if name in OWN_CHECK:
            continue
        if name in OPEN:
            assert status(client, method, rule, {}) not in REFUSED, name
            continue
        assert rule.startswith(("/api", "/v2", "/ws")), f"{name}: say here who may call it"
        needed = expected_role(method, rule)
        for who, headers in nobody.items():
            assert status(client, method, rule, headers) == 401, f"{name} as {who}"
        for role, headers in holders.items():
            allowed = ROLES.index(role) >= ROLES.index(needed)
            answered = status(client, method, rule, headers)
            assert (answered not in REFUSED) if allowed else (answered == 403), (
                f"{name} as {role}: {answered}"
            )
        tried += 1
    assert tried > 25


def test_the_development_profile_opens_the_api_and_the_streams_only(app: Flask, database: Database) -> None:
    client = app.test_client()
    for method, rule in routes(app):
        name = f"{method} {rule}"
        if name in OPEN:
            assert status(client, method, rule, {}) not in REFUSED, name
            continue
        if name in OWN_CHECK or "/execute" in rule:
            continue  # executions would wait for a worker; the profile treats them as the rest of /api
        is_open_half = rule.startswith(("/api", "/ws"))
        expected_open = is_open_half and expected_role(method, rule) is not Role.ADMIN
        assert (status(client, method, rule, {}) not in REFUSED) == expected_open, name


def test_the_description_says_who_may_call_each_route(production: Flask) -> None:
    paths = production.test_client().get("/openapi.json").get_json()["paths"]
    for path, item in paths.items():
        for method, operation in item.items():
            name = f"{method.upper()} {path}"
            if name in OPEN | OWN_CHECK or method == "parameters":
                continue
            assert operation["security"] == [{"apiKey": []}], name
            rule = path.partition("{")[0] if path.startswith(ADMINS) else path
            assert operation["x-required-role"] == expected_role(method.upper(), rule), name
            assert {"401", "403", "429"} <= set(operation["responses"]), name
