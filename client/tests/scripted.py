"""A small real HTTP server that answers as a script says: for what a healthy Qloom does not do on demand."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ABOUT = {"name": "Qloom", "version": "0.2.0", "description": "", "links": {}}


@dataclass
class Script:
    """What the server answers, in turn, and what it was asked.

    A step is a status, a document and headers; ``None`` breaks the connection after the request was read.
    """

    steps: list[tuple[int, Any, dict[str, str]] | None]
    about: dict[str, Any] = field(default_factory=lambda: dict(ABOUT))
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""


@contextmanager
def scripted(*steps: tuple[int, Any, dict[str, str]] | None, **about: Any) -> Iterator[Script]:
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
                step: tuple[int, Any, dict[str, str]] | None = (200, script.about, {})
            else:
                script.seen.append(
                    (f"{self.command} {self.path}", {k.lower(): v for k, v in self.headers.items()})
                )
                step = script.steps.pop(0)
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

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield script
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
