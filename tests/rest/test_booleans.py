"""A boolean in a body is true or false: 0 and 1 are refused with their place, on every route that has one."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.keys import bearer

UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
NO_BOOLEANS = [0, 1, 0.0, 1.0, "true", "false", "yes", [], {}]

Path = tuple[str | int, ...]


def resolved(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield a schema without references, and those that it is made of."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    yield schema
    for name in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(name, ()):
            yield from resolved(part, document)


def booleans(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[Path]:
    """Yield the paths of all booleans in a schema."""
    for part in resolved(schema, document):
        if part.get("type") == "boolean":
            yield ()
        for name, member in part.get("properties", {}).items():
            yield from ((name, *path) for path in booleans(member, document))
        if isinstance(part.get("items"), dict):
            yield from ((0, *path) for path in booleans(part["items"], document))


def body_with(path: Path, value: object) -> object:
    """Return a body that has nothing but this value."""
    for step in reversed(path):
        value = [value] if step == 0 else {step: value}
    return value


def routes_with_booleans(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Path]]:
    """Yield the method, the path and the place of every boolean in a body of JSON."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            content = operation.get("requestBody", {}).get("content", {}) if method != "parameters" else {}
            for place in booleans(content.get("application/json", {}).get("schema", {}), document):
                yield method, re.sub(r"\{.*?\}", UNKNOWN_ID, path), place


def test_zero_and_one_are_no_booleans_on_any_route(client: FlaskClient, admin_key: str) -> None:
    found = list(routes_with_booleans(client.get("/openapi.json").get_json()))
    assert {place[-1] for _, _, place in found} >= {"enabled", "is_noisy", "transaction", "use_cache"}
    for method, path, place in found:
        for value in NO_BOOLEANS:
            response = client.open(
                path, method=method.upper(), json=body_with(place, value), headers=bearer(admin_key)
            )
            document = response.get_json()
            errors = document["errors"] if path.startswith("/v2") else document["detail"]
            assert response.status_code == (400 if path.startswith("/v2") else 422)
            assert ["body", *place] in [each["loc"] for each in errors], (method, path, value, document)


@pytest.mark.parametrize("value", [True, False])
def test_true_and_false_are(client: FlaskClient, admin_key: str, value: bool) -> None:
    response = client.post("/v2/webhooks", json={"enabled": value}, headers=bearer(admin_key))
    assert ["body", "enabled"] not in [each["loc"] for each in response.get_json()["errors"]]
