"""A receiver of webhooks: a real HTTP server in the test's process."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

import msgspec


@dataclass(frozen=True)
class Message:
    """One received request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        """Return the decoded body."""
        decoded: dict[str, Any] = msgspec.json.decode(self.body)
        return decoded


Reply = Callable[[BaseHTTPRequestHandler], None]


def reply(status: int, body: bytes = b"", **headers: str) -> Reply:
    """Return a reply; underscores in the names of headers stand for hyphens."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return send


def hold(released: Event) -> Reply:
    """Return a reply that sends nothing until ``released``, then hangs up."""

    def wait(_handler: BaseHTTPRequestHandler) -> None:
        released.wait(60)

    return wait


@dataclass
class Receiver:
    """Keeps the requests; answers with ``replies`` in turn, and then always with the last one."""

    replies: list[Reply] = field(default_factory=lambda: [reply(204)])
    messages: list[Message] = field(default_factory=list)
    tls: ssl.SSLContext | None = None
    _counting: Lock = field(default_factory=Lock)
    most_at_once: int = 0
    _at_once: int = 0

    def start(self) -> None:
        """Listen on a free port of this machine."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.receive(self)

            def log_message(self, *_args: Any) -> None:
                """Log nothing."""

        class Server(ThreadingHTTPServer):
            request_queue_size = 128  # of 5, a busy machine refuses some of the senders' connections

            def handle_error(self, *_args: Any) -> None:
                """Ignore senders that hang up, as some tests let them."""

        self._server = Server(("127.0.0.1", 0), Handler)
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        self.port: int = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), name="receiver", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Return its URL."""
        return f"http://127.0.0.1:{self.port}/hook"

    def receive(self, handler: BaseHTTPRequestHandler) -> None:
        """Keep a request and send its reply."""
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        with self._counting:
            headers = {name.lower(): value for name, value in handler.headers.items()}
            self.messages.append(Message(handler.path, headers, body))
            response = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            response(handler)
        finally:
            with self._counting:
                self._at_once -= 1
