"""The OpenAPI document as the generators of clients, linters and Swagger UI read it."""

from collections.abc import Iterator
from secrets import token_hex
from typing import Any

import pytest

from app.rest.examples import METHODS
from app.settings import Settings
from app.web import create_app
from tests.environment import ENVIRONMENT

NOWHERE = {
    "DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}
"""The document is made without a server."""

SECTIONS = [
    *("executions", "estimates", "comparisons", "sweeps", "devices", "jobs"),
    *("graphs", "replay", "states", "live"),
    *("vectors", "query", "imports", "entanglement", "coherence", "jobs_v2"),
    *("webhooks", "keys", "audit", "observability", "about"),
]
"""The sections of ``/docs`` in the order of use: circuits, vectors, the service."""

OPEN_TO_ALL = {"/", "/status", "/healthz", "/readyz"}


def document_of(**environment: str) -> dict[str, Any]:
    """Return the document of an application with these settings."""
    app = create_app(Settings.from_env({**ENVIRONMENT, **NOWHERE, **environment}))
    host = {"Host": "localhost"}
    document: dict[str, Any] = app.test_client().get("/openapi.json", headers=host).get_json()
    app.extensions["qloom"].close()
    return document


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Return the document in the development profile."""
    return document_of()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], list[dict[str, Any]]]]:
    """Give each operation with its path and its parameters."""
    for path, item in document["paths"].items():
        for method in set(item) & set(METHODS):
            operation = item[method]
            yield path, operation, [*item.get("parameters", []), *operation.get("parameters", [])]


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Give every object of the document that is no example."""
    if isinstance(value, dict):
        yield value
        for name, nested in value.items():
            yield from objects(nested) if name != "example" else ()
    elif isinstance(value, list):
        for nested in value:
            yield from objects(nested)


def test_an_introduction_says_how_to_begin_and_in_which_order_bits_stand(document: dict[str, Any]) -> None:
    introduction = document["info"]["description"]
    for said in ("var/admin-api-key", "rightmost character is bit 0", "Prefer: respond-async"):
        assert said in introduction
    for name in ("Execution", "Overview"):
        counts = document["components"]["schemas"][name]["properties"]["counts"]
        assert "rightmost character is bit 0" in counts["description"]


def test_the_sections_stand_in_the_order_of_use_and_are_described(document: dict[str, Any]) -> None:
    assert [tag["name"] for tag in document["tags"]] == SECTIONS
    assert [tag["name"] for tag in document["tags"] if not tag["description"].endswith(".")] == []
    assert {tag for _, operation, _ in operations(document) for tag in operation["tags"]} == set(SECTIONS)


def test_the_server_is_the_one_that_serves_the_document(document: dict[str, Any]) -> None:
    assert [server["url"] for server in document["servers"]] == ["/"]


@pytest.mark.parametrize("profile", ["development", "production"])
def test_every_operation_says_whether_it_needs_a_key(profile: str) -> None:
    document = document_of(QLOOM_PROFILE=profile, API_KEY_PEPPER=token_hex(32))
    secured = {path: operation["security"] for path, operation, _ in operations(document)}
    metrics = {"/metrics"} if profile == "development" else set()
    assert {path for path, security in secured.items() if security == []} == OPEN_TO_ALL | metrics
    assert {} not in secured["/v2/vectors"]
    assert ({} in secured["/api/execute"]) == (profile == "development")


def test_whatever_is_nullable_has_a_type(document: dict[str, Any]) -> None:
    assert [each for each in objects(document) if each.get("nullable") is True and "type" not in each] == []


def test_a_property_with_a_default_is_not_required_in_requests(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        for described in schema.get("properties", {}).values():
            assert "default" not in described, "generators take it as always there"
    shots = document["components"]["schemas"]["ProgramBody"]["properties"]["shots"]
    assert shots["description"].endswith("Default: `1024`.")
    for _, _, parameters in operations(document):
        assert [each for each in parameters if "default" in each["schema"] and each.get("required")] == []


def test_an_object_without_properties_may_have_any(document: dict[str, Any]) -> None:
    metadata = document["components"]["schemas"]["VectorInput"]["properties"]["metadata"]
    assert metadata["additionalProperties"] is True
    for each in objects(document["components"]["schemas"]):
        if each.get("type") == "object" and "properties" not in each and not each.get("nullable"):
            assert "additionalProperties" in each, each


def test_lines_of_json_are_no_json(document: dict[str, Any]) -> None:
    found = [
        each["application/x-ndjson"]["schema"] for each in objects(document) if "application/x-ndjson" in each
    ]
    assert len(found) == 5  # an import, the values and the counts of sweeps, two exports
    assert {schema["type"] for schema in found} == {"string"}
    assert len([schema for schema in found if schema.get("format") == "binary"]) == 2, "what an export gives"


def test_an_import_may_leave_the_metadata_out(document: dict[str, Any]) -> None:
    content = document["paths"]["/v2/vectors/import"]["post"]["requestBody"]["content"]
    assert set(content) == {"application/x-ndjson", "application/x-npy", "multipart/form-data"}
    assert content["multipart/form-data"]["schema"]["required"] == ["vectors"]


def test_every_reference_leads_to_a_schema_and_every_schema_is_used(document: dict[str, Any]) -> None:
    used = {each["$ref"] for each in objects(document) if "$ref" in each}
    assert used == {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}


def test_every_parameter_is_described_once_and_its_example_has_its_type(document: dict[str, Any]) -> None:
    types = {
        "array": (list,),
        "boolean": (bool,),
        "integer": (int,),
        "number": (int, float),
        "string": (str,),
    }
    for path, _, parameters in operations(document):
        places = [(each["in"], each["name"]) for each in parameters]
        assert len(places) == len(set(places)), path
        for each in parameters:
            if "example" in each:
                assert type(each["example"]) in types[each["schema"]["type"]], (path, each["name"])


def test_nothing_is_filled_in_for_a_header(document: dict[str, Any]) -> None:
    for path, _, parameters in operations(document):
        filled = [each for each in parameters if each["in"] == "header"]
        assert [each for each in filled if "example" in each or "default" in each["schema"]] == [], path
