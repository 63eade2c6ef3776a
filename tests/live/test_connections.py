"""Streams and the network: slow clients, dead clients, too many clients, a web that stops."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import psutil
import pytest
from websockets.exceptions import InvalidStatus
from websockets.protocol import State

from tests.live.conftest import PAGE, LiveQloom, listen, running_web
from tests.stack import wait_until

pytestmark = pytest.mark.xdist_group("live")

IDLE_SOCKETS = 200
HEAD = (
    "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[LiveQloom]:
    """Return a web that pings its clients every three seconds, and waits as long for each of them."""
    folder = tmp_path_factory.mktemp("impatient")
    with running_web(folder, postgres_url, TEST_PATIENCE_SECONDS="3") as qloom:
        yield qloom


def open_sockets(live: LiveQloom) -> int:
    """Count the connections of the web's worker with clients."""
    worker = psutil.Process(live.web.pid).children()[0]
    return sum(
        each.laddr.port == live.stack.port and each.status == psutil.CONN_ESTABLISHED
        for each in worker.net_connections()
    )


def handshake(live: LiveQloom, path: str) -> socket.socket:
    """Open a stream on a bare socket, which does nothing by itself after the handshake."""
    client = socket.create_connection(("127.0.0.1", live.stack.port), timeout=60)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32_768)
    client.sendall(HEAD.format(path=path).encode())
    assert client.recv(12) == b"HTTP/1.1 101"
    return client


def test_a_client_that_takes_no_data_is_dropped(impatient: LiveQloom) -> None:
    path = f"/ws/replay/{impatient.recording(10_001)}?speed=10000"
    wait_until(lambda: open_sockets(impatient) == 0, what="no stream being open")
    with handshake(impatient, path) as client:
        wait_until(lambda: open_sockets(impatient) == 0, what="the slow client being dropped")
        received = 0
        while data := client.recv(65_536):
            received += len(data)
    assert received < 800_000, "it is not the whole trace that was buffered for it"


def test_a_client_that_answers_no_ping_is_dropped(impatient: LiveQloom) -> None:
    wait_until(lambda: open_sockets(impatient) == 0, what="no stream being open")
    with handshake(impatient, f"/ws/replay/{impatient.recording(6)}?speed=0.1"):
        wait_until(lambda: open_sockets(impatient) == 0, what="the dead client being dropped")


def test_a_client_that_answers_pings_stays(impatient: LiveQloom) -> None:
    with impatient.connect(f"/ws/replay/{impatient.recording(6)}?speed=0.5") as client:
        heard = listen(client)  # ten seconds: three pings
    assert (len(heard.messages), heard.code) == (6, 1000)


def test_rest_answers_while_two_hundred_streams_are_idle(live: LiveQloom) -> None:
    path = f"/ws/replay/{live.recording(6)}?speed=0.1"
    with ExitStack() as clients:
        for _ in range(IDLE_SOCKETS):
            clients.enter_context(live.connect(path))
        assert open_sockets(live) >= IDLE_SOCKETS
        response = live.stack.post("/api/execute/bell")
        assert response.status_code == 200, response.text
    wait_until(lambda: open_sockets(live) == 0, what="all streams being closed")


def test_one_stream_too_many_is_refused_before_the_upgrade(new_web: Callable[..., LiveQloom]) -> None:
    live = new_web(MAX_WAITING_REQUESTS="2")
    path = f"/ws/replay/{live.recording(6)}?speed=0.1"
    assert live.stack.get("/api/limits").json()["max_streams"] == 1
    with live.connect(path):
        with pytest.raises(InvalidStatus) as refused, live.connect(path):
            pass
        response = refused.value.response
        assert response.status_code == 503
        assert int(response.headers["Retry-After"]) > 0
        assert b"too_many_streams" in response.body
        with live.connect(path, origin=live.stack.url) as page:
            heard = listen(page)
        assert (heard.code, heard.messages[0]["code"]) == (4503, "too_many_streams")

    def opens_again() -> bool:
        try:
            with live.connect(path):
                return True
        except InvalidStatus:
            return False

    wait_until(opens_again, what="the place being free again")


def test_a_web_that_stops_tells_its_streams_and_ends(new_web: Callable[..., LiveQloom]) -> None:
    live = new_web()
    with live.connect(f"/ws/replay/{live.recording(6)}?speed=0.1") as client:
        client.recv(timeout=60)
        os.kill(live.web.pid, signal.SIGTERM)
        heard = listen(client)
    assert heard.code == 1001
    wait_until(lambda: live.web.has_ended, what="the web ending")


@pytest.mark.parametrize(
    ("origin", "status"),
    [(PAGE, 101), ("http://localhost:3001", 403), ("http://evil.example", 403), ("null", 403)],
)
def test_pages_of_other_origins_open_no_stream(live: LiveQloom, origin: str, status: int) -> None:
    with socket.create_connection(("127.0.0.1", live.stack.port), timeout=60) as client:
        head = HEAD.format(path="/ws/execute").replace("\r\n\r\n", f"\r\nOrigin: {origin}\r\n\r\n")
        client.sendall(head.encode())
        assert client.recv(12) == f"HTTP/1.1 {status}".encode()


def test_a_page_of_the_same_origin_opens_a_stream(live: LiveQloom) -> None:
    with live.connect("/ws/execute", origin=live.stack.url) as client:
        assert client.protocol.state is State.OPEN


def test_the_web_has_no_more_threads_after_its_streams(live: LiveQloom) -> None:
    worker = psutil.Process(live.web.pid).children()[0]
    path = f"/ws/replay/{live.recording(6)}?speed=1000"
    live.run(path)
    threads, descriptors = worker.num_threads(), worker.num_fds()
    for _ in range(20):
        live.run(path)
    wait_until(lambda: open_sockets(live) == 0, what="all streams being closed")
    wait_until(lambda: worker.num_threads() <= threads, what="no more threads than before")
    # a pooled connection or two may have been opened
    wait_until(lambda: worker.num_fds() <= descriptors + 2, what="no more open files than before")
