"""Bodies that end before they should, at a real gunicorn: 400, and nothing of them is stored."""

import socket
import struct

import msgspec
import pytest
from sqlalchemy import func, select

from app.database import Database
from app.models import ImportChunk, Job, Vector
from tests.stack import Stack, wait_until
from tests.vectors.conftest import vector

LINES = b"".join(msgspec.json.encode(vector(f"v{n:05}")) + b"\n" for n in range(10))
FORM = (
    b'--x\r\nContent-Disposition: form-data; name="vectors"\r\n\r\n\x93NUMPY'
    b'\r\n--x\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n{}'
)
CHUNKED = {"Transfer-Encoding": "chunked"}


def open_request(web: Stack, key: str, path: str, media_type: str, **headers: str) -> socket.socket:
    """Return a connection on which a request's head was sent."""
    given = {"Host": "127.0.0.1", "Authorization": f"Bearer {key}", "Content-Type": media_type, **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    connection = socket.create_connection(("127.0.0.1", web.port), timeout=30)
    connection.sendall(f"POST /v2/vectors{path} HTTP/1.1\r\n{head}\r\n".encode())
    return connection


def status_of(connection: socket.socket) -> int:
    """Return the status of the response to what was sent, after which no more comes."""
    connection.shutdown(socket.SHUT_WR)
    response = b""
    while data := connection.recv(65_536):
        response += data
        if b"\r\n\r\n" in response:
            break
    connection.close()
    return int(response.split(b" ", 2)[1])


def stored(database: Database) -> tuple[int, int, int]:
    """Return how many vectors, jobs and chunks of uploads there are."""
    with database.reading() as session:
        vectors, jobs, chunks = (
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Vector, Job, ImportChunk)
        )
    return vectors, jobs, chunks


@pytest.mark.parametrize(
    ("path", "media_type", "body", "length"),
    [
        ("/import", "application/x-ndjson", LINES, 1_000),
        ("/import", "application/x-ndjson", b"", 1_000),
        ("/import", "application/x-ndjson", LINES * 14_000, len(LINES) * 20_000),
        ("/import", "application/x-npy", b"\x93NUMPY", 1_000),
        ("/import", "multipart/form-data; boundary=x", FORM, len(FORM)),
        ("/import", "multipart/form-data; boundary=x", FORM + b"\r\n--x--\r\n", len(FORM) + 12),
        ("/batch", "application/json", msgspec.json.encode({"vectors": [vector("a")]}), 1_000),
        ("/batch", "application/json", b'{"vectors": [' + LINES.replace(b"\n", b",") * 14_000, 6_000_000),
    ],
    ids=lambda value: (
        None if isinstance(value, int) else str(value)[:40]
    ),  # pytest puts ids in the environment
)
def test_a_body_that_is_cut_stores_nothing(
    raw_web: Stack, database: Database, writer_key: str, path: str, media_type: str, body: bytes, length: int
) -> None:
    connection = open_request(raw_web, writer_key, path, media_type, **{"Content-Length": str(length)})
    connection.sendall(body)
    assert status_of(connection) == 400
    assert stored(database) == (0, 0, 0)


@pytest.mark.parametrize("end", [b"", b"5\r\n{", b"0\r\n", b"ZZ\r\n"])
def test_a_chunked_body_that_breaks_off_stores_nothing(
    raw_web: Stack, database: Database, writer_key: str, end: bytes
) -> None:
    connection = open_request(raw_web, writer_key, "/import", "application/x-ndjson", **CHUNKED)
    connection.sendall(f"{len(LINES):x}\r\n".encode() + LINES + b"\r\n" + end)
    assert status_of(connection) >= 400
    assert stored(database) == (0, 0, 0)


def test_an_upload_whose_client_goes_away_is_removed(
    raw_web: Stack, database: Database, writer_key: str
) -> None:
    length = {"Content-Length": "20000000"}
    connection = open_request(raw_web, writer_key, "/import", "application/x-ndjson", **length)
    connection.sendall(LINES * 14_000)
    wait_until(lambda: stored(database)[2] > 0, what="a chunk of the upload")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close by RST
    connection.close()
    wait_until(lambda: stored(database)[2] == 0, what="the upload's removal")
    assert stored(database) == (0, 0, 0)


def test_whole_bodies_are_taken(raw_web: Stack, database: Database, writer_key: str) -> None:
    length = {"Content-Length": str(len(LINES))}
    connection = open_request(raw_web, writer_key, "/import", "application/x-ndjson", **length)
    connection.sendall(LINES)
    assert status_of(connection) == 202
    assert stored(database)[1:] == (1, 1)
    chunked = open_request(raw_web, writer_key, "/import", "application/x-ndjson", **CHUNKED)
    chunked.sendall(f"{len(LINES):x}\r\n".encode() + LINES + b"\r\n0\r\n\r\n")
    assert status_of(chunked) == 202
