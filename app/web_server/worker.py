"""gunicorn's gevent worker, with four changes:

1. Connections take turns. Under gevent a read or write that need not wait lets no other request run, so a
   client that sends faster than it is read (a body, requests one after the other, WebSocket frames) would
   hold the whole process. Here the sockets themselves let others run.
2. A body that ends before its Content-Length is an error; gunicorn passes it on as if it were complete.
3. The rest of a body that nobody reads is not read before the next request: the connection ends instead.
4. Refusals of malformed requests are problem documents; gunicorn's are HTML.

Two names of gunicorn's modules are replaced, since it has no settings for them: ``RequestParser.mesg_class``,
and ``util.write_error``, which gets the status and the message of a refusal.
"""

import io
import re
import time
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import gevent
import msgspec
from gevent import socket
from gunicorn import util
from gunicorn.http.body import Body, ChunkedReader, LengthReader
from gunicorn.http.errors import NoMoreData, ParseException, UnsupportedTransferCoding
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.workers.ggevent import GeventWorker

from app.errors import BadRequestError, RequestTimeoutError
from app.pauses import give_way
from app.telemetry.logs import bind_contextvars, clear_contextvars, current_request_id
from app.turns import end_turn
from app.web_server import plugins

TURN_SECONDS = 0.001
"""How long one connection may go on reading and writing before others run."""

PIECE_BYTES = 64 * 1024
"""Received at once. gunicorn asks for up to 1 MiB, and copies the rest for each piece that is taken of it."""

MAX_LINE_BYTES = 8_190
"""The limit of the request line and of each header: the most that gunicorn allows for a request line."""

MAX_HEADERS = 100

SILENCE_SECONDS = 30.0
"""How long a piece of a body (64 KiB at most) may take to come; a body that stalls holds a connection."""

CHUNKS_BYTES = 1_024
"""Received at once of a chunked body. gunicorn copies all of it for each chunk in it: 8 KiB in chunks of one
byte take 14 ms, 1 KiB takes 0.5 ms."""

LINGER_SECONDS = 2.0
LINGER_BYTES = 64 * 1024 * 1024
"""How long and how much is still read of a closing connection, so that the client can read the response:
closing a socket with unread bytes resets the connection (RFC 9112, 9.6)."""

COMPRESSIONS = {"gzip", "deflate", "compress"}
"""Transfer codings that gunicorn accepts beside ``chunked`` (RFC 9112, 7.2)."""

SENTENCES = {
    414: f"The request line (method, path and query) has at most {MAX_LINE_BYTES} bytes.",
    431: f"A request has at most {MAX_HEADERS} headers of at most {MAX_LINE_BYTES} bytes each.",
    500: "Something went wrong on our side; the log has it under the answer's X-Request-ID.",
}
"""Sentences that say more than gunicorn's."""

WRAPPED = re.compile(r"Invalid (?:Method|Request Line|HTTP Version) '(.*)'", re.DOTALL)
"""gunicorn's message around another one that says the same."""


class FairSocket(socket.socket):
    """A socket that lets other requests run after each turn, even if its data is available."""

    _turn_ends_at = 0.0

    def recv(self, size: int, *args: Any) -> bytes:
        self._give_way()
        data: bytes = super().recv(min(size, PIECE_BYTES), *args)
        return data

    def recv_into(self, *args: Any) -> int:
        self._give_way()
        return int(super().recv_into(*args))

    def send(self, *args: Any, **options: Any) -> int:
        self._give_way()
        return int(super().send(*args, **options))

    def _give_way(self) -> None:
        if time.monotonic() >= self._turn_ends_at:
            give_way()
            self._turn_ends_at = time.monotonic() + TURN_SECONDS


class WholeBody(io.RawIOBase):
    """A request's body, which ends at its announced end or with an error.

    Attributes:
        is_read: whether all of it has been read.
        failed: whether reading failed; gunicorn does not use the connection again then.
    """

    def __init__(self, body: Body) -> None:
        super().__init__()
        self._body = body
        # None for a chunked body: gunicorn checks its end
        self._left: int | None = body.reader.length if isinstance(body.reader, LengthReader) else None
        self.is_read = self._left == 0
        self.failed = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Read the next bytes, at most 64 KiB; 0 at the end of the body.

        Raises:
            BadRequestError: the body ended too early, or its chunks are malformed.
            RequestTimeoutError: no data came for too long.
        """
        size = min(len(buffer), PIECE_BYTES)
        if self.is_read or not size:
            return 0
        data = self._next(size)
        buffer[: len(data)] = data
        if self._left is not None:
            self._left -= len(data)
        self.is_read = self._left == 0 if self._left is not None else not data
        return len(data)

    def _next(self, size: int) -> bytes:
        end_turn()  # the data may take long to come
        try:
            with gevent.Timeout(SILENCE_SECONDS, TimeoutError):
                data: bytes = self._body.read(size)
        except TimeoutError as error:
            self.failed = True
            raise RequestTimeoutError(
                f"The rest of the body did not come within {SILENCE_SECONDS:g} s; nothing was done."
            ) from error
        except NoMoreData as error:
            raise self._cut() from error
        except ParseException as error:
            self.failed = True
            raise BadRequestError(
                f"The chunked body is malformed: {error}.", code="malformed_body"
            ) from error
        if not data and self._left:
            raise self._cut()
        return data

    def _cut(self) -> BadRequestError:
        self.failed = True
        missing = f"{self._left} bytes are missing" if self._left else "its last chunk is missing"
        return BadRequestError(
            f"The body ended before its announced end: {missing}. Nothing was done.", code="incomplete_body"
        )


class CheckedRequest(Request):
    """A request with a ``WholeBody``; the connection ends after it if the body was not read."""

    def set_body_reader(self) -> None:
        """Wrap gunicorn's body.

        Raises:
            UnsupportedTransferCoding: it is compressed; gunicorn would not decompress it.
        """
        super().set_body_reader()
        if isinstance(self.body.reader, ChunkedReader):
            self._refuse_compression()
            self.unreader.mxchunk = CHUNKS_BYTES
        self.body: Any = WholeBody(self.body)

    def _refuse_compression(self) -> None:
        for name, value in self.headers:
            codings = {coding.strip().lower() for coding in value.split(",")}
            if name == "TRANSFER-ENCODING" and codings & COMPRESSIONS:
                raise UnsupportedTransferCoding(value)

    def should_close(self) -> bool:
        return not self.body.is_read or bool(super().should_close())


class Worker(GeventWorker):
    """The worker of ``gunicorn.conf.py``."""

    _connections = 0

    def patch(self) -> None:
        """Make the listening sockets gevent's; ``gunicorn.conf.py`` has replaced all else."""
        with plugins.read_once():
            super().patch()

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:
        fair = FairSocket(client.family, client.type, client.proto, fileno=client.detach())
        self._connections += 1
        try:
            super().handle(listener, fair, addr)
        finally:
            self._connections -= 1

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> None:
        """Answer one request.

        Its connection ends with it if half of all connections are open, or if a part of its body is left.
        """
        if self._connections > self.worker_connections // 2:
            req.force_close()
        try:
            super().handle_request(listener_name, req, sock, addr)
        except StopIteration:  # answered, and the connection ends; errors are answered by handle_error
            if not req.body.is_read:
                util.close_graceful(sock, LINGER_SECONDS, LINGER_BYTES)
            raise

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Log and answer what gunicorn itself refuses, with one request id."""
        clear_contextvars()
        bind_contextvars(request_id=str(uuid4()))
        super().handle_error(req, client, addr, exc)


def write_problem(sock: Any, status: int, reason: str, message: str) -> None:
    """Send a problem document (RFC 9457), and end the connection."""
    if status != HTTPStatus.BAD_REQUEST and reason == HTTPStatus.BAD_REQUEST.phrase:
        reason = HTTPStatus(status).phrase  # gunicorn gives several statuses one reason
    code = reason.lower().replace(" ", "_")
    detail = SENTENCES.get(status) or WRAPPED.sub(r"\1", message or reason) + "."
    body = msgspec.json.encode(
        {
            "type": f"urn:problem:qloom:{code}",
            "title": reason,
            "status": status,
            "detail": detail,
            "code": code,
        }
    )
    head = [
        f"HTTP/1.1 {status} {reason}",
        "Connection: close",
        "Content-Type: application/problem+json",
        f"Content-Length: {len(body)}",
        f"X-Request-ID: {current_request_id() or uuid4()}",
    ]
    with suppress(OSError):  # the client may have gone
        util.write_nonblock(sock, "\r\n".join([*head, "", ""]).encode("latin-1") + body)
        if status < HTTPStatus.INTERNAL_SERVER_ERROR:  # after a 500 the web may be stopping
            util.close_graceful(sock, LINGER_SECONDS, LINGER_BYTES)


RequestParser.mesg_class = CheckedRequest
util.write_error = write_problem
