"""Limits of bodies: sizes by route, lengths before items, and responses that stay small."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_smorest.utils import resolve_schema_instance
from marshmallow import Schema, fields
from werkzeug.test import TestResponse

from app.rest.blueprint import _documented_arguments
from app.rest.body_sizes import LIST_BYTES, MAX_VALUES, PLAIN_BYTES
from app.rest.validation import MAX_PROBLEMS, List
from tests.keys import bearer
from tests.rest.raw_http import chunked, post, send
from tests.stack import Stack

LARGEST_REFUSAL_BYTES = 16_384
MIB = 1024 * 1024
JSON = "application/json"


def repeated(before: str, item: str, after: str, size: int) -> bytes:
    """JSON with one item again and again, of about a size."""
    return (before + ",".join([item] * (size // (len(item) + 1))) + after).encode()


MANY_WRONG_ITEMS = {
    "nodes": ("/api/graph/search", repeated('{"nodes":[', "{}", "]}", 300_000)),
    "edges": ("/api/graph/search", repeated('{"nodes":[{"id":"a"}],"edges":[', "{}", "]}", 300_000)),
    "tags": ("/api/execute", repeated('{"tags":[', "1", "]}", 900_000)),
    "events": ("/v2/webhooks", repeated('{"url":"https://x.example","events":[', "1", "]}", 900_000)),
    "unknown members": ("/api/execute", b"{" + b",".join(b'"a%d":1' % n for n in range(80_000)) + b"}"),
    "unknown members of a node": (
        "/api/graph/search",
        b'{"nodes":[{' + b",".join(b'"a%d":1' % n for n in range(80_000)) + b"}]}",
    ),
    "one member again and again": ("/api/execute", repeated("{", '"shots":0', "}", 900_000)),
    "a member's name of a megabyte": ("/api/execute", b'{"' + b"a" * 900_000 + b'":1}'),
    "an unknown field of a megabyte": ("/v2/query", b'{"' + b"a" * 900_000 + b'":1}'),
    "a mode of a megabyte": ("/v2/query", b'{"id":"a","mode":"' + b"a" * 900_000 + b'"}'),
    "brackets": ("/api/execute", b"[" * 900_000),
    "closed brackets": ("/api/execute", b"[" * 400_000 + b"]" * 400_000),
    "objects in each other": ("/api/execute", b'{"a":' * 150_000),
    "an integer of a megabyte": ("/api/execute", b'{"shots":' + b"9" * 900_000 + b"}"),
    "integers of 4,000 digits": ("/api/execute", repeated('{"tags":[', "9" * 4_000, "]}", 900_000)),
    "an exponent": ("/api/execute", b'{"noise":{"t1":1e999999999}}'),
    "parts of a filter": ("/v2/vectors/delete", repeated('{"filter":{"$and":[', "{}", "]}}", 700_000)),
    "parts of parts of a filter": (
        "/v2/vectors/delete",
        repeated('{"filter":{"$or":[', '{"$and":[{},{}]}', "]}}", 900_000),
    ),
    "values of a filter": (
        "/v2/vectors/delete",
        repeated('{"filter":{"id":{"$in":[', "1", "]}}}", 900_000),
    ),
    "members of a filter": (
        "/v2/vectors/delete",
        b'{"filter":{' + b",".join(b'"metadata.a%d":{}' % n for n in range(40_000)) + b"}}",
    ),
    "a filter's name of a megabyte": ("/v2/vectors/delete", b'{"filter":{"' + b"a" * 900_000 + b'":1}}'),
    "a filter's path of a megabyte": (
        "/v2/vectors/delete",
        b'{"filter":{"metadata' + b".a" * 400_000 + b'":{"$x":1}}}',
    ),
    "numbers of a vector": ("/v2/query", repeated('{"vector":[', "1", "]}", 900_000)),
    "contexts": (
        "/v2/vectors",
        repeated('{"id":"a","vector":[1],"contexts":[', '{"name":"","weight":0}', "]}", 900_000),
    ),
    "metadata": ("/v2/vectors", repeated('{"id":"a","vector":[1],"metadata":{"a":[', "[]", "]}}", 900_000)),
    "members of a group": (
        "/v2/entanglement/groups",
        repeated('{"group_id":"g","correlation_strength":1,"entity_ids":[', '""', "]}", 900_000),
    ),
    "empty queries": ("/v2/query/batch", repeated('{"queries":[', "{}", "]}", 15 * MIB)),
    "empty ids": ("/v2/vectors/delete", repeated('{"ids":[', '""', "]}", 15 * MIB)),
    "a null character behind many backslashes": (
        "/api/execute", b'{"program":"' + b"\\\\" * 400_000 + b'\\u0000"}'
    ),
}  # fmt: skip


def entries(response: TestResponse) -> list[dict[str, Any]]:
    """Return the problems that a response describes."""
    document = response.get_json()
    found: list[dict[str, Any]] = document["errors"] if response.status_code == 400 else document["detail"]
    return found


@pytest.mark.parametrize("name", MANY_WRONG_ITEMS)
def test_a_body_of_many_wrong_things_is_refused_in_few_words(
    client: FlaskClient, admin_key: str, name: str
) -> None:
    path, body = MANY_WRONG_ITEMS[name]
    client.application.config["MAX_CONTENT_LENGTH"] = None
    response = client.post(path, data=body, content_type=JSON, headers=bearer(admin_key))
    assert response.status_code in (400, 413, 422), response.text[:500]
    assert len(response.data) < LARGEST_REFUSAL_BYTES
    if response.status_code != 413:
        assert 1 <= len(entries(response)) <= MAX_PROBLEMS


@pytest.mark.parametrize(
    ("path", "kind", "largest"),
    [
        ("/api/execute", "max_program_body_bytes", 2 * MIB),
        ("/api/execute/compare", "max_program_body_bytes", 2 * MIB),
        ("/api/execute/bell", "max_plain_body_bytes", PLAIN_BYTES),
        ("/api/graph/search", "max_plain_body_bytes", PLAIN_BYTES),
        ("/v2/keys", "max_plain_body_bytes", PLAIN_BYTES),
        ("/v2/query", "max_plain_body_bytes", PLAIN_BYTES),
        ("/v2/query/batch", "max_list_body_bytes", LIST_BYTES),
        ("/v2/vectors/delete", "max_list_body_bytes", LIST_BYTES),
        ("/v2/vectors/batch", "max_body_bytes", 64 * MIB),
    ],
)
def test_each_route_has_its_limit_published_described_and_kept_before_the_body_is_sent(
    raw_web: Stack, admin_authorization: str, path: str, kind: str, largest: int
) -> None:
    assert raw_web.get("/api/limits").json()[kind] == largest
    if path != "/api/execute/bell":  # which reads none
        described = raw_web.get("/openapi.json").json()["paths"][path]["post"]
        assert described["x-body-limit"] == kind
    refused = send(raw_web.port, post(path, b"{", [admin_authorization], length=largest + 1))
    assert (refused.status, refused.problem()["limit"]) == (413, kind)
    assert str(largest) in refused.problem()["detail"]
    assert refused.is_closed


def test_a_chunked_body_is_refused_as_soon_as_it_is_over_the_limit(raw_web: Stack) -> None:
    piece = b"100000\r\n" + b" " * MIB + b"\r\n"
    response = send(raw_web.port, chunked("/api/execute", piece * 3))  # which does not end
    assert (response.status, response.problem()["limit"]) == (413, "max_program_body_bytes")
    assert response.is_closed


def test_a_client_that_sends_all_of_a_body_over_the_limit_gets_to_read_why(raw_web: Stack) -> None:
    response = send(raw_web.port, post("/api/execute", b" " * (30 * MIB)))
    assert (response.status, response.is_closed) == (413, True)


def test_the_largest_program_fits_however_json_writes_it(raw_web: Stack) -> None:
    largest = raw_web.get("/api/limits").json()["max_program_bytes"]
    response = send(
        raw_web.port, post("/api/execute", b'{"program": "OPENQASM 4;' + b"\\u0001" * (largest - 11) + b'"}')
    )
    assert (response.status, b"2.0 or 3.0" in response.body) == (422, True)


def test_what_is_under_its_limit_may_still_hold_too_many_values(raw_web: Stack, authorization: str) -> None:
    body = b'{"queries": [' + b"{}," * MAX_VALUES + b"{}]}"
    response = send(raw_web.port, post("/v2/query/batch", body, [authorization]))
    assert (response.status, response.problem()["limit"]) == (400, "max_list_body_values")


def test_problems_that_are_left_out_are_counted(client: FlaskClient, admin_key: str) -> None:
    nodes: list[dict[str, object]] = [{"id": "", "gate": "", "type": "", "x": 1, "y": 2}] * 8
    document = client.post("/api/graph/search", json={"nodes": nodes}).get_json()
    assert (len(document["detail"]), document["more"]) == (MAX_PROBLEMS, 20)
    webhook = {"url": 1, "events": [1] * 5, "enabled": 3, **{f"x{number}": 1 for number in range(20)}}
    document = client.post("/v2/webhooks", json=webhook, headers=bearer(admin_key)).get_json()
    assert (len(document["errors"]), document["more"]) == (MAX_PROBLEMS, 7)


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "zstd", "identity, gzip", "GZIP"])
@pytest.mark.parametrize("path", ["/api/execute", "/v2/vectors/batch", "/v2/vectors/import", "/v2/keys"])
def test_a_compressed_body_is_refused_by_its_coding(
    raw_web: Stack, admin_authorization: str, path: str, coding: str
) -> None:
    request = post(path, b"", [f"Content-Encoding: {coding}", admin_authorization], length=1_000)
    response = send(raw_web.port, request)  # before the body, which does not come
    assert (response.status, response.headers["accept-encoding"]) == (415, "identity")
    assert coding in response.problem()["detail"]
    assert response.is_closed


def test_identity_is_no_coding(client: FlaskClient) -> None:
    response = client.post(
        "/api/execute", data=b"[]", content_type=JSON, headers={"Content-Encoding": "Identity"}
    )
    assert response.status_code == 422


def lists_in(schema: Schema) -> Iterator[fields.List[Any]]:
    """The lists of a schema and of those nested in it."""
    waiting: list[fields.Field[Any]] = list(schema.load_fields.values())
    while waiting:
        field = waiting.pop()
        if isinstance(field, fields.List):
            yield field
            waiting.append(field.inner)
        elif isinstance(field, fields.Nested):
            waiting.extend(field.schema.load_fields.values())


def test_every_list_that_marshmallow_reads_has_a_length(app: Flask) -> None:
    found = [
        (rule, field)
        for rule, view in app.view_functions.items()
        for argument in _documented_arguments(view)
        if argument["in"] == "json" and not argument.get("by_struct")
        for field in lists_in(resolve_schema_instance(argument["schema"]))
    ]
    assert {field.name for _, field in found} >= {"nodes", "edges", "tags", "events"}
    assert [rule for rule, field in found if not isinstance(field, List)] == []
