"""Streams in the production profile are opened with a key, or with a ticket as browsers do."""

from collections.abc import Callable

import pytest
from websockets.exceptions import InvalidStatus

from app.models import Role
from tests.live.conftest import LiveQloom, listen

pytestmark = pytest.mark.xdist_group("live")

PRODUCTION = {"QLOOM_PROFILE": "production", "API_KEY_PEPPER": "0123456789abcdef0123456789abcdef"}


def test_a_stream_is_opened_by_a_key_or_by_a_ticket_that_is_good_once(
    new_web: Callable[..., LiveQloom],
) -> None:
    qloom = new_web(**PRODUCTION)
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
    with pytest.raises(InvalidStatus) as refused:
        qloom.connect(f"{path}&ticket={ticket}")
    assert refused.value.response.status_code == 401


def test_a_stream_that_runs_a_circuit_needs_a_writers_key(new_web: Callable[..., LiveQloom]) -> None:
    qloom = new_web(**PRODUCTION)
    with pytest.raises(InvalidStatus) as refused:
        qloom.connect("/ws/execute", additional_headers=qloom.stack.headers(Role.READER))
    assert refused.value.response.status_code == 403
    with qloom.connect("/ws/execute", additional_headers=qloom.stack.headers(Role.WRITER)):
        pass
