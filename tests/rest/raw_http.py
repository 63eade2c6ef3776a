"""HTTP as bytes on a socket: requests that no client library would send."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

ANSWER_SECONDS = 60.0
PROBLEM_MEMBERS = {"type", "title", "status", "detail", "code"}


@dataclass(frozen=True)
class RawAnswer:
    """A response, and whether the web has closed the connection after it."""

    status: int
    headers: dict[str, str]
    body: bytes
    is_closed: bool

    def problem(self) -> dict[str, Any]:
        """Return the problem document, which the response must be."""
        assert self.headers["content-type"] == "application/problem+json"
        document: dict[str, Any] = msgspec.json.decode(self.body)
        assert set(document) >= PROBLEM_MEMBERS
        assert document["status"] == self.status
        assert self.headers["x-request-id"]
        return document


def head(method: str, target: str, *headers: str, version: str = "HTTP/1.1") -> bytes:
    """Return the head of a request, in Latin-1 as it stands."""
    return "\r\n".join([f"{method} {target} {version}", "Host: localhost", *headers, "", ""]).encode(
        "latin-1"
    )


def post(path: str, body: bytes, headers: Sequence[str] = (), *, length: int | None = None) -> bytes:
    """Return a POST of JSON; ``length`` is the Content-Length where it is not the body's."""
    announced = len(body) if length is None else length
    media = (
        ()
        if any(each.startswith("Content-Type:") for each in headers)
        else ("Content-Type: application/json",)
    )
    return head("POST", path, *media, f"Content-Length: {announced}", *headers) + body


def chunked(path: str, chunks: bytes, headers: Sequence[str] = ()) -> bytes:
    """Return a POST whose chunks are given as they are sent."""
    media = (
        ()
        if any(each.startswith("Content-Type:") for each in headers)
        else ("Content-Type: application/json",)
    )
    return head("POST", path, *media, "Transfer-Encoding: chunked", *headers) + chunks


def send(port: int, request: bytes, *, ends: bool = False) -> RawAnswer:
    """Send bytes, with ``ends`` also the end of the stream, and read one response."""
    with socket.create_connection(("127.0.0.1", port), ANSWER_SECONDS) as connection:
        connection.sendall(request)
        if ends:
            connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as stream:
            status = int(stream.readline().split()[1])
            headers = {}
            while (line := stream.readline()) not in (b"\r\n", b""):
                name, _, value = line.decode("latin-1").partition(":")
                headers[name.lower()] = value.strip()
            body = stream.read(int(headers.get("content-length", 0)))
            is_closed = headers["connection"] == "close" and stream.read() == b""
    return RawAnswer(status, headers, body, is_closed)
