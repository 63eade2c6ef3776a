"""Every error in the form of its prefix."""

from collections.abc import Iterator

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient

from app.errors import (
    AppError,
    BadRequestError,
    ConflictError,
    InvalidInputError,
    InvalidProgramError,
    LimitExceededError,
    NotFoundError,
    PayloadTooLargeError,
    UnavailableError,
    UnsupportedMediaTypeError,
)
from app.rest.context import register_context
from app.rest.errors import register_error_handlers
from app.rest.validation import Problem, ValidationFailedError

ERRORS: dict[str, AppError] = {
    "bad": BadRequestError("no"),
    "missing": NotFoundError("Execution not found"),
    "conflict": ConflictError("running", code="not_finished", location="/api/jobs/1"),
    "large": PayloadTooLargeError("too large"),
    "type": UnsupportedMediaTypeError("xml"),
    "input": InvalidInputError("wrong", ("query", "shots")),
    "program": InvalidProgramError("unexpected ;", 3, 14),
    "limit": LimitExceededError("too many", "max_shots", ("query", "shots")),
    "schema": ValidationFailedError([Problem(("body", "tags", 1), "too long", "value_error.tag")]),
    "down": UnavailableError("Neo4j not configured", 7),
}
UNPROCESSABLE = ["input", "program", "limit", "schema"]


@pytest.fixture
def client() -> Iterator[FlaskClient]:
    """An application whose routes only raise."""
    app = Flask("errors")
    register_context(app)
    register_error_handlers(app)

    def fail(name: str) -> str:
        if name == "bug":
            raise ZeroDivisionError("SELECT secret FROM /etc/passwd")
        if name.isdigit():
            abort(int(name))
        raise ERRORS[name]

    app.add_url_rule("/api/<name>", "api", fail)
    app.add_url_rule("/v2/<name>", "v2", fail)
    with app.test_client() as made:
        yield made


@pytest.mark.parametrize("prefix", ["/api", "/v2"])
@pytest.mark.parametrize("name", [name for name in ERRORS if name not in UNPROCESSABLE])
def test_an_error_is_a_problem_document_with_a_sentence(client: FlaskClient, prefix: str, name: str) -> None:
    error = ERRORS[name]
    response = client.get(f"{prefix}/{name}")
    assert response.status_code == error.status
    assert response.mimetype == "application/problem+json"
    assert response.get_json() == {
        "type": f"urn:problem:qloom:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.message,
        "code": error.code,
    }


@pytest.mark.parametrize("name", UNPROCESSABLE)
def test_under_api_a_422_has_the_contracts_list_as_plain_json(client: FlaskClient, name: str) -> None:
    response = client.get(f"/api/{name}")
    assert (response.status_code, response.mimetype) == (422, "application/json")
    [entry] = response.get_json()["detail"]
    assert set(entry) == {"loc", "msg", "type"}


@pytest.mark.parametrize("name", UNPROCESSABLE)
def test_under_v2_the_same_is_a_400_with_a_sentence_and_the_list_beside(
    client: FlaskClient, name: str
) -> None:
    response = client.get(f"/v2/{name}")
    assert (response.status_code, response.mimetype) == (400, "application/problem+json")
    body = response.get_json()
    assert body["status"] == 400
    assert isinstance(body["detail"], str)
    assert body["errors"] == client.get(f"/api/{name}").get_json()["detail"]


def test_the_entry_of_an_error_of_ours_names_place_and_code(client: FlaskClient) -> None:
    body = client.get("/api/limit").get_json()
    assert body["detail"] == [{"loc": ["query", "shots"], "msg": "too many", "type": "limit_exceeded"}]
    assert body["limit"] == "max_shots"


def test_an_invalid_program_has_its_line_and_column(client: FlaskClient) -> None:
    body = client.get("/api/program").get_json()
    assert (body["line"], body["column"], body["code"]) == (3, 14, "invalid_program")


def test_headers_of_errors_are_sent(client: FlaskClient) -> None:
    assert client.get("/api/conflict").headers["Location"] == "/api/jobs/1"
    assert client.get("/api/down").headers["Retry-After"] == "7"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 406, 410, 413, 415, 429, 500, 503])
def test_an_error_of_the_framework_is_a_problem_document(client: FlaskClient, status: int) -> None:
    response = client.get(f"/api/{status}")
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    assert set(response.get_json()) == {"type", "title", "status", "detail", "code"}


def test_a_bug_is_opaque_and_logged_with_the_requests_id(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    response = client.get("/api/bug", headers={"X-Request-ID": "abc-1"})
    assert response.status_code == 500
    assert response.get_json()["code"] == "internal_error"
    assert "SELECT" not in response.text
    assert "passwd" not in response.text
    [entry] = [each for each in caplog.records if each.message.startswith("Unexpected error")]
    assert entry.message == "Unexpected error in request abc-1: GET /api/bug"
    assert response.headers["X-Request-ID"] == "abc-1"


def test_a_wrong_method_names_the_allowed_ones(client: FlaskClient) -> None:
    response = client.patch("/api/bad")
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert response.get_json()["code"] == "method_not_allowed"


def test_the_head_of_an_error_has_no_body(client: FlaskClient) -> None:
    response = client.head("/api/missing")
    assert (response.status_code, response.data) == (404, b"")
    assert response.mimetype == "application/problem+json"
