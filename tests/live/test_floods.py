"""Clients that send without end: the web still answers others, and the stream closes with 1008."""

import selectors
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import psutil
import pytest
from websockets.client import ClientProtocol
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from tests.live.conftest import LiveQloom
from tests.live.test_connections import handshake
from tests.rest.raw_http import head, send

pytestmark = pytest.mark.xdist_group("live")

FRAMES_AT_ONCE = 10_000
POLLS = 300
WAITING = 20
MIB = 1024 * 1024
MAX_GROWTH_BYTES = 64 * MIB

FLOODS = {
    "pings": Frame(Opcode.PING, b""),
    "full pings": Frame(Opcode.PING, b"x" * 125),
    "pongs": Frame(Opcode.PONG, b""),
    "continuations": Frame(Opcode.CONT, b"", fin=False),
    "small fragments": Frame(Opcode.CONT, b"x", fin=False),
}
PIPELINED = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1_000


def serialized(frame: Frame) -> bytes:
    return frame.serialize(mask=True)


def close_of(client: socket.socket) -> Close | None:
    """Return the close code that the web sent."""
    protocol = ClientProtocol(parse_uri("ws://localhost/"), state=State.OPEN, max_size=None)
    data = b""
    while b"\r\n\r\n" not in data:
        data += client.recv(65_536)
    protocol.receive_data(data.partition(b"\r\n\r\n")[2])
    while protocol.close_rcvd is None and (data := client.recv(65_536)):
        protocol.receive_data(data)
        protocol.events_received()
        protocol.data_to_send()
    return protocol.close_rcvd


@contextmanager
def sending(client: socket.socket, data: bytes) -> Iterator[threading.Thread]:
    """Send this again and again until the block ends, and drop all responses."""
    ends = threading.Event()

    def send() -> None:
        while not ends.is_set():
            try:
                client.sendall(data)
            except OSError:
                return

    def drop() -> None:
        try:
            while client.recv(65_536):
                pass
        except OSError:
            return

    threads = [threading.Thread(target=send), threading.Thread(target=drop)]
    for thread in threads:
        thread.start()
    try:
        yield threads[0]
    finally:
        ends.set()
        client.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(60)


@pytest.mark.parametrize("name", FLOODS)
def test_frames_without_end_close_the_stream(live: LiveQloom, name: str) -> None:
    begins = serialized(Frame(Opcode.TEXT, b"", fin=False)) if "ping" not in name else b""
    with handshake(live, "/ws/execute") as client:
        flood = begins + FRAMES_AT_ONCE * serialized(FLOODS[name])

        def send() -> None:
            with suppress(OSError):  # the web may hang up before it has read all
                client.sendall(flood)

        sender = threading.Thread(target=send)
        sender.start()
        closed = close_of(client)
        sender.join(60)
    assert closed is not None
    assert (closed.code, "a second" in closed.reason) == (1008, True)


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_of_frames_stops_nobody_else(live: LiveQloom, name: str) -> None:
    worker = psutil.Process(live.web.pid).children()[0]
    before = worker.memory_info().rss
    client = handshake(live, "/ws/execute")
    with client, sending(client, FRAMES_AT_ONCE * serialized(FLOODS[name])):
        for _ in range(20):
            assert live.stack.get("/healthz").status_code == 200
        assert worker.memory_info().rss - before < MAX_GROWTH_BYTES


def test_pings_that_a_client_means_are_answered(live: LiveQloom) -> None:
    with live.connect(f"/ws/replay/{live.recording(6)}?speed=0.1") as client:
        for _ in range(50):
            assert client.ping().wait(60)


def test_a_message_may_come_in_fragments(live: LiveQloom) -> None:
    with live.connect("/ws/execute") as client:
        client.send(iter(["{", '"circuit_name"', ":", " " * 2_000, '"nobell"', "}"]))
        assert '"not_found"' in client.recv(timeout=60)


def test_requests_without_a_pause_stop_nobody_else(live: LiveQloom) -> None:
    client = socket.create_connection(("127.0.0.1", live.stack.port), timeout=60)
    with client, sending(client, PIPELINED) as sender:
        for _ in range(20):
            assert live.stack.get("/healthz").status_code == 200
            assert sender.is_alive(), "it is still sending"


@pytest.mark.parametrize("has_key", [False, True])
def test_hundreds_of_long_polls_of_one_caller_leave_room_for_others(
    new_web: Callable[..., LiveQloom], has_key: bool
) -> None:
    live = new_web(MAX_WAITING_REQUESTS=str(2 * WAITING))
    job_id = live.stack.submit()
    key = f"Authorization: {live.stack.admin_headers['Authorization']}\r\n" if has_key else ""
    target = f"/api/jobs/{job_id}?wait=60"
    poll = f"GET {target} HTTP/1.1\r\nHost: localhost\r\n{key}Connection: close\r\n\r\n".encode()
    with ExitStack() as polls:
        clients = [
            polls.enter_context(socket.create_connection(("127.0.0.1", live.stack.port), timeout=60))
            for _ in range(POLLS)
        ]
        for client in clients:
            client.sendall(poll)
        with selectors.DefaultSelector() as answered:
            for client in clients:
                answered.register(client, selectors.EVENT_READ)
            heads = []
            while len(heads) < POLLS - WAITING:
                ready = answered.select(120)
                assert ready, "none of them is left without an answer"
                for key, _events in ready:
                    heads.append(key.fileobj.recv(12))  # type: ignore[union-attr]
                    answered.unregister(key.fileobj)
        assert set(heads) == {b"HTTP/1.1 429"}
        assert live.stack.get("/healthz").status_code == 200
        assert live.stack.post("/api/execute/bell", headers={"Prefer": "wait=1"}).status_code == 202
        live.stack.delete(f"/api/jobs/{job_id}")


def test_with_half_of_all_connections_open_none_is_kept_behind_its_answer(
    new_web: Callable[..., LiveQloom],
) -> None:
    live = new_web(MAX_WAITING_REQUESTS="10")
    most = 5 + 10 + 1_250
    with ExitStack() as idle:
        assert send(live.stack.port, head("GET", "/healthz")).headers["connection"] == "keep-alive"
        for _ in range(most // 2 + 1):
            idle.enter_context(socket.create_connection(("127.0.0.1", live.stack.port), timeout=60))
        assert send(live.stack.port, head("GET", "/healthz")).is_closed
