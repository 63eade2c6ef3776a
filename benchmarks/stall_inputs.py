"""The inputs of the benchmark ``stalls``: short but costly to handle, broken off, or endless."""

import itertools
import json
import random
import resource
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.client import Connection
from embedded.ports import LOOPBACK

TIMEOUT_SECONDS = 120.0
FRAMES_SECONDS = 3.0
HELD_SECONDS = 3.0
LONG_POLLS = 1_000
HALF_SENT = 100
MB = 1_000_000
SEARCH, EXECUTE, QUERY = "/api/graph/search", "/api/execute", "/v2/query"
DELETE = "/v2/vectors/delete"
IMPORT = "/v2/vectors/import"
JSON = "application/json"
FORM = "multipart/form-data; boundary=edge"
DIMENSION = 2_000
STORED = 1_000
VALID_BATCH_BYTES = 60 * MB
PROGRAMS = {
    "a loop of 1,000,000,001 iterations": "OPENQASM 3.0;\nfor uint i in [0:1000000000] {}",
    "a comment that ends at a lone CR": "OPENQASM 3.0;\n// a comment\rqubit q;",
}


@dataclass(frozen=True)
class Target:
    """The web, and keys for it."""

    port: int
    reader: str
    writer: str

    def connect(self) -> socket.socket:
        """A connection of its own."""
        connection = socket.create_connection((LOOPBACK, self.port), TIMEOUT_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def head(self, path: str, key: str, *headers: str, method: str = "POST") -> bytes:
        """The head of a request."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {LOOPBACK}", *headers]
        lines += [f"Authorization: Bearer {key}"] if key else []
        return "\r\n".join([*lines, "", ""]).encode()


@dataclass(frozen=True)
class Input:
    """One input.

    Attributes:
        prepare: what is made before anything is sent; its result is given to ``send``.
        send: sends, and says what was answered.
        needs_worker: whether an interactive worker must run.
        is_valid: whether it is asked for nothing but what it may have; its memory may grow by more.
    """

    name: str
    prepare: Callable[[Target], Any]
    send: Callable[[Target, Any], str]
    needs_worker: bool = False
    is_valid: bool = False


def _post(path: str, role: str, parts: Callable[[], bytes], *, media: str = JSON) -> dict[str, Any]:
    """An input that is one body with its length."""

    def prepare(target: Target) -> bytes:
        body = parts()
        key = getattr(target, role) if role else ""
        return target.head(path, key, f"Content-Type: {media}", f"Content-Length: {len(body)}") + body

    return {"prepare": prepare, "send": _send_whole}


def _send_whole(target: Target, request: bytes) -> str:
    with target.connect() as connection:
        return _answer(connection, [request])


def _answer(connection: socket.socket, pieces: Iterable[bytes]) -> str:
    """Send some pieces; the status of the response and its size."""
    try:
        for piece in pieces:
            connection.sendall(piece)
    except OSError:
        pass  # the web has closed its half; the response may be there
    first, size = b"", 0
    try:
        connection.settimeout(TIMEOUT_SECONDS)
        while received := connection.recv(65_536):
            first = first or received
            size += len(received)
            connection.settimeout(0.5)  # the end of a keep-alive response
    except OSError:
        pass
    return f"{first[9:12].decode() or 'no response'} ({size:,} bytes)"


def _repeated(before: bytes, item: bytes, after: bytes, size: int) -> bytes:
    return before + b",".join([item] * (size // (len(item) + 1))) + after


def _program(text: str) -> bytes:
    return json.dumps({"program": text}).encode()


def _unknown_members(size: int) -> bytes:
    return b"{" + b",".join(b'"a%d":1' % number for number in range(size // 12)) + b"}"


def _one_byte_chunks(target: Target) -> Iterator[bytes]:
    yield target.head(EXECUTE, "", f"Content-Type: {JSON}", "Transfer-Encoding: chunked")
    for _ in range(100):
        yield b"1\r\n \r\n" * 10_000
    yield b"0\r\n\r\n"


def _send_chunks(target: Target, pieces: Iterator[bytes]) -> str:
    with target.connect() as connection:
        return _answer(connection, pieces)


def _send_frames(frame: bytes, first: bytes, target: Target, _prepared: object) -> str:
    """Send empty WebSocket frames (masked with zeros) without a pause."""
    upgrade = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    block = frame * 10_000
    sent = 0
    with target.connect() as connection:
        connection.sendall(target.head("/ws/execute", target.writer, *upgrade, key, method="GET"))
        connection.recv(65_536)  # 101
        connection.sendall(first)
        until = time.monotonic() + FRAMES_SECONDS
        try:
            while time.monotonic() < until:
                connection.sendall(block)
                sent += 10_000
        except OSError:
            return f"closed after {sent:,} frames"
    return f"{sent:,} frames taken"


def _frames(opcode: int, first: bytes = b"") -> dict[str, Any]:
    frame = bytes([opcode, 0x80]) + b"\0\0\0\0"
    return {"prepare": lambda _target: None, "send": partial(_send_frames, frame, first)}


def _allow_many_files() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _queued_job(target: Target) -> bytes:
    """A long poll of a job that no worker takes."""
    _allow_many_files()
    with Connection(target.port, target.writer) as connection:
        path = f"{EXECUTE}/random?num_qubits=24&gate_count=5000"
        job = json.loads(connection.request("POST", path, headers=("Prefer: respond-async",)).body)
    return target.head(f"/api/jobs/{job['job_id']}?wait=5", target.reader, method="GET")


def _send_polls(target: Target, request: bytes) -> str:
    connections = []
    for _ in range(LONG_POLLS):
        connections.append(target.connect())
        connections[-1].sendall(request)
    statuses = Counter(_answer(connection, [])[:3] for connection in connections)
    return ", ".join(f"{count} × {status}" for status, count in statuses.items())


def _send_halves(target: Target, _prepared: object) -> str:
    head = target.head("/v2/vectors", target.writer, f"Content-Type: {JSON}", "Content-Length: 1000")
    connections = [target.connect() for _ in range(HALF_SENT)]
    for connection in connections:
        connection.sendall(head + b'{"id": "half')
    time.sleep(HELD_SECONDS)
    for connection in connections:
        connection.shutdown(socket.SHUT_WR)
    statuses = Counter(_answer(connection, [])[:3] for connection in connections)
    return ", ".join(f"{count} × {status}" for status, count in statuses.items())


def _near_boundaries() -> bytes:
    head = b'--edge\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n'
    return head + b"\r\n--edg" * (24 * MB // 7)


def _vectors(count: int, dimension: int) -> bytes:
    draw = random.Random(1)
    numbers = [[draw.uniform(-1, 1) for _ in range(dimension)] for _ in range(count)]
    items = [{"id": f"v{index}", "vector": vector} for index, vector in enumerate(numbers)]
    return json.dumps({"vectors": items}).encode()


def _fill(target: Target) -> bytes:
    """Store vectors; 20 queries by id that ask for all of them with their numbers."""
    with Connection(target.port, target.writer) as connection:
        connection.post("/v2/vectors/batch?upsert=true", _vectors(STORED, DIMENSION))
    query = {"id": "v1", "top_k": STORED, "include_vector": True, "use_cache": False}
    body = json.dumps({"queries": [query] * 20}).encode()
    return (
        target.head(f"{QUERY}/batch", target.reader, f"Content-Type: {JSON}", f"Content-Length: {len(body)}")
        + body
    )


def _valid_batch() -> bytes:
    """New vectors of the store's dimension in 60 MB."""
    return _vectors(VALID_BATCH_BYTES // (22 * DIMENSION), DIMENSION)


def _costly_pattern(target: Target) -> bytes:
    """Many equal gates on two qubits, and a pattern of eight of them that nearly all of them fit."""
    with Connection(target.port, target.writer) as connection:
        for _ in range(3):
            connection.post(f"{EXECUTE}/random?gate_count=3000&num_qubits=2")
    names = [f"n{number}" for number in range(8)]
    nodes = [{"id": name, "type": "GATE"} for name in names[:-1]] + [{"id": names[-1], "type": "RESET"}]
    edges = [{"source": before, "target": after} for before, after in itertools.pairwise(names)]
    body = json.dumps({"nodes": nodes, "edges": edges, "timeout_ms": 3_000}).encode()
    return target.head(SEARCH, target.reader, f"Content-Type: {JSON}", f"Content-Length: {len(body)}") + body


INPUTS = [
    Input(
        "graph search, 300 kB of empty nodes",
        **_post(SEARCH, "", partial(_repeated, b'{"nodes":[', b"{}", b"]}", 300_000)),
    ),
    Input(
        "graph search, 10 MB of empty nodes",
        **_post(SEARCH, "reader", partial(_repeated, b'{"nodes":[', b"{}", b"]}", 10 * MB)),
    ),
    Input(
        "execute, 1 MB of wrong tags", **_post(EXECUTE, "", partial(_repeated, b'{"tags":[', b"1", b"]}", MB))
    ),
    Input("execute, 1 MB of unknown members", **_post(EXECUTE, "", partial(_unknown_members, MB))),
    Input("execute, 1 MB of brackets", **_post(EXECUTE, "", lambda: b"[" * MB)),
    Input("execute, 1 MB in chunks of one byte", _one_byte_chunks, _send_chunks),
    Input(
        "delete, 700 kB of empty parts of a filter",
        **_post(DELETE, "writer", partial(_repeated, b'{"filter":{"$and":[', b"{}", b"]}}", 700_000)),
    ),
    Input(
        "query batch, 15 MB of empty queries",
        **_post(f"{QUERY}/batch", "reader", partial(_repeated, b'{"queries":[', b"{}", b"]}", 15 * MB)),
    ),
    Input(
        "delete, 15 MB of empty ids",
        **_post(DELETE, "writer", partial(_repeated, b'{"ids":[', b'""', b"]}", 15 * MB)),
    ),
    Input(
        "insert, 1 MB of nested metadata",
        **_post(
            "/v2/vectors",
            "writer",
            partial(_repeated, b'{"id":"a","vector":[1],"metadata":{"a":[', b"[]", b"]}}", MB),
        ),
    ),
    Input(
        "batch, 60 MB of empty vectors",
        **_post("/v2/vectors/batch", "writer", partial(_repeated, b'{"vectors":[', b"{}", b"]}", 60 * MB)),
    ),
    Input(
        "batch, 60 MB with a mistake at its end",
        **_post("/v2/vectors/batch", "writer", partial(_repeated, b'{"vectors":[', b"[1]", b"]", 60 * MB)),
    ),
    Input("half of a body on 100 connections", lambda _target: None, _send_halves),
    Input("WebSocket, PING without end", **_frames(0x89)),
    Input("WebSocket, PONG without end", **_frames(0x8A)),
    Input("WebSocket, empty messages without end", **_frames(0x81)),
    Input("WebSocket, CONT without end", **_frames(0x00, first=b"\x01\x80\0\0\0\0")),
    Input("import, 24 MB of dashes", **_post(IMPORT, "writer", lambda: b"-" * (24 * MB), media=FORM)),
    Input("import, 24 MB of near boundaries", **_post(IMPORT, "writer", _near_boundaries, media=FORM)),
    Input("1,000 long polls of one key", _queued_job, _send_polls),
    Input("query batch of 1 kB for 1,000 vectors 20 times", _fill, _send_whole),
    Input(
        "valid batch of 60 MB",
        **_post("/v2/vectors/batch?upsert=true", "writer", _valid_batch),
        is_valid=True,
    ),
    Input("graph search, a costly pattern", _costly_pattern, _send_whole, needs_worker=True),
    *(
        Input(f"execute, {name}", **_post(EXECUTE, "", partial(_program, text)), needs_worker=True)
        for name, text in PROGRAMS.items()
    ),
]
"""Those that need a worker come last: before them nothing takes the queued job."""
