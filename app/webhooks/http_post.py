"""One POST to a foreign server, bounded in every way.

1. The connection goes to an address that was checked; TLS and the Host header use the name.
2. Proxies of the environment do not apply, and no redirect is followed.
3. Looking the name up, connecting, sending and receiving together take no longer than the given time, however
   slowly the server sends.
"""

import http.client
import io
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.webhooks.addresses import AddressPolicy, AddressRefusedError, Resolver, Target

CONNECT_SECONDS = 3.0

MAX_READ_BYTES = 64 * 1024
"""The most bytes of a response's body that are read."""

SNIPPET_CHARACTERS = 1_000
"""How many characters of a response's body the log of the delivery keeps."""

MAX_ADDRESSES = 3
"""The most addresses of one name; they are tried in turn until one connects."""

MAX_RETRY_AFTER_CHARACTERS = 100


@dataclass(frozen=True)
class PostResult:
    """How one attempt went; ``error`` is set when there was no HTTP response."""

    duration_ms: float
    status_code: int | None = None
    retry_after: str | None = None
    snippet: str = ""
    error: str | None = None

    @property
    def is_success(self) -> bool:
        """Return whether the receiver accepted the message (2xx)."""
        return self.status_code is not None and 200 <= self.status_code < 300


@dataclass(frozen=True)
class Poster:
    """Posts to URLs that the policy allows."""

    policy: AddressPolicy
    resolver: Resolver
    tls: ssl.SSLContext
    timeout_seconds: float

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> PostResult:
        """Post once; the result tells any error, none is raised."""
        started = time.monotonic()

        def took() -> float:
            return round((time.monotonic() - started) * 1000, 1)

        try:
            target = self.policy.parse(url)
            addresses = self.policy.resolve(target, self.resolver)
            connection = _Deadline(started + self.timeout_seconds).connect(addresses, target, self.tls)
            try:
                status, retry_after, content = _exchange(connection, target, headers, body)
            finally:
                connection.hang_up()
        except AddressRefusedError as error:
            return PostResult(took(), error=str(error))
        except (OSError, http.client.HTTPException, ValueError) as error:
            return PostResult(took(), error=_sentence(error))
        # PostgreSQL's JSON refuses the null character
        snippet = content.decode("utf-8", "replace")[:SNIPPET_CHARACTERS].replace("\0", "�")
        return PostResult(took(), status, retry_after, snippet)


@dataclass(frozen=True)
class _Deadline:
    """A moment of the monotonic clock by which everything must have ended."""

    at: float

    def left(self, at_most: float = float("inf")) -> float:
        """Return the seconds until then.

        Raises:
            TimeoutError: it has passed.
        """
        seconds = self.at - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return min(seconds, at_most)

    def connect(self, addresses: Sequence[str], target: Target, tls: ssl.SSLContext) -> "_DeadlineSocket":
        """Connect to the first address that accepts, and begin TLS for the target's name."""
        failure: OSError = TimeoutError()
        for address in addresses[:MAX_ADDRESSES]:
            try:
                sock = socket.create_connection((address, target.port), self.left(CONNECT_SECONDS))
            except OSError as error:
                failure = error
                continue
            try:
                if target.scheme == "https":
                    sock.settimeout(self.left())
                    sock = tls.wrap_socket(sock, server_hostname=target.host)
            except BaseException:
                sock.close()
                raise
            return _DeadlineSocket(sock, self)
        raise failure


class _DeadlineSocket(io.RawIOBase):
    """The socket that http.client uses; each call is bounded by what is left of the whole time."""

    def __init__(self, sock: socket.socket, deadline: _Deadline) -> None:
        super().__init__()
        self._sock = sock
        self._deadline = deadline

    def sendall(self, data: Any) -> None:
        self._sock.settimeout(self._deadline.left())
        self._sock.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._deadline.left())
        return self._sock.recv_into(buffer)

    def close(self) -> None:
        """Do nothing: http.client closes its socket before it reads the body; see ``hang_up``."""

    def hang_up(self) -> None:
        self._sock.close()


def _exchange(
    sock: _DeadlineSocket, target: Target, headers: Mapping[str, str], body: bytes
) -> tuple[int, str | None, bytes]:
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.auto_open = 0
    connection.sock = sock
    connection.putrequest("POST", target.path, skip_host=True, skip_accept_encoding=True)
    fixed = {"Host": target.host_header, "Content-Length": str(len(body)), "Connection": "close"}
    for name, value in {**fixed, **headers}.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    response = connection.getresponse()
    retry_after = response.getheader("Retry-After")
    content = b"" if 300 <= response.status < 400 else _read(response)
    return response.status, retry_after and retry_after[:MAX_RETRY_AFTER_CHARACTERS], content


def _read(response: http.client.HTTPResponse) -> bytes:
    """Read the beginning of a body; if the rest does not come, the status is still valid."""
    content = b""
    try:
        while len(content) < MAX_READ_BYTES and (part := response.read1(MAX_READ_BYTES - len(content))):
            content += part
    except (OSError, http.client.HTTPException):
        return content
    return content


def _sentence(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "the receiver did not answer in time"
        case ssl.SSLCertVerificationError():
            return f"the receiver's TLS certificate is not valid: {error.verify_message}"
        case ssl.SSLError():
            return "the TLS handshake failed"
        case ConnectionRefusedError():
            return "the connection was refused"
        case OSError():
            return "the connection failed"
        case _:
            return "the receiver did not answer with HTTP"
