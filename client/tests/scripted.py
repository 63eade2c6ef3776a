"""A small real HTTP server that answers as a script says: for what a healthy Qloom does not do on demand."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ABOUT = {"name": "Qloom", "version": "0.2.0", "description": "", "links": {}}
JOB = {
    "job_id": "1", "kind": "execute", "status": "QUEUED", "progress": 0.0, "queue": "interactive",
    "queue_position": 0, "attempt": 1, "max_attempts": 3, "tags": [], "retry_of": None,
    "created_at": "2026-01-01T00:00:00+00:00", "queued_at": "2026-01-01T00:00:00+00:00", "started_at": None,
    "finished_at": None, "error": None, "result": None,
}  # fmt: skip


Answer = tuple[int, Any, dict[str, str]] | None
Step = Answer | Callable[[], Answer]


@dataclass
class Script:
    """What the server answers, in turn, and what it was asked.

    A step is a status, a document and headers, or a function that returns them when the request was read;
    ``None`` breaks the connection then.
    After an answer that is shorter than its ``Content-Length`` the connection breaks too.
    """

    steps: list[Step]
    about: dict[str, Any] = field(default_factory=lambda: dict(ABOUT))
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""


@contextmanager
def scripted(*steps: Step, **about: Any) -> Iterator[Script]:
    """Run the server for the length of the block."""
    script = Script(list(steps))
    script.about |= about

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: Any) -> None:
            pass

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path == "/":
                step: Answer = (200, script.about, {})
            else:
                script.seen.append(
                    (f"{self.command} {self.path}", {k.lower(): v for k, v in self.headers.items()})
                )
                asked_for = script.steps.pop(0)
                step = asked_for() if callable(asked_for) else asked_for
            if step is None:
                self.close_connection = True
                return
            status, document, headers = step
            content = json.dumps(document).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)
            self.close_connection = int(headers.get("Content-Length", len(content))) > len(content)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *of: None  # type: ignore[method-assign]  # clients may go before an answer
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield script
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
