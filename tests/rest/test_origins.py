"""Pages of other sites change nothing: ``Origin`` and ``Sec-Fetch-Site`` of what a browser sends for them."""

import pytest
from flask.testing import FlaskClient

from tests.rest.conftest import ClientWith

NAMED = "https://ours.example"
FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:3000"},  # same site, another origin
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://["},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
]
OWN = [
    {},
    {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
    {"Origin": "https://localhost"},  # behind a proxy that ends TLS
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": NAMED, "Sec-Fetch-Site": "cross-site"},
]
CHANGES = [
    ("POST", "/api/graph/search"),
    ("DELETE", "/api/executions/00000000-0000-4000-8000-000000000000"),
    ("PUT", "/v2/vectors/a"),
    ("PATCH", "/nowhere"),
]


@pytest.fixture
def client(client_with: ClientWith) -> FlaskClient:
    """A client of a web whose ``CORS_ORIGINS`` names one origin."""
    return client_with(cors_origins=(NAMED,))


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_a_foreign_page_changes_nothing(
    client: FlaskClient, method: str, path: str, headers: dict[str, str]
) -> None:
    response = client.open(path, method=method, headers=headers)
    assert (response.status_code, response.get_json()["code"]) == (403, "origin_refused")
    assert response.content_type == "application/problem+json"
    assert "CORS_ORIGINS" in response.get_json()["detail"]


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_foreign_page_opens_no_websocket(client: FlaskClient, headers: dict[str, str]) -> None:
    upgrade = {"Connection": "Upgrade", "Upgrade": "WebSocket", **headers}
    response = client.get("/ws/execute", headers=upgrade)
    assert (response.status_code, response.get_json()["code"]) == (403, "origin_refused")


@pytest.mark.parametrize("upgrade", ["websocket,", ",websocket", "websocket, "])
def test_a_list_of_one_upgrade_is_a_websocket_too(client: FlaskClient, upgrade: str) -> None:
    headers = {"Connection": "Upgrade", "Upgrade": upgrade, "Origin": "http://evil.example"}
    response = client.get("/ws/execute", headers=headers)
    assert (response.status_code, response.get_json()["code"]) == (403, "origin_refused")


@pytest.mark.parametrize("headers", OWN)
@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_own_pages_named_ones_and_programs_are_not_refused(
    client: FlaskClient, method: str, path: str, headers: dict[str, str]
) -> None:
    response = client.open(path, method=method, headers=headers)
    assert response.get_json()["code"] != "origin_refused"


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_is_left_to_cors(client: FlaskClient, method: str, headers: dict[str, str]) -> None:
    response = client.open("/api/limits", method=method, headers=headers)
    assert response.status_code == 200
    assert response.headers.get("Access-Control-Allow-Origin") in (None, NAMED)


def test_a_star_lets_every_page_in(client_with: ClientWith) -> None:
    headers = {"Origin": "http://any.example", "Sec-Fetch-Site": "cross-site"}
    response = client_with(cors_origins=("*",)).post("/api/graph/search", headers=headers)
    assert response.get_json()["code"] != "origin_refused"
