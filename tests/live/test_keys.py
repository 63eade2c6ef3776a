"""A stream ends when its key is revoked, expires or gets a lower role."""

import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app import key_format as keys
from app.models import ApiKey, Role
from tests.environment import ENVIRONMENT
from tests.keys import bearer, make_key
from tests.live.conftest import LiveQloom, listen
from tests.live.test_connections import HEAD, open_sockets
from tests.stack import wait_until

pytestmark = pytest.mark.xdist_group("live")


def id_of(live: LiveQloom, key: str) -> UUID:
    """Return the id of a key."""
    digest = keys.digest(ENVIRONMENT["API_KEY_PEPPER"], key)
    with live.database.reading() as session:
        return session.scalars(select(ApiKey.id).where(ApiKey.digest == digest)).one()


def change(live: LiveQloom, key: str, **columns: Any) -> None:
    """Change the row of a key."""
    with live.database.unit_of_work() as unit:
        unit.session.execute(update(ApiKey).where(ApiKey.id == id_of(live, key)).values(columns))


def revoke(live: LiveQloom, key: str) -> None:
    """Revoke a key as an admin does."""
    response = live.stack.delete(f"/v2/keys/{id_of(live, key)}", headers=live.stack.admin_headers)
    assert response.status_code == 200, response.text


def expire(live: LiveQloom, key: str) -> None:
    """Let a key expire now."""
    change(live, key, expires_at=datetime.now(UTC))


ENDS: list[tuple[Callable[[LiveQloom, str], None], str]] = [
    (revoke, "This API key has been revoked."),
    (expire, "This API key has expired."),
]


@pytest.mark.parametrize(("end", "reason"), ENDS)
@pytest.mark.parametrize("stream", ["a replay", "a ticket's replay", "an execution"])
def test_a_stream_ends_with_its_key(
    live: LiveQloom, stream: str, end: Callable[[LiveQloom, str], None], reason: str
) -> None:
    key = make_key(live.database, Role.WRITER, expires_at=datetime.now(UTC) + timedelta(hours=1))
    path, headers = f"/ws/replay/{live.recording(6)}?speed=0.1", bearer(key)
    if stream == "a ticket's replay":
        ticket = live.stack.post("/v2/tickets", headers=headers).json()["ticket"]
        path, headers = f"{path}&ticket={ticket}", {}
    elif stream == "an execution":
        path = "/ws/execute"
    with live.connect(path, additional_headers=headers) as client:
        end(live, key)
        heard = listen(client)
    assert (heard.code, heard.reason) == (1008, reason)


def test_a_stream_ends_when_its_key_may_do_less(live: LiveQloom) -> None:
    key = make_key(live.database, Role.WRITER)
    with (
        live.connect("/ws/execute", additional_headers=bearer(key)) as execution,
        live.connect(f"/ws/replay/{live.recording(6)}?speed=1", additional_headers=bearer(key)) as replay,
    ):
        change(live, key, role=Role.READER)
        heard, seen = listen(execution), listen(replay)
    assert (heard.code, "role writer" in str(heard.reason)) == (1008, True)
    assert (seen.code, len(seen.events())) == (1000, 6), "a reader may replay"


def test_a_client_that_takes_no_data_is_dropped_with_its_key(new_web: Callable[..., LiveQloom]) -> None:
    live = new_web(TEST_PATIENCE_SECONDS="600")
    key = make_key(live.database, Role.READER)
    head = HEAD.format(path=f"/ws/replay/{live.recording(10_001)}?speed=10000")
    with socket.create_connection(("127.0.0.1", live.stack.port), timeout=60) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32_768)
        client.sendall(head.replace("\r\n\r\n", f"\r\nAuthorization: Bearer {key}\r\n\r\n").encode())
        assert client.recv(12) == b"HTTP/1.1 101"
        revoke(live, key)
        wait_until(lambda: open_sockets(live) == 0, what="the stream being dropped")
