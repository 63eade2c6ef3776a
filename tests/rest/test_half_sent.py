"""Bodies that end before their announced end, or whose chunks are malformed: refused, nothing stored."""

import gevent.socket
import pytest
import requests
from gunicorn.http.body import Body, LengthReader
from gunicorn.http.unreader import SocketUnreader
from sqlalchemy import func, select

from app.database import Database
from app.errors import RequestTimeoutError
from app.models import IdempotencyKey, ImportChunk, Job, Vector
from app.web_server import worker as gunicorn_worker
from app.web_server.worker import WholeBody
from tests.rest.raw_http import chunked, post, send
from tests.stack import Stack, wait_until

LINES = b"".join(b'{"id":"cut%d","vector":[1,2,3]}\n' % number for number in range(10))
NDJSON = "Content-Type: application/x-ndjson"
FORM = "Content-Type: multipart/form-data; boundary=edge"
FORM_START = b'--edge\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n' + LINES
VECTOR = b'{"id": "cut", "vector": [1, 2, 3]}'
IMPORT = "/v2/vectors/import"


def chunk(data: bytes) -> bytes:
    """Return one chunk."""
    return b"%x\r\n%s\r\n" % (len(data), data)


CUT = {
    "an execution": post("/api/execute", b'{"seed": 1}', length=50),
    "a vector": post("/v2/vectors", VECTOR, length=len(VECTOR) + 1),
    "a batch": post("/v2/vectors/batch", b'{"vectors": [' + VECTOR + b"]}", length=1_000),
    "a query": post("/v2/query", b'{"vector": [1, 2, 3]}', length=22),
    "a body of a route that reads none": post("/api/execute/bell", b"{}", length=3),
    "an import of lines": post(IMPORT, LINES, [NDJSON], length=1_000),
    "an import of lines, cut between two bytes": post(IMPORT, LINES[:-7], [NDJSON], length=len(LINES)),
    "an import of a form": post(IMPORT, FORM_START, [FORM], length=1_000),
    "no byte at all": post("/api/execute", b"", length=10),
    "a chunk": chunked("/api/execute", b'14\r\n{"seed": 1}'),
    "a chunk's end": chunked("/api/execute", b'b\r\n{"seed": 1}'),
    "the last chunk": chunked("/api/execute", chunk(b'{"seed": 1}')),
    "the trailers": chunked("/api/execute", chunk(b'{"seed": 1}') + b"0\r\n"),
    "the last chunk of an import": chunked(IMPORT, chunk(LINES), [NDJSON]),
}
MALFORMED = {
    "a size that is no number": chunked("/api/execute", b"ZZ\r\n{}\r\n0\r\n\r\n"),
    "a size below zero": chunked("/api/execute", b"-1\r\n{}\r\n0\r\n\r\n"),
    "an empty size": chunked("/api/execute", b"\r\n{}\r\n0\r\n\r\n"),
    "a chunk longer than its size": chunked("/api/execute", b"1\r\n{}\r\n0\r\n\r\n"),
    "a bare LF": chunked("/api/execute", b"2\n{}\n0\n\n" + b" " * 9_000),
    "an import that turns bad": chunked(IMPORT, chunk(LINES) + b"ZZ\r\n", [NDJSON]),
    "a trailer that is none": chunked("/api/execute", b"2\r\n{}\r\n0\r\nno trailer\r\n\r\n"),
}


def with_key(request: bytes, authorization: str) -> bytes:
    """Return the same request with a key."""
    first, rest = request.split(b"\r\n", 1)
    return first + b"\r\n" + authorization.encode() + b"\r\n" + rest


def stored(database: Database) -> dict[str, int]:
    """Return how many rows there are of what a request could have stored."""
    with database.reading() as session:
        return {
            model.__tablename__: session.scalar(select(func.count()).select_from(model)) or 0
            for model in (Vector, Job, ImportChunk, IdempotencyKey)
        }


@pytest.mark.parametrize("name", CUT)
def test_a_body_that_is_cut_is_refused_and_nothing_is_stored(
    raw_web: Stack, authorization: str, database: Database, name: str
) -> None:
    before = stored(database)
    response = send(raw_web.port, with_key(CUT[name], authorization), ends=True)
    assert response.status == 400, response.body
    assert response.problem()["code"] in ("incomplete_body", "malformed_body")
    assert "body" in response.problem()["detail"]
    assert response.is_closed
    assert stored(database) == before


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_chunks_are_refused_and_end_the_connection(
    raw_web: Stack, authorization: str, database: Database, name: str
) -> None:
    before = stored(database)
    response = send(raw_web.port, with_key(MALFORMED[name], authorization))
    assert (response.status, response.problem()["code"]) == (400, "malformed_body")
    assert response.is_closed
    assert stored(database) == before


def test_the_same_bodies_sent_whole_are_taken(raw_web: Stack, authorization: str, database: Database) -> None:
    whole = send(raw_web.port, with_key(post("/v2/vectors", VECTOR), authorization), ends=True)
    assert whole.status == 201
    imported = send(
        raw_web.port, with_key(chunked(IMPORT, chunk(LINES) + b"0\r\n\r\n", [NDJSON]), authorization)
    )
    assert imported.status == 202
    assert stored(database)["import_chunks"] == 1
    assert imported.headers["connection"] == "keep-alive"


def test_a_body_that_stalls_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gunicorn_worker, "SILENCE_SECONDS", 0.05)
    client, served = gevent.socket.socketpair()
    body = WholeBody(Body(LengthReader(SocketUnreader(served), 10)))
    client.sendall(b"12345")
    with pytest.raises(RequestTimeoutError, match="did not come within"):
        body.read(10)
    assert (body.failed, body.is_read) == (True, False)
    client.close()
    served.close()


def test_a_client_that_vanishes_in_the_middle_of_an_import_leaves_nothing(
    raw_web: Stack, authorization: str, database: Database
) -> None:
    def pieces() -> object:
        for number in range(40):
            yield b"".join(b'{"id":"x%d-%d","vector":[1,2,3]}\n' % (number, row) for row in range(1_000))
        raise ConnectionAbortedError

    name, _, value = authorization.partition(": ")
    with pytest.raises((requests.ConnectionError, ConnectionAbortedError)):
        requests.post(
            raw_web.url + IMPORT,
            data=pieces(),
            headers={name: value, "Content-Type": "application/x-ndjson"},
            timeout=60,
        )
    wait_until(lambda: stored(database)["import_chunks"] == 0, what="the removal of the upload")
    assert (stored(database)["jobs"], stored(database)["vectors"]) == (0, 0)
