"""The hosts that a web serves: what a request's ``Host`` may name."""

import pytest

from app.hosts import LOOPBACK_HOSTS
from app.settings import Settings, SettingsError
from app.settings.security import Profile
from tests.environment import ENVIRONMENT
from tests.rest.conftest import ClientWith

SERVERS = {**ENVIRONMENT, "DATABASE_URL": "postgresql://unused", "REDIS_URL": "redis://unused"}
PRODUCTION = {
    **SERVERS,
    "QLOOM_PROFILE": "production",
    "API_KEY_PEPPER": "0123456789abcdef" * 2,
    "ALLOWED_HOSTS": "",
}


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "127.0.0.1:9", "[::1]:8000", "LocalHost:8000"]
)
def test_a_machine_answers_to_its_own_names_on_any_port(client_with: ClientWith, host: str) -> None:
    assert client_with(allowed_hosts=LOOPBACK_HOSTS).get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "rebound.example",
        "rebound.example:8000",
        "localhost.rebound.example",
        "rebound.example@localhost",
        "localhost:80:80",
        "localhost/",
        "127.0.0.1.rebound.example:8000",
        "192.168.0.7",
        "::1",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/", "/docs", "/api/jobs", "/v2/vectors", "/metrics", "/nowhere"])
def test_another_host_is_refused_with_a_problem_document(
    client_with: ClientWith, host: str, path: str
) -> None:
    response = client_with(allowed_hosts=LOOPBACK_HOSTS).get(path, headers={"Host": host})
    assert (response.status_code, response.content_type) == (400, "application/problem+json")
    assert response.get_json()["code"] == "unknown_host"
    assert "ALLOWED_HOSTS" in response.get_json()["detail"]


def test_a_host_with_a_port_is_that_port_alone(client_with: ClientWith) -> None:
    client = client_with(allowed_hosts=("qloom.example:8443",))
    assert client.get("/", headers={"Host": "qloom.example:8443"}).status_code == 200
    for host in ("qloom.example", "qloom.example:8444", "localhost"):
        assert client.get("/", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_may_come_by_any_address(client_with: ClientWith, path: str) -> None:
    assert (
        client_with(allowed_hosts=("qloom.example",)).get(path, headers={"Host": "10.1.2.3:8000"}).status_code
        == 200
    )


@pytest.mark.parametrize("path", ["/v2/health", "/metrics"])
def test_what_needs_a_key_may_be_asked_by_any_address_too(client_with: ClientWith, path: str) -> None:
    client = client_with(allowed_hosts=("qloom.example",), profile=Profile.PRODUCTION)
    assert client.get(path, headers={"Host": "10.1.2.3:8000"}).status_code == 401


def test_development_answers_to_this_machine_and_production_to_what_is_named() -> None:
    development = {**SERVERS, "ALLOWED_HOSTS": ""}
    assert Settings.from_env(development).allowed_hosts == LOOPBACK_HOSTS
    named = {**PRODUCTION, "ALLOWED_HOSTS": " Qloom.Example , [::1]:80,"}
    assert Settings.from_env(named).allowed_hosts == ("qloom.example", "[::1]:80")
    with pytest.raises(SettingsError, match=r"ALLOWED_HOSTS.*not set"):
        Settings.from_env(PRODUCTION)


@pytest.mark.parametrize("text", ["*", "https://a.example", "a.example/", "a b", "a.example:port", "::1"])
def test_what_is_no_host_stops_the_start(text: str) -> None:
    with pytest.raises(SettingsError, match=r"ALLOWED_HOSTS.*is no host"):
        Settings.from_env({**SERVERS, "ALLOWED_HOSTS": text})
