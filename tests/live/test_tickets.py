"""Streams in the production profile are opened with a key, or with a ticket as browsers do.

Pages cannot read the status of a refused handshake, so they are told by close codes.
"""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.models import Role
from tests.live.conftest import LiveQloom, listen, running_web

pytestmark = pytest.mark.xdist_group("live")

PRODUCTION = {"QLOOM_PROFILE": "production", "API_KEY_PEPPER": "0123456789abcdef0123456789abcdef"}


@pytest.fixture(scope="module")
def qloom(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[LiveQloom]:
    """Run a web in the production profile."""
    with running_web(tmp_path_factory.mktemp("production"), postgres_url, **PRODUCTION) as running:
        yield running


def test_a_stream_is_opened_by_a_key_or_by_a_ticket_that_is_good_once(qloom: LiveQloom) -> None:
    path = f"/ws/replay/{qloom.recording(6)}?speed=10000"
    with pytest.raises(InvalidStatus) as refused:
        qloom.connect(path)
    assert refused.value.response.status_code == 401
    headers = qloom.stack.headers(Role.READER)
    with qloom.connect(path, additional_headers=headers) as client:
        assert "X-RateLimit-Remaining" in client.response.headers
        assert len(listen(client).events()) == 6
    ticket = qloom.stack.post("/v2/tickets", headers=headers).json()["ticket"]
    assert len(qloom.run(f"{path}&ticket={ticket}").events()) == 6
    heard = qloom.run(f"{path}&ticket={ticket}")
    assert (heard.code, "POST /v2/tickets" in str(heard.reason)) == (4401, True)
    assert [(each["message"], each["status"], each["code"]) for each in heard.messages] == [
        ("error", 401, "unauthenticated")
    ]


@pytest.mark.parametrize("path", ["/ws/replay/bell?ticket=old", "/ws/execute?ticket=old", "/ws/execute"])
def test_a_page_reads_why_its_handshake_is_refused(qloom: LiveQloom, path: str) -> None:
    with qloom.connect(path, origin=qloom.stack.url) as client:
        with suppress(ConnectionClosed):
            client.send("x" * 100_000)  # read by nobody
        heard = listen(client)
    assert (heard.code, bool(heard.reason), len(heard.messages)) == (4401, True, 1)


def test_a_page_reads_that_its_role_is_too_low(qloom: LiveQloom) -> None:
    ticket = qloom.stack.post("/v2/tickets", headers=qloom.stack.headers(Role.READER)).json()["ticket"]
    heard = qloom.run(f"/ws/execute?ticket={ticket}")
    assert (heard.code, "role writer" in str(heard.reason)) == (4403, True)


def test_a_ticket_in_a_plain_request_is_refused_over_http(qloom: LiveQloom) -> None:
    response = qloom.stack.get("/ws/execute?ticket=old")
    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")


def test_a_stream_that_runs_a_circuit_needs_a_writers_key(qloom: LiveQloom) -> None:
    with pytest.raises(InvalidStatus) as refused:
        qloom.connect("/ws/execute", additional_headers=qloom.stack.headers(Role.READER))
    assert refused.value.response.status_code == 403
    with qloom.connect("/ws/execute", additional_headers=qloom.stack.headers(Role.WRITER)):
        pass
