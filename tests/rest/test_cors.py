"""Which pages may use the API, and what they may read."""

import pytest

from app.settings import Settings, SettingsError
from tests.environment import ENVIRONMENT
from tests.rest.conftest import ClientWith

PAGE = "http://localhost:3000"
OTHERS = ["http://evil.example", "http://localhost:3001", "https://localhost:3000", "null"]
SERVERS = {**ENVIRONMENT, "DATABASE_URL": "postgresql://unused", "REDIS_URL": "redis://unused"}


def test_a_page_of_an_allowed_origin_may_read_responses_and_their_headers(
    client_with: ClientWith,
) -> None:
    response = client_with(cors_origins=(PAGE, "https://other.example")).get(
        "/api/limits", headers={"Origin": PAGE}
    )
    assert response.headers["Access-Control-Allow-Origin"] == PAGE
    assert "Origin" in response.headers["Vary"]
    exposed = set(response.headers["Access-Control-Expose-Headers"].split(", "))
    assert exposed == {
        "Location",
        "Retry-After",
        "X-Request-ID",
        "Preference-Applied",
        "Idempotency-Replayed",
        "X-RateLimit-Limit",
        "X-RateLimit-Remaining",
        "X-RateLimit-Reset",
    }


def test_errors_may_be_read_too(client_with: ClientWith) -> None:
    for path, status in (("/nowhere", 404), ("/api/executions?page=x", 422)):
        response = client_with(cors_origins=(PAGE,)).get(path, headers={"Origin": PAGE})
        assert response.status_code == status
        assert response.headers["Access-Control-Allow-Origin"] == PAGE


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://localhost:3001", "https://localhost:3000", "null"]
)
def test_a_page_of_another_origin_may_read_nothing(client_with: ClientWith, origin: str) -> None:
    response = client_with(cors_origins=(PAGE,)).get("/api/limits", headers={"Origin": origin})
    assert "Access-Control-Allow-Origin" not in response.headers


def test_a_preflight_allows_method_and_headers(
    client_with: ClientWith,
) -> None:
    asked = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "DELETE",
        "Access-Control-Request-Headers": "content-type, prefer, idempotency-key",
    }
    response = client_with(cors_origins=(PAGE,)).options("/api/executions/some-id", headers=asked)
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == PAGE
    assert "DELETE" in response.headers["Access-Control-Allow-Methods"]
    allowed = response.headers["Access-Control-Allow-Headers"].split(", ")
    assert set(allowed) == {"content-type", "prefer", "idempotency-key"}


def test_a_star_allows_every_page(client_with: ClientWith) -> None:
    response = client_with(cors_origins=("*",)).get("/api/limits", headers={"Origin": "http://any.example"})
    assert response.headers["Access-Control-Allow-Origin"] in ("*", "http://any.example")
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_without_origins_no_page_may(client_with: ClientWith) -> None:
    response = client_with(cors_origins=()).get("/api/limits", headers={"Origin": PAGE})
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        (None, ()),
        ("", ()),
        ("*", ("*",)),
        ("https://a.example, http://b:1 ", ("https://a.example", "http://b:1")),
    ],
)
def test_the_setting_lists_origins(text: str | None, origins: tuple[str, ...]) -> None:
    given = {} if text is None else {"CORS_ORIGINS": text}
    assert Settings.from_env({**SERVERS, **given}).cors_origins == origins


@pytest.mark.parametrize("text", ["localhost:3000", "http://a.example/", "http://*.example", "http://a b"])
def test_what_is_no_origin_stops_the_start(text: str) -> None:
    with pytest.raises(SettingsError, match="CORS_ORIGINS"):
        Settings.from_env({**SERVERS, "CORS_ORIGINS": text})


def test_retention_is_off_by_default_and_counted_in_days() -> None:
    assert Settings.from_env(SERVERS).execution_retention_days is None
    assert Settings.from_env({**SERVERS, "EXECUTION_RETENTION_DAYS": "30"}).execution_retention_days == 30
    for text in ("0", "-1", "1.5", "forever", "99999999"):
        with pytest.raises(SettingsError, match="EXECUTION_RETENTION_DAYS"):
            Settings.from_env({**SERVERS, "EXECUTION_RETENTION_DAYS": text})
