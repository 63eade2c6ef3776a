"""What every route refuses or carries, tried on the whole application."""

import gzip
import io

import pytest
from flask.testing import FlaskClient

from app.database import Database
from tests.executions.factories import store_execution
from tests.keys import bearer

BODY_LIMIT = 1_000_000
JSON = "application/json"


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""]
)
def test_a_body_of_another_type_is_refused(client: FlaskClient, media_type: str) -> None:
    response = client.post("/api/execute", data=b"{}", content_type=media_type)
    assert response.status_code == 415
    assert JSON in response.get_json()["detail"]


def test_a_charset_beside_the_type_is_no_other_type(client: FlaskClient) -> None:
    response = client.post("/api/execute", data=b'{"x": 1}', content_type="application/json; charset=utf-8")
    assert response.status_code == 422


def test_broken_json_is_refused_with_its_place(client: FlaskClient) -> None:
    response = client.post("/api/execute", data=b'{"program": ', content_type=JSON)
    assert response.status_code == 422
    [entry] = response.get_json()["detail"]
    assert (entry["loc"], entry["type"]) == (["body"], "invalid_json")
    assert "line 1, column 13" in entry["msg"]


@pytest.mark.parametrize(
    ("path", "body", "loc", "message"),
    [
        ("/api/execute", b"[]", ["body"], "must be an object"),
        ("/api/execute", b"null", ["body"], "must be an object"),
        ("/api/execute", b'{"noise": 1}', ["body", "noise"], "must be an object"),
        ("/api/replay/x/assertions", b"{}", ["body"], "must be a list of objects"),
        ("/api/replay/x/assertions", b"[1]", ["body", 0], "must be an object"),
    ],
)
def test_what_is_no_object_or_list_is_told_what_it_must_be(
    client: FlaskClient, path: str, body: bytes, loc: list[str | int], message: str
) -> None:
    response = client.post(path, data=body, content_type=JSON)
    [entry] = response.get_json()["detail"]
    assert (response.status_code, entry["loc"], entry["msg"]) == (422, loc, message)
    assert entry["type"] in ("type_error.dict", "type_error.list")


def test_a_body_over_the_limit_is_refused(client: FlaskClient) -> None:
    response = client.post("/api/execute", data=b" " * (BODY_LIMIT + 1), content_type=JSON)
    assert response.status_code == 413
    assert response.get_json()["limit"] == "max_program_body_bytes"


def test_a_chunked_body_over_the_limit_is_refused_though_it_names_no_length(client: FlaskClient) -> None:
    response = client.post(
        "/api/execute",
        input_stream=io.BytesIO(b" " * (BODY_LIMIT + 1)),
        headers={"Transfer-Encoding": "chunked", "Content-Type": JSON},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert response.status_code == 413


def test_a_chunked_body_is_read(client: FlaskClient) -> None:
    response = client.post(
        "/api/execute",
        input_stream=io.BytesIO(b'{"wrong": 1}'),
        headers={"Transfer-Encoding": "chunked", "Content-Type": JSON},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert response.status_code == 422
    assert response.get_json()["detail"][0]["loc"] == ["body", "wrong"]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/status",
        "/api/limits",
        "/api/circuits",
        "/api/executions",
        "/api/executions/x",
        "/api/jobs",
        "/api/execute/bell",
    ],
)
def test_every_route_refuses_a_query_parameter_that_it_does_not_know(client: FlaskClient, path: str) -> None:
    method = "POST" if "execute" in path.split("/") else "GET"
    response = client.open(f"{path}?colour=red", method=method)
    assert response.status_code == 422
    [entry] = response.get_json()["detail"]
    assert entry["loc"] == ["query", "colour"]
    assert "allowed: " in entry["msg"]


def test_an_unknown_route_is_a_problem_document(client: FlaskClient) -> None:
    response = client.get("/api/nothing")
    assert (response.status_code, response.mimetype) == (404, "application/problem+json")
    assert "openapi.json" in response.get_json()["detail"]


def test_options_names_the_methods(client: FlaskClient) -> None:
    response = client.options("/api/executions/x?colour=red")
    assert response.status_code == 200
    assert {"GET", "DELETE"} <= set(response.headers["Allow"].split(", "))


def test_head_answers_as_get_without_a_body(client: FlaskClient) -> None:
    response = client.head("/api/limits")
    assert (response.status_code, response.data) == (200, b"")
    assert int(response.headers["Content-Length"]) == len(client.get("/api/limits").data)


def test_a_request_keeps_its_id_and_gets_one_if_it_has_none(client: FlaskClient) -> None:
    assert client.get("/", headers={"X-Request-ID": "mine.1"}).headers["X-Request-ID"] == "mine.1"
    drawn = {client.get("/").headers["X-Request-ID"] for _ in range(2)}
    assert len(drawn) == 2


@pytest.mark.parametrize("forged", ["a b", "x" * 129, 'a"b', "a=1"])
def test_an_id_that_could_forge_a_log_line_is_replaced(client: FlaskClient, forged: str) -> None:
    assert client.get("/", headers={"X-Request-ID": forged}).headers["X-Request-ID"] != forged


def test_big_answers_are_compressed_only_where_the_client_accepts_it(
    client: FlaskClient, database: Database
) -> None:
    program = "OPENQASM 2.0;\nqreg q[1];\n" + "U(0,0,0) q[0];\n" * 1_000
    path = f"/api/executions/{store_execution(database, program=program)}/program"
    plain = client.get(path)
    packed = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 10
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert client.get(path, headers={"Accept-Encoding": "br"}).headers["Content-Encoding"] == "br"


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip;q=0", None),
        ("br;q=0, gzip;q=0, identity;q=0", None),
        ("*;q=0", None),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0, *", "gzip"),
        ("br;q=0, gzip;q=0.5, identity", None),
        ("gzip;q=0.2, br;q=0.1, deflate;q=0", "gzip"),
        ("deflate;q=0", None),
        ("GZIP;Q=1.0", "gzip"),
        ("*", "br"),
    ],
)
def test_a_response_has_no_coding_that_the_client_refuses(
    client: FlaskClient, accepted: str, coding: str | None
) -> None:
    response = client.get("/openapi.json", headers={"Accept-Encoding": accepted})
    assert response.headers.get("Content-Encoding") == coding


def test_small_answers_are_not_compressed(client: FlaskClient) -> None:
    response = client.get("/", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in response.headers


@pytest.mark.parametrize(
    "path", ["/v2/vectors", "/v2/vectors/batch", "/v2/query", "/v2/webhooks", "/api/sweeps"]
)
def test_an_unknown_query_parameter_beside_a_body_is_refused(
    client: FlaskClient, admin_key: str, path: str
) -> None:
    response = client.post(f"{path}?nonsense=1", json={}, headers=bearer(admin_key))
    assert response.status_code in (400, 422)
    assert "unknown query parameter" in response.get_data(as_text=True)
