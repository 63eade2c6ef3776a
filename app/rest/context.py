"""What every request and answer carries: its id, and how big answers are compressed."""

import re
from uuid import uuid4

from flask import Flask, Response, g, request
from flask_compress import Compress
from structlog.contextvars import bind_contextvars, clear_contextvars

from app.rest.errors import PROBLEM_JSON
from app.rest.json import JSON

REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
"""What is taken from a caller: it goes into log lines, so nothing that could forge one."""

COMPRESS_MIN_BYTES = 2_048
"""Smaller answers fit few packets; compressing them would cost more than it saves."""


def register_context(app: Flask) -> None:
    """Give each request an id and compress big answers where the client accepts it."""
    app.before_request(_begin)
    app.after_request(_name_request)
    app.config.update(
        COMPRESS_MIMETYPES=[JSON, PROBLEM_JSON, "text/plain", "application/graphml+xml", "text/vnd.graphviz"],
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=1,  # the cheapest: event lists shrink tenfold with it already
        COMPRESS_LEVEL=1,
        COMPRESS_MIN_SIZE=COMPRESS_MIN_BYTES,
    )
    Compress(app)


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else str(uuid4())
    clear_contextvars()
    bind_contextvars(request_id=g.request_id)


def _name_request(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.get("request_id") or str(uuid4())
    return response
