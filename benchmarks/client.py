"""An HTTP client that uses little processor time, since it shares the machine with the measured programs."""

import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Thread
from types import TracebackType
from typing import TypeVar

from benchmarks.report import Times
from embedded.ports import LOOPBACK

TIMEOUT_SECONDS = 60.0

Result = TypeVar("Result")


@dataclass(frozen=True)
class Response:
    """The status and the body of an HTTP response."""

    status: int
    body: bytes


class Connection:
    """One keep-alive connection to a web on loopback, with an API key if one is given.

    Answers must carry ``Content-Length``.
    """

    def __init__(self, port: int, key: str = "") -> None:
        self._port = port
        self._key = key
        self._socket = socket.create_connection((LOOPBACK, port), TIMEOUT_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")

    def get(self, path: str) -> Response:
        """GET a path."""
        return self.request("GET", path)

    def post(self, path: str, body: bytes = b"") -> Response:
        """POST to a path; a body is JSON."""
        return self.request("POST", path, body)

    def request(self, method: str, path: str, body: bytes = b"", headers: Sequence[str] = ()) -> Response:
        """Send a request and read its response.

        Raises:
            ConnectionError: the server closed the connection.
        """
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {LOOPBACK}:{self._port}",
            f"Content-Length: {len(body)}",
            *(["Content-Type: application/json"] if body else []),
            *headers,
            *([f"Authorization: Bearer {self._key}"] if self._key else []),
        ]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        status_line = self._file.readline()
        if not status_line:
            raise ConnectionError("the server closed the connection")
        length = 0
        while (line := self._file.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return Response(int(status_line.split()[1]), self._file.read(length))

    def close(self) -> None:
        """Close the connection."""
        self._file.close()
        self._socket.close()

    def __enter__(self) -> "Connection":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True)
class LoadResult:
    """The result of a load by several clients."""

    seconds: float
    response_times: Times

    @property
    def requests(self) -> int:
        """How many requests were answered."""
        return len(self.response_times.milliseconds)

    @property
    def per_second(self) -> float:
        """Requests answered in a second."""
        return self.requests / self.seconds


def timed(call: Callable[[], Result]) -> tuple[float, Result]:
    """Return the milliseconds that a call takes, and what it returned."""
    started = time.perf_counter()
    result = call()
    return (time.perf_counter() - started) * 1000, result


def checked(response: Response) -> bytes:
    """Return the body of a 200 or a 201.

    Raises:
        RuntimeError: the status is another one. Errors must not count as measurements.
    """
    if response.status not in (200, 201):
        raise RuntimeError(f"HTTP {response.status}: {response.body[:500].decode(errors='replace')}")
    return response.body


def load(
    port: int, clients: int, seconds: float, ask: Callable[[Connection], Response], key: str = ""
) -> LoadResult:
    """Let so many clients ask without a pause for so many seconds, each on its own connection."""
    milliseconds: list[float] = []
    errors: list[Exception] = []
    started = time.perf_counter()

    def one_client() -> None:
        try:
            with Connection(port, key) as connection:
                while time.perf_counter() - started < seconds:
                    taken, response = timed(partial(ask, connection))
                    checked(response)
                    milliseconds.append(taken)
        except (RuntimeError, OSError) as error:
            errors.append(error)

    threads = [Thread(target=one_client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return LoadResult(time.perf_counter() - started, Times(milliseconds))
