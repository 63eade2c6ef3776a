"""A real gunicorn for the streams, with its own database and Valkey, and a worker."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from app.database import Database
from embedded.process import ManagedProcess
from embedded.valkey import ValkeyServer
from tests.databases import new_database, open_database
from tests.executions.factories import store_execution
from tests.stack import Stack

MAX_STREAMS = 220
PAGE = "http://localhost:3000"
"""The origin whose pages may open streams."""


@dataclass(frozen=True)
class Ended:
    """All messages that a stream sent, and how it closed."""

    messages: list[dict[str, Any]]
    code: int | None
    reason: str | None

    def events(self) -> list[dict[str, Any]]:
        """Return only the events."""
        return [message for message in self.messages if message["message"] == "event"]


@dataclass(frozen=True)
class LiveQloom:
    """A running web, its database, and how to connect to it."""

    stack: Stack
    web: ManagedProcess
    database: Database

    def connect(self, path: str, **options: Any) -> ClientConnection:
        """Open a stream."""
        return connect(f"ws://127.0.0.1:{self.stack.port}{path}", open_timeout=60, **options)

    def run(self, path: str, *said: object) -> Ended:
        """Open a stream, send messages unless it closes before, and receive until it closes."""
        with self.connect(path) as client:
            with suppress(ConnectionClosed):
                for message in said:
                    client.send(
                        message if isinstance(message, str | bytes) else msgspec.json.encode(message).decode()
                    )
            return listen(client)

    def recording(self, num_events: int) -> UUID:
        """Store an execution with so many events."""
        return store_execution(self.database, events=trace(num_events), num_events=num_events)


def trace(num_events: int) -> str:
    """Return the events of a chain of Hadamard gates as JSON."""
    gates = [
        {"event_id": at, "event_type": "GATE", "timestamp": at, "gate_name": "H", "qubits": [0]}
        for at in range(1, num_events - 1)
    ]
    start = {"event_id": 0, "event_type": "EXECUTION_START", "timestamp": 0}
    end = {"event_id": num_events - 1, "event_type": "EXECUTION_END", "timestamp": num_events - 1}
    return msgspec.json.encode([start, *gates, end]).decode()


def listen(client: ClientConnection, seconds: float = 120) -> Ended:
    """Receive everything that a stream sends until it closes."""
    messages = []
    try:
        while True:
            messages.append(msgspec.json.decode(client.recv(timeout=seconds)))
    except ConnectionClosed as closed:
        frame = closed.rcvd
    return Ended(messages, frame and frame.code, frame and frame.reason)


@contextmanager
def running_web(folder: Any, postgres_url: str, **settings: str) -> Iterator[LiveQloom]:
    """Run a separate web with these settings."""
    url = new_database(postgres_url)
    database = open_database(url)
    with ValkeyServer(folder / "valkey") as redis_url:
        servers = {"DATABASE_URL": url, "REDIS_URL": redis_url}
        stack = Stack(folder, {**servers, "TEST_PATIENCE_SECONDS": "60", **settings})
        try:
            yield LiveQloom(stack, stack.start_web("tests.live.patience:app"), database)
        finally:
            stack.stop()
            database.close()


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[LiveQloom]:
    """Return a web and a worker that the tests of streams share."""
    settings = {
        "MAX_WAITING_REQUESTS": str(2 * MAX_STREAMS),
        "CORS_ORIGINS": PAGE,
    }
    with running_web(tmp_path_factory.mktemp("live"), postgres_url, **settings) as qloom:
        qloom.stack.start_worker(slots=2)
        yield qloom


@pytest.fixture
def new_web(
    tmp_path_factory: pytest.TempPathFactory, postgres_url: str
) -> Iterator[Callable[..., LiveQloom]]:
    """Return a function that runs a separate web, which a test may fill up or stop."""
    opened: list[Any] = []

    def make(**settings: str) -> LiveQloom:
        context = running_web(tmp_path_factory.mktemp("web"), postgres_url, **settings)
        opened.append(context)
        return context.__enter__()

    yield make
    for context in opened:
        context.__exit__(None, None, None)
